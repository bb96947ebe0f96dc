"""Readings as arrays: the same as one by one, wherever they lie by then."""

from __future__ import annotations

import random
import time
from array import array
from math import isnan, nan
from pathlib import Path

import pytest

from gateway.backends.store import chores
from gateway.backends.store.figures import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.backends.store.series_columns import columns
from gateway.backends.store.settings import StoreSettings
from gateway.core.ports.rules import Columns
from gateway.core.ports.store import BootAnchored, Change
from gateway.core.quality import Quality
from tests.backends.settled_kit import EVER, START_MS, Bench, Model, bench_at, exact, random_changes, row
from tests.backends.store_kit import commit, running


@pytest.fixture(autouse=True)
def _one_step_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "_SLICE_S", 0.0)


def _series(found: Columns, metric: str) -> list[tuple[int, float, int]]:
    bits = found.bits.get(metric) or array("H", bytes(2 * len(found.times)))
    rows = zip(found.times, found.values[metric], bits, strict=True)
    return [(time_ms, value, marks) for time_ms, value, marks in rows if not isnan(value)]


@pytest.mark.parametrize("seed", range(5))
def test_columns_of_any_history_say_what_readings_say_one_by_one(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    model = Model()
    with bench_at(tmp_path) as bench:
        bench.now_ms = START_MS + 2 * DAY_MS
        for turn in range(40):
            changes = random_changes(chance)
            bench.write(*changes)
            for change in changes:
                model.apply(change)
            if chance.random() < 0.5:
                bench.chore(chance.choice([1, 3, 10, 40, 1 << 30]))
            if turn % 8 == 7:
                _compare(bench, model, chance)
        bench.now_ms += 20 * DAY_MS
        bench.chore()
        assert bench.count("chunks") > 0
        _compare(bench, model, chance)


def _compare(bench: Bench, model: Model, chance: random.Random) -> None:
    for device in ("a", "b"):
        for metrics in (["t"], ["h"], ["t", "h"], ["h", "unknown"]):
            start_ms = START_MS + chance.randrange(-DAY_MS, 5 * DAY_MS)
            end_ms = start_ms + chance.choice([MINUTE_MS, HOUR_MS, DAY_MS, 3 * DAY_MS + 1])
            for span in (EVER, (start_ms, end_ms)):
                found = columns(bench.reader, device, metrics, *span)
                assert list(found.times) == sorted(found.times)
                assert found.minutes_until_ms == 0
                for metric in metrics:
                    assert exact(_series(found, metric)) == exact(model.raw(device, metric, *span))
                has_any = [not all(map(isnan, values)) for values in zip(*found.values.values(), strict=True)]
                assert all(has_any), "a reading without any of the metrics"


def test_values_of_one_reading_stand_in_one_row_and_what_it_lacks_is_no_number(tmp_path: Path) -> None:
    with bench_at(tmp_path) as bench:
        bench.write(row(0, 10, t=1.0), row(1, 20, h=5.0), row(2, 20, t=2.0, h=6.0), row(3, 15, other=1.0))
        found = columns(bench.reader, "a", ["t", "h"], *EVER)
        assert (list(found.times), found.bits) == ([10, 20, 20], {})
        assert [str(value) for value in found.values["t"]] == ["1.0", "nan", "2.0"]
        assert [str(value) for value in found.values["h"]] == ["nan", "5.0", "6.0"]
        assert (found.times.typecode, found.values["t"].typecode) == ("q", "d")
        assert columns(bench.reader, "nobody", ["t"], *EVER).values == {"t": array("d")}
        assert columns(bench.reader, "a", [], *EVER).times == array("q")


def test_a_boot_of_a_clock_that_is_not_known_is_marked_so_and_only_in_its_own_rows(tmp_path: Path) -> None:
    with bench_at(tmp_path) as bench:
        bench.write(row(0, START_MS, t=1.0), row(0, 5, boot="2", flags=0, t=2.0), row(1, START_MS + 9, boot="2", t=3.0))
        bench.write(BootAnchored("a", "2", START_MS, "frame"))
        found = columns(bench.reader, "a", ["t"], *EVER)
        assert list(found.values["t"]) == [1.0, 2.0, 3.0]
        assert list(found.bits["t"]) == [0, Quality.TIME.value, 0]


def test_where_readings_have_gone_every_minute_is_its_smallest_and_its_largest_value(tmp_path: Path) -> None:
    settings = StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, raw_days=2)
    with bench_at(tmp_path, settings) as bench:
        for n in range(6 * 24 * 60 * 3):
            at_ms = START_MS + n * 20_000
            bench.now_ms = at_ms
            bench.write(row(n, at_ms, t=float(n), h=n / 7) if n % 6 == 0 else row(n, at_ms, t=float(n)))
            if n % 4000 == 0:
                bench.chore()
        for _ in range(4):
            bench.chore()
        first = bench.raw("a", "t")[0][0]
        assert first > START_MS + 2 * DAY_MS
        found = columns(bench.reader, "a", ["t", "h"], START_MS + HOUR_MS, EVER[1])
        assert found.minutes_until_ms == first // DAY_MS * DAY_MS == first
        gone = [index for index, time_ms in enumerate(found.times) if time_ms < first]
        assert [found.times[index] for index in gone[:4]] == [
            START_MS + HOUR_MS + half * MINUTE_MS // 2 for half in range(4)
        ]
        assert [found.values["t"][index] for index in gone[:4]] == [180.0, 182.0, 183.0, 185.0]
        assert [str(found.values["h"][index]) for index in gone[:4]] == [str(180 / 7)] * 2 + [str(nan)] * 2
        assert _series(found, "t")[len(gone) :] == bench.raw("a", "t")
        assert len(gone) == 2 * (first - START_MS - HOUR_MS) // MINUTE_MS
        assert columns(bench.reader, "a", ["t"], first, EVER[1]).minutes_until_ms == 0


def test_a_minute_has_the_marks_of_its_values_and_what_was_impossible_is_in_none(tmp_path: Path) -> None:
    settings = StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, raw_days=1)
    stuck, impossible = Quality.STUCK.value, Quality.OUT_OF_RANGE.value
    with bench_at(tmp_path, settings) as bench:
        marks = {0: 0, 1: impossible, 60: stuck, 61: stuck | impossible, 120: impossible}
        for second, bits in marks.items():
            at_ms = START_MS + second * 1000
            taken = row(second, at_ms, t=900.0 if bits & impossible else 20.0)
            taken.quality.update({"t": bits} if bits else {})
            bench.write(taken)
        for day in range(1, 6):
            bench.now_ms = START_MS + day * DAY_MS
            bench.write(*(row(5000 * day + n, bench.now_ms + n * 60_000, t=1.0) for n in range(1400)))
            bench.chore()
        bench.now_ms += 4 * DAY_MS
        for _ in range(4):
            bench.chore()
        found = columns(bench.reader, "a", ["t"], START_MS, START_MS + DAY_MS)
        assert [value for _, value, _ in _series(found, "t")] == [20.0, 20.0, 20.0, 20.0, 900.0, 900.0]
        assert [bits for _, _, bits in _series(found, "t")] == [0, 0, stuck, stuck, impossible, impossible]


async def test_a_question_sees_what_was_committed_before_and_a_settled_one_only_what_is_settled(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        changes: list[Change] = [row(n, START_MS + n, t=float(n)) for n in range(3)]
        await commit(store, changes[0])
        assert list((await store.columns("a", ["t"], *EVER)).values["t"]) == [0.0]
        await commit(store, changes[1])
        assert list((await store.columns("a", ["t"], *EVER, settled=True)).values["t"]) == [0.0]
        await commit(store, changes[2])
        assert list((await store.columns("a", ["t"], *EVER)).values["t"]) == [0.0, 1.0, 2.0]


def test_a_month_of_a_series_takes_as_long_as_is_printed(tmp_path: Path) -> None:
    days = 30
    with bench_at(tmp_path) as bench:
        for day in range(days):
            bench.now_ms = START_MS + (day + 1) * DAY_MS
            first = day * 8640
            bench.write(
                *(
                    row(first + n, START_MS + (first + n) * 10_000, t=20 + n % 97 / 10, h=50 - n % 13 / 10)
                    for n in range(8640)
                )
            )
            bench.chore()
        began = time.perf_counter()
        count = 0
        for day in range(days):
            found = columns(bench.reader, "a", ["t"], START_MS + day * DAY_MS, START_MS + (day + 1) * DAY_MS)
            count += len(found.times)
        print(f"{days} days of one series: {1000 * (time.perf_counter() - began):.0f} ms")
        assert count == days * 8640
