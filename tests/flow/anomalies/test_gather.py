"""On the path of a reading it is only put aside; what does not fit is caught up later."""

from __future__ import annotations

import pytest

from gateway.core.messages import ClockSet, Reading, ReadingStored
from gateway.flow.anomalies import gather as gather_module
from gateway.flow.anomalies.flags import Flags
from gateway.flow.anomalies.gather import Gather
from gateway.flow.bus import Bus


def made(most: int = 20_000) -> tuple[Bus, Gather]:
    bus = Bus()
    return bus, Gather(bus, Flags(bus), most)


def stored(bus: Bus, device: str, time_ms: int, *, late: bool = False, **values: float) -> None:
    reading = Reading(device, time_ms, dict(values), late=late)
    bus.publish(ReadingStored(reading, time_ms))


def test_readings_of_one_device_less_than_a_second_apart_are_left_to_the_gate() -> None:
    bus, gather = made()
    for time_ms in (5000, 5999, 6000, 6500, 7000):
        stored(bus, "a", time_ms, temperature=1.0)
    assert [item.time_ms for item in gather.inbox if isinstance(item, Reading)] == [5000, 6000, 7000]


def test_a_node_that_sends_each_metric_by_itself_loses_none() -> None:
    bus, gather = made()
    for metric in ("temperature", "humidity", "co2"):
        bus.publish(ReadingStored(Reading("a", 5000, {metric: 1.0}), 5000))
    assert len(gather.inbox) == 3


def test_what_repairs_history_is_not_judged() -> None:
    bus, gather = made()
    stored(bus, "a", 5000, late=True, temperature=1.0)
    assert not gather.inbox


def test_what_does_not_fit_is_counted_and_its_device_is_behind_from_there() -> None:
    bus, gather = made(most=2)
    for second in range(5, 10):
        stored(bus, "a", second * 1000, temperature=1.0)
    gather.inbox.clear()
    stored(bus, "a", 20_000, temperature=1.0)
    stored(bus, "b", 20_000, temperature=1.0)
    assert gather.behind == {"a": 7000}
    assert gather.dropped == 4
    assert [item.device for item in gather.inbox] == ["b"]
    assert gather.newest_ms("a") == 20_000


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    bus, gather = made()
    stored(bus, "a", 500_000, temperature=1.0)
    bus.publish(ClockSet(500_000, 5000, 0, redates=True, learnt=False, reason="NTP"))
    stored(bus, "a", 5000, temperature=1.0)
    assert len(gather.inbox) == 2


def test_nothing_of_a_deleted_device_waits() -> None:
    bus, gather = made()
    stored(bus, "a", 5000, temperature=1.0)
    stored(bus, "b", 5000, temperature=1.0)
    gather.forget("a")
    assert [item.device for item in gather.inbox] == ["b"]


def behind(most: int = 2) -> tuple[Bus, Gather]:
    bus, gather = made(most)
    for second in range(5, 9):
        stored(bus, "a", second * 1000, temperature=1.0)
    gather.inbox.clear()
    return bus, gather


def test_what_comes_while_the_last_of_it_is_read_waits_and_is_not_taken_twice() -> None:
    bus, gather = behind()
    gather.hold("a")
    stored(bus, "a", 10_000, temperature=1.0)
    stored(bus, "a", 11_000, temperature=1.0)
    assert not gather.inbox
    assert gather.caught_up("a", 10_000)
    assert [item.time_ms for item in gather.inbox if isinstance(item, Reading)] == [11_000]
    assert (gather.behind, gather.dropped) == ({}, 2)


def test_what_waits_beside_has_an_end_and_then_it_is_behind_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather_module, "MOST_HELD", 2)
    bus, gather = behind()
    gather.hold("a")
    for second in range(10, 14):
        stored(bus, "a", second * 1000, temperature=1.0)
    assert not gather.caught_up("a", 9000)
    assert gather.behind == {"a": 7000}
    assert not gather.inbox
    gather.hold("a")
    gather.forget("a")
    assert not gather.caught_up("a", 20_000)
