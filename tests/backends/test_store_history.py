"""Reading back: exact, whatever the order in which readings came."""

from __future__ import annotations

import random
from pathlib import Path

from gateway.core.messages import Reading
from gateway.core.ports.store import OWN_CLOCK, Anchor, BootAnchored, Bucket, ReadingTaken
from tests.backends.store_kit import NOON_MS, commit, everything, pairs, reading, running, values


async def test_a_stretch_of_time_includes_its_start_and_not_its_end(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(reading(n, 1000 + n, temperature=float(n)) for n in range(10)))
        assert pairs(await store.raw("node-1", "temperature", 1003, 1006)) == [(1003, 3.0), (1004, 4.0), (1005, 5.0)]
        assert await store.raw("node-1", "temperature", 1006, 1003) == []
        assert await store.raw("node-1", "pressure", 0, 5000) == []
        assert await store.raw("node-2", "temperature", 0, 5000) == []


async def test_the_limit_keeps_the_newest(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(reading(n, 1000 - n, temperature=float(n)) for n in range(10)))
        assert values(pairs(await store.raw("node-1", "temperature", 0, 5000, limit=3))) == [2.0, 1.0, 0.0]
        assert await store.raw("node-1", "temperature", 0, 5000, limit=0) == []


async def test_equal_times_come_back_in_order_of_arrival(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(reading(None, temperature=value) for value in (3.0, 1.0, 2.0)))
        await commit(store, reading(None, boot="b2", temperature=0.5))
        assert values(await everything(store)) == [3.0, 1.0, 2.0, 0.5]


async def test_readings_by_uptime_appear_when_their_boot_is_dated_and_move_when_it_is_dated_anew(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(reading(n, n * 10, flags=0, temperature=float(n)) for n in range(3)))
        assert await everything(store) == []
        assert await store.latest() == {}
        await commit(store, BootAnchored("node-1", "b1", NOON_MS))
        assert await everything(store) == [(NOON_MS, 0.0), (NOON_MS + 10, 1.0), (NOON_MS + 20, 2.0)]
        await commit(store, BootAnchored("node-1", "b1", 5000))
        assert pairs(await store.raw("node-1", "temperature", 5000, 5020)) == [(5000, 0.0), (5010, 1.0)]
        assert (await store.latest())["node-1"].time_ms == 5020


async def test_a_boot_can_be_dated_before_its_first_reading(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, BootAnchored("node-1", "b1", 5000))
        assert await store.anchors() == [Anchor("node-1", "b1", 5000, -1)]
        await commit(store, reading(4, 10, flags=0))
        assert await everything(store) == [(5010, 20.0)]
        assert await store.anchors() == [Anchor("node-1", "b1", 5000, 4)]


async def test_buckets_are_aligned_to_the_epoch_and_leave_empty_steps_out(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(reading(t, t, temperature=float(t)) for t in (11, 12, 19, 20, 41)))
        assert await store.buckets("node-1", "temperature", 12, 100, 10) == [
            Bucket(10, 12.0, 19.0, 15.5, 2),
            Bucket(20, 20.0, 20.0, 20.0, 1),
            Bucket(40, 41.0, 41.0, 41.0, 1),
        ]


async def test_the_latest_of_each_device_is_the_newest_by_time_not_by_number(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(reading(n, 10_000 - n, temperature=float(n)) for n in range(5000)))
        await commit(store, reading(3, 77, device="node-2", boot="z", x=1.0, y=2.0))
        assert await store.latest() == {
            "node-1": Reading("node-1", 10_000, {"temperature": 0.0}, boot="b1", seq=0),
            "node-2": Reading("node-2", 77, {"x": 1.0, "y": 2.0}, boot="z", seq=3),
        }


async def test_of_equal_times_the_latest_is_the_last_to_arrive(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(reading(None, 5, temperature=float(n)) for n in range(3000)))
        assert (await store.latest())["node-1"].values == {"temperature": 2999.0}


async def test_times_beyond_all_bounds_are_no_error(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, reading(1))
        assert len(await store.raw("node-1", "temperature", -(10**30), 10**30)) == 1


async def test_whatever_order_readings_come_in_every_stretch_of_time_is_exact(tmp_path: Path) -> None:
    """Against a plain list: late rows, jumps, many boots at once, both clocks, re-dating, restarts."""
    chance = random.Random(20)
    model: dict[tuple[str, int], ReadingTaken] = {}
    epochs: dict[str, int] = {}
    order: list[str] = []
    for _ in range(4):
        async with running(tmp_path) as store:
            for _ in range(40):
                batch: list[ReadingTaken | BootAnchored] = []
                boot = f"b{chance.randrange(6)}"
                start = chance.choice([0, 500, 1020, 1024, 2040, 5000, 60_000])
                for _ in range(chance.choice([1, 3, 400])):
                    own = chance.random() < 0.6
                    seq = start + chance.randrange(600)
                    at = chance.randrange(100_000) + (100_000 if own else 0)
                    batch.append(
                        reading(seq, at, boot=boot, flags=OWN_CLOCK if own else 0, temperature=chance.random())
                    )
                if chance.random() < 0.2:
                    batch.append(BootAnchored("node-1", boot, chance.randrange(200_000)))
                for change in batch:
                    if change.boot not in order:
                        order.append(change.boot)
                    if isinstance(change, BootAnchored):
                        epochs[change.boot] = change.epoch_ms
                    else:
                        model.setdefault((change.boot, change.seq or 0), change)
                await commit(store, *batch)
            wanted = sorted(_dated(model, epochs, order))
            for _ in range(30):
                start = chance.randrange(300_000)
                end = start + chance.choice([1, 1000, 50_000])
                expected = [(time_ms, value) for time_ms, _, _, value in wanted if start <= time_ms < end]
                assert pairs(await store.raw("node-1", "temperature", start, end)) == expected
            newest = (await store.latest())["node-1"]
            assert (newest.time_ms, newest.seq, newest.values["temperature"]) == (wanted[-1][0], *wanted[-1][2:])
    assert len(wanted) > 5000


def _dated(
    model: dict[tuple[str, int], ReadingTaken], epochs: dict[str, int], order: list[str]
) -> list[tuple[int, int, int, float]]:
    found = []
    for (boot, seq), taken in model.items():
        if taken.flags & OWN_CLOCK or boot in epochs:
            time_ms = taken.at_ms + (0 if taken.flags & OWN_CLOCK else epochs[boot])
            found.append((time_ms, order.index(boot), seq, taken.values["temperature"]))
    return found
