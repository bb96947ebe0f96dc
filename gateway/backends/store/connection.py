"""Opening SQLite the way the gateway needs it, and what its errors mean."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from ...core.errors import StoreError, StoreFull

PAGE_BYTES = 1024
_SETTINGS = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    "PRAGMA journal_mode = WAL",
    # What must outlast a power cut is in the journal until it is synced here.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA journal_size_limit = 67108864",
    # Debian builds SQLite to overwrite deleted rows even when that costs another page of flash.
    "PRAGMA secure_delete = FAST",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -4000",
)
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_WANTS_ROOM = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
_DISK = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
    }
)


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit that may be handed from thread to thread. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=128)
    try:
        for setting in _SETTINGS:
            connection.execute(setting)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def is_damage(error: BaseException) -> bool:
    """Whether `error` says that the file's content is broken."""
    return _code(error) in _DAMAGE


def is_disk_failure(error: BaseException) -> bool:
    """Whether `error` is the disk's fault, not that of what was being written."""
    return isinstance(error, OSError) or _code(error) in _DISK


def translated(error: BaseException, path: Path) -> StoreError:
    """The gateway's word for an error met while using the database at `path`."""
    if _is_full(error, path):
        return StoreFull(f"there is no room to store anything more: {error}")
    return StoreError(f"the store cannot do this: {error}")


def _is_full(error: BaseException, path: Path) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    code = _code(error)
    return code == sqlite3.SQLITE_FULL or (code in _WANTS_ROOM and free_bytes(path) < PAGE_BYTES)


def free_bytes(path: Path) -> int:
    """Room left on the file system of `path` for this process."""
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


def _code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
