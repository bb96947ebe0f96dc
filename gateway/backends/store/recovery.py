"""A damaged database never keeps the gateway from starting: it is set aside and what can be read of it is kept."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ...core.errors import StoreError
from . import salvage
from .connection import PAGE_BYTES, connect, is_damage, translated
from .migrations import Migration, migrate
from .salvaged import damaged_chunks

_ORDERS = ("commands", "shadows", "overrides", "timers", "rule_memory")
_KNOWN = ("boots", "shapes", "devices", "baselines", "marks")
_WHOLE = (*_KNOWN, "sessions", "subscriptions", "received", "retained", "queue", *_ORDERS)
_EDGES = {
    "readings": "boot {0}, seq {0}",
    "spans": "boot {0}, block {0}",
    "erased": "boot {0}",
    "quarantine": "id {0}",
    "audit": "id {0}",
    "happened": "id {0}",
    "probe": "id {0}",
    "journal": "id {0}",
    "chunks": "boot {0}, block {0}",
    "rollups": "device {0}, level {0}, day {0}",
    "stale": "device {0}, day {0}",
    "command_steps": "command {0}, status {0}",
    "decisions": "number {0}",
    "episodes": "number {0}",
    "health": "asset {0}, recipe {0}, day {0}",
    "firings": "number {0}",
    "rule_tape": "id {0}",
    "alerts": "number {0}",
    "deliveries": "number {0}",
    "said": "number {0}",
}
_NEEDED = ("SELECT * FROM alerts WHERE over_ms IS NULL", "SELECT * FROM deliveries WHERE state < 3")
"""What a start goes on with, of tables that are too large to be checked whole."""
_log = logging.getLogger(__name__)


class Damaged(Exception):
    """The database's content is broken."""


def open_sound(path: Path, migrations: list[Migration], now_ms: int) -> tuple[sqlite3.Connection, str]:
    """A connection to a database that can be used, and in words what had to be done for that (mostly nothing).

    Raises StoreError when the disk does not allow it or the database is of a newer gateway.
    """
    try:
        if _recovered(path).exists():
            _swap(path, now_ms)
        try:
            return _open(path, migrations), ""
        except Damaged as damage:
            _log.error("%s is damaged: %s", path.name, damage)
            done = _renew(path, migrations, now_ms, str(damage))
            return _open(path, migrations), done
    except (sqlite3.Error, OSError) as error:
        raise translated(error, path) from error
    except salvage.Unwritable as error:
        raise translated(error.__cause__ or error, path) from error


def _renew(path: Path, migrations: list[Migration], now_ms: int, why: str) -> str:
    """Put a new database in the damaged one's place, with all that can be read.

    Wherever this is interrupted, the next start goes on with it.
    """
    mark_damaged(path, why)
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    fresh = path.with_name(f"{path.name}.recovering")
    for suffix in ("", "-wal", "-shm"):
        fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
    with closing(connect(_private(fresh))) as connection:
        migrate(connection, migrations)
        kept = salvage.copy(path, connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _sync(fresh)
    fresh.rename(_recovered(path))
    aside = _swap(path, now_ms)
    done = f"{path.name} was damaged ({why}); kept {kept}; the damaged file is {aside.name}"
    _log.error("%s", done)
    return done


def _swap(path: Path, now_ms: int) -> Path:
    """Set the damaged database aside and put the recovered one in its place; where it was put."""
    aside = path.with_name(f"{path.name}.damaged-{_stamp(now_ms)}")
    # The log goes first: a crash in between must not leave it to the new database.
    for suffix in ("-wal", ""):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(aside.with_name(aside.name + suffix))
    _recovered(path).rename(path)
    _mark(path).unlink(missing_ok=True)
    _sync(path.parent)
    return aside


def mark_suspect(path: Path) -> None:
    """Check the whole database before it is used again."""
    mark = _mark(path)
    if not mark.exists():
        mark.touch()


def mark_damaged(path: Path, why: str) -> None:
    """Replace the database before it is used again."""
    _mark(path).write_text(why or "damaged", "utf-8")


def problems(connection: sqlite3.Connection) -> list[str]:
    """What a whole check finds; empty when the database is sound. Takes long on a large one."""
    try:
        found: list[str] = [row[0] for row in connection.execute("PRAGMA quick_check(100)")]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        found = [str(error)]
    return damaged_chunks(connection) if found == ["ok"] else found


def _open(path: Path, migrations: list[Migration]) -> sqlite3.Connection:
    if _torn_off(path):
        raise Damaged("the file is shorter than its first page")
    connection: sqlite3.Connection | None = None
    try:
        connection = connect(_private(path))
        migrate(connection, migrations)
        _inspect(connection, path)
    except StoreError:
        if connection is not None:
            connection.close()
        raise
    except (sqlite3.Error, OSError, Damaged) as error:
        if connection is not None:
            connection.close()
        # A schema that is not ours shows as plain SQL errors.
        if is_damage(error) or isinstance(error, Damaged) or _is_strange(error):
            raise Damaged(str(error)) from error
        raise translated(error, path) from error
    return connection


def _inspect(connection: sqlite3.Connection, path: Path) -> None:
    """Check the small tables whole, the large ones at their ends and for what is needed at once.

    All of them when there is a suspicion.
    """
    mark = _mark(path)
    if mark.exists():
        found = [mark.read_text("utf-8")] if mark.stat().st_size else problems(connection)
        if found:
            raise Damaged(found[0])
        mark.unlink()
    for table in _WHOLE:
        found = [row[0] for row in connection.execute(f"PRAGMA quick_check({table})")]
        if found != ["ok"]:
            raise Damaged(found[0])
    for table, order in _EDGES.items():
        for direction in ("ASC", "DESC"):
            sql = f"SELECT * FROM {table} ORDER BY {order.format(direction)} LIMIT 1"  # noqa: S608 - our own names
            connection.execute(sql).fetchall()
    for sql in _NEEDED:
        connection.execute(sql).fetchall()


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.suspect")


def _recovered(path: Path) -> Path:
    """A complete new database that waits to take its place."""
    return path.with_name(f"{path.name}.recovered")


def _is_strange(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def _torn_off(path: Path) -> bool:
    """SQLite would take such a file for a new one, and throw its log away."""
    log = path.with_name(f"{path.name}-wal")
    size = path.stat().st_size if path.exists() else 0
    return 0 < size < PAGE_BYTES or (size == 0 and log.exists() and log.stat().st_size > 0)


def _private(path: Path) -> Path:
    """`path`, made if it is not there, readable by the gateway's user only (SQLite's other files take its mode)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return path


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stamp(now_ms: int) -> str:
    return datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%S%fZ")
