from __future__ import annotations

import pytest

from gateway.core.errors import StoreFull
from gateway.core.messages import ClockSet, Happened
from gateway.core.ports.store import NotesDated
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from tests.fakes import START_MS, FixedClock, MemoryWriter


class Log:
    """A chronicle with what it wrote and what it announced."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.writer = MemoryWriter()
        self.announced: list[Happened] = []
        self.bus = Bus()
        self.bus.on(Happened, self.announced.append)
        self.chronicle = Chronicle(self.writer, self.bus, self.clock, lambda device: device.startswith("sim-"))

    @property
    def reasons(self) -> list[str]:
        assert self.writer.changes == self.announced
        return [event.reason for event in self.announced]


@pytest.fixture
def log() -> Log:
    return Log()


def test_an_event_is_written_announced_and_returned(log: Log) -> None:
    event = log.chronicle.note("series.flagged", "stuck at 21.5", "room-1", "temperature", "room-1/b1/7")
    assert event == Happened(START_MS, "series.flagged", "stuck at 21.5", "room-1", "temperature", "room-1/b1/7")
    assert log.announced == [event]
    assert log.writer.changes == [event]


def test_an_event_names_the_asset_it_happened_to(log: Log) -> None:
    event = log.chronicle.note("plant.breach", "dry", "room-1", "soil_moisture", asset="fern")
    assert event == Happened(START_MS, "plant.breach", "dry", "room-1", "soil_moisture", asset="fern")
    for _ in range(5):
        log.chronicle.note("plant.breach", "dry", "room-1", "soil_moisture", asset="fern")
    log.chronicle.flush()
    assert {event.asset for event in log.announced} == {"fern"}
    assert log.chronicle.note("clock.set", "by NTP").asset == ""


def test_events_of_a_simulated_device_say_so(log: Log) -> None:
    assert log.chronicle.note("device.online", "connected", "sim-1").simulated
    assert not log.chronicle.note("clock.set", "by NTP").simulated


def test_going_and_coming_back_within_a_minute_is_told_in_full(log: Log) -> None:
    for reason in ("gone", "back", "gone again", "back again"):
        kind = "device.offline" if reason.startswith("gone") else "device.online"
        log.chronicle.note(kind, reason, "room-1")
    assert log.reasons == ["gone", "back", "gone again", "back again"]


def test_a_flood_of_one_kind_becomes_a_count_with_the_last_reason(log: Log) -> None:
    for number in range(50):
        log.chronicle.note("series.flagged", f"value {number}", "room-1", "temperature")
        log.clock.advance(ms=100)
    assert log.reasons == ["value 0", "value 1", "value 2"]
    log.clock.advance(minutes=1)
    log.chronicle.settle()
    assert log.reasons[3:] == ["value 49 (47 more times within a minute)"]
    assert log.announced[-1].time_ms == START_MS + 4900
    log.chronicle.note("series.flagged", "value 50", "room-1", "temperature")
    assert log.reasons[4:] == ["value 50"]


def test_another_device_or_metric_is_not_part_of_the_flood(log: Log) -> None:
    for _ in range(10):
        log.chronicle.note("series.flagged", "stuck", "room-1", "temperature")
    log.chronicle.note("series.flagged", "stuck", "room-1", "humidity")
    log.chronicle.note("series.flagged", "stuck", "room-2", "temperature")
    assert len(log.announced) == 5


def test_however_many_names_a_flood_uses_what_is_told_stays_bounded(log: Log) -> None:
    for number in range(5000):
        log.chronicle.note("series.flagged", "new", "room-1", f"metric_{number}")
    assert len(log.announced) <= 1010
    log.chronicle.flush()
    assert "3997 more times" in log.reasons[-1]


def test_the_clock_may_be_set_back(log: Log) -> None:
    for _ in range(5):
        log.chronicle.note("store.full", "no space")
    log.clock.advance(days=-1)
    log.chronicle.note("store.full", "no space yet")
    assert log.reasons[3:] == ["no space (2 more times within a minute)", "no space yet"]


def test_counts_that_are_open_at_the_end_are_told(log: Log) -> None:
    for _ in range(4):
        log.chronicle.note("store.full", "no space")
    log.chronicle.flush()
    log.chronicle.flush()
    assert log.reasons[3:] == ["no space (once more within a minute)"]


def test_a_reason_is_one_bounded_line(log: Log) -> None:
    reason = log.chronicle.note("device.error", "self-test:\n\x1b[31mfailed" + "x" * 1000, "room-1").reason
    assert len(reason) == 400
    assert reason.startswith("self-test:\N{REPLACEMENT CHARACTER}")
    assert reason.isprintable()


def test_what_was_written_while_the_clock_was_wrong_moves_when_it_is_set(log: Log) -> None:
    for _ in range(5):
        log.chronicle.note("store.full", "no space")
    before_ms, years_ms = log.clock(), 50 * 365 * 86_400_000
    after_ms = log.clock.advance(ms=years_ms)
    log.bus.publish(ClockSet(before_ms, after_ms, START_MS - 1000, True, True, "a time server told"))
    assert log.writer.changes[-1] == NotesDated(START_MS - 1000, before_ms, years_ms)
    log.chronicle.flush()
    assert (log.announced[-1].time_ms, log.announced[-1].reason) == (
        after_ms,
        "no space (2 more times within a minute)",
    )


def test_a_small_correction_of_the_clock_moves_nothing(log: Log) -> None:
    log.bus.publish(ClockSet(START_MS, START_MS + 300, START_MS, False, False, "a time server told"))
    assert log.writer.changes == []


def test_what_a_full_disk_would_not_move_is_moved_once_it_takes_things_again_and_in_order(log: Log) -> None:
    log.writer.error = StoreFull("no room")
    first = ClockSet(START_MS + 10_000, START_MS + 3_610_000, START_MS, True, True, "the network said so")
    second = ClockSet(START_MS + 3_700_000, START_MS + 9_000_000, START_MS + 3_600_000, True, False, "a person did")
    log.bus.publish(first)
    log.chronicle.settle()
    log.bus.publish(second)
    assert log.writer.changes == []
    log.writer.error = None
    log.chronicle.settle()
    moves = [NotesDated(event.since_ms, event.before_ms, event.shift_ms) for event in (first, second)]
    assert log.writer.changes == moves
    log.chronicle.settle()
    assert log.writer.changes == moves
