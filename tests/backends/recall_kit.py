"""What every kind of change must survive: power cuts in the middle of a batch and between two starts, the journal
once more, damage.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import strategies as some

from gateway.backends.store import contents
from gateway.backends.store.changes import Changes
from gateway.backends.store.journal import Record
from gateway.backends.store.migrations import known, migrate
from gateway.backends.store.recall import recall
from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.ports.store import Change
from tests.backends.store_kit import commit, everything, running, settle, values

SALT = b"s" * 16
Runs = list[tuple[list[Change], bool, bool]]
"""Of each start: what is committed, whether it is settled then, whether the gateway is killed."""
_Filled = TypeVar("_Filled")


def stop_half_way(rows: Changes, batch: Sequence[Change]) -> None:
    """Commit a batch that the power is gone in the middle of."""

    class Stop(Exception):
        """The power is gone."""

    def cut() -> object:
        yield batch
        raise Stop

    with pytest.raises(Stop):
        rows.commit(cut(), (0, SALT))  # type: ignore[arg-type]
    rows.roll_back()


def commit_and_recall(
    changes: list[Change],
    data: some.DataObject,
    is_all_there: Callable[[sqlite3.Connection, Sequence[Change]], None],
) -> None:
    """Commit in any batches, some rolled back before and some recalled after; each time all is looked for."""
    cuts = sorted({0, len(changes), *data.draw(some.lists(some.integers(0, len(changes)), max_size=5), "cuts")})
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, known())
        rows = Changes(connection, StoreSettings(), lambda: 0)
        records: list[Record] = []
        for serial, (start, end) in enumerate(pairwise(cuts), 1):
            batch = changes[start:end]
            records.append(Record(serial, contents.joined([contents.encode(batch)])))
            for _ in range(data.draw(some.integers(0, 1), "killed")):
                stop_half_way(rows, batch)
            rows.commit([batch], (serial, SALT))
            if data.draw(some.booleans(), "recalled"):
                first = data.draw(some.integers(0, serial - 1), "from")
                recall(rows, records[first:], data.draw(some.integers(first, serial), "settled"), SALT)
            is_all_there(connection, changes[:end])


async def live_and_die(
    folder: Path, runs: Runs, is_all_there: Callable[[Store, list[Change]], Awaitable[None]]
) -> None:
    """One start after the other on what was left; at the end all that was committed is looked for."""
    taken: list[Change] = []
    here = folder / "0"
    for number, (changes, settled, killed) in enumerate(runs, 1):
        there = folder / str(number)
        async with running(here) as store:
            for change in changes:
                await commit(store, change)
                taken.append(change)
            if settled:
                await settle(store)
            if killed:
                shutil.copytree(here, there)
                (there / "gateway.db-shm").unlink(missing_ok=True)
        if not killed:
            shutil.copytree(here, there)
        here = there
    async with running(here) as store:
        await is_all_there(store, taken)


async def damage_all_over(
    folder: Path,
    fill: Callable[[Store], Awaitable[_Filled]],
    is_all_there: Callable[[Store, _Filled], Awaitable[None]],
    readings: int,
) -> None:
    """Fill a store, overwrite a third of its pages, and look for all of it once the journal was asked.

    `readings`: how many were committed besides, counted up from 0.
    """
    async with running(folder) as store:
        filled = await fill(store)
    raw = bytearray((folder / "gateway.db").read_bytes())
    for start in range(len(raw) // 3072 * 1024, len(raw), 1024):
        raw[start : start + 8] = b"\xff" * 8
    (folder / "gateway.db").write_bytes(raw)
    async with running(folder) as store:
        assert store.recovered is not None
        assert values(await everything(store)) == [float(n) for n in range(readings)]
        await is_all_there(store, filled)


async def damage_pages(
    folder: Path,
    fill: Callable[[Store], Awaitable[_Filled]],
    lost: Callable[[Store, _Filled], Awaitable[int]],
    tables: tuple[str, ...],
    *,
    count: int,
    seed: int,
) -> int:
    """Fill a store and overwrite one page of these tables, so many times anew; how much is lost in all.

    `lost` says how much is not there, and asserts that what is left is what it was.
    """
    async with running(folder / "whole") as store:
        filled = await fill(store)
    raw = (folder / "whole" / "gateway.db").read_bytes()
    pages = _pages_of(folder / "whole" / "gateway.db", tables, len(raw) // 1024)
    chance = random.Random(seed)
    gone = 0
    for page in sorted(chance.sample(pages, count)):
        here = folder / str(page)
        here.mkdir()
        damaged = bytearray(raw)
        damaged[(page - 1) * 1024 : page * 1024] = chance.randbytes(1024)
        (here / "gateway.db").write_bytes(damaged)
        async with running(here) as store:
            assert store.recovered is not None or await store.check(), page
        async with running(here) as store:
            assert await store.check() == []
            gone += await lost(store, filled)
    return gone


def _pages_of(path: Path, tables: tuple[str, ...], count: int) -> list[int]:
    """The pages on which these tables lie."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            names = ", ".join("?" * len(tables))
            rows = connection.execute(f"SELECT pageno FROM dbstat WHERE name IN ({names})", tables).fetchall()
        except sqlite3.OperationalError:
            return list(range(2, count + 1))
    return sorted(page for (page,) in rows)
