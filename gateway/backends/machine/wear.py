"""What the gateway writes to its disk, day by day; what that does to the card; and whether it is too much.

The days survive a restart in one small file, which is written when the gateway stops and once an hour at most.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from ...core.ports.machine import Day
from ...core.ports.machine import Wear as WearShown
from ..cores import anywhere
from ..private_files import write_private
from . import life
from .volume import ROOT, Volume, chip_health, lifetime_bytes, written_bytes
from .written import Meter

_log = logging.getLogger(__name__)
_SAVE_EVERY_S = 3_600.0
_DAYS = 14
_START = "start"
"""What was written before the first look: files are made then, so that no day is like it."""
_DAY_S = 86_400.0
_ENOUGH_S = 1_800.0
"""A rate per day from less than this would frighten or soothe without reason: the store settles every few minutes."""


class WearSettings(msgspec.Struct, frozen=True):
    """See the options of section `card`."""

    endurance_tb: float = 0.0
    budget_mb_per_day: float = 2_000.0


class _Kept(msgspec.Struct, frozen=True):
    """The file's content."""

    days: list[Day]
    """Newest last."""
    warned: str = ""
    """The last day on which the budget was exceeded."""


class Wear:
    """Measures at every look. `day` names the site's day of a UTC instant in ms; `note` tells an event."""

    def __init__(
        self,
        on: Volume,
        path: Path,
        clock: Callable[[], int],
        day: Callable[[int], str],
        note: Callable[[str, str], object],
        settings: WearSettings,
        meter: Meter | None = None,
        seconds: Callable[[], float] = time.monotonic,
        root: Path = ROOT,
    ) -> None:
        self._on = on
        self._path = path
        self._clock = clock
        self._day = day
        self._note = note
        self._settings = settings
        self._meter = meter or Meter(root)
        self._seconds = seconds
        self._root = root
        self._looked_s = seconds()
        self._saved_s = seconds()
        self._disk = written_bytes(on)
        self._measured = True
        # A thread of its own, so that what keeping the figures costs is among them.
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="wear", initializer=anywhere)
        self._since_start: dict[str, int] = {}
        kept = _read(path)
        self._days = kept.days
        self._warned = kept.warned
        self._begin()

    async def save_when_due(self) -> None:
        """Keep the days when an hour has passed since that was last done."""
        if self._seconds() - self._saved_s >= _SAVE_EVERY_S:
            await asyncio.get_running_loop().run_in_executor(self._keeper, self.save)

    async def close(self) -> None:
        """The last look, and keep it."""
        self.look()
        await asyncio.get_running_loop().run_in_executor(self._keeper, self.save)
        self._keeper.shutdown()

    def look(self) -> None:
        """Count what was written since the last look."""
        written = self._meter.look()
        self._measured = written is not None
        if written is None:
            return
        self._since_start = _sum(self._since_start, written.parts)
        now_s = self._seconds()
        disk = written_bytes(self._on)
        today = self._today()
        grown = None if disk is None or self._disk is None else max(0, disk - self._disk)
        self._days[-1] = msgspec.structs.replace(
            today,
            seconds=today.seconds + now_s - self._looked_s,
            part_bytes=_sum(today.part_bytes, written.parts),
            taken_back_bytes=today.taken_back_bytes + written.taken_back,
            disk_bytes=today.disk_bytes if grown is None else (today.disk_bytes or 0) + grown,
        )
        self._looked_s, self._disk = now_s, disk
        self._watch_budget()

    def _begin(self) -> None:
        written = self._meter.look()
        self._measured = written is not None
        if written is not None and (total := sum(written.parts.values()) - written.taken_back) > 0:
            today = self._today()
            self._since_start = {_START: total}
            self._days[-1] = msgspec.structs.replace(today, part_bytes=_sum(today.part_bytes, {_START: total}))

    def save(self) -> None:
        """Keep the days; blocks. A failure costs only figures, so it is said and that is all."""
        self._saved_s = self._seconds()
        try:
            write_private(self._path, msgspec.json.encode(_Kept(self._days, self._warned)))
        except OSError as error:
            _log.warning("the days' write figures were not kept: %s", error)

    def complaint(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        today, budget = self._today(), _budget(self._settings)
        if not budget or today.total_bytes <= budget:
            return ""
        most = max(today.part_bytes, key=lambda part: today.part_bytes[part])
        return (
            f"{life.amount(today.total_bytes)} were written to the disk today, more than the budget of "
            f"{life.amount(budget)}; most by {most} ({life.amount(today.part_bytes[most])})"
        )

    def shown(self) -> WearShown:
        """All figures as of the last look."""
        self._today()
        found = figures(self._on, self._days, self._settings, root=self._root)
        return msgspec.structs.replace(found, measured=self._measured, since_start=self._since_start)

    def _today(self) -> Day:
        name = self._day(self._clock())
        if not self._days or self._days[-1].day != name:
            self._days = [*self._days[-_DAYS:], Day(name, 0.0, {})]
        return self._days[-1]

    def _watch_budget(self) -> None:
        today = self._days[-1].day
        if self._warned != today and (complaint := self.complaint()):
            self._warned = today
            _log.warning("%s", complaint)
            self._note("card.budget", complaint)


def figures(on: Volume, days: Sequence[Day], settings: WearSettings, *, root: Path = ROOT) -> WearShown:
    """What these days (at least one, newest last) come to."""
    measured_s = sum(day.seconds for day in days)
    disk_s = sum(day.seconds for day in days if day.disk_bytes is not None)
    disk = _per_day(sum(day.disk_bytes or 0 for day in days), disk_s)
    steady = sum(day.total_bytes - day.part_bytes.get(_START, 0) for day in days)
    total = _per_day(max(0, steady), measured_s)
    return WearShown(
        measured=True,
        since_start={},
        today=days[-1],
        days=days[-2::-1],
        part_bytes_per_day=_parts_per_day(days, measured_s),
        total_bytes_per_day=total,
        disk_bytes_per_day=disk,
        budget_bytes_per_day=_budget(settings),
        life=life.estimate(
            on,
            total if disk is None else disk,
            measured_s,
            endurance_tb=settings.endurance_tb,
            before=lifetime_bytes(on, root),
            chip=chip_health(on),
        ),
    )


def kept_days(path: Path) -> Sequence[Day]:
    """The days that a gateway has kept, newest last; empty when there are none. Raises OSError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept).days
    except (FileNotFoundError, msgspec.MsgspecError):
        return []


def _parts_per_day(days: Sequence[Day], measured_s: float) -> dict[str, int]:
    sums: dict[str, int] = {}
    for day in days:
        sums = _sum(sums, day.part_bytes)
    rates = {part: _per_day(count, measured_s) for part, count in sums.items()}
    return {part: rate for part, rate in rates.items() if rate is not None and part != _START}


def _budget(settings: WearSettings) -> int:
    return round(settings.budget_mb_per_day * 1e6)


def _per_day(count: int, seconds: float) -> int | None:
    return round(count * _DAY_S / seconds) if seconds >= _ENOUGH_S else None


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {part: first.get(part, 0) + second.get(part, 0) for part in [*first, *(set(second) - set(first))]}


def _read(path: Path) -> _Kept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except FileNotFoundError:
        return _Kept([])
    except (OSError, msgspec.MsgspecError) as error:
        _log.warning("the days' write figures begin anew: %s", error)
        return _Kept([])
