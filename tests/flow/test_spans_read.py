"""History across assignments and swaps, on a real store."""

from __future__ import annotations

import asyncio
import itertools
import random
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.backends.store.settings import StoreSettings
from gateway.core.home import Assignment
from gateway.core.ports.store import OWN_CLOCK, BootAnchored, Bucket, ReadingTaken
from gateway.core.quality import IMPOSSIBLE, Quality
from gateway.flow.spans_read import Value, of_asset, of_device
from tests.backends.store_kit import commit, running

NOON_MS = 1_767_787_200_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MORNING_MS = NOON_MS - 12 * HOUR_MS


class Known:
    """Assignments and former ids, as they are told."""

    def __init__(self, *spans: Assignment, formers: dict[str, list[tuple[str, int, int]]] | None = None) -> None:
        self._spans = spans
        self._formers = formers or {}

    def of_asset(self, asset: str) -> list[Assignment]:
        return [span for span in self._spans if span.asset == asset]

    def series_of(self, device_id: str, from_ms: int, to_ms: int) -> list[tuple[str, int, int]]:
        return [*self._formers.get(device_id, ()), (device_id, from_ms, to_ms)]


def taken(device: str, seq: int, at_ms: int, value: float, bits: int = 0, flags: int = OWN_CLOCK) -> ReadingTaken:
    return ReadingTaken(device, "b1", seq, at_ms, {"humidity": value}, flags, {"humidity": bits} if bits else {})


def day_of(device: str, base: float) -> list[ReadingTaken]:
    """A value every ten minutes from midnight to midnight."""
    return [taken(device, n, MORNING_MS + n * 10 * MINUTE_MS, base + n) for n in range(144)]


def values(rows: Sequence[Value | Bucket]) -> list[float]:
    return [row[1] for row in rows if not isinstance(row, Bucket)]


def buckets(rows: Sequence[Value | Bucket]) -> list[Bucket]:
    return [row for row in rows if isinstance(row, Bucket)]


async def test_a_reassignment_at_noon_splits_the_day_exactly(tmp_path: Path) -> None:
    known = Known(Assignment("node", "fern", MORNING_MS, NOON_MS), Assignment("node", "basil", NOON_MS))
    day = MORNING_MS, MORNING_MS + DAY_MS
    async with running(tmp_path) as store:
        await commit(store, *day_of("node", 0.0))
        fern = await of_asset(store, known, known, "fern", "humidity", *day, None, 1000)
        basil = await of_asset(store, known, known, "basil", "humidity", *day, None, 1000)
    assert values(fern.rows) == [float(n) for n in range(72)]
    assert values(basil.rows) == [float(n) for n in range(72, 144)]
    assert fern.devices == basil.devices == ("node",)
    assert not fern.truncated


@pytest.mark.parametrize("step_ms", [MINUTE_MS * 7, HOUR_MS, 5 * HOUR_MS, DAY_MS])
async def test_a_step_that_an_assignment_cuts_has_only_its_own_readings(tmp_path: Path, step_ms: int) -> None:
    known = Known(
        Assignment("node", "fern", MORNING_MS, NOON_MS - 25 * MINUTE_MS),
        Assignment("node", "basil", NOON_MS - 25 * MINUTE_MS),
    )
    day = MORNING_MS, MORNING_MS + DAY_MS
    async with running(tmp_path) as store:
        await commit(store, *day_of("node", 0.0))
        fern = buckets((await of_asset(store, known, known, "fern", "humidity", *day, step_ms, 10)).rows)
        basil = buckets((await of_asset(store, known, known, "basil", "humidity", *day, step_ms, 10)).rows)
    assert sum(bucket.count for bucket in fern) == 70
    assert sum(bucket.count for bucket in basil) == 74
    assert (fern[-1].maximum, basil[0].minimum) == (69.0, 70.0)


async def test_two_sensors_of_an_asset_are_told_in_one(tmp_path: Path) -> None:
    known = Known(Assignment("a", "fern", MORNING_MS), Assignment("b", "fern", NOON_MS))
    async with running(tmp_path) as store:
        await commit(store, *day_of("a", 0.0), *day_of("b", 1000.0))
        asked = MORNING_MS, MORNING_MS + DAY_MS
        raw = await of_asset(store, known, known, "fern", "humidity", *asked, None, 1000)
        hours = await of_asset(store, known, known, "fern", "humidity", *asked, HOUR_MS, 1000)
    assert raw.devices == ("a", "b")
    assert len(raw.rows) == 144 + 72
    assert [row[0] for row in raw.rows if not isinstance(row, Bucket)] == sorted(
        row[0] for row in raw.rows if not isinstance(row, Bucket)
    )
    assert [bucket.count for bucket in buckets(hours.rows)] == [6] * 12 + [12] * 12
    assert buckets(hours.rows)[12] == Bucket(NOON_MS, 72.0, 1077.0, 574.5, 12)


async def test_the_newest_are_kept_when_there_are_too_many(tmp_path: Path) -> None:
    known = Known(Assignment("a", "fern", 0, NOON_MS), Assignment("b", "fern", NOON_MS))
    async with running(tmp_path) as store:
        await commit(store, *day_of("a", 0.0), *day_of("b", 1000.0))
        asked = MORNING_MS, MORNING_MS + DAY_MS
        few = await of_asset(store, known, known, "fern", "humidity", *asked, None, 73)
        none = await of_asset(store, known, known, "fern", "humidity", *asked, None, 0)
        exact = await of_device(store, known, "a", "humidity", *asked, None, 145)
    assert values(few.rows) == [71.0, *(1000.0 + n for n in range(72, 144))]
    assert few.truncated
    assert list(none.rows) == []
    assert len(exact.rows) == 144
    assert not exact.truncated


async def test_other_hardware_in_a_devices_place_goes_on_with_its_history(tmp_path: Path) -> None:
    """The old node fell silent at 11:00; the new one measured as `new` from 11:30, and took its place at 12:00."""
    silent_ms = NOON_MS - HOUR_MS
    known = Known(
        Assignment("node", "fern", MORNING_MS + 6 * HOUR_MS),
        formers={"node": [("new", silent_ms, NOON_MS)]},
    )
    old = [one for one in day_of("node", 0.0) if one.at_ms < silent_ms or one.at_ms >= NOON_MS]
    newcomer = [one for one in day_of("new", 500.0) if NOON_MS - 3 * HOUR_MS <= one.at_ms < NOON_MS + HOUR_MS]
    asked = MORNING_MS, MORNING_MS + DAY_MS
    async with running(tmp_path) as store:
        await commit(store, *old, *newcomer)
        device = await of_device(store, known, "node", "humidity", *asked, None, 1000)
        plant = await of_asset(store, known, known, "fern", "humidity", *asked, None, 1000)
        hours = await of_asset(store, known, known, "fern", "humidity", *asked, HOUR_MS, 1000)
    spanned = [float(n) for n in range(66)] + [500.0 + n for n in range(66, 72)] + [float(n) for n in range(72, 144)]
    assert values(device.rows) == spanned
    assert values(plant.rows) == spanned[36:]
    assert [bucket.count for bucket in buckets(hours.rows)] == [6] * 18
    assert device.devices == plant.devices == ("node",)


async def test_readings_that_are_dated_anew_are_found_where_they_then_belong(tmp_path: Path) -> None:
    known = Known(Assignment("node", "fern", MORNING_MS, NOON_MS), Assignment("node", "basil", NOON_MS))

    async with running(tmp_path) as store:

        async def found(asset: str) -> list[float]:
            asked = MORNING_MS, MORNING_MS + DAY_MS
            return values((await of_asset(store, known, known, asset, "humidity", *asked, None, 1000)).rows)

        await commit(store, *(taken("node", n, n * MINUTE_MS, float(n), flags=0) for n in range(10)))
        assert await found("fern") == []
        await commit(store, BootAnchored("node", "b1", NOON_MS - 4 * MINUTE_MS))
        assert (await found("fern"), await found("basil")) == ([0, 1, 2, 3], [4, 5, 6, 7, 8, 9])
        await commit(store, BootAnchored("node", "b1", NOON_MS - 8 * MINUTE_MS))
        assert (await found("fern"), await found("basil")) == ([0, 1, 2, 3, 4, 5, 6, 7], [8, 9])


async def test_nothing_asked_for_is_nothing_found(tmp_path: Path) -> None:
    known = Known(Assignment("node", "fern", NOON_MS))
    async with running(tmp_path) as store:
        await commit(store, *day_of("node", 0.0))
        for asked in ((NOON_MS, NOON_MS), (NOON_MS, MORNING_MS), (MORNING_MS, NOON_MS)):
            for step_ms in (None, HOUR_MS):
                found = await of_asset(store, known, known, "fern", "humidity", *asked, step_ms, 1000)
                assert list(found.rows) == []
                assert found.devices == ()
        assert list((await of_asset(store, known, known, "cactus", "humidity", 0, NOON_MS, None, 9)).rows) == []
        assert list((await of_device(store, known, "node", "humidity", NOON_MS, MORNING_MS, None, 9)).rows) == []


async def test_impossible_values_of_one_sensor_do_not_spoil_what_another_says(tmp_path: Path) -> None:
    known = Known(Assignment("a", "fern", 0), Assignment("b", "fern", 0))
    jump, step_ms = int(Quality.JUMP), 10 * MINUTE_MS
    async with running(tmp_path) as store:
        await commit(
            store,
            taken("a", 0, NOON_MS, 40.0),
            taken("b", 0, NOON_MS + 1, 900.0, jump),
            taken("a", 1, NOON_MS + step_ms, 800.0, jump),
            taken("b", 1, NOON_MS + step_ms + 1, 900.0, jump),
            taken("a", 2, NOON_MS + 2 * step_ms, 41.0),
        )
        found = await of_asset(store, known, known, "fern", "humidity", NOON_MS, NOON_MS + HOUR_MS, step_ms, 9)
    assert list(found.rows) == [
        Bucket(NOON_MS, 40.0, 40.0, 40.0, 1, jump),
        Bucket(NOON_MS + step_ms, 800.0, 900.0, 850.0, 2, jump),
        Bucket(NOON_MS + 2 * step_ms, 41.0, 41.0, 41.0, 1),
    ]


async def _rolled(folder: Path, days: int) -> None:
    """Everything but the last day is in rollups."""
    while True:
        with sqlite3.connect(folder / "gateway.db") as connection:
            count = connection.execute("SELECT count(*) FROM rollups WHERE level = 2").fetchone()[0]
        connection.close()
        if count >= days:
            return
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("seed", range(4))
async def test_any_spans_have_the_figures_of_their_own_readings_also_out_of_rollups(seed: int, tmp_path: Path) -> None:
    """Whatever the cuts, buckets are what their readings make, each counted once."""
    chance = random.Random(seed)
    start_ms = MORNING_MS // DAY_MS * DAY_MS
    rows: dict[str, list[Value]] = {
        device: [
            (
                start_ms + n * 11 * MINUTE_MS + chance.randrange(MINUTE_MS),
                round(chance.uniform(0, 100), 1),
                int(Quality.OUT_OF_RANGE) if chance.random() < 0.05 else 0,
            )
            for n in range(3 * 130)
        ]
        for device in ("a", "b")
    }
    cuts = sorted(start_ms + chance.randrange(3 * DAY_MS) for _ in range(6))
    spans = [
        Assignment(chance.choice("ab"), chance.choice(("fern", "basil")), begin, end)
        for begin, end in itertools.pairwise(cuts)
    ]
    known = Known(*spans)
    settings = StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, raw_days=10_000)
    async with running(tmp_path, settings) as store:
        for device, told in rows.items():
            await commit(store, *(taken(device, n, *row) for n, row in enumerate(told)))
        await store.anchors()
        await asyncio.wait_for(_rolled(tmp_path, 4), 60)
        for asset in ("fern", "basil"):
            for step_ms in (HOUR_MS, DAY_MS, 7 * MINUTE_MS):
                asked = start_ms + chance.randrange(DAY_MS), start_ms + 3 * DAY_MS
                found = await of_asset(store, known, known, asset, "humidity", *asked, step_ms, 1000)
                expected = _condensed(rows, known.of_asset(asset), *asked, step_ms)
                assert [_close(bucket) for bucket in buckets(found.rows)] == [_close(bucket) for bucket in expected]


def _condensed(
    rows: dict[str, list[Value]], spans: list[Assignment], from_ms: int, to_ms: int, step_ms: int
) -> list[Bucket]:
    steps: dict[int, list[Value]] = {}
    for span in spans:
        for row in rows[span.device]:
            if max(from_ms, span.from_ms) <= row[0] < min(to_ms, span.to_ms or to_ms):
                steps.setdefault(row[0] // step_ms * step_ms, []).append(row)
    found = []
    for time_ms, step in sorted(steps.items()):
        used = [row[1] for row in step if not row[2] & IMPOSSIBLE] or [row[1] for row in step]
        quality = int(any(row[2] for row in step)) * int(Quality.OUT_OF_RANGE)
        found.append(Bucket(time_ms, min(used), max(used), sum(used) / len(used), len(used), quality))
    return found


def _close(bucket: Bucket) -> tuple[int, float, float, float, int, int]:
    mean = round(bucket.mean, 9)
    return bucket.time_ms, bucket.minimum, bucket.maximum, mean, bucket.count, bucket.quality
