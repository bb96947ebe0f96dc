"""How long a card will last: a cautious guess, honest about being one. The README says where its figures are from."""

from __future__ import annotations

import msgspec

from ...core.ports.machine import Life
from .volume import ChipHealth, Kind, Volume

DAYS_A_YEAR = 365.25
ENOUGH_S = 3_600.0
"""An estimate from less than this would be a guess about a guess."""


class _Flash(msgspec.Struct, frozen=True):
    """What is assumed of a kind of flash memory of which nothing is known."""

    rewrites: int
    """How often all of it can be written."""
    amplification: float
    """Flash written for each byte, as a small write costs a whole flash page."""


_ASSUMED = {
    Kind.SD: _Flash(300, 4),
    Kind.STICK: _Flash(200, 4),
    Kind.EMMC: _Flash(1000, 4),
    Kind.USB: _Flash(300, 2),
    Kind.NVME: _Flash(300, 2),
    Kind.SSD: _Flash(300, 2),
}
_NO_WEAR = {
    Kind.MEMORY: "the data folder is in memory: nothing wears, and all is lost when the power goes",
    Kind.HARD_DISK: "a hard disk does not wear from writing",
    Kind.VIRTUAL: "a virtual disk: the gateway cannot see what is below it",
    Kind.UNKNOWN: "the gateway cannot see what kind of disk this is",
}


def estimate(
    on: Volume,
    disk_per_day: float | None,
    measured_s: float,
    *,
    endurance_tb: float = 0.0,
    before: int | None = None,
    chip: ChipHealth | None = None,
) -> Life:
    """Life left at `disk_per_day` bytes, of which `before` were written already.

    `endurance_tb` is what its maker promises (10^12 bytes written); 0: guessed from kind and size.
    """
    flash = _ASSUMED.get(on.kind)
    if flash is None and not endurance_tb:
        return Life("not estimated", _NO_WEAR.get(on.kind, _NO_WEAR[Kind.UNKNOWN]))
    if chip is not None and (chip.reserve >= 3 or chip.used_tenths >= 11):
        return Life("used up", "the chip itself says that it has reached the end of its life", 0.0)
    if disk_per_day is None or measured_s < ENOUGH_S:
        return Life("not known yet", "it takes an hour of measuring")
    if not endurance_tb and not on.size_bytes:
        return Life("not estimated", "the gateway cannot see how large this disk is")
    factor = 1.0 if flash is None else flash.amplification
    endures, basis = _endures(on, flash, endurance_tb)
    used = (before or 0) * factor
    if chip is not None and chip.used_tenths > 1:
        used = max(used, endures * (chip.used_tenths - 1) / 10)
    years = max(0.0, endures - used) / max(1.0, disk_per_day * factor) / DAYS_A_YEAR
    flash_words = "" if factor == 1 else f", {factor:.0f} times that its flash memory"
    basis = f"{amount(disk_per_day)} a day reach the disk from all programs{flash_words}; {basis}"
    if not years:
        return Life("past what is expected of it", basis, 0.0)
    return Life(span(years), basis, round(years, 2))


def _endures(on: Volume, flash: _Flash | None, endurance_tb: float) -> tuple[float, str]:
    """Bytes of flash memory that can be written, and how that is known."""
    if endurance_tb or flash is None:
        return endurance_tb * 1e12, f"it is said to endure {endurance_tb:g} TB (card.endurance_tb)"
    return float(
        on.size_bytes * flash.rewrites
    ), f"guessed: its {amount(on.size_bytes)} endure {flash.rewrites} rewrites"


def span(years: float) -> str:
    """A long time in words, no more exact than it is known."""
    if years > 100:
        return "more than 100 years"
    if years >= 3:
        return f"about {years:.0f} years"
    months = years * 12
    if months >= 3:
        return f"about {months:.0f} months"
    weeks = max(1, round(years * DAYS_A_YEAR / 7))
    return "about 1 week" if weeks == 1 else f"about {weeks} weeks"


def amount(count: float) -> str:
    """Bytes as people say them: `1.2 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
