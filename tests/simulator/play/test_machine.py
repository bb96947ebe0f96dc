"""The inside of a node in a scenario, and what of its readings is found again."""

from __future__ import annotations

import random

from gateway.core.codec import decode_telemetry
from gateway.core.quality import Quality
from gateway.simulator.faults import FaultySensors
from gateway.simulator.play.clock import PlayClock
from gateway.simulator.play.evidence import Row
from gateway.simulator.play.ledger import Entry, Fate
from gateway.simulator.play.machine import Machine
from gateway.simulator.play.matching import match
from gateway.simulator.play.parcels import payload

BEGIN_MS = 1_768_000_000_000


def machine(has_clock: bool = True) -> Machine:
    return Machine(FaultySensors((), 1), BEGIN_MS, has_clock, "n", random.Random(1))


def measured(this: Machine, *times_ms: int) -> list[Entry]:
    return [entry for at_ms in times_ms for entry in this.measure(at_ms, at_ms, {"co2": float(at_ms)})]


def test_a_restart_is_a_new_boot_that_counts_from_0() -> None:
    this = machine()
    measured(this, 1000, 2000)
    this.restart(5000)
    entries = [*this.ledger.entries, *measured(this, 6000)]
    assert [(entry.boot, entry.seq, entry.uptime_ms) for entry in entries] == [
        ("n-0", 0, 1000),
        ("n-0", 1, 2000),
        ("n-1", 0, 1000),
    ]


def test_a_node_that_is_off_measures_nothing() -> None:
    this = machine()
    this.is_on = False
    assert measured(this, 1000) == []
    assert this.ledger.entries == []


def test_a_wrong_clock_is_believed_unless_it_tells_of_the_future() -> None:
    this = machine()
    this.jump_ms = -86_400_000.0
    this_time = measured(this, 1000)[0]
    this.jump_ms = 7_200_000.0
    next_time = measured(this, 2000)[0]
    assert this_time.due_ms == this_time.stamp_ms == BEGIN_MS + 1000 - 86_400_000
    assert next_time.stamp_ms == BEGIN_MS + 2000 + 7_200_000
    assert next_time.due_ms == BEGIN_MS + 2000


def test_a_fast_oscillator_counts_more_and_a_node_without_a_clock_says_no_time() -> None:
    this = machine(has_clock=False)
    this.run_fast(0.0, 100.0)
    (entry,) = measured(this, 3_600_000)
    assert entry.uptime_ms == 3_600_360
    (sample,) = decode_telemetry(payload([entry]))
    assert (sample.timestamp_ms, sample.boot, sample.seq, sample.uptime_ms) == (None, "n-0", 0, 3_600_360)
    assert entry.due_ms == BEGIN_MS + 3_600_000


def test_shuffled_readings_leave_in_whole_groups() -> None:
    this = machine()
    this.depth = 5
    left = measured(this, *range(1000, 13_000, 1000))
    assert sorted(entry.seq for entry in left) == list(range(10))
    assert [entry.seq for entry in left] != list(range(10))
    assert sorted(entry.seq for entry in this.release()) == [10, 11]


def test_a_batch_may_hold_readings_of_two_boots() -> None:
    this = machine()
    entries = measured(this, 1000)
    this.restart(2000)
    samples = decode_telemetry(payload([*entries, *measured(this, 3000)]))
    assert [(sample.boot, sample.seq) for sample in samples] == [("n-0", 0), ("n-1", 0)]


def entry(due_ms: int, value: float, fate: Fate = Fate.ACKNOWLEDGED) -> Entry:
    return Entry("b", 0, 0, due_ms, None, {"co2": value}, fate)


def test_what_is_acknowledged_must_be_there_at_its_time_and_with_its_value() -> None:
    entries = [entry(1000, 1.0), entry(2000, 2.0), entry(3000, 3.0)]
    rows = [Row(1000, 1.0), Row(2001, 2.0), Row(3000, 3.5)]
    found = match(entries, rows, "co2", 0.0)
    assert [one.due_ms for one in found.missing] == [2000, 3000]
    assert found.extra == [(2001, 2.0), (3000, 3.5)]
    assert [one.due_ms for one in match(entries, rows, "co2", 5.0).missing] == [3000]


def test_a_reading_that_is_there_twice_is_one_too_many() -> None:
    assert match([entry(1000, 1.0)], [Row(1000, 1.0), Row(1000, 1.0)], "co2", 0.0).extra == [(1000, 1.0)]


def test_what_may_have_arrived_may_be_there_or_not_and_what_never_left_may_not() -> None:
    unsure, lost = entry(1000, 1.0, Fate.UNSURE), entry(2000, 2.0, Fate.LOST)
    assert match([unsure, lost], [], "co2", 0.0).missing == []
    assert match([unsure, lost], [Row(1000, 1.0), Row(2000, 2.0)], "co2", 0.0).extra == [(2000, 2.0)]


def test_flags_are_read_as_names_or_as_bits() -> None:
    assert Row(0, 0.0, ["stuck", "drift"]).flags == Row(0, 0.0, 12).flags == Quality.STUCK | Quality.DRIFT


def test_the_time_of_a_scenario_runs_fast_and_meets_the_real_one_at_its_end() -> None:
    now = [BEGIN_MS]
    clock = PlayClock(lambda: now[0], duration_s=3600.0, speed=600.0)
    assert clock.elapsed_ms() == 0
    now[0] += 3000
    assert clock.elapsed_ms() == 1_800_000
    now[0] += 3000
    assert clock.begin_ms + clock.elapsed_ms() == now[0]
    now[0] += 5000
    assert clock.begin_ms + clock.elapsed_ms() == now[0]
