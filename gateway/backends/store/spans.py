"""Which blocks of a boot's readings lie where in time.

A block is 1024 consecutive sequence numbers of one boot. A span says from when to when its rows were taken, apart
for rows with the node's own clock (UTC) and rows by uptime, so that re-dating a boot leaves spans as they are.

What always holds after a commit: every block with readings, in rows or in a chunk, has a span that covers them, except
the last block of the newest boot (highest id) of each device, which is still being filled and has none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

_BITS = 10
PACKED_FROM = 32
"""Fewer rows than these take less room as rows than in a chunk."""
TO_PACK = "s.loose > s.packed * -31 + 31"
"""SQL: a block `s` with at least so many rows, or with any beside its chunk; the index spans_to_pack says the same."""
_MEASURE_BLOCK = """
INSERT INTO spans
SELECT boot, seq >> 10, min(iif(flags & 1, at, NULL)), max(iif(flags & 1, at, NULL)),
       min(iif(flags & 1, NULL, at)), max(iif(flags & 1, NULL, at)), 0, count(*)
FROM readings WHERE boot = ? AND seq BETWEEN ? AND ? GROUP BY 1, 2
ON CONFLICT (boot, block) DO UPDATE SET
    low_utc = coalesce(min(low_utc, excluded.low_utc), low_utc, excluded.low_utc),
    high_utc = coalesce(max(high_utc, excluded.high_utc), high_utc, excluded.high_utc),
    low_up = coalesce(min(low_up, excluded.low_up), low_up, excluded.low_up),
    high_up = coalesce(max(high_up, excluded.high_up), high_up, excluded.high_up),
    loose = excluded.loose"""
_UPTIME = "b.epoch_ms + iif(b.drift_ppm = 0, {0}, CAST({0} * (1 + b.drift_ppm / 1e6) AS INTEGER) {1} ({2}))"
_SLACK = "2 + abs({0} / 1125899906842624)"
_NEXT = "SELECT min(seq) FROM readings WHERE boot = ? AND seq >= ?"
_DROP_OPEN = """
DELETE FROM spans WHERE (boot, block) IN
    (SELECT id, (SELECT max(seq) >> 10 FROM readings WHERE boot = newest.id)
     FROM (SELECT max(id) AS id FROM boots GROUP BY device) AS newest)
AND NOT EXISTS (SELECT 1 FROM chunks AS c WHERE c.boot = spans.boot AND c.block >= spans.block)"""


def dated(column: str, sign: str) -> str:
    """SQL for the UTC of an uptime of boot `b`; with drift a little too much in the direction of `sign` (+ or -)."""
    return _UPTIME.format(column, sign, _SLACK.format(column))


def time_of(at: int, epoch_ms: int, drift_ppm: float) -> int:
    """The UTC of an uptime."""
    return epoch_ms + (round(at * (1 + drift_ppm / 1e6)) if drift_ppm else at)


def block_of(seq: int) -> int:
    """The block a sequence number belongs to."""
    return seq >> _BITS


def bounds(block: int) -> tuple[int, int]:
    """The first and the last sequence number of a block."""
    first = block << _BITS
    return first, first + (1 << _BITS) - 1


def measure(connection: sqlite3.Connection, boot: int, blocks: Iterable[int]) -> None:
    """Bring the spans of these blocks in line with their rows; they never shrink by that."""
    for block in blocks:
        connection.execute(_MEASURE_BLOCK, (boot, *bounds(block)))


def rebuild(connection: sqlite3.Connection, packed: Iterable[tuple[int | None, ...]]) -> None:
    """Make all spans anew: from chunks (`packed`: boot, block, low_utc, high_utc, low_up, high_up) and from rows."""
    connection.execute("DELETE FROM spans")
    connection.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, 1, 0)", packed)
    # Block by block: grouping them all at once would sort millions of rows in memory.
    for boot, first in connection.execute("SELECT id, -9223372036854775808 FROM boots").fetchall():
        while (found := connection.execute(_NEXT, (boot, first)).fetchone()[0]) is not None:
            measure(connection, boot, [block_of(found)])
            first = bounds(block_of(found))[1] + 1
    connection.execute(_DROP_OPEN)
