"""A full disk: what was acknowledged is kept and readable, nothing more is taken, and it works again by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.errors import StoreError, StoreFull
from gateway.core.ports.store import Retained
from tests.backends.small_disk import fill, small_disk
from tests.backends.store_kit import commit, everything, reading, running, values

_KIB = 1024
_SETTINGS = StoreSettings(
    spare_bytes=256 * _KIB, journal_bytes=128 * _KIB, ballast_bytes=512 * _KIB, checkpoint_pages=200
)


async def _until_healthy(store: Store) -> None:
    for _ in range(600):
        if store.healthy:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(store.failure)


async def _until_refused(store: Store, start: int) -> int:
    """Store readings with rising numbers until one is refused; its number."""
    for number in range(start, 100_000, 200):
        error = await commit(store, *(reading(n, n, temperature=float(n)) for n in range(number, number + 200)))
        if error is not None:
            assert isinstance(error, StoreFull)
            return number
    raise AssertionError("it was never full")


async def test_room_on_a_full_disk_heals_it_without_a_restart(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", kib=4096) as small:
        async with running(small, _SETTINGS) as store:
            told: list[bool] = []
            store.watch(told.append)
            filler = fill(small)
            refused = await _until_refused(store, 0)
            assert refused > 0
            assert not store.healthy
            assert "room" in store.snapshot().failure
            assert told == [False]
            assert isinstance(await commit(store, Retained("t", b"x", 0)), StoreFull)
            assert values(await everything(store)) == [float(n) for n in range(refused)]
            filler.unlink()
            await _until_healthy(store)
            assert told == [False, True]
            rest = range(refused, refused + 200)
            assert await commit(store, *(reading(n, n, temperature=float(n)) for n in rest)) is None
            assert values(await everything(store)) == [float(n) for n in range(refused + 200)]
            assert told == [False, True]
        async with running(small, _SETTINGS) as store:
            assert store.recovered is None
            assert values(await everything(store)) == [float(n) for n in range(refused + 200)]


async def test_every_reading_acknowledged_while_the_disk_fills_up_is_kept(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", kib=2048) as small:
        async with running(small, _SETTINGS) as store:
            refused = await _until_refused(store, 0)
            assert values(await everything(store)) == [float(n) for n in range(refused)]
        async with running(small, _SETTINGS) as store:
            assert values(await everything(store)) == [float(n) for n in range(refused)]


async def test_a_disk_that_is_full_already_does_not_keep_the_store_from_starting(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", kib=4096) as small:
        async with running(small, _SETTINGS) as store:
            await commit(store, reading(1, temperature=1.0), Retained("t", b"x", 0))
        filler = fill(small)
        for start in range(2):
            async with running(small, _SETTINGS) as store:
                assert values(await everything(store)) == [1.0], start
                assert len(store.retained()) == 1
                await _until_refused(store, 1000 + start)
        filler.unlink()
        async with running(small, _SETTINGS) as store:
            assert await commit(store, reading(2, temperature=2.0)) is None
            assert 2.0 in values(await everything(store))


async def test_a_store_that_is_full_can_be_closed(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", kib=2048) as small:
        async with running(small, _SETTINGS) as store:
            await commit(store, reading(1))
            filler = fill(small)
            assert isinstance(await commit(store, Retained("big", b"x" * 1_500_000, 0)), StoreFull)
        filler.unlink()
        async with running(small, _SETTINGS) as store:
            assert len(await everything(store)) == 1


async def test_a_disk_without_any_room_for_a_new_store_says_so(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", kib=256) as small:
        fill(small)
        with pytest.raises(StoreError, match="room"):
            Store(small / "gateway.db", _SETTINGS).open()
