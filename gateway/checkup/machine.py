"""Is this computer one the gateway can live on: system, Python, power, heat, memory."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
import sys
import zoneinfo

from ..backends.machine import files
from ..backends.machine.board import CAPPED, HAS_HAPPENED, HOT, THROTTLED, UNDERVOLTAGE, board, throttled
from ..backends.machine.life import amount
from .finding import Check, Finding, Patient, absent, bad, good, look

GROUP = "Machine"
_PYTHONS = ((3, 11), (3, 13))
_HOT_C, _TOO_HOT_C = 70.0, 82.0
_LITTLE, _TOO_LITTLE = 100 * 10**6, 30 * 10**6
_SPARE_FILES = 200
_SUPPLY = "use the board's own supply and a short cable: 5 V 3 A, for a Pi 5 5 V 5 A; unplug hungry USB devices"


def system(patient: Patient) -> Finding:
    """64 bit, and which."""
    text = f"{board(patient.root).system}, kernel {platform.release()}"
    if sys.maxsize < 2**32:
        return bad(f"{text}: a 32-bit system", "install the 64-bit Raspberry Pi OS; the gateway needs 64 bit")
    return good(text)


def python(patient: Patient) -> Finding:
    """A version the gateway is made for."""
    lowest, highest = _PYTHONS
    text = f"Python {platform.python_version()}"
    if lowest <= sys.version_info[:2] <= highest:
        return good(text)
    return bad(text, f"the gateway is made for Python {'.'.join(map(str, lowest))} to {'.'.join(map(str, highest))}")


def model(patient: Patient) -> Finding:
    """Which board."""
    found = board(patient.root)
    up = "" if found.up_s is None else f", up for {_long(found.up_s)}"
    return good(f"{found.model or 'a computer that does not tell its name'}, {os.cpu_count() or 1} cores{up}")


def power(patient: Patient) -> Finding:
    """Whether a Raspberry Pi gets enough voltage and is not slowed down."""
    bits = throttled(patient.root)
    if bits is None:
        bits = _asked()
    if bits is None:
        return absent("this machine does not tell about its power supply")
    if bits & UNDERVOLTAGE:
        return bad("the supply is too weak now: the board may restart and damage its card", _SUPPLY)
    if bits & (CAPPED | THROTTLED | HOT):
        return look("slowed down now because of heat", "give the board air or a heat sink")
    if bits >> HAS_HAPPENED & UNDERVOLTAGE:
        return look("the supply was too weak at some time since the start", _SUPPLY)
    if bits >> HAS_HAPPENED:
        return look("was slowed down by heat at some time since the start", "give the board air or a heat sink")
    return good("enough voltage, never slowed down since the start")


def temperature(patient: Patient) -> Finding:
    """Of the processor."""
    found = board(patient.root).temperature_c
    if found is None:
        return absent("this machine does not tell its temperature")
    text = f"{found:.0f} °C"
    if found >= _TOO_HOT_C:
        return bad(f"{text}: too hot, it slows itself down", "give the board air or a heat sink")
    return look(f"{text}: warm", "give the board air or a heat sink") if found >= _HOT_C else good(text)


def memory(patient: Patient) -> Finding:
    """Enough left, and where it swaps to."""
    found = board(patient.root)
    if found.memory_bytes is None or found.memory_available_bytes is None:
        return absent("this machine does not tell its memory")
    text = f"{amount(found.memory_available_bytes)} of {amount(found.memory_bytes)} available"
    if found.memory_available_bytes < _TOO_LITTLE:
        return bad(text, "stop other programs; the gateway needs about 80 MB")
    if found.memory_available_bytes < _LITTLE:
        return look(text, "little is left for the gateway (about 80 MB) and a busy day; stop other programs")
    return good(text)


def swap(patient: Patient) -> Finding:
    """Swapping to a card wears it; to compressed memory it does not."""
    lines = (files.text(patient.root / "proc/swaps") or "").splitlines()[1:]
    places = [line.split() for line in lines if len(line.split()) >= 4]
    on_disk = [words[0] for words in places if not words[0].startswith("/dev/zram")]
    used = sum(int(words[3]) * 1024 for words in places if words[0] in on_disk)
    if not places:
        return good("none")
    if not on_disk:
        return good("in compressed memory")
    text = f"on the disk ({', '.join(on_disk)}), {amount(used)} used"
    if used < _LITTLE:
        return good(text)
    return look(f"{text}: this wears a card", "stop other programs, or use compressed memory: apt install zram-tools")


def randomness(patient: Patient) -> Finding:
    """Whether keys and passwords can be made."""
    try:
        os.getrandom(16, os.GRND_NONBLOCK)
    except BlockingIOError:
        return bad("the kernel has no randomness yet", "wait a minute, or apt install rng-tools5; keys cannot be made")
    return good("keys and passwords can be made")


def open_files(patient: Patient) -> Finding:
    """Room for every connection. Of the running gateway where that can be seen, else of this shell."""
    soft = _limit(patient)
    needed = patient.settings.mqtt.max_connections + _SPARE_FILES
    text = f"up to {soft}" if soft != resource.RLIM_INFINITY else "without limit"
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return good(text)
    return look(f"{text}, {needed} may be needed", "raise LimitNOFILE of the service (or ulimit -n)")


def time_zone(patient: Patient) -> Finding:
    """Whether the site's zone is known to this machine."""
    name = patient.settings.site.timezone
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return bad(f"{name} is not known here", "apt install tzdata")
    if name == "UTC":
        return look("the site's zone is UTC", 'set site.timezone, as "Europe/Berlin", if that is not where you are')
    return good(name)


def _long(seconds: float) -> str:
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{days} days" if days > 1 else f"{days * 24 + hours} hours"


def _limit(patient: Patient) -> int:
    number = files.text(patient.data / "gateway.lock") or ""
    for line in (files.text(patient.root / "proc" / number / "limits") or "").splitlines() if number else ():
        if line.startswith("Max open files"):
            word = line.split()[3]
            return int(word) if word.isdecimal() else resource.RLIM_INFINITY
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _asked() -> int | None:
    """What the firmware answers to Raspberry Pi OS's own command."""
    program = shutil.which("vcgencmd")
    if program is None:
        return None
    done = subprocess.run([program, "get_throttled"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    name, _, value = done.stdout.strip().partition("=")
    return int(value, 16) if name == "throttled" and value else None


CHECKS = (
    Check(GROUP, "system", system),
    Check(GROUP, "python", python),
    Check(GROUP, "board", model),
    Check(GROUP, "power", power),
    Check(GROUP, "temperature", temperature),
    Check(GROUP, "memory", memory),
    Check(GROUP, "swap", swap),
    Check(GROUP, "randomness", randomness),
    Check(GROUP, "open files", open_files),
    Check(GROUP, "time zone", time_zone),
)
