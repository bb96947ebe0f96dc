"""Judging goes on by itself, survives a store that cannot be read, and says when it is behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.core.errors import StoreError
from gateway.core.messages import Reading
from gateway.core.ports.store import Bucket
from gateway.core.quality import Quality
from gateway.flow.anomalies import keeping, watcher
from tests.flow.anomalies.site import MINUTE, Site


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "TURN_S", 0.001)
    monkeypatch.setattr(watcher, "_RETRY_S", 0.001)


@asynccontextmanager
async def running(site: Site) -> AsyncIterator[None]:
    task = asyncio.create_task(site.anomalies.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], object]) -> None:
    for _ in range(2000):
        if holds():
            return
        await asyncio.sleep(0.001)
    pytest.fail("it never came to that")


async def test_what_comes_is_judged_without_anybody_asking() -> None:
    site = Site()
    async with running(site):
        site.flag("bath", "temperature", Quality.OUT_OF_RANGE, "temperature said -127: no sensor can measure that")
        await until(site.episodes.open)


async def behind() -> Site:
    """A device of which the last minutes are only in the history."""
    before = Site()
    for _ in range(5):
        before.says("room-1", temperature=21.0)
        before.turn(minutes=1)
    await before.anomalies.close()
    before.clock.advance(minutes=10)
    after = Site(before)
    await after.anomalies.load()
    assert after.anomalies.snapshot().behind == 1
    return after


async def test_what_was_missed_is_caught_up_at_the_start() -> None:
    site = await behind()
    async with running(site):
        await until(lambda: not site.anomalies.snapshot().behind)
    assert site.anomalies.complaint() == ""


async def test_a_store_that_cannot_be_read_is_said_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    site = await behind()
    works = site.history.buckets

    async def broken(device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(site.history, "buckets", broken)
    async with running(site):
        await until(site.anomalies.complaint)
        assert site.anomalies.complaint() == "what was missed could not be read: the disk is gone"
        monkeypatch.setattr(site.history, "buckets", works)
        await until(lambda: not site.anomalies.snapshot().behind)
        await until(lambda: not site.anomalies.complaint())


async def test_being_behind_for_a_quarter_of_an_hour_is_said_in_health() -> None:
    site = await behind()
    site.anomalies._catchup._pause_s = 3600.0
    async with running(site):
        await until(lambda: site.anomalies._behind_since_ms is not None)
        assert site.anomalies.complaint() == ""
        site.clock.advance(minutes=16)
        expected = "1 device is behind: its readings have been caught up for 16 min"
        assert site.anomalies.complaint() == expected


async def test_while_the_time_is_not_known_nothing_is_caught_up_and_nothing_is_said() -> None:
    site = await behind()
    site.known = False
    async with running(site):
        await asyncio.sleep(0.02)
        site.clock.advance(minutes=30)
        assert site.anomalies.snapshot().behind == 1
        assert site.anomalies.complaint() == ""
        site.known = True
        await until(lambda: not site.anomalies.snapshot().behind)


async def test_what_was_learnt_is_kept_early_and_then_so_seldom_that_the_card_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watcher, "FIRST_SAVE_S", 0.0)
    site = Site()
    site.says("room-1", temperature=21.0)
    site.clock.advance(ms=3 * MINUTE)
    async with running(site):
        await until(lambda: site.memory.saves == 1)
        await asyncio.sleep(0.02)
    assert site.memory.saves == 1
    kept = site.anomalies._keeping
    assert kept.every_s == 6 * 3600.0
    kept.bytes = 16_000_000
    assert kept.every_s * keeping.MOST_A_DAY == pytest.approx(kept.bytes * 86_400.0)


async def test_catching_up_ends_although_the_node_never_stops_sending() -> None:
    site = await behind()
    real, asked = site.history.buckets, []

    async def buckets(*wanted: Any) -> list[Bucket]:
        asked.append(wanted)
        assert len(asked) < 50
        site.clock.advance(s=1)
        site.says("room-1", temperature=float(len(asked)))
        return await real(*wanted)

    site.history.buckets = buckets  # type: ignore[method-assign, assignment]
    steps = site.anomalies.snapshot().steps
    await site.anomalies._catch_up_with(["room-1"])
    assert site.anomalies.snapshot().behind == 0
    waiting = [item.values["temperature"] for item in site.anomalies._gather.inbox if isinstance(item, Reading)]
    # What came after it was read up to waits, in order, and nothing of it is twice.
    assert waiting == [float(count) for count in range(len(asked) - len(waiting) + 1, len(asked) + 1)]
    assert waiting
    assert site.anomalies.snapshot().steps >= steps
