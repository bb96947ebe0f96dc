"""Finding and decoding readings, a block at a time, from rows and from chunks.

Every row SQLite hands over costs a turn of Python's interpreter lock, so the rows of a block arrive as one row of long
texts.
"""

from __future__ import annotations

import logging
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from itertools import compress, repeat

import msgspec

from ...core.ports.store import OWN_CLOCK
from ...core.quality import Quality
from .chunks import Chunk, DamagedChunk, PackedTable, Table, unpack
from .spans import block_of, bounds, dated, time_of

WITH_QUALITY = 2
"""Flag of a row: its values are followed by a byte of quality bits each."""
_LIMIT = 1 << 62
_CANDIDATES = 2
"""With drift the bounds of spans are a little wide: the newest reading may be in the second."""
_LAST = (1 << 63) - 1
_BOOT = "b.id, b.epoch_ms, b.drift_ppm, b.frame <> ''"
_OVERLAPPING = f"""
SELECT {_BOOT}, s.block, s.packed, s.loose FROM boots AS b CROSS JOIN spans AS s ON s.boot = b.id
WHERE b.device = :device
  AND (s.low_utc < :until AND s.high_utc >= :start
       OR {dated("s.low_up", "-")} < :until AND {dated("s.high_up", "+")} >= :start)
ORDER BY s.boot, s.block"""  # noqa: S608 - our own names
_OPEN_END = f"""
SELECT {_BOOT}, coalesce((SELECT max(block) + 1 FROM spans WHERE boot = b.id) << 10, -9223372036854775808)
FROM boots AS b WHERE b.id = (SELECT max(id) FROM boots WHERE device = ?)"""  # noqa: S608 - our own names
_NEWEST = f"""
SELECT {_BOOT}, s.block, s.packed, s.loose FROM boots AS b CROSS JOIN spans AS s ON s.boot = b.id
WHERE b.device = ? AND coalesce(s.high_utc, s.high_up + b.epoch_ms) IS NOT NULL
ORDER BY max(coalesce(s.high_utc, {dated("s.high_up", "+")}), coalesce({dated("s.high_up", "+")}, s.high_utc)) DESC,
    s.boot DESC, s.block DESC LIMIT ?"""  # noqa: S608 - our own names
_ONE = f"""
SELECT {_BOOT}, exists (SELECT 1 FROM chunks WHERE boot = b.id AND block = ?)
FROM boots AS b WHERE b.device = ? AND b.boot = ?"""  # noqa: S608 - our own names
_CHUNK = "SELECT data FROM chunks WHERE boot = ? AND block = ?"
_COLUMNS = """
SELECT group_concat(seq), group_concat(at), group_concat(flags), group_concat(shape), group_concat(hex(vals))
FROM (SELECT * FROM readings WHERE boot = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq)"""
_log = logging.getLogger(__name__)


class Boot(msgspec.Struct, frozen=True, gc=False):
    """How the readings of a boot are dated."""

    id: int
    epoch_ms: int | None
    drift_ppm: float
    provisional: bool


class Extent(msgspec.Struct, frozen=True, gc=False):
    """Consecutive sequence numbers of one boot that may hold what is looked for: of one block, or the open end."""

    boot: Boot
    first: int
    last: int
    packed: bool = False
    loose: bool = True


class Row(msgspec.Struct, frozen=True, gc=False):
    """One reading: values, and quality bits where there are any, in the order of its shape."""

    time_ms: int
    seq: int
    shape: int
    values: tuple[float, ...]
    quality: bytes


class LooseTable(Table):
    """Rows of one shape that are not in a chunk; `data` is their `vals` in hexadecimal."""

    __slots__ = ("_data",)

    def __init__(self, shape: int, seqs: list[int], ats: list[int], flags: list[int], data: list[str]) -> None:
        super().__init__(shape, seqs, ats, flags)
        self._data = data

    @property
    def width(self) -> int:
        """How many metrics the shape has."""
        return len(self._data[0]) // (18 if self.flags[0] & WITH_QUALITY else 16)

    def values(self, place: int) -> Sequence[float]:
        """The metric at this place of the shape."""
        cut = slice(16 * place, 16 * place + 16)
        return struct.unpack(f"<{len(self._data)}d", bytes.fromhex("".join([data[cut] for data in self._data])))

    def quality(self, place: int) -> bytes:
        """Its quality bits; empty: none at all."""
        if not any(flags & WITH_QUALITY for flags in self.flags):
            return b""
        start = 16 * self.width + 2 * place
        return bytes.fromhex("".join([data[start : start + 2] or "00" for data in self._data]))


def extents(connection: sqlite3.Connection, device: str, from_ms: int, to_ms: int) -> list[Extent]:
    """Where the device's readings of [from, to) are; oldest boot first. May hold others, too."""
    wanted = {"device": device, "start": _clamped(from_ms), "until": _clamped(to_ms)}
    found = [
        Extent(Boot(*boot), *bounds(block), bool(packed), loose > 0)
        for *boot, block, packed, loose in connection.execute(_OVERLAPPING, wanted)
    ]
    return found + open_end(connection, device)


def open_end(connection: sqlite3.Connection, device: str) -> list[Extent]:
    """The part of the newest boot that has no span yet; at most one."""
    rows = connection.execute(_OPEN_END, (device,))
    return [Extent(Boot(*boot), first, _LAST) for *boot, first in rows]


def newest(connection: sqlite3.Connection, device: str) -> list[Extent]:
    """Where the newest dated reading is; may be empty though older blocks have some."""
    rows = connection.execute(_NEWEST, (device, _CANDIDATES))
    found = [Extent(Boot(*boot), *bounds(block), bool(packed), loose > 0) for *boot, block, packed, loose in rows]
    return open_end(connection, device) + found


def one(connection: sqlite3.Connection, device: str, boot: str, seq: int) -> Extent | None:
    """Where one reading is; None when there is no such boot."""
    found = connection.execute(_ONE, (block_of(seq), device, boot)).fetchone()
    return None if found is None else Extent(Boot(*found[:-1]), *bounds(block_of(seq)), bool(found[-1]))


def tables(connection: sqlite3.Connection, extent: Extent) -> list[Table]:
    """Everything there is of an extent. A damaged chunk is told of and left out."""
    found: list[Table] = []
    if extent.packed:
        chunk = read_chunk(connection, extent.boot.id, block_of(extent.first))
        if chunk is not None:
            found += map(PackedTable, chunk.sheets)
    if extent.loose:
        found += loose_tables(connection, extent.boot.id, extent.first, extent.last)
    return found


def read_chunk(connection: sqlite3.Connection, boot: int, block: int) -> Chunk | None:
    """The chunk of a block; None when there is none that can be used."""
    found = connection.execute(_CHUNK, (boot, block)).fetchone()
    if found is None:
        return None
    try:
        return unpack(found[0], boot, block)
    except DamagedChunk as damage:
        _log.error("readings are left out: %s", damage)
        return None


def loose_tables(connection: sqlite3.Connection, boot: int, first: int, last: int) -> list[LooseTable]:
    """The rows of [first, last] that are in no chunk, one table per shape."""
    seqs, ats, flags, shapes, packed = connection.execute(_COLUMNS, (boot, first, last)).fetchone()
    if seqs is None:
        return []
    columns = (_integers(seqs), _integers(ats), _integers(flags), packed.split(","))
    ids = _integers(shapes)
    if ids.count(ids[0]) == len(ids):
        return [LooseTable(ids[0], *columns)]
    found = []
    for shape in dict.fromkeys(ids):
        mask = [other == shape for other in ids]
        found.append(LooseTable(shape, *(list(compress(column, mask)) for column in columns)))
    return found


def times(table: Table, boot: Boot) -> list[int | None]:
    """The UTC of each reading; None where its boot has no anchor."""
    first = table.flags[0]
    if table.flags.count(first) == len(table.flags):  # as nearly always
        own = len(table.flags) * (first & OWN_CLOCK)
    else:
        own = sum(flags & OWN_CLOCK for flags in table.flags)
    epoch_ms, drift_ppm = boot.epoch_ms, boot.drift_ppm
    if own == len(table.ats):
        return list(table.ats)
    if own:
        return [
            at if flags & OWN_CLOCK else None if epoch_ms is None else time_of(at, epoch_ms, drift_ppm)
            for at, flags in zip(table.ats, table.flags, strict=True)
        ]
    if epoch_ms is None:
        return [None] * len(table.ats)
    return (
        [epoch_ms + at for at in table.ats] if not drift_ppm else [time_of(at, epoch_ms, drift_ppm) for at in table.ats]
    )


def bits(table: Table, boot: Boot, place: int) -> Sequence[int]:
    """The quality bits of each value; those of a boot that is dated provisionally are of unsure time."""
    found = table.quality(place) or bytes(len(table.seqs))
    if not boot.provisional:
        return found
    return [
        bits if flags & OWN_CLOCK else bits | Quality.TIME.value for bits, flags in zip(found, table.flags, strict=True)
    ]


def column(
    connection: sqlite3.Connection, extent: Extent, places: dict[int, int], from_ms: int, to_ms: int
) -> list[tuple[int, int, int, float, int]]:
    """(time_ms, boot, seq, value, quality) in [from, to) of the metric that is at `places[shape]` among its values."""
    found: list[tuple[int, int, int, float, int]] = []
    for table in tables(connection, extent):
        place = places.get(table.shape)
        if place is None:
            continue
        when = times(table, extent.boot)
        values = table.values(place)
        rows = zip(when, repeat(extent.boot.id), table.seqs, values, bits(table, extent.boot, place))
        dates = [time_ms for time_ms in when if time_ms is not None]
        if len(dates) == len(when) and from_ms <= min(dates) and max(dates) < to_ms:
            found += rows  # type: ignore[arg-type]
        else:
            found += [row for row in rows if row[0] is not None and from_ms <= row[0] < to_ms]  # type: ignore[misc]
    return found


def rows(connection: sqlite3.Connection, extent: Extent) -> Iterator[Row]:
    """The dated rows of an extent in no particular order; rows of a boot without an anchor are left out."""
    for table in tables(connection, extent):
        columns = [table.values(place) for place in range(table.width)]
        quality = [bits(table, extent.boot, place) for place in range(table.width)]
        values, marks = zip(*columns, strict=True), zip(*quality, strict=True)
        for time_ms, seq, row, marked in zip(times(table, extent.boot), table.seqs, values, marks, strict=False):
            if time_ms is not None:
                yield Row(time_ms, seq, table.shape, row, bytes(marked) if any(marked) else b"")


def _integers(text: str) -> list[int]:
    return list(map(int, text.split(",")))


def _clamped(time_ms: int) -> int:
    return max(-_LIMIT, min(time_ms, _LIMIT))
