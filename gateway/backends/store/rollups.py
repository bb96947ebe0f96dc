"""Rollups: the figures of a device's days by minute, by hour and whole.

One row holds one level of one device's day, all its metrics: written once, when the day is over, and anew when late
readings changed it.
"""

from __future__ import annotations

import logging
import sqlite3
import zlib
from collections.abc import Iterable, Mapping

import msgspec

from .columns import (
    Floats,
    Integers,
    pack_bytes,
    pack_floats,
    pack_integers,
    unpack_bytes,
    unpack_floats,
    unpack_integers,
)
from .figures import DAY_MS, LEVELS_MS, Figure, Steps, coarser

MINUTES, HOURS, DAYS = range(3)
STEPS = tuple(DAY_MS // step_ms for step_ms in LEVELS_MS)
"""Steps of a day, by level."""
_CHECKSUM_BYTES = 4
_AT_ONCE = 128
_STATE = "SELECT id, rolled, raw_from FROM devices WHERE name = ?"
_STALE = "SELECT day FROM stale WHERE device = ? AND day BETWEEN ? AND ?"
_DATA = """
SELECT group_concat(day), group_concat(hex(data)), max(day) FROM
    (SELECT day, data FROM rollups WHERE device = ? AND level = ? AND day BETWEEN ? AND ? ORDER BY day LIMIT ?)"""
_WRITE = """
INSERT INTO rollups VALUES (?, ?, ?, ?)
ON CONFLICT (device, level, day) DO UPDATE SET data = excluded.data WHERE data <> excluded.data"""
_log = logging.getLogger(__name__)


class DeviceState(msgspec.Struct, frozen=True, gc=False):
    """How far a device's history is rolled up; days are counted from 1970, UTC."""

    id: int
    rolled: int
    """Days before it are in line with their rollups, unless they are stale."""
    raw_from: int
    """Readings of days before it are only in the rollups; but for late ones, whose days are stale."""


class _Series(msgspec.Struct, frozen=True, array_like=True):
    """The figures of one metric."""

    count: int
    steps: Integers
    lows: Floats
    highs: Floats
    sums: Floats
    counts: Integers
    quality: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode_series = msgspec.msgpack.Decoder(dict[str, _Series]).decode
_decode_day = msgspec.msgpack.Decoder(dict[str, Figure]).decode


def state(connection: sqlite3.Connection, device: str) -> DeviceState | None:
    """None while nothing of it was rolled up."""
    found = connection.execute(_STATE, (device,)).fetchone()
    return None if found is None else DeviceState(*found)


def stale_days(connection: sqlite3.Connection, device: int, first: int, last: int) -> list[int]:
    """Which of these days are not in line with their rollups."""
    return [row[0] for row in connection.execute(_STALE, (device, first, last))]


def levels_of(minutes: Mapping[str, Steps]) -> list[Mapping[str, Steps]]:
    """Minutes, hours and the whole day of each metric, from its minutes."""
    hours = {metric: coarser(steps, 60) for metric, steps in minutes.items()}
    return [minutes, hours, {metric: coarser(steps, 24) for metric, steps in hours.items()}]


class Pack:
    """Packs a device's day, a level and a metric at a time."""

    def __init__(self, day: int) -> None:
        self._day = day
        self._series: list[dict[str, _Series]] = [{}, {}]
        self._days: dict[str, Figure] = {}

    def add(self, level: int, metric: str, steps: Steps) -> None:
        """The figures of a metric; all of this day."""
        if level == DAYS:
            self._days[metric] = steps[self._day]
        else:
            self._series[level][metric] = _pack_series(steps, self._day * STEPS[level])

    def done(self) -> list[bytes]:
        """The levels as they are kept; empty where there is nothing."""
        return [_sealed(part) if part else b"" for part in (*self._series, self._days)]


def _sealed(figures: object) -> bytes:
    content = _encode(figures)
    return zlib.crc32(content).to_bytes(_CHECKSUM_BYTES, "little") + content


def unpack(packed: bytes, level: int, day: int) -> dict[str, dict[int, Figure]]:
    """What was packed. Raises ValueError when it is damaged."""
    content = _checked(packed)
    if level == DAYS:
        return {metric: {day: figure} for metric, figure in _decode_day(content).items()}
    first = day * STEPS[level]
    return {metric: _unpack_series(series, first) for metric, series in _decode_series(content).items()}


def read(
    connection: sqlite3.Connection, device: int, level: int, first: int, last: int, metric: str
) -> tuple[dict[int, Figure], list[int], list[int]]:
    """The figures of a metric in these days, which days are there, and which of them are damaged."""
    figures: dict[int, Figure] = {}
    there: list[int] = []
    damaged: list[int] = []
    while first <= last:
        days, data, newest = connection.execute(_DATA, (device, level, first, last, _AT_ONCE)).fetchone()
        if days is None:
            break
        for day, packed in zip(map(int, days.split(",")), data.split(","), strict=True):
            there.append(day)
            try:
                figures.update(_one(bytes.fromhex(packed), level, day, metric))
            except ValueError as damage:
                _log.error("rollups of day %d of device %d are left out: %s", day, device, damage)
                damaged.append(day)
        first = newest + 1
    return figures, there, damaged


def read_all(connection: sqlite3.Connection, device: int, level: int, day: int) -> dict[str, dict[int, Figure]] | None:
    """All metrics of a device's day; None when there is nothing that can be read."""
    sql = "SELECT data FROM rollups WHERE device = ? AND level = ? AND day = ?"
    found = connection.execute(sql, (device, level, day)).fetchone()
    if found is None:
        return None
    try:
        return unpack(found[0], level, day)
    except ValueError as damage:
        _log.error("rollups of day %d of device %d are lost: %s", day, device, damage)
        return None


def write(connection: sqlite3.Connection, device: int, day: int, levels: Iterable[bytes | None]) -> None:
    """Replace what there is of a device's day, in the caller's transaction.

    Empty: there is nothing any more. None: that level stays as it is.
    """
    for level, packed in enumerate(levels):
        if packed:
            connection.execute(_WRITE, (device, level, day, packed))
        elif packed is not None:
            sql = "DELETE FROM rollups WHERE device = ? AND level = ? AND day = ?"
            connection.execute(sql, (device, level, day))


def _one(packed: bytes, level: int, day: int, metric: str) -> dict[int, Figure]:
    content = _checked(packed)
    if level == DAYS:
        figure = _decode_day(content).get(metric)
        return {} if figure is None else {day: figure}
    series = _decode_series(content).get(metric)
    return {} if series is None else _unpack_series(series, day * STEPS[level])


def _checked(packed: bytes) -> bytes:
    content = packed[_CHECKSUM_BYTES:]
    if zlib.crc32(content) != int.from_bytes(packed[:_CHECKSUM_BYTES], "little"):
        raise ValueError("the checksum is wrong")
    return content


def _pack_series(steps: Steps, first: int) -> _Series:
    numbers = sorted(steps)
    lows, highs, sums, counts, quality = zip(*(steps[number] for number in numbers), strict=True)
    return _Series(
        len(numbers),
        pack_integers([number - first for number in numbers]),
        pack_floats(lows),
        pack_floats(highs),
        pack_floats(sums),
        pack_integers(counts),
        pack_bytes(bytes(quality)),
    )


def _unpack_series(series: _Series, first: int) -> dict[int, Figure]:
    count = series.count
    steps = [first + step for step in unpack_integers(series.steps, count)]
    figures = zip(
        unpack_floats(series.lows, count),
        unpack_floats(series.highs, count),
        unpack_floats(series.sums, count),
        unpack_integers(series.counts, count),
        unpack_bytes(series.quality) or bytes(count),
        strict=True,
    )
    return dict(zip(steps, figures, strict=True))
