"""Under which name and time a reading is stored and announced."""

from __future__ import annotations

import pytest

from gateway.core.messages import (
    Message,
    Reading,
)
from gateway.core.ports.store import OWN_CLOCK, Anchor, BootAnchored, ReadingTaken
from gateway.core.quality import Quality
from tests.fakes import START_MS
from tests.flow.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_reading_with_a_timestamp_is_stored_under_it(desk: Desk) -> None:
    taken = desk.tell({"timestamp": "2026-01-07T11:00:00Z", "temperature": 22.5, "volume": -30})
    values = {"temperature": 22.5, "sound_level": -30.0}
    assert [*taken.changes] == [ReadingTaken("node-1", "", 0, START_MS - 3_600_000, values, OWN_CLOCK)]
    assert desk.readings == [Reading("node-1", START_MS - 3_600_000, values)]


def test_a_reading_without_any_time_is_dated_by_its_arrival(desk: Desk) -> None:
    assert desk.tell({"t": 1}).changes == [ReadingTaken("node-1", "", 0, START_MS, {"t": 1.0}, OWN_CLOCK)]
    assert desk.tell({"boot": "b", "seq": 5, "t": 1}).changes == [
        ReadingTaken("node-1", "b", 5, START_MS, {"t": 1.0}, OWN_CLOCK)
    ]
    assert [reading.time_ms for reading in desk.readings] == [START_MS, START_MS]


def test_a_node_without_a_clock_anchors_its_boot_once(desk: Desk) -> None:
    first = desk.tell({"boot": "b", "seq": 1, "uptime_ms": 5000, "t": 1})
    assert first.changes == [
        BootAnchored("node-1", "b", START_MS - 5000),
        ReadingTaken("node-1", "b", 1, 5000, {"t": 1.0}, 0),
    ]
    desk.clock.advance(s=10)
    second = desk.tell({"boot": "b", "seq": 2, "uptime_ms": 15_000, "t": 2})
    assert [*second.changes] == [ReadingTaken("node-1", "b", 2, 15_000, {"t": 2.0}, 0)]
    assert [(reading.time_ms, reading.boot, reading.seq) for reading in desk.readings] == [
        (START_MS, "b", 1),
        (START_MS + 10_000, "b", 2),
    ]


def test_an_anchor_that_the_disk_refused_is_said_again(desk: Desk) -> None:
    desk.lose("devices/node-1/telemetry", {"boot": "b", "seq": 1, "uptime_ms": 5000, "t": 1})
    desk.clock.advance(s=1)
    again = desk.tell({"boot": "b", "seq": 1, "uptime_ms": 5000, "t": 1})
    assert BootAnchored("node-1", "b", START_MS - 5000) in again.changes


def test_a_boot_that_the_store_knows_is_not_anchored_again() -> None:
    desk = Desk((Anchor("node-1", "b", START_MS - 60_000, 4),))
    desk.clock.advance(minutes=30)
    taken = desk.tell({"boot": "b", "seq": 5, "uptime_ms": 60_500, "t": 1})
    assert [*taken.changes] == [ReadingTaken("node-1", "b", 5, 60_500, {"t": 1.0}, 0)]
    assert desk.readings[0].time_ms == START_MS + 500


def test_a_boot_that_the_store_could_not_date_is_anchored_when_it_can_be() -> None:
    desk = Desk((Anchor("node-1", "b", None, 4),))
    assert (
        BootAnchored("node-1", "b", START_MS - 100)
        in desk.tell({"boot": "b", "seq": 5, "uptime_ms": 100, "t": 1}).changes
    )


def test_of_many_boots_the_newest_are_remembered() -> None:
    hour_ms = 3_600_000
    boots = [Anchor("node-1", f"b{age}", START_MS - age * hour_ms, 9) for age in range(9)]
    desk = Desk(tuple(boots))
    taken = desk.tell({"boot": "b0", "seq": 10, "uptime_ms": 100, "t": 1})
    assert not any(isinstance(change, BootAnchored) for change in taken.changes)


def test_a_backlog_is_dated_by_its_newest_reading(desk: Desk) -> None:
    readings = [{"seq": seq, "uptime_ms": seq * 3_600_000, "t": seq} for seq in (1, 2, 3)]
    taken = desk.tell({"boot": "b", "readings": readings})
    anchors = [change for change in taken.changes if isinstance(change, BootAnchored)]
    assert anchors == [BootAnchored("node-1", "b", START_MS - 3 * 3_600_000)]
    assert [reading.time_ms for reading in desk.readings] == [START_MS - 7_200_000, START_MS - 3_600_000, START_MS]
    assert not any(reading.late for reading in desk.readings)


def test_a_dense_backlog_is_dated_to_the_millisecond(desk: Desk) -> None:
    readings = [{"seq": seq, "uptime_ms": seq * 1000, "t": seq} for seq in (1, 2, 3)]
    desk.tell({"boot": "b", "readings": readings})
    assert [reading.time_ms for reading in desk.readings] == [START_MS - 2000, START_MS - 1000, START_MS]


def test_a_heartbeat_before_the_backlog_dates_it(desk: Desk) -> None:
    desk.send("devices/node-1/heartbeat", {"uptime_ms": 7_200_000, "boot": "b"})
    taken = desk.tell({"boot": "b", "seq": 1, "uptime_ms": 1000, "t": 1})
    assert [*taken.changes] == [ReadingTaken("node-1", "b", 1, 1000, {"t": 1.0}, 0)]
    assert desk.readings[0].time_ms == START_MS - 7_199_000


def test_a_clock_that_comes_later_re_dates_its_boot(desk: Desk) -> None:
    desk.tell({"boot": "b", "seq": 1, "uptime_ms": 1000, "t": 1})
    told_ms = START_MS - 500_000
    taken = desk.tell({"boot": "b", "seq": 2, "uptime_ms": 2000, "timestamp": told_ms, "t": 1})
    assert taken.changes == [
        BootAnchored("node-1", "b", told_ms - 2000),
        ReadingTaken("node-1", "b", 2, told_ms, {"t": 1.0}, OWN_CLOCK),
    ]


def test_recorded_data_keeps_its_times_and_is_not_anchored(desk: Desk) -> None:
    old_ms = START_MS - 10**11
    taken = desk.tell({"boot": "rec", "seq": 0, "timestamp": old_ms, "t": 1})
    assert [*taken.changes] == [ReadingTaken("node-1", "rec", 0, old_ms, {"t": 1.0}, OWN_CLOCK)]


def test_a_clock_that_was_never_set_is_not_believed_where_the_boot_dates_the_reading(desk: Desk) -> None:
    for seq in (1, 2):
        taken = desk.tell({"timestamp": "1970-01-01T00:01:00Z", "boot": "b", "seq": seq, "uptime_ms": 60_000, "t": 1})
    assert taken.changes[-1] == ReadingTaken("node-1", "b", 2, 60_000, {"t": 1.0}, 0, {"t": Quality.TIME})
    assert [(reading.time_ms, reading.quality) for reading in desk.readings] == [(START_MS, {"t": Quality.TIME})] * 2
    assert desk.noted == [("device.clock", "node-1")]


@pytest.mark.parametrize("timestamp", ["2000-01-01T00:05:00Z", "2026-01-07T12:06:00Z", "2099-01-01T00:00:00Z"])
def test_a_clock_that_is_plainly_wrong_gives_way_to_the_arrival(desk: Desk, timestamp: str) -> None:
    taken = desk.tell({"timestamp": timestamp, "t": 1})
    assert [*taken.changes] == [ReadingTaken("node-1", "", 0, START_MS, {"t": 1.0}, OWN_CLOCK, {"t": Quality.TIME})]
    desk.tell({"timestamp": timestamp, "t": 2})
    desk.tell({"timestamp": START_MS - 1000, "t": 3})
    assert desk.noted == [("device.clock", "node-1")] * 2
    assert desk.readings[-1].quality == {}


def test_a_clock_a_little_ahead_and_any_year_that_was_recorded_are_believed(desk: Desk) -> None:
    for time_ms in (START_MS + 299_000, START_MS - 7 * 10**11):
        assert desk.tell({"timestamp": time_ms, "t": 1}).changes[-1].at_ms == time_ms  # type: ignore[union-attr]
    assert desk.noted == []


def test_a_wrong_clock_does_not_anchor_its_boot(desk: Desk) -> None:
    taken = desk.tell({"timestamp": START_MS + 10**9, "boot": "b", "seq": 1, "uptime_ms": 5000, "t": 1})
    assert taken.changes[0] == BootAnchored("node-1", "b", START_MS - 5000)


def test_a_nodes_boot_is_never_mistaken_for_the_gateways_own(desk: Desk) -> None:
    assert desk.tell({"boot": "~m1", "seq": 4, "t": 1}).changes[-1].boot == "~~m1"  # type: ignore[union-attr]
    desk.send("devices/node-1/heartbeat", {"boot": "~m1", "uptime_ms": 5})


def test_what_came_earlier_and_is_taken_now_keeps_its_arrival(desk: Desk) -> None:
    kept = Message("node-1", "sensor/node-1/temperature", b"21", 1, False, arrived_ms=START_MS - 5000)
    desk.clock.advance(s=10)
    (change,) = desk.ingest.take(kept).changes
    assert change.at_ms == START_MS - 5000  # type: ignore[union-attr]
