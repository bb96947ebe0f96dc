"""Torn, truncated and overwritten files: the store always opens and keeps what can be read."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.errors import StoreError, StoreFull
from gateway.core.messages import Audited
from gateway.core.ports.store import BootAnchored, Queued, Received, Retained, SessionOpened, Subscribed
from tests.backends.small_disk import small_disk
from tests.backends.store_kit import NOON_MS, commit, everything, reading, running, settle, values

_PAGE = 1024
_ROWS = 3000


async def _fill(folder: Path) -> None:
    """Three nodes' readings, a session, retained messages and a trail; closed properly."""
    async with running(folder) as store:
        await commit(store, SessionOpened("c", "anna"), Subscribed("c", "a/#", 1), Received("c", 9))
        for start in range(0, _ROWS, 100):
            for node in range(3):
                rows = (
                    reading(n, NOON_MS + n, f"node-{node}", temperature=float(n)) for n in range(start, start + 100)
                )
                await commit(store, *rows)
        await commit(store, *(Queued("c", n, f"t/{n}", b"x" * 50, 1) for n in range(1, 101)))
        await commit(store, *(Retained(f"t/{n}", b"y" * 50, 1) for n in range(100)))
        await commit(store, *(Audited(n, "kind", "who") for n in range(100)), BootAnchored("node-1", "b1", 5))


@pytest.fixture(scope="module")
def _filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("filled")


@pytest.fixture
async def damaged(_filled: Path, tmp_path: Path) -> Path:
    """A copy of a filled database, to be damaged."""
    if not (_filled / "gateway.db").exists():
        await _fill(_filled)
    shutil.copy(_filled / "gateway.db", tmp_path / "gateway.db")
    return tmp_path / "gateway.db"


def _only(path: Path, content: bytes) -> None:
    """Nothing but this file, with this content."""
    for old in path.parent.iterdir():
        old.unlink()
    path.write_bytes(content)


def _overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


async def _kept(store: Store) -> int:
    """How many readings are found; every one must be what was stored."""
    count = 0
    for node in range(3):
        found = await everything(store, device=f"node-{node}")
        assert all(time_ms == NOON_MS + int(value) for time_ms, value in found)
        assert len(set(values(found))) == len(found)
        count += len(found)
    return count


async def test_an_undamaged_database_is_left_alone(damaged: Path) -> None:
    async with running(damaged.parent) as store:
        assert store.recovered is None
        assert await _kept(store) == 3 * _ROWS
        assert await store.check() == []


async def test_a_truncated_database_is_set_aside_and_what_is_left_is_kept(damaged: Path) -> None:
    whole = _bytes(damaged)
    kept_before = 0
    for length in [1, 99, 100, 512, *range(_PAGE, len(whole) - 1, len(whole) // 17)]:
        _only(damaged, whole[:length])
        async with running(damaged.parent) as store:
            assert store.recovered is not None, length
            assert "damaged" in store.recovered
            kept = await _kept(store)
            assert kept >= kept_before, length
            kept_before = kept
            assert await commit(store, reading(1, device="new")) is None
            assert await store.check() == []
        (aside,) = damaged.parent.glob("gateway.db.damaged-*Z")
        assert length < _PAGE or aside.read_bytes()[_PAGE:] == whole[_PAGE : length - length % _PAGE]
        async with running(damaged.parent) as store:
            assert store.recovered is None
            assert await _kept(store) == kept
    assert kept_before > 3 * _ROWS * 0.9


async def test_an_overwritten_first_page_costs_nothing(damaged: Path) -> None:
    _overwrite(damaged, 0, random.Random(1).randbytes(_PAGE))
    async with running(damaged.parent) as store:
        assert store.recovered is not None
        assert await _kept(store) == 3 * _ROWS
        (session,) = store.sessions()
        assert (session.user, len(session.queue), session.received) == ("anna", 100, {9})
        assert len(store.retained()) == 100
        assert {anchor.epoch_ms for anchor in await store.anchors()} == {None, 5}
        assert len(await store.audit()) == 100


async def test_what_is_no_database_at_all_is_set_aside(damaged: Path) -> None:
    _write(damaged, random.Random(2).randbytes(50_000))
    async with running(damaged.parent) as store:
        assert store.recovered is not None
        assert await _kept(store) == 0
        assert await commit(store, reading(1)) is None


async def test_an_empty_file_is_a_new_database(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").touch()
    async with running(tmp_path) as store:
        assert store.recovered is None
        assert await commit(store, reading(1)) is None


async def test_any_overwritten_page_costs_at_most_its_rows_once_the_whole_is_checked(damaged: Path) -> None:
    whole = _bytes(damaged)
    chance = random.Random(3)
    pages = len(whole) // _PAGE
    for page in sorted(chance.sample(range(1, pages), 25)):
        _only(damaged, whole)
        _overwrite(damaged, page * _PAGE, chance.randbytes(_PAGE))
        async with running(damaged.parent) as store:
            suspected = store.recovered is not None or await store.check()
            assert suspected, page
        async with running(damaged.parent) as store:
            assert await store.check() == []
            assert await _kept(store) >= 3 * _ROWS - 40, page
            assert len(store.sessions()) == 1
            assert len(store.retained()) >= 80
            assert len(store.sessions()[0].queue) >= 80


async def test_a_query_that_meets_damage_says_so_and_the_next_start_repairs_it(damaged: Path) -> None:
    with closing(sqlite3.connect(damaged)) as connection:
        sql = "SELECT pageno FROM dbstat WHERE name = 'readings' AND pagetype = 'leaf' LIMIT 1 OFFSET 60"
        try:
            page = connection.execute(sql).fetchone()[0]
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no dbstat table")
    _overwrite(damaged, (page - 1) * _PAGE, b"\xff" * _PAGE)
    async with running(damaged.parent) as store:
        assert store.recovered is None
        with pytest.raises(StoreError):
            await _kept(store)
    async with running(damaged.parent) as store:
        assert store.recovered is not None
        assert 3 * _ROWS - 100 < await _kept(store) < 3 * _ROWS


async def test_damage_met_while_writing_is_repaired_without_a_restart(damaged: Path) -> None:
    # Without chores: one could meet the damage first, and have it repaired, before the write does.
    async with running(damaged.parent, StoreSettings(spare_bytes=0, chore_pause_s=600.0)) as store:
        await commit(store, reading(_ROWS, NOON_MS + _ROWS, "node-0", temperature=float(_ROWS)))
        before = await _kept(store)
        told: list[bool] = []
        store.watch(told.append)
        with closing(sqlite3.connect(damaged)) as vandal:
            vandal.execute("PRAGMA writable_schema = ON")
            vandal.execute("UPDATE sqlite_schema SET rootpage = 2000000 WHERE name = 'retained'")
            vandal.execute("PRAGMA schema_version = 4711")
            vandal.commit()
        assert await commit(store, Retained("x", b"1", 0)) is None
        with suppress(StoreError):
            await settle(store)
        assert told == [False]
        for number in range(100):
            if await commit(store, reading(number, device="node-9")) is None:
                break
        await store.flush()
        assert store.healthy
        assert told == [False, True]
        assert [message.topic for message in store.retained()].count("x") == 1
        assert store.recovered is not None
        assert await _kept(store) == before
        assert await commit(store, Retained("x", b"1", 0)) is None
        assert len(store.sessions()) == 1


async def _crashed(folder: Path) -> tuple[bytes, bytes]:
    """The database and its log as a power cut leaves them, with most rows in the log only."""
    live = folder / "live"
    live.mkdir()
    async with running(live) as store:
        for start in range(0, _ROWS, 100):
            await commit(
                store, *(reading(n, NOON_MS + n, "node-0", temperature=float(n)) for n in range(start, start + 100))
            )
            await settle(store)
        return _bytes(live / "gateway.db"), _bytes(live / "gateway.db-wal")


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_log_cut_anywhere_keeps_all_commits_before_the_cut(tmp_path: Path) -> None:
    database, log = await _crashed(tmp_path)
    kept_before = 0
    for length in range(0, len(log), len(log) // 23):
        folder = tmp_path / str(length)
        _lay_out(folder, database, log[:length])
        async with running(folder) as store:
            kept = await _kept(store)
            assert kept % 100 == 0
            assert kept >= kept_before
            kept_before = kept
            assert await commit(store, reading(1, device="new")) is None
    assert kept_before >= _ROWS * 0.9


async def test_garbage_in_the_log_keeps_all_commits_before_it(tmp_path: Path) -> None:
    database, log = await _crashed(tmp_path)
    kept_before = 0
    for offset in range(32, len(log), len(log) // 23):
        folder = tmp_path / str(offset)
        _lay_out(folder, database, log[:offset] + b"\x5a" * 40 + log[offset + 40 :])
        async with running(folder) as store:
            kept = await _kept(store)
            assert kept % 100 == 0
            assert kept >= kept_before
            kept_before = kept
    assert kept_before >= _ROWS * 0.9


async def test_garbage_in_the_shared_memory_file_does_no_harm(tmp_path: Path) -> None:
    database, log = await _crashed(tmp_path)
    for number, content in enumerate((b"", b"x", b"\xff" * 32768, random.Random(4).randbytes(40_000))):
        folder = tmp_path / str(number)
        _lay_out(folder, database, log)
        _write(folder / "gateway.db-shm", content)
        async with running(folder) as store:
            assert store.recovered is None
            assert await _kept(store) == _ROWS


async def test_a_log_whose_database_was_emptied_is_still_read(tmp_path: Path) -> None:
    database, log = await _crashed(tmp_path)
    for length in (0, 10, len(database) - 1):
        folder = tmp_path / str(length)
        _lay_out(folder, database[:length], log)
        async with running(folder) as store:
            assert await _kept(store) == _ROWS
            assert store.recovered is not None


def _lay_out(folder: Path, database: bytes, log: bytes) -> None:
    folder.mkdir()
    _write(folder / "gateway.db", database)
    _write(folder / "gateway.db-wal", log)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def test_a_folder_that_cannot_be_used_is_an_error_not_damage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        Store(tmp_path / "file" / "gateway.db").open()


_CHILD = """
import sys
from pathlib import Path
from gateway.backends.store.store import Store
print("go", flush=True)
Store(Path(sys.argv[1])).open()
"""


async def test_kill_9_in_the_middle_of_a_repair_loses_nothing_more(damaged: Path) -> None:
    _overwrite(damaged, 0, random.Random(1).randbytes(_PAGE))
    chance = random.Random(6)
    killed = sum(_repair_and_kill(damaged, chance.uniform(0.0, 0.12)) for _ in range(12))
    assert killed > 0
    async with running(damaged.parent) as store:
        assert await _kept(store) == 3 * _ROWS
        assert len(store.sessions()[0].queue) == 100
        assert await store.check() == []


def _repair_and_kill(path: Path, after_s: float) -> bool:
    """Whether the repair was killed before it was done."""
    with subprocess.Popen([sys.executable, "-c", _CHILD, str(path)], stdout=subprocess.PIPE, stderr=-3) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(after_s)
        killed = child.poll() is None
        child.kill()
    return killed


async def test_a_full_disk_during_a_repair_is_said_and_costs_nothing(damaged: Path) -> None:
    with small_disk(damaged.parent / "small", kib=512) as small:
        path = small / "gateway.db"
        shutil.copy(damaged, path)
        _overwrite(path, 0, b"\0" * _PAGE)
        with pytest.raises(StoreFull):
            Store(path).open()
        for left in small.iterdir():
            shutil.copy(left, damaged.parent / left.name)
    async with running(damaged.parent) as store:
        assert await _kept(store) == 3 * _ROWS
