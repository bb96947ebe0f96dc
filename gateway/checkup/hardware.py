"""What can be attached: pins, a Bluetooth radio, a microphone. None of them is needed."""

from __future__ import annotations

import os
from pathlib import Path

from ..backends.machine import files
from .finding import Check, Finding, Patient, absent, good, look

GROUP = "Attached"


def pins(patient: Patient) -> Finding:
    """GPIO."""
    found = sorted((patient.root / "dev").glob("gpiochip*"))
    if not found:
        return absent("no pins on this machine")
    closed = [place.name for place in found if not os.access(place, os.R_OK | os.W_OK)]
    if len(closed) == len(found):
        return look("this user may not use the pins", "sudo usermod -aG gpio USER, then sign in again")
    return good(", ".join(place.name for place in found if place.name not in closed))


def radio(patient: Patient) -> Finding:
    """Bluetooth: needs the radio, not blocked, and BlueZ running."""
    found = sorted(place.name for place in (patient.root / "sys/class/bluetooth").glob("hci*"))
    found = [name for name in found if ":" not in name]
    if not found:
        return absent("no Bluetooth on this machine")
    if _blocked(patient.root):
        return look(f"{found[0]} is switched off", "sudo rfkill unblock bluetooth")
    if not (patient.root / "run/dbus/system_bus_socket").exists():
        return look(f"{found[0]}, but there is no D-Bus to reach it", "sudo apt install dbus")
    if not _runs(patient.root, "bluetoothd"):
        return look(
            f"{found[0]}, but BlueZ is not running", "sudo apt install bluez; sudo systemctl enable --now bluetooth"
        )
    return good(f"{found[0]}, BlueZ is running")


def microphone(patient: Patient) -> Finding:
    """ALSA's capture devices."""
    lines = (files.text(patient.root / "proc/asound/pcm") or "").splitlines()
    found = [line.split(":") for line in lines if "capture" in line]
    if not found:
        return absent("no microphone on this machine")
    card, _, device = found[0][0].strip().partition("-")
    node = patient.root / "dev/snd" / f"pcmC{int(card)}D{int(device)}c"
    name = found[0][1].strip() or "a microphone"
    if not os.access(node, os.R_OK | os.W_OK):
        return look(f"{name}, which this user may not use", "sudo usermod -aG audio USER, then sign in again")
    return good(name)


def _blocked(root: Path) -> bool:
    switches = [
        place for place in (root / "sys/class/rfkill").glob("rfkill*") if files.text(place / "type") == "bluetooth"
    ]
    return any(files.number(place / kind) for place in switches for kind in ("soft", "hard"))


def _runs(root: Path, program: str) -> bool:
    return any(files.text(place / "comm") == program for place in (root / "proc").glob("[0-9]*"))


CHECKS = (
    Check(GROUP, "pins", pins),
    Check(GROUP, "radio", radio),
    Check(GROUP, "microphone", microphone),
)
