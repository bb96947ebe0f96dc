"""Chunks and rollups under kill -9, on damaged files and in copies."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.errors import StoreError
from tests.backends.store_kit import commit, everything, pairs, reading, running, values

_DAY_MS = 86_400_000
_START_MS = 20_000 * _DAY_MS
_EVER = (-(1 << 60), 1 << 60)
_BUSY = StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, chore_pause_s=0.001, settle_s=0)
_ROWS = 4000
_PAGE = 1024


async def _settled(store: Store, folder: Path, chunks: int, days: int) -> None:
    """Wait until the chores have got so far."""
    deadline = time.monotonic() + 60
    while True:
        await store.flush()
        await commit(store, reading(1, _START_MS, "other"))  # chores follow commits
        with closing(sqlite3.connect(folder / "gateway.db")) as connection:
            packed, rolled = (
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("chunks", "rollups WHERE level = 2")
            )
        if packed >= chunks and rolled >= days:
            return
        assert time.monotonic() < deadline, (packed, rolled)
        await asyncio.sleep(0.05)


async def _fill(folder: Path) -> None:
    """Three nodes' readings every 100 s, in chunks but for the last; rolled up."""
    async with running(folder, _BUSY) as store:
        for start in range(0, _ROWS, 500):
            for node in range(3):
                rows = (
                    reading(n, _START_MS + n * 100_000, f"node-{node}", temperature=n / 100)
                    for n in range(start, start + 500)
                )
                await commit(store, *rows)
        await _settled(store, folder, 9, 3 * 4)


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


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _only(path: Path, content: bytes) -> None:
    """Nothing but this file, with this content."""
    for old in path.parent.iterdir():
        old.unlink()
    path.write_bytes(content)


async def _kept(store: Store) -> int:
    """How many readings are found; every one must be what was stored, and figures must say the same."""
    count = 0
    for node in range(3):
        found = await everything(store, device=f"node-{node}")
        assert all(time_ms == _START_MS + round(value * 100) * 100_000 for time_ms, value in found)
        assert len(set(values(found))) == len(found)
        for step in (_DAY_MS, 3_600_000):
            buckets = await store.buckets(f"node-{node}", "temperature", *_EVER, step)
            assert sum(bucket.count for bucket in buckets) == len(found)
        count += len(found)
    return count


async def test_all_is_well_before_anything_is_damaged(damaged: Path) -> None:
    async with running(damaged.parent) as store:
        assert store.recovered is None
        assert await _kept(store) == 3 * _ROWS
        assert await store.check() == []


async def test_any_overwritten_page_costs_few_chunks_once_the_whole_is_checked(damaged: Path) -> None:
    whole = _bytes(damaged)
    chance = random.Random(3)
    for page in sorted(chance.sample(range(1, len(whole) // _PAGE), 20)):
        _only(damaged, whole)
        with damaged.open("r+b") as file:
            file.seek(page * _PAGE)
            file.write(chance.randbytes(_PAGE))
        async with running(damaged.parent) as store:
            await store.check()
        async with running(damaged.parent) as store:
            assert await store.check() == []
            assert await _kept(store) >= 3 * _ROWS - 3 * 1024, page
            assert await commit(store, reading(1, device="new")) is None


async def test_a_truncated_database_keeps_what_is_left(damaged: Path) -> None:
    whole = _bytes(damaged)
    for part in (0.2, 0.5, 0.8, 0.97):
        _only(damaged, whole[: int(len(whole) * part)])
        async with running(damaged.parent) as store:
            assert store.recovered is not None
            await _kept(store)
            assert await store.check() == []


async def test_an_overwritten_first_page_costs_nothing(damaged: Path) -> None:
    with damaged.open("r+b") as file:
        file.write(random.Random(1).randbytes(_PAGE))
    async with running(damaged.parent) as store:
        assert store.recovered is not None
        assert await _kept(store) == 3 * _ROWS
        again = [reading(n, 5, "node-1", temperature=7.77) for n in range(2000)]
        await commit(store, *again)
        assert await _kept(store) == 3 * _ROWS


async def test_a_chunk_with_one_wrong_byte_is_found_by_a_check_and_dropped_at_the_next_start(damaged: Path) -> None:
    with closing(sqlite3.connect(damaged)) as connection:
        (data,) = connection.execute("SELECT data FROM chunks WHERE boot = 1 AND block = 1").fetchone()
        wrong = data[:60] + bytes([data[60] ^ 1]) + data[61:]
        connection.execute("UPDATE chunks SET data = ? WHERE boot = 1 AND block = 1", (wrong,))
        connection.commit()
    async with running(damaged.parent, StoreSettings(chores_s=1e9)) as store:
        assert store.recovered is None
        (found,) = await store.check()
        assert "boot 1, block 1" in found
    async with running(damaged.parent) as store:
        assert store.recovered is not None
        assert await store.check() == []
        assert await _kept(store) == 3 * _ROWS - 1024
        again = (reading(n, _START_MS + n * 100_000, "node-0", temperature=n / 100) for n in range(_ROWS))
        await commit(store, *again)
        assert await _kept(store) == 3 * _ROWS


async def test_a_copy_made_while_readings_arrive_is_whole_and_of_one_moment(tmp_path: Path) -> None:
    async with running(tmp_path, _BUSY) as store:
        await commit(store, *(reading(n, _START_MS + n * 100_000) for n in range(5000)))
        copied = asyncio.create_task(store.snapshot_to(tmp_path / "copy.db"))
        number = 5000
        while not copied.done():
            await commit(store, *(reading(n, _START_MS + n * 100_000) for n in range(number, number + 20)))
            number += 20
            await asyncio.sleep(0)
        await copied
        (tmp_path / "copy").mkdir()
        await store.snapshot_to(tmp_path / "copy" / "gateway.db")
        assert number > 5000
    assert (tmp_path / "copy" / "gateway.db").stat().st_mode & 0o777 == 0o600
    async with running(tmp_path / "copy") as copy:
        assert copy.recovered is None
        assert await copy.check() == []
        assert len(await everything(copy)) == number


async def test_a_copy_that_fails_leaves_no_file(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, reading(1))
        with pytest.raises(StoreError):
            await store.snapshot_to(tmp_path / "nowhere" / "copy.db")
        (tmp_path / "taken").mkdir()
        with pytest.raises(StoreError):
            await store.snapshot_to(tmp_path / "taken")
        assert not any(name.endswith(".part") for name in _names(tmp_path))
        assert await commit(store, reading(2)) is None


_CHILD = """
import asyncio, sys
from pathlib import Path
from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.ports.store import ReadingTaken

class Receipt:
    def __init__(self, text):
        self.text = text
    def settled(self, error):
        assert error is None, error
        print(self.text)

async def main():
    start = int(sys.argv[2])
    busy = StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, chore_pause_s=0, settle_s=0, checkpoint_pages=100,
                         raw_days=3)
    store = Store(Path(sys.argv[1]), busy)
    store.open()
    store.start(asyncio.get_running_loop())
    print("ready", flush=True)
    number = start
    while True:
        for _ in range(20):
            for n in (number, number - 700 if number - 700 >= start else number):
                reading = ReadingTaken(f"node-{n %% 2}", "b1", n, %d + n * 60_000, {"n": float(n)})
                store.submit((reading,), Receipt(n))
            number += 1
        await asyncio.sleep(0.001)
        while store.congested:
            await asyncio.sleep(0.001)
        sys.stdout.flush()

asyncio.run(main())
"""


async def test_after_kill_9_while_blocks_are_packed_and_days_rolled_up_nothing_is_lost_or_double(
    tmp_path: Path,
) -> None:
    chance = random.Random(11)
    acknowledged: set[int] = set()
    for round_ in range(6):
        acknowledged |= _run_and_kill(tmp_path, max(acknowledged, default=-1) + 1, chance.uniform(0.3, 0.8))
        with closing(sqlite3.connect(tmp_path / "gateway.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok", round_
        async with running(tmp_path, StoreSettings(chores_s=1e9)) as store:
            assert store.recovered is None
            counted, newest = 0, 0.0
            for node in range(2):
                found = values(pairs(await store.raw(f"node-{node}", "n", *_EVER, limit=1 << 40)))
                assert len(set(found)) == len(found)
                # Whole days went, the oldest first: from the oldest that is left on, all are there.
                mine = {number for number in acknowledged if number % 2 == node and number >= min(found)}
                assert mine <= set(found)
                newest = max(newest, *found)
                days = await store.buckets(f"node-{node}", "n", *_EVER, _DAY_MS)
                counted += sum(bucket.count for bucket in days)
            # Each number once, though many of them are only in the rollups any more.
            assert max(acknowledged) + 1 <= counted <= newest + 1
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as connection:
        assert connection.execute("SELECT count(*) FROM chunks").fetchone()[0] > 0
        assert connection.execute("SELECT max(raw_from) FROM devices").fetchone()[0] > 0


def _run_and_kill(folder: Path, start: int, after_s: float) -> set[int]:
    """What the child said was stored, whole lines only, before it was killed."""
    command = [sys.executable, "-c", _CHILD % _START_MS, str(folder / "gateway.db"), str(start)]
    output = folder / "said"
    with output.open("wb") as said, subprocess.Popen(command, stdout=said) as child:
        while b"ready\n" not in output.read_bytes():
            assert child.poll() is None
            time.sleep(0.005)
        time.sleep(after_s)
        child.send_signal(signal.SIGKILL)
    lines = output.read_text().split("\n")[:-1]
    return {int(line) for line in lines if line != "ready"}
