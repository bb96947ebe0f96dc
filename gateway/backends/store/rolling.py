"""Rolling up: when a day is over for a while its figures are written, and again when late readings changed it."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import msgspec

from . import blocks, rollups
from .figures import DAY_MS, MINUTE_MS, Steps, condense
from .readings import ReadingRows
from .spans import dated

Readings = Mapping[str, list[tuple[int, float, int]]]
"""(time_ms, value, quality bits) by metric."""
_DEVICES = "SELECT DISTINCT device FROM boots ORDER BY device"
_STRETCHES = f"""
SELECT s.low_utc, s.high_utc FROM boots AS b CROSS JOIN spans AS s ON s.boot = b.id
WHERE b.device = ?1 AND s.high_utc >= ?2 AND s.low_utc < ?3
UNION ALL
SELECT {dated("s.low_up", "-")}, {dated("s.high_up", "+")} FROM boots AS b CROSS JOIN spans AS s ON s.boot = b.id
WHERE b.device = ?1 AND {dated("s.high_up", "+")} >= ?2 AND {dated("s.low_up", "-")} < ?3"""  # noqa: S608
_ADVANCE = """
INSERT INTO devices (name, rolled, raw_from) VALUES (?1, ?2, 0)
ON CONFLICT (name) DO UPDATE SET rolled = max(rolled, excluded.rolled) RETURNING id"""


class Rolling:
    """The chore; in the writer's thread. `clock` in UTC ms."""

    def __init__(
        self, connection: sqlite3.Connection, readings: ReadingRows, after_s: float, clock: Callable[[], int]
    ) -> None:
        self._connection = connection
        self._readings = readings
        self._staleness = readings.staleness
        self._after_ms = round(after_s * 1000)
        self._clock = clock

    def work(self) -> Iterator[None]:
        """Bring every day that is over in line with its readings, in small steps."""
        over = (self._clock() - self._after_ms) // DAY_MS
        for (device,) in self._connection.execute(_DEVICES).fetchall():
            yield
            state = self._staleness.state(device)
            erasures = self._staleness.erasures
            if state is not None:
                yield from self._repair(device, state)
            if self._staleness.erasures == erasures:
                yield from self._advance(device, 0 if state is None else state.rolled, over)

    def _repair(self, device: str, state: rollups.DeviceState) -> Iterator[None]:
        """Stale days that nothing changed since the last time."""
        erasures = self._staleness.erasures
        for day in rollups.stale_days(self._connection, state.id, max(state.raw_from, 0), state.rolled - 1):
            if self._staleness.erasures != erasures:
                return  # another device may have this name by now
            if (device, day) in self._staleness.touched:
                self._staleness.touched.discard((device, day))
            else:
                yield from self._roll(device, day)

    def _advance(self, device: str, rolled: int, over: int) -> Iterator[None]:
        """Days that were not rolled up yet."""
        if rolled >= over:
            return
        # From now on changes of any of these days are noted, whether they have readings yet or not.
        self._commit_watermark(device, rolled)
        self._staleness.expect(device, over - 1)
        self._readings.watermark_moved(device)
        erasures = self._staleness.erasures
        for day in days_with_readings(self._connection, device, rolled, over):
            yield from self._roll(device, day)
            if self._staleness.erasures != erasures:
                return
        self._commit_watermark(device, over)

    def _commit_watermark(self, device: str, rolled: int) -> None:
        state = self._staleness.state(device)
        if state is None or state.rolled < rolled:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(_ADVANCE, (device, rolled))
            self._connection.execute("COMMIT")
            self._moved(device)

    def _roll(self, device: str, day: int) -> Iterator[None]:
        self._staleness.touched.discard((device, day))
        erasures = self._staleness.erasures
        found: Readings = defaultdict(list)
        names = shapes(self._connection)
        for extent in blocks.extents(self._connection, device, day * DAY_MS, (day + 1) * DAY_MS):
            collect(self._connection, extent, names, day, found)
            yield
        levels: list[Mapping[str, Steps]] = [{}, {}, {}]
        for metric, readings in found.items():
            minutes = {metric: condense(readings, MINUTE_MS)}
            levels = [{**level, **more} for level, more in zip(levels, rollups.levels_of(minutes), strict=True)]
            yield
        packing = rollups.Pack(day)
        for level, metric in [(level, metric) for level in range(3) for metric in found]:
            packing.add(level, metric, levels[level][metric])
            yield
        if (device, day) not in self._staleness.touched and self._staleness.erasures == erasures:
            self._write(device, day, packing.done())

    def _write(self, device: str, day: int, levels: list[bytes]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        key = self._connection.execute(_ADVANCE, (device, day + 1)).fetchone()[0]
        rollups.write(self._connection, key, day, levels)
        self._readings.chore_wrote(sum(map(len, levels)) // 1024 + 6)
        self._connection.execute("DELETE FROM stale WHERE device = ? AND day = ?", (key, day))
        self._connection.execute("COMMIT")
        self._moved(device)

    def _moved(self, device: str) -> None:
        self._staleness.forget_state(device)
        self._readings.watermark_moved(device)


def collect(
    connection: sqlite3.Connection, extent: blocks.Extent, names: Mapping[int, list[str]], day: int, found: Readings
) -> None:
    """Add an extent's readings of a day to `found`."""
    start, end = day * DAY_MS, (day + 1) * DAY_MS
    for table in blocks.tables(connection, extent):
        when = blocks.times(table, extent.boot)
        if not any(time_ms is not None and start <= time_ms < end for time_ms in when):
            continue
        for place, metric in enumerate(names[table.shape]):
            readings = zip(when, table.values(place), blocks.bits(table, extent.boot, place), strict=True)
            found[metric].extend(
                (time_ms, value, bits)
                for time_ms, value, bits in readings
                if time_ms is not None and start <= time_ms < end
            )


def days_with_readings(connection: sqlite3.Connection, device: str, first: int, end: int) -> list[int]:
    """Days of [first, end) that may have readings."""
    start_ms, end_ms = first * DAY_MS, end * DAY_MS
    stretches = connection.execute(_STRETCHES, (device, start_ms, end_ms)).fetchall()
    for extent in blocks.open_end(connection, device):
        for table in blocks.tables(connection, extent):
            times = [time_ms for time_ms in blocks.times(table, extent.boot) if time_ms is not None]
            stretches += [(time_ms, time_ms) for time_ms in times]
    days: set[int] = set()
    for low, high in stretches:
        days.update(range(max(low, start_ms) // DAY_MS, min(high, end_ms - 1) // DAY_MS + 1))
    return sorted(days)


def shapes(connection: sqlite3.Connection) -> dict[int, list[str]]:
    """The metrics of each shape, in the order of its values."""
    rows = connection.execute("SELECT id, metrics FROM shapes")
    return {key: msgspec.json.decode(metrics, type=list[str]) for key, metrics in rows}
