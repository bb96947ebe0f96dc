"""Chunks, rollups and retention: whatever is moved where and when, what is read back is what was written.

The writer's side is driven by hand here, so that chores stop wherever a test wants them to.
"""

from __future__ import annotations

import math
import random
import sqlite3
from pathlib import Path

import pytest

from gateway.backends.store import chores, history, recovery
from gateway.backends.store.figures import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.backends.store.settings import StoreSettings
from gateway.core.messages import Reading
from gateway.core.ports.store import (
    OWN_CLOCK,
    BootAnchored,
    Bucket,
    Change,
    DeviceErased,
    FrameDated,
    ReadingTaken,
)
from gateway.core.quality import Quality
from tests.backends.settled_kit import START_MS, Bench, Model, bench_at, exact, random_changes, row


@pytest.fixture(autouse=True)
def _one_step_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "_SLICE_S", 0.0)


@pytest.mark.parametrize("seed", range(5))
def test_any_mix_of_changes_chores_and_restarts_reads_back_like_a_dictionary(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    model = Model()
    with bench_at(tmp_path) as bench:
        bench.now_ms = START_MS + 2 * DAY_MS
        for _ in range(40):
            changes = random_changes(chance)
            bench.write(*changes)
            for change in changes:
                model.apply(change)
            if chance.random() < 0.5:
                bench.chore(chance.choice([1, 3, 10, 40, 1 << 30]))
            if chance.random() < 0.1:
                bench.close()
                bench.open()
            if chance.random() < 0.2:
                bench.now_ms += chance.randrange(DAY_MS)
            if chance.random() < 0.15:
                _compare(bench, model, chance)
        bench.now_ms += 20 * DAY_MS
        bench.chore()
        _compare(bench, model, chance)
        assert bench.count("chunks") > 0
        assert bench.count("rollups") > 0
        assert recovery.problems(bench.reader) == []


def _compare(bench: Bench, model: Model, chance: random.Random) -> None:
    for device in ("a", "b"):
        for metric in ("t", "h"):
            assert exact(bench.raw(device, metric)) == exact(model.raw(device, metric))
            start = START_MS + chance.randrange(-DAY_MS, 5 * DAY_MS)
            end = start + chance.choice([MINUTE_MS, HOUR_MS, DAY_MS, 3 * DAY_MS, 3 * DAY_MS + 1])
            assert exact(bench.raw(device, metric, start, end)) == exact(model.raw(device, metric, start, end))
            for step in (DAY_MS, 7 * DAY_MS, HOUR_MS, 6 * HOUR_MS, MINUTE_MS, 5 * MINUTE_MS, 90_000, 1000):
                assert bench.buckets(device, metric, step) == model.buckets(device, metric, step), step
                assert bench.buckets(device, metric, step, start, end) == model.buckets(
                    device, metric, step, start, end
                ), (step, start, end)


def test_a_complete_block_becomes_a_chunk_and_its_rows_go(tmp_path: Path) -> None:
    with bench_at(tmp_path) as bench:
        bench.write(*(row(n, START_MS + n * 10_000) for n in range(1500)))
        before = bench.raw("a", "t")
        bench.chore()
        assert (bench.count("chunks"), bench.count("readings")) == (1, 1500 - 1024)
        assert bench.raw("a", "t") == before


def test_a_reading_of_a_chunk_that_comes_again_is_known(tmp_path: Path) -> None:
    with bench_at(tmp_path) as bench:
        bench.write(*(row(n, START_MS + n) for n in range(0, 2000, 2)))
        bench.chore()
        bench.write(*(row(n, 5, t=99.0) for n in range(0, 1024, 2)))
        assert bench.count("readings") == 1000 - 512
        bench.write(row(7, START_MS + 7))
        assert len(bench.raw("a", "t")) == 1001
        bench.close()
        bench.open()
        bench.write(row(7, 5), row(8, 5))
        assert len(bench.raw("a", "t")) == 1001
        bench.chore()
        assert bench.count("readings") == 1000 - 512
        bench.write(row(7, 5), row(8, 5))
        assert len(bench.raw("a", "t")) == 1001


def test_single_readings_and_the_latest_are_found_in_chunks_with_their_quality(tmp_path: Path) -> None:
    with bench_at(tmp_path) as bench:
        bench.write(BootAnchored("a", "1", START_MS, "frame", 1000.0))
        bench.write(
            *(
                ReadingTaken("a", "1", n, n * 1000, {"t": n / 4, "h": 1.0}, 0, {"h": 2} if n == 7 else {})
                for n in range(99)
            )
        )
        bench.write(BootAnchored("a", "2", 5))  # no longer the newest: it is packed
        for _ in range(2):
            time = Quality.TIME.value
            wanted = Reading(
                "a", START_MS + 7007, {"h": 1.0, "t": 1.75}, boot="1", seq=7, quality={"h": 2 | time, "t": time}
            )
            assert history.reading(bench.reader, "a", "1", 7) == wanted
            assert history.reading(bench.reader, "a", "1", 99) is None
            latest = history.latest(bench.reader)["a"]
            assert (latest.seq, latest.time_ms, latest.values) == (98, START_MS + 98_098, {"h": 1.0, "t": 24.5})
            assert {anchor.boot: anchor.last_seq for anchor in history.anchors(bench.reader)} == {"1": 98, "2": -1}
            bench.chore()
            assert bench.count("chunks") == 1
        bench.write(FrameDated("frame", 1_000_000))
        found = history.reading(bench.reader, "a", "1", 7)
        assert found is not None
        assert (found.time_ms, found.quality) == (START_MS + 1_007_007, {"h": 2})


def test_a_damaged_chunk_is_told_of_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with bench_at(tmp_path) as bench:
        bench.write(*(row(n, START_MS + n) for n in range(3000)))
        bench.chore()
        data = bench.connection.execute("SELECT data FROM chunks WHERE block = 1").fetchone()[0]
        for place in (0, 3, 4, 5, 20, len(data) // 2, len(data) - 1):
            wrong = data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
            bench.connection.execute("UPDATE chunks SET data = ? WHERE block = 1", (wrong,))
            caplog.clear()
            found = [value for _, value, _ in bench.raw("a", "t")]
            assert found == [*map(float, range(1024)), *map(float, range(2048, 3000))]
            assert "damaged" in caplog.text
        other = bench.connection.execute("SELECT data FROM chunks WHERE block = 0").fetchone()[0]
        bench.connection.execute("UPDATE chunks SET data = ? WHERE block = 1", (other,))
        assert len(bench.raw("a", "t")) == 3000 - 1024
        assert "that of another" in caplog.text


def test_damaged_rollups_are_told_of_and_the_readings_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with bench_at(tmp_path) as bench:
        bench.write(*(row(n, START_MS + n * 60_000) for n in range(3000)))
        bench.now_ms += 5 * DAY_MS
        bench.chore()
        steps = (DAY_MS, HOUR_MS, MINUTE_MS)
        before = [bench.buckets("a", "t", step) for step in steps]
        bench.connection.execute("UPDATE rollups SET data = CAST(substr(data, 1, length(data) - 1) || 'x' AS BLOB)")
        assert [bench.buckets("a", "t", step) for step in steps] == before
        assert "checksum" in caplog.text


def test_late_readings_repair_the_rollups_of_their_day(tmp_path: Path) -> None:
    with bench_at(tmp_path) as bench:
        bench.write(*(row(n, START_MS + n * 600_000) for n in range(500)))
        bench.now_ms += 2 * DAY_MS
        bench.chore()
        (first, _) = bench.buckets("a", "t", DAY_MS, START_MS, START_MS + 2 * DAY_MS)
        assert (first.maximum, first.count) == (143.0, 144)
        bench.write(row(9000, START_MS + 5, t=1000.0))
        assert bench.count("stale") == 1
        (first, _) = bench.buckets("a", "t", DAY_MS, START_MS, START_MS + 2 * DAY_MS)
        assert (first.maximum, first.count) == (1000.0, 145)
        bench.chore()
        bench.chore()
        assert bench.count("stale") == 0
        (first, _) = bench.buckets("a", "t", DAY_MS, START_MS, START_MS + 2 * DAY_MS)
        assert (first.maximum, first.count) == (1000.0, 145)


def test_impossible_values_count_only_where_there_is_nothing_else(tmp_path: Path) -> None:
    with bench_at(tmp_path) as bench:
        wild = {"t": Quality.OUT_OF_RANGE.value}
        bench.write(
            ReadingTaken("a", "1", 1, START_MS, {"t": 20.0}),
            ReadingTaken("a", "1", 2, START_MS + 1, {"t": 850.0}, OWN_CLOCK, wild),
            ReadingTaken("a", "1", 3, START_MS + HOUR_MS, {"t": 851.0}, OWN_CLOCK, wild),
        )
        hours = [Bucket(START_MS, 20.0, 20.0, 20.0, 1, 1), Bucket(START_MS + HOUR_MS, 851.0, 851.0, 851.0, 1, 1)]
        assert bench.buckets("a", "t", HOUR_MS) == hours
        bench.now_ms += 2 * DAY_MS
        bench.chore()
        assert bench.buckets("a", "t", HOUR_MS) == hours
        assert bench.buckets("a", "t", DAY_MS) == [Bucket(START_MS, 20.0, 20.0, 20.0, 1, 1)]


@pytest.mark.parametrize("seed", range(6))
def test_what_retention_takes_is_in_the_rollups_also_when_it_comes_late(seed: int, tmp_path: Path) -> None:
    chance = random.Random(100 + seed)
    settings = StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, raw_days=3, minute_days=6)
    model = Model()
    with bench_at(tmp_path, settings) as bench:
        for n in range(12 * 144):
            bench.now_ms = START_MS + n * 600_000
            changes: list[Change] = [row(n, bench.now_ms, t=round(chance.gauss(20, 3), 2))]
            if chance.random() < 0.02:  # a backlog of another boot, and duplicates
                days = chance.randrange(0, 10)
                start = max(START_MS, bench.now_ms - days * DAY_MS)
                first = chance.randrange(100_000)
                changes += (row(first + k, start + k * 60_000, boot="2", t=chance.random()) for k in range(50))
                changes.append(row(chance.randrange(n + 1), bench.now_ms, t=77.0))
                changes.append(BootAnchored("a", f"n{n}", START_MS))
            bench.write(*changes)
            for change in changes:
                model.apply(change)
            if chance.random() < 0.05:
                bench.chore(chance.choice([1, 5, 1 << 30]))
            if chance.random() < 0.005:
                bench.close()
                bench.open()
            if chance.random() < 0.01:
                _compare_figures(bench, model, START_MS, bench.now_ms + DAY_MS)
        bench.now_ms += 4 * DAY_MS
        bench.write(*(row(n, bench.now_ms + n, boot="z") for n in range(10)))
        for n in range(10):
            model.apply(row(n, bench.now_ms + n, boot="z"))
        for _ in range(3):
            bench.chore()
        _compare_figures(bench, model, START_MS, bench.now_ms + DAY_MS)
        assert len(bench.raw("a", "t")) < len(model.readings) / 2
        assert bench.count("stale") == 0
        late = row(5, START_MS + 7, boot="new", t=-50.0)
        bench.write(late, row(6, bench.now_ms, boot="new2"))
        model.apply(late)
        model.apply(row(6, bench.now_ms, boot="new2"))
        _compare_figures(bench, model, START_MS, bench.now_ms + DAY_MS)
        for _ in range(3):
            bench.chore()
        assert bench.count("stale") == 0
        bench.write(late)
        _compare_figures(bench, model, START_MS, bench.now_ms + DAY_MS)
        assert bench.raw("a", "t", START_MS, START_MS + HOUR_MS) == []


def _compare_figures(bench: Bench, model: Model, start: int, end: int) -> None:
    for step in (DAY_MS, HOUR_MS):
        found, wanted = bench.buckets("a", "t", step, start, end), model.buckets("a", "t", step, start, end)
        assert [(b.time_ms, b.minimum, b.maximum, b.count, b.quality) for b in found] == [
            (b.time_ms, b.minimum, b.maximum, b.count, b.quality) for b in wanted
        ]
        assert all(math.isclose(b.mean, w.mean, rel_tol=1e-12) for b, w in zip(found, wanted, strict=True))


def test_a_database_that_is_too_large_lets_the_oldest_readings_go_and_reuses_their_room(tmp_path: Path) -> None:
    settings = StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, max_bytes=340 * 1024)
    chance = random.Random(7)
    with bench_at(tmp_path, settings) as bench:
        for n in range(0, 60 * 1440, 720):
            bench.now_ms = START_MS + n * 60_000
            bench.write(*(row(k, START_MS + k * 60_000, t=chance.random()) for k in range(n, n + 720)))
            bench.chore()
        days = bench.buckets("a", "t", DAY_MS)
        assert [day.count for day in days] == [1440] * 60
        # Today's stay; of the days before as many as there is room for at this moment.
        assert 1440 <= len(bench.raw("a", "t")) < 40 * 1440
        pages = bench.connection.execute("PRAGMA page_count").fetchone()[0]
        assert pages < 500


def test_a_clock_that_is_far_ahead_costs_no_readings(tmp_path: Path) -> None:
    with bench_at(tmp_path, StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, raw_days=3)) as bench:
        bench.write(*(row(n, START_MS + n * 60_000) for n in range(3000)))
        bench.now_ms += 30_000 * DAY_MS
        bench.chore()
        assert len(bench.raw("a", "t")) == 3000


def test_readings_dated_by_a_clock_that_is_years_ahead_cost_no_others(tmp_path: Path) -> None:
    settings = StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, raw_days=20, minute_days=25)
    with bench_at(tmp_path, settings) as bench:
        for number, day in enumerate([*range(10), *range(9000, 9003), *range(10, 15)]):
            at = START_MS + day * DAY_MS
            bench.write(*(row(n, at + n * 600_000, boot=f"b{number}") for n in range(144)))
            bench.now_ms = at + DAY_MS
            bench.chore()
        assert len(bench.raw("a", "t")) == 18 * 144
        for day in range(15, 40):
            at = START_MS + day * DAY_MS
            bench.write(*(row(n, at + n * 600_000, boot=f"c{day}") for n in range(144)))
            bench.now_ms = at + DAY_MS
            bench.chore()
        kept = {time_ms // DAY_MS - 20_000 for time_ms, _, _ in bench.raw("a", "t")}
        assert kept >= {*range(22, 40), *range(9000, 9003)}
        assert not kept & set(range(15))
        minutes = bench.buckets("a", "t", MINUTE_MS, START_MS, START_MS + 40 * DAY_MS)
        assert {bucket.time_ms // DAY_MS - 20_000 for bucket in minutes} >= set(range(16, 40))


def test_uptimes_of_a_hundred_thousand_years_are_dated_anew_like_others(tmp_path: Path) -> None:
    uptimes = {0: 0, 1: 2**53 - 1, 2: 60_000, 2**53 - 1: 120_000}
    with bench_at(tmp_path) as bench:
        bench.write(BootAnchored("a", "1", START_MS), row(7, 0, boot="1", flags=0))
        bench.now_ms += 5 * DAY_MS
        bench.chore()
        bench.write(*(row(seq, at, flags=0) for seq, at in uptimes.items()))
        for epoch in (START_MS + HOUR_MS, START_MS - 2**53, START_MS + 2 * HOUR_MS):
            bench.write(BootAnchored("a", "1", epoch))
            assert bench.count("stale") <= 20_006
            bench.chore()
            assert sorted(time_ms for time_ms, _, _ in bench.raw("a", "t")) == sorted(
                epoch + at for at in [*uptimes.values(), 0]
            )
            assert sum(day.count for day in bench.buckets("a", "t", DAY_MS)) == len(uptimes) + 1


def test_erasing_a_device_takes_chunks_and_rollups_with_it(tmp_path: Path) -> None:
    with bench_at(tmp_path) as bench:
        bench.write(*(row(n, START_MS + n * 60_000, device) for n in range(3000) for device in "ab"))
        bench.now_ms += 5 * DAY_MS
        bench.chore()
        bench.write(DeviceErased("a"))
        assert bench.raw("a", "t") == []
        assert bench.buckets("a", "t", DAY_MS) == []
        bench.chore()
        tables = ("boots", "chunks", "devices", "erased")
        assert [bench.count(table) for table in tables] == [1, 2, 1, 0]
        assert len(bench.raw("b", "t")) == 3000
        bench.write(row(1, START_MS, "a", t=5.0))
        assert bench.raw("a", "t") == [(START_MS, 5.0, 0)]
        assert bench.buckets("a", "t", DAY_MS) == [Bucket(START_MS, 5.0, 5.0, 5.0, 1)]


def test_a_device_that_is_erased_and_comes_again_while_stale_days_are_rolled_up_has_all_its_days(
    tmp_path: Path,
) -> None:
    for steps in range(30):
        folder = tmp_path / str(steps)
        folder.mkdir()
        with bench_at(folder) as bench:
            bench.now_ms += 6 * DAY_MS
            bench.write(*(row(n, START_MS + n * 20 * MINUTE_MS, t=float(n)) for n in range(5 * 72)))
            bench.chore()
            bench.write(*(row(n, START_MS + day * DAY_MS + 7, boot="late") for n, day in enumerate((2, 3, 4))))
            bench.chore()  # not those that have just changed
            bench.chore(steps)
            again = [row(n, START_MS + day * DAY_MS + 9, t=50.0) for n, day in enumerate((0, 3))]
            bench.write(DeviceErased("a"), *again)
            bench.chore()
            bench.chore()
            found = [(bucket.time_ms, bucket.mean) for bucket in bench.buckets("a", "t", DAY_MS)]
            assert found == [(START_MS, 50.0), (START_MS + 3 * DAY_MS, 50.0)], steps


def test_the_index_of_what_is_to_be_packed_is_used(tmp_path: Path) -> None:
    with bench_at(tmp_path) as bench:
        plan = bench.reader.execute(
            "EXPLAIN QUERY PLAN SELECT s.boot FROM spans AS s WHERE s.loose > s.packed * -31 + 31"
        ).fetchall()
        assert "spans_to_pack" in str(plan)
        assert isinstance(bench.reader, sqlite3.Connection)
