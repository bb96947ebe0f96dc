"""Does this machine know what time it is, and would it after a power cut."""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime

import msgspec

from ..backends.clock import LinuxClock, discipline
from ..backends.machine import files
from ..core.errors import GatewayError
from ..core.ports.clock import BUILT_MS, Trust
from .finding import Check, Finding, Patient, absent, bad, good, look

GROUP = "Clock"
_ADRIFT_S = 5.0
_CONNECT = "sudo timedatectl set-ntp true, and a network with a time server"


class _System(msgspec.Struct):
    """What is needed of GET /api/system."""

    clock_known: bool


def right(patient: Patient) -> Finding:
    """Whether the time can be right at all, and whether something keeps it so."""
    now = datetime.now(UTC)
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now.timestamp() * 1000 < BUILT_MS:
        advice = (
            "connect it to the internet once, or: sudo date -s 'YYYY-MM-DD HH:MM'; meanwhile readings are dated later"
        )
        return bad(f"{text}: that is long past, so this machine does not know the time", advice)
    trust = LinuxClock(patient.settings.time.trust, patient.root).say().trust
    if trust is Trust.NONE:
        return look(f"{text}, but nothing on this machine vouches for it", f"{_meanwhile(patient)}; {_CONNECT}")
    told = discipline()
    if told is None or not told.synchronised:
        return look(f"{text}, believed, but no time server keeps it right", _CONNECT)
    return good(f"{text}, kept right by a time server (drifts {told.drift_ppm:+.1f} ppm by itself)")


def battery(patient: Patient, machine: str = platform.machine()) -> Finding:
    """A clock that goes on without power."""
    found = sorted((patient.root / "sys/class/rtc").glob("rtc*"))
    if not found and LinuxClock(root=patient.root, machine=machine).say().trust is Trust.KEPT:
        return absent("none to be seen; this machine's firmware or host tells the time at the start")
    if not found:
        return absent(
            "no battery clock: after a power cut the time is unknown until a time server answers; "
            "the gateway dates readings afterwards"
        )
    name = files.text(found[0] / "name") or found[0].name
    shown = files.number(found[0] / "since_epoch")
    if shown is None:
        return look(f"{name} does not tell the time", "is its battery empty or missing?")
    apart = abs(shown - time.time())
    if apart > _ADRIFT_S:
        return look(f"{name} is {_long(apart)} off", "check its battery; when the time above is right: sudo hwclock -w")
    return good(f"a battery clock ({name}) that shows the right time")


def _meanwhile(patient: Patient) -> str:
    """What the running gateway makes of it."""
    try:
        known = msgspec.json.decode(patient.ask("/api/system"), type=_System).clock_known
    except (GatewayError, msgspec.MsgspecError):
        return "readings are dated anew once it is known to be right"
    return (
        "the gateway learnt the time elsewhere" if known else "the gateway dates all readings anew once it knows better"
    )


def _long(seconds: float) -> str:
    for length, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.0f} {name}"
    return f"{seconds:.0f} s"


CHECKS = (Check(GROUP, "time", right), Check(GROUP, "battery", battery))
