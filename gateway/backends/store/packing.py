"""Blocks that are complete become chunks, and the rows of a chunk go.

A block is packed some minutes after its last row: a straggler that comes later is kept as a row beside the chunk, and
packed into it later.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from ...core.ports.store import OWN_CLOCK
from .blocks import loose_tables, read_chunk
from .chunks import PackedTable, Sheet, Table, by_shape, pack, sheet
from .columns import unpack_integers
from .readings import ReadingRows
from .spans import TO_PACK, bounds

_AT_ONCE = 4
"""Chunks in one transaction: they share its pages."""
_DUE = f"""
SELECT s.boot, s.block, s.loose FROM spans AS s INDEXED BY spans_to_pack JOIN boots AS b ON b.id = s.boot
WHERE {TO_PACK}"""  # noqa: S608 - our own names
_STILL = """
SELECT count(*) FROM readings
WHERE boot = ?1 AND seq BETWEEN ?2 AND ?3 AND EXISTS (SELECT 1 FROM boots WHERE id = ?1)"""
_log = logging.getLogger(__name__)


class Packed(msgspec.Struct, frozen=True):
    """A block ready to be written. `rows` is how many rows it takes the place of."""

    boot: int
    block: int
    data: bytes
    last: int
    span: tuple[int | None, ...]
    rows: int


class Packing:
    """The chore; in the writer's thread."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        readings: ReadingRows,
        after_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._readings = readings
        self._after_s = after_s
        self._clock = clock
        self._seen: dict[tuple[int, int], tuple[int, float]] = {}
        """Blocks that are to be packed: how many rows they had, and since when."""
        self._unfit: set[tuple[int, int]] = set()
        """Blocks whose chunk is damaged: told once."""

    def work(self) -> Iterator[None]:
        """Pack what is due, in small steps."""
        ready: list[Packed] = []
        for boot, block in self._due():
            made = read_block(self._connection, boot, block)
            if made is not None:
                ready.append(made)
            else:
                self._unfit.add((boot, block))
            yield
            if len(ready) >= _AT_ONCE:
                self._write(ready)
                ready = []
                yield
        if ready:
            self._write(ready)

    def _due(self) -> list[tuple[int, int]]:
        now_s = self._clock()
        before, self._seen = self._seen, {}
        for boot, block, rows in self._connection.execute(_DUE).fetchall():
            known = before.get((boot, block))
            self._seen[boot, block] = known if known is not None and known[0] == rows else (rows, now_s)
        due = [block for block, (_, since_s) in self._seen.items() if now_s - since_s >= self._after_s]
        return [block for block in due if block not in self._unfit]

    def _write(self, ready: Sequence[Packed]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for made in ready:
            if self._connection.execute(_STILL, (made.boot, *bounds(made.block))).fetchone()[0] == made.rows:
                write_block(self._connection, made)
                self._readings.packed(made.boot, made.block)
                self._readings.chore_wrote(made.rows // 12 + len(made.data) // 1024 + 3)
        self._connection.execute("COMMIT")


def read_block(connection: sqlite3.Connection, boot: int, block: int) -> Packed | None:
    """A block's chunk and its rows in one new chunk; None when its chunk is damaged, or it has no rows."""
    loose = loose_tables(connection, boot, *bounds(block))
    tables: list[Table] = [*loose]
    gone: Sequence[int] = []
    if not loose:
        return None
    if has_chunk(connection, boot, block):
        chunk = read_chunk(connection, boot, block)
        if chunk is None:
            return None
        tables = [*map(PackedTable, chunk.sheets), *loose]
        gone = unpack_integers(chunk.gone, chunk.gone_count)
    return packed_block(boot, block, tables, gone, sum(len(table.seqs) for table in loose))


def packed_block(boot: int, block: int, tables: Sequence[Table], gone: Sequence[int], rows: int) -> Packed:
    """These readings as a chunk."""
    sheets: list[Sheet] = [sheet(table) for table in by_shape(tables)]
    last = max(max(gone, default=-(1 << 63)), max((max(table.seqs) for table in tables), default=-(1 << 63)))
    return Packed(boot, block, pack(boot, block, sheets, gone), last, span_of(tables), rows)


def write_block(connection: sqlite3.Connection, made: Packed) -> None:
    """Put a chunk in the place of a block's rows, in the caller's transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?)", (made.boot, made.block, made.last, made.data)
    )
    if made.rows:
        connection.execute(
            "DELETE FROM readings WHERE boot = ? AND seq BETWEEN ? AND ?", (made.boot, *bounds(made.block))
        )
    connection.execute(
        "INSERT OR REPLACE INTO spans VALUES (?, ?, ?, ?, ?, ?, 1, 0)", (made.boot, made.block, *made.span)
    )


def has_chunk(connection: sqlite3.Connection, boot: int, block: int) -> bool:
    """Whether there is one, sound or not."""
    sql = "SELECT 1 FROM chunks WHERE boot = ? AND block = ?"
    return connection.execute(sql, (boot, block)).fetchone() is not None


def span_of(tables: Sequence[Table]) -> tuple[int | None, ...]:
    """From when to when: by UTC, by uptime."""
    utc: list[int] = []
    uptime: list[int] = []
    for table in tables:
        for at, flags in zip(table.ats, table.flags, strict=True):
            (utc if flags & OWN_CLOCK else uptime).append(at)
    return tuple(edge(ats, default=None) for ats in (utc, uptime) for edge in (min, max))
