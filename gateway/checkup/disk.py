"""Is the disk healthy, fast enough, roomy enough, and how long will it last."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from pathlib import Path

import msgspec

from ..backends.machine.guard import WEAR_FILE
from ..backends.machine.life import amount
from ..backends.machine.space import space, tight
from ..backends.machine.volume import ChipHealth, Kind, Volume, chip_health, file_system_errors, volume
from ..backends.machine.wear import WearSettings, figures, kept_days
from ..core.errors import GatewayError
from ..core.ports.machine import Life
from .finding import Check, Finding, Patient, absent, bad, good, look

GROUP = "Disk"
_WRITES = 60
_SLOW_MS, _TOO_SLOW_MS = 50.0, 500.0
_NO_ROOM = 20_000_000
_SHORT_YEARS = 2.0


class _Wear(msgspec.Struct):
    """What is needed of the running gateway's figures."""

    measured: bool
    part_bytes_per_day: dict[str, int]
    total_bytes_per_day: int | None
    budget_bytes_per_day: int
    life: Life


class _System(msgspec.Struct):
    wear: _Wear


def kind(patient: Patient) -> Finding:
    """What the data folder is on."""
    on = _volume(patient)
    text = " ".join(word for word in (on.kind.value, on.model, on.size_bytes and amount(on.size_bytes)) if word)
    text = f"{text}, {on.file_system or 'unknown file system'} at {on.mount or '?'}"
    if on.kind is Kind.MEMORY:
        return bad(f"{text}: everything is lost when the power goes", "name a folder on a disk with --data")
    if on.kind is Kind.STICK:
        return look(text, "USB sticks fail early under steady writing; better a good SD card or a USB SSD")
    return good(text)


def room(patient: Patient) -> Finding:
    """Free space, for bytes and for files."""
    found = space(_existing(patient.data), patient.settings.card.warn_free_mb)
    advice = "make room: `sudo apt clean`, `sudo journalctl --vacuum-size=100M`, or a larger disk"
    if found.free_bytes < min(_NO_ROOM, found.warn_below_bytes):
        return bad(f"{tight(found)}: no reading can be kept", advice)
    if words := tight(found):
        return look(words, advice)
    return good(f"{amount(found.free_bytes)} of {amount(found.total_bytes)} free")


def file_system(patient: Patient) -> Finding:
    """Writable, and without errors on record."""
    on = _volume(patient)
    if on.read_only:
        advice = "the kernel does this when a disk fails: copy what you need, check it with fsck, replace it"
        return bad(f"{on.mount} cannot be written to", advice)
    errors = file_system_errors(on, patient.root)
    if errors:
        return bad(f"{errors} errors on record", "check it at the next start: add fsck.mode=force to the kernel's line")
    return good("writable, no errors on record" if errors == 0 else "writable")


def speed(patient: Patient) -> Finding:
    """How long a small write takes to be safe: every acknowledgement waits for one."""
    if not patient.data.exists():
        return absent("not measured: there is no data folder yet")
    if not os.access(patient.data, os.W_OK):
        return absent("not measured: this user cannot write to the data folder", "run it with sudo to see it")
    try:
        took_ms = sorted(_writes_ms(patient.data))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return absent("not measured: there is no room left to write to")
    half, most = took_ms[len(took_ms) // 2], took_ms[int(0.99 * (len(took_ms) - 1))]
    text = f"a small write is safe after {half:.1f} ms, 99 of 100 within {most:.1f} ms"
    if half > _TOO_SLOW_MS:
        return bad(text, "the disk is much too slow or failing: replace it")
    if half > _SLOW_MS:
        return look(text, "the disk is slow or busy: an A1 or A2 card, or an SSD, acknowledges readings sooner")
    return good(text)


def wear(patient: Patient) -> Finding:
    """What the gateway writes a day."""
    found = _wear(patient)
    if found is None:
        return absent("not known yet: the gateway has not measured here")
    if not found.measured:
        return absent("this kernel does not count what a program writes")
    if found.total_bytes_per_day is None:
        return absent("not known yet: it takes half an hour of running")
    parts = sorted(found.part_bytes_per_day.items(), key=lambda part: -part[1])
    listed = ", ".join(f"{name} {amount(count)}" for name, count in parts[:4])
    budget = found.budget_bytes_per_day
    text = f"the gateway writes {amount(found.total_bytes_per_day)} a day ({listed})"
    if budget and found.total_bytes_per_day > budget:
        return look(
            f"{text}, over its budget of {amount(budget)}", "fewer or slower nodes, or a larger card.budget_mb_per_day"
        )
    return good(f"{text}, budget {amount(budget)}" if budget else text)


def life(patient: Patient) -> Finding:
    """How long the card lasts: what the chip says, and an estimate."""
    on = _volume(patient)
    chip = chip_health(on)
    if chip is not None and (chip.reserve >= 2 or chip.used_tenths >= 9):
        used = "more than all" if chip.used_tenths > 10 else f"up to {chip.used_tenths * 10} %"
        return bad(
            f"the chip says that {used} of its life is used", "make a backup and replace the board or move to an SSD"
        )
    found = _wear(patient)
    if found is None:
        return absent("not known yet: the gateway has not measured here")
    estimate = found.life
    if estimate.years is None:
        return absent(f"{estimate.text}: {estimate.basis}")
    left = " left" if estimate.years else ""
    text = f"{estimate.text}{left}, an estimate: {estimate.basis}{_said(chip)}"
    if estimate.years < _SHORT_YEARS:
        return look(text, "have a backup and a spare card ready; a high-endurance card or an SSD lasts longer")
    return good(text)


def _said(chip: ChipHealth | None) -> str:
    return "" if chip is None else f"; the chip itself says that up to {chip.used_tenths * 10} % is used"


def _volume(patient: Patient) -> Volume:
    return volume(_existing(patient.data), patient.root)


def _existing(folder: Path) -> Path:
    """The folder, or where it would be made."""
    return next((place for place in (folder, *folder.absolute().parents) if place.exists()), Path("/"))


def _wear(patient: Patient) -> _Wear | None:
    """From the running gateway, else from what it has kept."""
    try:
        return msgspec.json.decode(patient.ask("/api/system"), type=_System).wear
    except (GatewayError, msgspec.MsgspecError):
        days = kept_days(patient.data / WEAR_FILE)
    if not days:
        return None
    card = patient.settings.card
    settings = WearSettings(endurance_tb=card.endurance_tb, budget_mb_per_day=card.budget_mb_per_day)
    kept = figures(_volume(patient), days, settings, root=patient.root)
    return msgspec.convert(kept, _Wear, from_attributes=True)


def _writes_ms(folder: Path) -> list[float]:
    """Small appends made durable, as the store makes them."""
    block = os.urandom(1024)
    took_ms: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_WRITES):
            began = time.perf_counter()
            file.write(block)
            file.flush()
            os.fdatasync(file.fileno())
            took_ms.append((time.perf_counter() - began) * 1000)
    return took_ms


CHECKS = (
    Check(GROUP, "kind", kind),
    Check(GROUP, "room", room),
    Check(GROUP, "file system", file_system),
    Check(GROUP, "speed", speed, patience_s=60.0),
    Check(GROUP, "writing", wear),
    Check(GROUP, "life", life),
)
