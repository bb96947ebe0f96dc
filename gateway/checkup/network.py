"""Can nodes and people reach this machine. Nothing is looked up and nobody is asked: this works without a network."""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

from ..backends.announce import machine_addresses
from ..backends.machine import files
from ..backends.ports import holder
from ..core.errors import GatewayError
from .finding import Check, Finding, Patient, absent, bad, good, look
from .questions import health, process

GROUP = "Network"
_WEAK_DBM = -75


def addresses(patient: Patient) -> Finding:
    """Under which others find this machine."""
    found = machine_addresses()
    if not found:
        return bad("no address: this machine is in no network", "plug in a cable, or set up Wi-Fi with: sudo nmtui")
    return good(", ".join(found))


def name(patient: Patient) -> Finding:
    """The name people and nodes use."""
    settings = patient.settings.announce
    host = settings.hostname or socket.gethostname().split(".")[0]
    if not settings.mdns:
        return absent(f"{host}.local is not announced (announce.mdns is off): use an address instead")
    try:
        found = health(patient)
    except GatewayError:
        return good(f"{host}.local, announced when the gateway runs")
    if found.demo:
        return absent("a demo is for this machine only and not announced")
    announced = found.parts.get("announcement")
    if announced is not None and not announced.ok:
        return look(f"{host}.local is not announced: {announced.detail}", "use an address instead; the log says why")
    return good(f"{host}.local")


def ports(patient: Patient) -> Finding:
    """Free for the gateway, or its own already."""
    own = process(patient)
    owner = _hidden_owner(patient)
    taken: list[str] = []
    held: list[int] = []
    for option, port in _ports(patient).items():
        if port == 0 or _free(port):
            continue
        who = holder(port)
        ours = (f"(process {own})", "another process") if own is not None else (f"a process of {owner}",)
        if who.endswith(ours):
            held.append(port)
        else:
            taken.append(f"{port} is taken by {who} ({option})")
    listed = ", ".join(str(port) for port in _ports(patient).values())
    if taken and own is None:
        return bad("; ".join(taken), "stop that program, or give the gateway another port with the option named")
    if own is None and held:
        return absent(f"{listed}: held by {owner}, whose gateway it may be", "run it with sudo to see it")
    if own is None:
        return good(f"{listed} are free")
    if len(held) < len(_ports(patient)):
        return good(f"the gateway runs on ports of its own choice; of {listed} it holds {held or 'none'}")
    return good(f"{listed} are held by the gateway")


def _hidden_owner(patient: Patient) -> str:
    """Whose the data folder is, where this user may not look into it; otherwise empty."""
    with contextlib.suppress(OSError, KeyError):
        if not os.access(patient.data, os.X_OK):
            return pwd.getpwuid(patient.data.stat().st_uid).pw_name
    return ""


def wireless(patient: Patient) -> Finding:
    """A weak signal, and the power saving that makes a Pi deaf for seconds."""
    found = [place.parent.name for place in sorted((patient.root / "sys/class/net").glob("*/phy80211"))]
    used = [one for one in found if files.text(patient.root / "sys/class/net" / one / "operstate") == "up"]
    if not used:
        return absent("not in use" if found else "no Wi-Fi on this machine")
    signal = _signal_dbm(patient.root, used[0])
    saving = _saving(used[0])
    text = used[0] + ("" if signal is None else f", signal {signal} dBm")
    if saving:
        advice = "nodes wait for seconds: nmcli connection modify NAME 802-11-wireless.powersave 2, then reconnect"
        return look(f"{text}, power saving is on", advice)
    if signal is not None and signal < _WEAK_DBM:
        return look(f"{text}: weak", "move it closer to the access point, or use a cable")
    return good(text + ("" if saving is None else ", power saving is off"))


def _ports(patient: Patient) -> dict[str, int]:
    mqtt, panel = patient.settings.mqtt, patient.settings.panel
    found = {"mqtt.tls_port": mqtt.tls_port, "mqtt.local_port": mqtt.local_port}
    found |= {"panel.https_port": panel.https_port, "panel.http_port": panel.http_port}
    return found | ({"mqtt.websocket_port": mqtt.websocket_port} if mqtt.websocket else {})


def _free(port: int) -> bool:
    """Whether it can be opened, on IPv4 and, where there is one, on IPv6."""
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104 - closed at once
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind((address, port))
                probe.listen(1)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return False
    return True


def _signal_dbm(root: Path, interface: str) -> int | None:
    for line in (files.text(root / "proc/net/wireless") or "").splitlines():
        words = line.split()
        if words and words[0] == f"{interface}:" and len(words) > 3:
            with contextlib.suppress(ValueError):
                return int(float(words[3].rstrip(".")))
    return None


def _saving(interface: str) -> bool | None:
    """Whether the radio sleeps; None: there is no `iw` to ask."""
    program = shutil.which("iw", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        return None
    command = [program, "dev", interface, "get", "power_save"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    return done.stdout.strip().endswith("on") if done.returncode == 0 else None


CHECKS = (
    Check(GROUP, "address", addresses),
    Check(GROUP, "name", name),
    Check(GROUP, "ports", ports),
    Check(GROUP, "wi-fi", wireless),
)
