"""Chunks out of a damaged database: only sound ones, and no reading both in a chunk and beside it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator

import msgspec

from ...core.decisions import OUTCOMES
from ...core.insight import BASELINE_STATES, NATURES
from . import spans
from .alert_history import ALERT_COLUMNS, DELIVERY_COLUMNS, alert_in, delivery_in
from .chunks import Chunk, DamagedChunk, PackedTable, numbers, unpack
from .insight_history import UNREADABLE, is_whole
from .packing import span_of
from .rule_history import FIRING_COLUMNS, TIMER_COLUMNS, firing_in, memory_in, timer_in

_TIDY_ORDERS = (
    "DELETE FROM commands WHERE status NOT BETWEEN 0 AND 5",
    "DELETE FROM command_steps WHERE status NOT BETWEEN 1 AND 5 OR place NOT BETWEEN 1 AND 4",
    "DELETE FROM command_steps WHERE command NOT IN (SELECT number FROM commands)",
    "UPDATE commands SET status = max(status, coalesce("
    "(SELECT max(s.status) FROM command_steps AS s WHERE s.command = number), 0))",
)
_TIDY_DECISIONS = (
    f"DELETE FROM decisions WHERE outcome NOT BETWEEN 0 AND {len(OUTCOMES) - 1}",  # noqa: S608 - our own number
    "DELETE FROM overrides WHERE source NOT IN ('api', 'command', 'hand') OR position NOT BETWEEN 0 AND 100",
)
_TIDY_INSIGHT = (
    f"DELETE FROM episodes WHERE nature NOT BETWEEN 0 AND {len(NATURES) - 1}"  # noqa: S608 - our own number
    " OR verdict NOT IN ('', 'normal', 'right')",
    f"DELETE FROM baselines WHERE state NOT BETWEEN 0 AND {len(BASELINE_STATES) - 1}",  # noqa: S608 - our own number
)
_Read = Callable[[tuple[object, ...]], object]
_OF_RULES: tuple[tuple[str, str, _Read], ...] = (
    ("firings", FIRING_COLUMNS, firing_in),
    ("timers", TIMER_COLUMNS, timer_in),
    ("rule_memory", "rule, memory", memory_in),
)
_OF_ALERTS: tuple[tuple[str, str, _Read], ...] = (
    ("alerts", ALERT_COLUMNS, alert_in),
    ("deliveries", DELIVERY_COLUMNS, delivery_in),
)
_log = logging.getLogger(__name__)


def damaged_chunks(connection: sqlite3.Connection) -> list[str]:
    """What SQLite does not see: chunks whose checksum is wrong, in words. Raises sqlite3.Error."""
    found = []
    for boot, block, data in connection.execute("SELECT boot, block, data FROM chunks"):
        try:
            unpack(data, boot, block)
        except DamagedChunk as damage:
            found.append(str(damage))
    return found


def tidy_orders(fresh: sqlite3.Connection) -> None:
    """Steps without a command go; a command that had ended must not be open again. In the caller's transaction."""
    for sql in _TIDY_ORDERS:
        fresh.execute(sql)


def tidy_decisions(fresh: sqlite3.Connection) -> None:
    """What is none goes: a broken page can hold anything of the columns' types. In the caller's transaction."""
    for sql in _TIDY_DECISIONS:
        fresh.execute(sql)


def tidy_insight(fresh: sqlite3.Connection) -> None:
    """What is none goes, and a baseline that is not what was frozen. In the caller's transaction."""
    for sql in _TIDY_INSIGHT:
        fresh.execute(sql)
    for number, asset, frozen, digest in fresh.execute(
        "SELECT number, asset, frozen, digest FROM baselines"
    ).fetchall():
        if not is_whole(frozen, digest):
            _log.error("a baseline of %r is lost: it is not what was frozen", asset)
            fresh.execute("DELETE FROM baselines WHERE number = ?", (number,))


def tidy_rules(fresh: sqlite3.Connection) -> None:
    """Firings, timers and memories that cannot be read go. In the caller's transaction."""
    _tidy(fresh, _OF_RULES)


def tidy_alerts(fresh: sqlite3.Connection) -> None:
    """Alerts and messages that cannot be read go. In the caller's transaction."""
    _tidy(fresh, _OF_ALERTS)


def _tidy(fresh: sqlite3.Connection, tables: tuple[tuple[str, str, _Read], ...]) -> None:
    for table, columns, read in tables:
        key = columns.partition(",")[0]
        for row in fresh.execute(f"SELECT {columns} FROM {table}").fetchall():  # noqa: S608 - our own names
            try:
                read(row)
            except UNREADABLE as damage:
                _log.error("what is stored of %s in %s is lost: %s", row[:2], table, damage)
                fresh.execute(f"DELETE FROM {table} WHERE {key} = ?", row[:1])  # noqa: S608 - our own names


def tidy_chunks(fresh: sqlite3.Connection) -> None:
    """Drop what cannot be used, and make the spans anew; in the caller's transaction."""
    fresh.execute("DELETE FROM chunks WHERE boot NOT IN (SELECT id FROM boots UNION SELECT boot FROM erased)")
    widths = {
        key: len(msgspec.json.decode(metrics, type=list[str]))
        for key, metrics in fresh.execute("SELECT id, metrics FROM shapes")
    }
    spans.rebuild(fresh, list(_sound(fresh, widths)))


def _sound(fresh: sqlite3.Connection, widths: dict[int, int]) -> Iterator[tuple[int | None, ...]]:
    """The spans of the chunks that can be used; the others are deleted."""
    for boot, block in fresh.execute("SELECT boot, block FROM chunks").fetchall():
        data = fresh.execute("SELECT data FROM chunks WHERE boot = ? AND block = ?", (boot, block)).fetchone()[0]
        try:
            chunk = unpack(data, boot, block)
            tables = [PackedTable(sheet) for sheet in chunk.sheets]
            if any(widths.get(table.shape) != table.width for table in tables):
                raise DamagedChunk(f"nobody knows the metrics of the chunk of boot {boot}, block {block}")
        except DamagedChunk as damage:
            _log.error("readings are lost: %s", damage)
            fresh.execute("DELETE FROM chunks WHERE boot = ? AND block = ?", (boot, block))
        else:
            _drop_rows(fresh, chunk)
            yield boot, block, *span_of(tables)


def _drop_rows(fresh: sqlite3.Connection, chunk: Chunk) -> None:
    """Pages that are no longer used may still have shown rows that are in the chunk now."""
    sql = "SELECT seq FROM readings WHERE boot = ? AND seq BETWEEN ? AND ?"
    rows = fresh.execute(sql, (chunk.boot, *spans.bounds(chunk.block))).fetchall()
    if rows:
        known = numbers(chunk)
        for (seq,) in rows:
            if seq in known:
                fresh.execute("DELETE FROM readings WHERE boot = ? AND seq = ?", (chunk.boot, seq))
