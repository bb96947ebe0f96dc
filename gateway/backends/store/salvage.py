"""Copying whatever SQLite can still read out of a damaged database."""

from __future__ import annotations

import logging
import os
import sqlite3
import struct
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path

from . import pages, salvaged, spans
from .connection import PAGE_BYTES
from .sessions import PACKET_BITS, SERIAL_BITS

_KEYS = {
    "boots": "id",
    "shapes": "id",
    "erased": "boot",
    "sessions": "id",
    "subscriptions": "session, filter",
    "queue": "id",
    "received": "id",
    "retained": "rowid",
    "quarantine": "id",
    "audit": "id",
    "happened": "id",
    "journal": "id",
    "devices": "id",
    "rollups": "device, level, day",
    "stale": "device, day",
    "commands": "number",
    "command_steps": "command, status",
    "shadows": "rowid",
    "decisions": "number",
    "overrides": "number",
    "episodes": "number",
    "baselines": "number",
    "health": "asset, recipe, day",
    "firings": "number",
    "timers": "number",
    "rule_memory": "rule",
    "rule_tape": "id",
    "alerts": "number",
    "deliveries": "number",
    "marks": "name",
    "said": "number",
}
"""Tables by what they are ordered by; readings and chunks are read block by block, spans are made anew."""
_INDEXED = {"boots": "id, device, boot", "shapes": "id, metrics", "sessions": "id, client", "devices": "id, name"}
"""Tables whose unique index repeats these columns: a second chance."""
_READING = "boot, seq, at, flags, shape, vals"
_VERSIONS, _CHANGES, _PAGE_COUNT, _FREE_LIST, _VALID_FOR, _HEADER = 18, 24, 28, 32, 92, 100
"""Where SQLite's file header (sqlite.org/fileformat2.html) keeps these, and where it ends."""
_INNER_PAGE = 5
_NO_SUCH_SHAPE = """
DELETE FROM readings WHERE NOT EXISTS
    (SELECT 1 FROM shapes WHERE id = shape
     AND iif(flags & 2, 9, 8) * json_array_length(metrics) = length(vals))"""
_NOT_LAID_DOWN = """
DELETE FROM rollups WHERE day >= coalesce((SELECT raw_from FROM devices WHERE id = rollups.device), day)"""
_AT_ONCE = 2000
_UNFIT = (sqlite3.IntegrityError, OverflowError)
_Row = tuple[object, ...]
_log = logging.getLogger(__name__)


class Unwritable(Exception):
    """What was read cannot be written down again; its cause says why."""


def copy(damaged: Path, fresh: sqlite3.Connection) -> str:
    """Fill the empty database `fresh` from `damaged`; says in words what was kept. Raises Unwritable for `fresh`.

    Does not finish the last transaction's way to the disk: the caller syncs.
    """
    fresh.execute("PRAGMA synchronous = OFF")
    fresh.execute("PRAGMA wal_autocheckpoint = 4000")
    _cut_to_pages(damaged)
    size = _lend_schema(damaged, fresh)
    # First with its log, as it should be read; then without it, for rows that only an older state still has.
    if not _copy_from(damaged, "mode=ro", fresh):
        _copy_from(damaged, "immutable=1", fresh)
        known = "SELECT count(*) FROM readings WHERE boot = ? AND seq = ?"
        rows = pages.readings(damaged, lambda boot, seq: fresh.execute(known, (boot, seq)).fetchone()[0] > 0)
        _fill(fresh, "readings", _READING, rows)
    os.truncate(damaged, max(size, PAGE_BYTES))
    try:
        _tidy(fresh)
    except sqlite3.Error as error:
        raise Unwritable from error
    told = ("readings", "chunks", "retained", "sessions", "queue")
    return ", ".join(f"{_count(fresh, table)} {table}" for table in told)


def _tidy(fresh: sqlite3.Connection) -> None:
    """Remove rows that belong to nothing any more: a new owner must not inherit them."""
    fresh.execute("BEGIN IMMEDIATE")
    fresh.execute("DELETE FROM boots WHERE id IN (SELECT boot FROM erased)")  # an older state without the log has it
    fresh.execute("DELETE FROM readings WHERE boot NOT IN (SELECT id FROM boots UNION SELECT boot FROM erased)")
    fresh.execute(_NO_SUCH_SHAPE)
    for table, bits in (("queue", SERIAL_BITS), ("received", PACKET_BITS)):
        fresh.execute(f"DELETE FROM {table} WHERE id >> {bits} NOT IN (SELECT id FROM sessions)")  # noqa: S608
    fresh.execute("DELETE FROM subscriptions WHERE session NOT IN (SELECT id FROM sessions)")
    salvaged.tidy_orders(fresh)
    salvaged.tidy_decisions(fresh)
    salvaged.tidy_insight(fresh)
    salvaged.tidy_rules(fresh)
    salvaged.tidy_alerts(fresh)
    salvaged.tidy_chunks(fresh)
    # Rollups are made anew from what is left; where they are all there was, they stay.
    fresh.execute(_NOT_LAID_DOWN)
    fresh.execute("DELETE FROM stale WHERE day >= coalesce((SELECT raw_from FROM devices WHERE id = device), day)")
    fresh.execute("UPDATE devices SET rolled = raw_from")
    fresh.execute("COMMIT")


def _open_damaged(path: Path, how: str) -> sqlite3.Connection:
    source = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, isolation_level=None)
    source.text_factory = lambda raw: raw.decode("utf-8", "replace")
    # Makes SQLite read a file that is shorter than its header says.
    source.execute("PRAGMA writable_schema = ON")
    return source


def _copy_from(damaged: Path, how: str, fresh: sqlite3.Connection) -> bool:
    """Whether everything could be read."""
    with suppress(sqlite3.DatabaseError), closing(_open_damaged(damaged, how)) as source:
        complete = True
        for table, key in _KEYS.items():
            columns = _common_columns(source, fresh, table)
            whole = _copy(source, fresh, table, columns, f"FROM {table}", key, ())
            if table in _INDEXED and not whole:
                _copy_indexed(source, fresh, table, _INDEXED[table])
            complete &= whole
        complete &= _copy_chunks(source, fresh)
        return _copy_readings(source, fresh) and complete
    return False


def _common_columns(source: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> str:
    """The columns of a table, but for those that an older database does not have yet."""
    names = [row[1] for row in fresh.execute(f"PRAGMA table_info({table})")]
    there: set[str] = set()
    with suppress(sqlite3.DatabaseError):
        there = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    return ", ".join(name for name in names if not there or name in there)


def _copy_chunks(source: sqlite3.Connection, fresh: sqlite3.Connection) -> bool:
    columns = "boot, block, last, data"
    with suppress(sqlite3.DatabaseError):
        _fill(fresh, "chunks", columns, source.execute(f"SELECT {columns} FROM chunks"))  # noqa: S608 - our own names
        return True
    # Each on its own, so that a broken page costs only the chunks on it.
    keys: list[_Row] = []
    with suppress(sqlite3.DatabaseError):
        keys.extend(source.execute("SELECT boot, block FROM spans WHERE packed"))
    for (boot,) in fresh.execute("SELECT id FROM boots").fetchall():
        _copy(source, fresh, "chunks", columns, "FROM chunks WHERE boot = ?", "block", (boot,))
    for key in keys:
        with suppress(sqlite3.DatabaseError):
            sql = f"SELECT {columns} FROM chunks WHERE boot = ? AND block = ?"  # noqa: S608 - our own names
            _fill(fresh, "chunks", columns, source.execute(sql, key))
    return False


def _copy(
    source: sqlite3.Connection, fresh: sqlite3.Connection, table: str, columns: str, rest: str, key: str, bound: _Row
) -> bool:
    """Copy rows from the first one on until one cannot be read, then from the last one back."""
    backwards = ", ".join(f"{part} DESC" for part in key.split(", "))
    for order in (key, backwards):
        try:
            rows = source.execute(f"SELECT {columns} {rest} ORDER BY {order}", bound)
            _fill(fresh, table, columns, rows)
        except sqlite3.DatabaseError as error:
            _log.info("a part of %s cannot be read: %s", table, error)
        else:
            return order == key
    return False


def _copy_indexed(source: sqlite3.Connection, fresh: sqlite3.Connection, table: str, columns: str) -> None:
    kept = columns + (", user" if table == "sessions" else "")
    chosen = columns + (", '' AS user" if table == "sessions" else "")
    with suppress(sqlite3.DatabaseError):
        rows = source.execute(f"SELECT {chosen} FROM {table} INDEXED BY sqlite_autoindex_{table}_1")  # noqa: S608
        _fill(fresh, table, kept, rows)


def _copy_readings(source: sqlite3.Connection, fresh: sqlite3.Connection) -> bool:
    with suppress(sqlite3.DatabaseError):
        _fill(fresh, "readings", _READING, source.execute(f"SELECT {_READING} FROM readings"))  # noqa: S608
        return True
    # Every block on its own, so that a broken page costs only the rows on it.
    boots = [row[0] for row in fresh.execute("SELECT id FROM boots UNION SELECT boot FROM erased").fetchall()]
    for boot in boots:
        for block in _blocks(source, fresh, boot):
            rest = "FROM readings WHERE boot = ? AND seq BETWEEN ? AND ?"
            _copy(source, fresh, "readings", _READING, rest, "seq", (boot, *spans.bounds(block)))
    return False


def _blocks(source: sqlite3.Connection, fresh: sqlite3.Connection, boot: int) -> range:
    """The blocks in which the boot may have rows, by all that hints at them."""
    ends = [row[0] >> 10 for row in fresh.execute("SELECT max(seq) FROM readings WHERE boot = ?", (boot,)) if row[0]]
    starts = [0]
    for sql in (
        "SELECT max(seq) >> 10, min(seq) >> 10 FROM readings WHERE boot = ?",
        "SELECT max(block) + 1, min(block) FROM spans WHERE boot = ?",
    ):
        with suppress(sqlite3.DatabaseError):
            last, first = source.execute(sql, (boot,)).fetchone()
            if last is not None:
                ends.append(last)
                starts.append(first)
    return range(min(starts), max(ends, default=0) + 2)


def _fill(fresh: sqlite3.Connection, table: str, columns: str, rows: Iterable[_Row]) -> None:
    sql = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({','.join('?' * (columns.count(',') + 1))})"  # noqa: S608
    taken: list[_Row] = []
    try:
        for row in rows:
            taken.append(row)
            if len(taken) >= _AT_ONCE:
                _insert(fresh, sql, taken)
                taken = []
    finally:
        _insert(fresh, sql, taken)


def _insert(fresh: sqlite3.Connection, sql: str, rows: list[_Row]) -> None:
    try:
        fresh.execute("BEGIN IMMEDIATE")
        try:
            fresh.executemany(sql, rows)
        except _UNFIT:
            # A broken page can hold anything; STRICT tables refuse what is not of the column's type.
            for row in rows:
                with suppress(*_UNFIT):
                    fresh.execute(sql, row)
        fresh.execute("COMMIT")
    except sqlite3.Error as error:
        raise Unwritable from error


def _cut_to_pages(damaged: Path) -> None:
    """SQLite would fill up a torn last page with zeros, and find rows on it that never were."""
    size = damaged.stat().st_size if damaged.exists() else 0
    if size > PAGE_BYTES and size % PAGE_BYTES:
        os.truncate(damaged, size - size % PAGE_BYTES)


def _lend_schema(damaged: Path, fresh: sqlite3.Connection) -> int:
    """Where even the list of tables is gone, put one in its place; how long the file was without it.

    The list says where each table begins. What is left of the damaged one on other pages than the first is true; of
    tables that it does not name any more it is assumed that they begin where those of an empty database do.
    """
    size = damaged.stat().st_size if damaged.exists() else 0
    # SQLite would throw the log of an empty database away.
    if size >= PAGE_BYTES and _has_schema(damaged, fresh):
        return size
    damaged.touch(mode=0o600)
    with damaged.open("rb") as file:
        damaged.with_name(f"{damaged.name}-page1").write_bytes(file.read(PAGE_BYTES))
    for roots in (pages.roots(damaged), {}):
        _write_schema(damaged, size, _schema(fresh, roots))
        if _has_schema(damaged, fresh):
            break
    return size


def _schema(fresh: sqlite3.Connection, roots: Mapping[str, int]) -> bytes:
    """An empty database whose list of tables names these first pages."""
    image = bytearray(fresh.serialize())
    with_log = image[_VERSIONS : _VERSIONS + 2]
    image[_VERSIONS : _VERSIONS + 2] = b"\1\1"  # memory has no log
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as changed:
        changed.deserialize(bytes(image))
        changed.execute("PRAGMA writable_schema = ON")
        for name, page in roots.items():
            changed.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (page, name))
        image = bytearray(changed.serialize())
    image[_VERSIONS : _VERSIONS + 2] = with_log
    return bytes(image)


def _write_schema(damaged: Path, size: int, image: bytes) -> None:
    """The first page, and behind all the others those that it points to: nothing else is written over."""
    first = bytearray(image[:PAGE_BYTES])
    behind = max(-(-size // PAGE_BYTES), len(image) // PAGE_BYTES)
    pointers = _pointers(image)
    struct.pack_into(">I", first, _PAGE_COUNT, behind + len(pointers))
    struct.pack_into(">II", first, _FREE_LIST, 0, 0)
    first[_VALID_FOR : _VALID_FOR + 4] = first[_CHANGES : _CHANGES + 4]
    with damaged.open("r+b") as file:
        for number, pointer in enumerate(pointers, behind + 1):
            (page,) = struct.unpack_from(">I", image, pointer)
            struct.pack_into(">I", first, pointer, number)
            file.seek((number - 1) * PAGE_BYTES)
            file.write(image[(page - 1) * PAGE_BYTES : page * PAGE_BYTES])
        file.seek(0)
        file.write(first)


def _has_schema(damaged: Path, fresh: sqlite3.Connection) -> bool:
    count = "SELECT count(*) FROM sqlite_master"
    with suppress(sqlite3.DatabaseError), closing(_open_damaged(damaged, "mode=ro")) as source:
        return bool(source.execute(count).fetchone() == fresh.execute(count).fetchone())
    return False


def _pointers(image: bytes) -> list[int]:
    """Where on its first page a database names the other pages of its list of tables."""
    kind, _, cells, _, _ = struct.unpack_from(">BHHHB", image, _HEADER)
    if kind != _INNER_PAGE:
        return []
    return [*struct.unpack_from(f">{cells}H", image, _HEADER + 12), _HEADER + 8]


def _count(connection: sqlite3.Connection, table: str) -> int:
    count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    return count
