from __future__ import annotations

import pytest

from gateway.core.messages import Audited
from gateway.flow.bus import Bus
from gateway.flow.trail import Trail
from tests.fakes import START_MS, FixedClock, MemoryWriter


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def writer() -> MemoryWriter:
    return MemoryWriter()


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def trail(writer: MemoryWriter, bus: Bus, clock: FixedClock) -> Trail:
    return Trail(writer, bus, clock)


def test_a_note_is_written_announced_and_returned(trail: Trail, writer: MemoryWriter, bus: Bus) -> None:
    heard: list[Audited] = []
    bus.on(Audited, heard.append)
    written = trail.note("device.approved", "window-a1b2c3", "by hand")
    assert written == Audited(START_MS, "device.approved", "window-a1b2c3", "by hand")
    assert writer.changes == [written]
    assert heard == [written]


def test_repeats_within_a_minute_become_one_count(trail: Trail, writer: MemoryWriter, clock: FixedClock) -> None:
    assert trail.note("mqtt.refused.credentials", "eve", "1.2.3.4") is not None
    for _ in range(57):
        clock.advance(ms=100)
        assert trail.note("mqtt.refused.credentials", "eve", "1.2.3.4") is None
    last = clock.now_ms
    clock.advance(minutes=1)
    assert trail.note("mqtt.refused.credentials", "eve", "1.2.3.4") is not None
    details = [(change.time_ms, change.detail) for change in writer.changes if isinstance(change, Audited)]
    assert details == [
        (START_MS, "1.2.3.4"),
        (last, "1.2.3.4 (57 more times within a minute)"),
        (clock.now_ms, "1.2.3.4"),
    ]


def test_another_note_settles_a_count_whose_minute_is_over(
    trail: Trail, writer: MemoryWriter, clock: FixedClock
) -> None:
    trail.note("a.refused", "eve")
    trail.note("a.refused", "eve")
    clock.advance(minutes=2)
    trail.note("device.approved", "window-a1b2c3")
    assert [change.detail for change in writer.changes if isinstance(change, Audited)] == [
        "",
        "(once more within a minute)",
        "",
    ]


def test_flush_writes_open_counts_once(trail: Trail, writer: MemoryWriter) -> None:
    trail.note("a.refused", "eve")
    trail.note("a.refused", "eve")
    trail.flush()
    trail.flush()
    assert len(writer.changes) == 2


def test_a_flood_under_ever_new_names_is_bounded_and_counted(trail: Trail, writer: MemoryWriter) -> None:
    for number in range(10_000):
        trail.note("mqtt.refused.credentials", f"eve{number}")
    trail.flush()
    entries = [change for change in writer.changes if isinstance(change, Audited)]
    assert len(entries) == 102
    assert entries[-1].who == "(others)"
    assert "9899 more times" in entries[-1].detail


def test_what_the_operator_does_is_never_crowded_out(trail: Trail, writer: MemoryWriter) -> None:
    for number in range(10_000):
        trail.note("mqtt.refused.credentials", f"eve{number}")
    for number in range(3000):
        assert trail.note("device.approved", f"node-{number}") is not None
    assert sum(isinstance(change, Audited) and change.kind == "device.approved" for change in writer.changes) == 3000


def test_memory_is_bounded_and_what_is_pushed_out_is_still_counted(trail: Trail, writer: MemoryWriter) -> None:
    trail.note("device.approved", "first")
    trail.note("device.approved", "first")
    for number in range(5000):
        trail.note("device.approved", f"node-{number}")
    assert len(trail._folds) <= 1024
    assert any(isinstance(c, Audited) and c.detail == "(once more within a minute)" for c in writer.changes)


def test_words_of_strangers_are_bounded_and_on_one_line(trail: Trail) -> None:
    written = trail.note("http.refused", "a\n\x1b[31m" + "x" * 500, "y" * 5000)
    assert written is not None
    assert written.who.isprintable()
    assert len(written.who) == 80
    assert len(written.detail) == 400


def test_a_clock_that_is_set_back_does_not_stop_the_trail(
    trail: Trail, writer: MemoryWriter, clock: FixedClock
) -> None:
    trail.note("a.refused", "eve")
    clock.advance(days=-10)
    assert trail.note("a.refused", "eve") is not None


def test_an_entry_is_folded_like_a_note_and_left_to_its_caller(trail: Trail, writer: MemoryWriter, bus: Bus) -> None:
    heard: list[Audited] = []
    bus.on(Audited, heard.append)
    assert trail.entry("command.asked", "anna", "window-1 open") == Audited(
        START_MS, "command.asked", "anna", "window-1 open"
    )
    assert trail.entry("command.asked", "anna", "window-1 open") is None
    assert trail.note("command.asked", "anna", "window-1 open") is None
    assert writer.changes == []
    assert heard == []
    trail.flush()
    assert [change.detail for change in writer.changes if isinstance(change, Audited)] == [
        "window-1 open (2 more times within a minute)"
    ]
