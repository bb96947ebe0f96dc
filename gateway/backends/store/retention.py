"""Making room: the oldest readings go once their figures are in the rollups, later the oldest minutes.

Readings go by whole days of a device. From then on the rollups of such a day are all there is; a reading that comes
for it later is kept until it, too, is added to them. That a reading was once there stays known.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping

from . import blocks, rollups
from .blocks import Extent
from .chunks import PackedTable, Table, chosen
from .columns import unpack_integers
from .connection import PAGE_BYTES
from .figures import DAY_MS, MINUTE_MS, Steps, coarser, condense, together
from .packing import Packed, packed_block, write_block
from .readings import ReadingRows
from .rolling import Readings, collect, days_with_readings, shapes
from .rollups import HOURS, MINUTES, DeviceState
from .settings import StoreSettings
from .spans import block_of, dated

_DEVICES = "SELECT name, id, rolled, raw_from FROM devices ORDER BY name"
_NEWEST = f"""
SELECT max(max(coalesce(s.high_utc, {dated("s.high_up", "+")}), coalesce({dated("s.high_up", "+")}, s.high_utc)))
FROM boots AS b CROSS JOIN spans AS s ON s.boot = b.id"""  # noqa: S608 - our own names
_MEASURED = "SELECT day FROM rollups WHERE device = ? AND level = 2 AND day < ? ORDER BY day DESC LIMIT ?"
_OWNER_AFTER = "SELECT min(device) FROM rollups WHERE device > ?"
_DROP_ORPHANS = """
DELETE FROM rollups WHERE (device, level, day) IN (SELECT device, level, day FROM rollups WHERE device = ? LIMIT ?)"""
_ORPHANS_AT_ONCE = 64
_RARELY = 60
"""Periods of the chores between one look and the next."""
_OLDEST_MINUTES = """
SELECT min(r.day) FROM rollups AS r JOIN devices AS d ON d.id = r.device WHERE r.level = 0 AND r.day < d.raw_from"""
_DROP_MINUTES = """
DELETE FROM rollups WHERE level = 0 AND day <= ?1
    AND day < (SELECT raw_from FROM devices WHERE id = rollups.device)"""
_ENOUGH = 0.95
_log = logging.getLogger(__name__)


class Retention:
    """The chore; in the writer's thread. `clock` in UTC ms."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        readings: ReadingRows,
        settings: StoreSettings,
        clock: Callable[[], int],
    ) -> None:
        self._connection = connection
        self._readings = readings
        self._settings = settings
        self._clock = clock
        self._told = False
        self._next_s = 0.0
        self._looked: dict[int, tuple[int, int]] = {}
        """Of so many days: on which day it was found out, and what is older."""

    def work(self) -> Iterator[None]:
        """Let go what is too old or too much, in small steps."""
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + _RARELY * self._settings.chores_s
        yield from self._drop_orphans()
        today = self._today()
        yield
        old = yield from self._older_than(self._settings.raw_days, today)
        for device, state in self._states():
            yield
            yield from self._fold_late(device, state)
            yield from self._seal_until(device, state, old)
        minutes = self._connection.execute(_OLDEST_MINUTES).fetchone()[0]
        if minutes is not None and minutes < today - self._settings.minute_days:
            self._drop_minutes((yield from self._older_than(self._settings.minute_days, today)))
        yield
        yield from self._make_room()

    def _today(self) -> int:
        """By the clock, but not past what was read: a clock that is wrong must not cost the history."""
        newest = self._connection.execute(_NEWEST).fetchone()[0] or 0
        return min(self._clock() // DAY_MS, newest // DAY_MS + 2)

    def _older_than(self, days: int, today: int) -> Generator[None, None, int]:
        """Days before this one are older than `days`: by the calendar, and by days on which anything was measured.

        A clock that is years ahead for a while dates readings years ahead: against these all others would be old.
        """
        if today == self._looked.get(days, (None, 0))[0]:
            return self._looked[days][1]
        measured: set[int] = set()
        for _, state in self._states():
            measured.update(day for (day,) in self._connection.execute(_MEASURED, (state.id, today, days)))
            yield
        newest = sorted(measured, reverse=True)[:days]
        old = min(today - days, newest[-1] if newest else today) if len(newest) == days else 0
        self._looked[days] = today, old
        return old

    def _drop_orphans(self) -> Iterator[None]:
        """The rollups of devices that were deleted."""
        known = {state.id for _, state in self._states()}
        device = -1
        while (found := self._connection.execute(_OWNER_AFTER, (device,)).fetchone()[0]) is not None:
            device = found
            while device not in known:
                self._connection.execute("BEGIN IMMEDIATE")
                dropped = self._connection.execute(_DROP_ORPHANS, (device, _ORPHANS_AT_ONCE)).rowcount
                self._connection.execute("COMMIT")
                yield
                if dropped < _ORPHANS_AT_ONCE:
                    break

    def _states(self) -> list[tuple[str, DeviceState]]:
        return [(name, DeviceState(*state)) for name, *state in self._connection.execute(_DEVICES).fetchall()]

    def _seal_until(self, device: str, state: DeviceState, end: int) -> Iterator[None]:
        """Let the readings of days before `end` go."""
        end = min(end, state.rolled)
        if end <= state.raw_from:
            return
        stale = rollups.stale_days(self._connection, state.id, state.raw_from, end)
        end = min([end, *stale])
        days = days_with_readings(self._connection, device, state.raw_from, end)
        if not days and end > state.raw_from:
            self._connection.execute("UPDATE devices SET raw_from = ? WHERE id = ?", (end, state.id))
            self._readings.staleness.forget_state(device)
        for day in days:
            yield
            if not self._seal(device, state, day):
                return

    def _seal(self, device: str, state: DeviceState, day: int) -> bool:
        """Let a day go, the oldest there is; False where that cannot be yet."""
        now = rollups.state(self._connection, device)
        if now is None or now.id != state.id or rollups.stale_days(self._connection, now.id, now.raw_from, day):
            return False
        # Not what came late for days before: that is not in their rollups yet.
        taken = self._taken(device, now.raw_from * DAY_MS, (day + 1) * DAY_MS)
        if taken is None:
            return False
        self._connection.execute("BEGIN IMMEDIATE")
        for made in taken:
            self._write(made)
        self._connection.execute("UPDATE devices SET raw_from = ? WHERE id = ?", (day + 1, state.id))
        self._connection.execute("COMMIT")
        self._readings.staleness.forget_state(device)
        return True

    def _fold_late(self, device: str, state: DeviceState) -> Iterator[None]:
        """Add readings that came for days whose readings are gone to the rollups of these."""
        for day in rollups.stale_days(self._connection, state.id, 0, state.raw_from - 1):
            if (device, day) in self._readings.staleness.touched:
                self._readings.staleness.touched.discard((device, day))
                continue
            if self._replaced(device, state):
                return
            taken = self._taken(device, day * DAY_MS, (day + 1) * DAY_MS)
            if taken is None:
                continue
            found: Readings = defaultdict(list)
            names = shapes(self._connection)
            for extent in blocks.extents(self._connection, device, day * DAY_MS, (day + 1) * DAY_MS):
                collect(self._connection, extent, names, day, found)
            self._fold(state, day, {metric: condense(readings, MINUTE_MS) for metric, readings in found.items()}, taken)
            yield

    def _replaced(self, device: str, state: DeviceState) -> bool:
        """Whether the device was deleted meanwhile, and perhaps came again."""
        now = rollups.state(self._connection, device)
        return now is None or now.id != state.id

    def _fold(self, state: DeviceState, day: int, minutes: Mapping[str, Steps], taken: list[Packed]) -> None:
        packing = rollups.Pack(day)
        new = minutes
        kept: list[bool] = []
        for level in range(3):
            if level:
                new = {
                    metric: coarser(steps, rollups.STEPS[level - 1] // rollups.STEPS[level])
                    for metric, steps in new.items()
                }
            old = rollups.read_all(self._connection, state.id, level, day)
            kept.append(old is not None or level > MINUTES or self._never_rolled(state, day))
            for metric in {**(old or {}), **new}:
                packing.add(level, metric, together((old or {}).get(metric, {}), new.get(metric, {})))
        levels = [packed if keep else None for packed, keep in zip(packing.done(), kept, strict=True)]
        self._connection.execute("BEGIN IMMEDIATE")
        rollups.write(self._connection, state.id, day, levels if minutes else [])
        for made in taken:
            self._write(made)
        self._connection.execute("DELETE FROM stale WHERE device = ? AND day = ?", (state.id, day))
        self._connection.execute("COMMIT")

    def _never_rolled(self, state: DeviceState, day: int) -> bool:
        """Whether the day has no minutes because it had no readings at all."""
        return rollups.read_all(self._connection, state.id, HOURS, day) is None

    def _taken(self, device: str, from_ms: int, to_ms: int) -> list[Packed] | None:
        """The blocks of a device without their readings of [from, to); None when one of them is still being filled."""
        found = []
        for extent in blocks.extents(self._connection, device, from_ms, to_ms):
            made = self._without(extent, from_ms, to_ms)
            if made is not None:
                if extent.last > extent.first + 1023:
                    return None
                found.append(made)
        return found

    def _without(self, extent: Extent, from_ms: int, to_ms: int) -> Packed | None:
        """An extent without its readings of [from, to); None when it has none there."""
        gone: list[int] = []
        left: list[Table] = []
        rows = 0
        for table in blocks.tables(self._connection, extent):
            rows += 0 if isinstance(table, PackedTable) else len(table.seqs)
            when = blocks.times(table, extent.boot)
            keep = [n for n, time_ms in enumerate(when) if time_ms is None or not from_ms <= time_ms < to_ms]
            if len(keep) == len(when):
                left.append(table)
                continue
            kept = set(keep)
            gone += [seq for n, seq in enumerate(table.seqs) if n not in kept]
            if keep:
                left.append(chosen(table, keep))
        if not gone:
            return None
        block = block_of(extent.first)
        chunk = blocks.read_chunk(self._connection, extent.boot.id, block) if extent.packed else None
        if chunk is not None:
            gone += unpack_integers(chunk.gone, chunk.gone_count)
        return packed_block(extent.boot.id, block, left, sorted(gone), rows)

    def _write(self, made: Packed) -> None:
        write_block(self._connection, made)
        self._readings.packed(made.boot, made.block)
        self._readings.chore_wrote(made.rows // 12 + len(made.data) // 1024 + 3)

    def _drop_minutes(self, before: int) -> None:
        oldest = self._connection.execute(_OLDEST_MINUTES).fetchone()[0]
        if oldest is not None and oldest < before:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(_DROP_MINUTES, (before - 1,))
            self._connection.execute("COMMIT")

    def _make_room(self) -> Iterator[None]:
        """Keep the database below its limit: the oldest day of readings goes first, then the oldest minutes."""
        limit = self._settings.max_bytes
        if not limit or self._used() <= limit:
            self._told = False
            return
        oldest: list[tuple[int, str, DeviceState]] = []
        for device, state in self._states():
            days = days_with_readings(self._connection, device, state.raw_from, state.rolled)
            oldest += [(day, device, state) for day in days]
            yield
        for day, device, state in sorted(oldest, key=lambda found: found[:2]):
            if self._used() <= limit * _ENOUGH:
                return
            self._seal(device, state, day)
            yield
        while self._used() > limit * _ENOUGH:
            minutes = self._connection.execute(_OLDEST_MINUTES).fetchone()[0]
            if minutes is None:
                if not self._told:
                    _log.warning("the database is larger than it should be, and nothing in it is old enough to go")
                self._told = True
                return
            self._drop_minutes(minutes + 1)
            yield

    def _used(self) -> int:
        pages, free = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count")
        )
        return int(pages - free) * PAGE_BYTES
