"""A consistent copy of the database while it is being used."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from .connection import PAGE_BYTES, translated

_PAGES_AT_ONCE = 512
_REST_S = 0.002


def copy(path: Path, target: Path) -> None:
    """Write what is committed in the database at `path` now to `target`, which appears whole or not at all.

    Runs in a thread of its own, with a connection of its own: queries and commits go on. Raises StoreError.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)) as source:
            # Held from the first page to the last, so that commits meanwhile do not make the copy begin anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with closing(sqlite3.connect(part, isolation_level=None)) as copied:
                copied.execute(f"PRAGMA page_size = {PAGE_BYTES}")
                source.backup(copied, pages=_PAGES_AT_ONCE, sleep=_REST_S)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except (sqlite3.Error, OSError) as error:
        part.unlink(missing_ok=True)
        raise translated(error, target) from error
