"""Numbered SQL scripts that bring a database to what this code knows; each applies whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ...core.errors import StoreError

_FOLDER = Path(__file__).parent / "migrations"


class Migration(msgspec.Struct, frozen=True):
    """One step. `version` is what `PRAGMA user_version` says afterwards."""

    version: int
    sql: str


def known() -> list[Migration]:
    """The migrations this code brings, in order."""
    return [Migration(int(path.name[:4]), path.read_text("utf-8")) for path in sorted(_FOLDER.glob("[0-9]*.sql"))]


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Apply what is missing. Raises StoreError when the database is newer than `migrations`."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    newest = migrations[-1].version
    if version > newest:
        raise StoreError(
            f"the database is of version {version}, written by a newer gateway; this one knows up to {newest}. "
            "Install the newer gateway again, or restore a backup made before the upgrade."
        )
    for migration in migrations:
        if migration.version > version:
            _apply(connection, migration)


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    script = f"BEGIN IMMEDIATE;\n{migration.sql}\n;PRAGMA user_version = {migration.version};\nCOMMIT;"
    try:
        connection.executescript(script)
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
