"""Migrations: each whole or not at all, and never backwards."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from gateway.backends.store.connection import connect
from gateway.backends.store.migrations import Migration, known, migrate
from gateway.backends.store.store import Store
from gateway.core.errors import StoreError
from tests.backends.store_kit import commit, everything, reading, running

_FIRST = Migration(1, "CREATE TABLE a (x INTEGER);")
_SECOND = Migration(2, "CREATE TABLE b (x INTEGER); INSERT INTO a VALUES (1);")
_BROKEN = Migration(2, "CREATE TABLE b (x INTEGER); INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1);")


def _state(connection: sqlite3.Connection) -> tuple[int, set[str]]:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    return version, {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}


def test_the_migrations_are_numbered_without_gaps() -> None:
    assert [migration.version for migration in known()] == list(range(1, len(known()) + 1))


def test_only_what_is_missing_is_applied(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "x.db")) as connection:
        migrate(connection, [_FIRST])
        assert _state(connection) == (1, {"a"})
        migrate(connection, [_FIRST, _SECOND])
        migrate(connection, [_FIRST, _SECOND])
        assert _state(connection) == (2, {"a", "b"})
        assert connection.execute("SELECT count(*) FROM a").fetchone() == (1,)


def test_a_migration_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "x.db")) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, [_FIRST, _BROKEN])
        assert _state(connection) == (1, {"a"})
        assert connection.execute("SELECT count(*) FROM a").fetchone() == (0,)
        migrate(connection, [_FIRST, _SECOND])
        assert _state(connection) == (2, {"a", "b"})


_CHILD = """
import sys
from pathlib import Path
from gateway.backends.store.connection import connect
from gateway.backends.store.migrations import Migration, migrate
first = Migration(1, "CREATE TABLE a (x INTEGER);")
slow = Migration(2, "CREATE TABLE b (x INTEGER); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                    "LIMIT 100000000) INSERT INTO b SELECT i FROM n;")
connection = connect(Path(sys.argv[1]))
migrate(connection, [first])
print("first", flush=True)
migrate(connection, [first, slow])
"""


def test_kill_9_in_the_middle_of_a_migration_leaves_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with subprocess.Popen([sys.executable, "-c", _CHILD, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "first\n"
        time.sleep(0.3)
        child.send_signal(signal.SIGKILL)
    with closing(connect(path)) as connection:
        assert _state(connection) == (1, {"a"})
        migrate(connection, [_FIRST, _SECOND])
        assert _state(connection) == (2, {"a", "b"})


async def test_a_newer_database_is_refused_with_what_to_do_and_left_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, reading(1))
    path = tmp_path / "gateway.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9999")
    with pytest.raises(StoreError, match=r"version 9999.*newer gateway"):
        Store(path).open()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {known()[-1].version}")
    async with running(tmp_path) as store:
        assert store.recovered is None
        assert len(await everything(store)) == 1
