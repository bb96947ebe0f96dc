"""Typed events inside the process."""

from __future__ import annotations

import asyncio
import logging

import msgspec
import pytest

from gateway.flow.bus import Bus


class Rain(msgspec.Struct, frozen=True):
    mm: int


class Snow(msgspec.Struct, frozen=True):
    cm: int


class Hail(Rain, frozen=True):
    pass


def test_an_event_reaches_the_handlers_of_its_type_in_their_order() -> None:
    bus, seen = Bus(), []
    bus.on(Rain, lambda event: seen.append(("first", event.mm)))
    bus.on(Rain, lambda event: seen.append(("second", event.mm)))
    bus.on(Snow, lambda event: seen.append(("snow", event.cm)))
    bus.publish(Rain(3))
    assert seen == [("first", 3), ("second", 3)]


def test_of_a_device_only_those_are_told_whom_it_concerns_in_their_order() -> None:
    bus, seen, outside = Bus(), list[str](), {"garden"}
    bus.on(Rain, lambda event: seen.append("first"))
    bus.on(Rain, lambda event: seen.append("outside"), wants=outside.__contains__)
    bus.on(Rain, lambda event: seen.append("last"))
    bus.tell(Rain(1), "garden")
    bus.tell(Rain(1), "kitchen")
    assert seen == ["first", "outside", "last", "first", "last"]


def test_what_concerns_somebody_is_asked_again_when_it_changed() -> None:
    bus, seen, outside = Bus(), list[Rain](), set[str]()
    bus.on(Rain, seen.append, wants=outside.__contains__)
    bus.tell(Rain(1), "garden")
    outside.add("garden")
    bus.reconsider()
    bus.tell(Rain(2), "garden")
    assert seen == [Rain(2)]


def test_an_event_that_comes_to_concern_somebody_while_it_is_told_reaches_him() -> None:
    bus, seen, outside = Bus(), list[str](), set[str]()

    def notice(event: Rain) -> None:
        seen.append("noticed")
        if not outside:
            outside.add("garden")
            bus.reconsider()

    bus.on(Rain, notice)
    bus.on(Rain, lambda event: seen.append("outside"), wants=outside.__contains__)
    bus.tell(Rain(1), "garden")
    assert seen == ["noticed", "outside"]
    bus.tell(Rain(1), "garden")
    assert seen == ["noticed", "outside"] * 2


def test_one_that_fails_when_told_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    bus, seen = Bus(), list[Rain]()

    def fail(event: Rain) -> None:
        raise KeyError(event.mm)

    bus.on(Rain, fail)
    bus.on(Rain, seen.append)
    with caplog.at_level(logging.ERROR):
        bus.tell(Rain(7), "garden")
    assert seen == [Rain(7)]
    assert bus.failures == 1


def test_who_subscribes_or_leaves_while_an_event_is_told_does_so_for_the_next() -> None:
    bus, seen = Bus(), list[Rain]()

    def once(event: Rain) -> None:
        bus.off(Rain, once)
        bus.on(Rain, seen.append)

    bus.on(Rain, once)
    bus.tell(Rain(1), "garden")
    assert seen == []
    bus.tell(Rain(2), "garden")
    assert seen == [Rain(2)]


def test_an_event_nobody_wants_is_no_mistake() -> None:
    Bus().publish(Rain(1))


def test_a_subtype_is_another_type() -> None:
    bus, seen = Bus(), []
    bus.on(Rain, seen.append)
    bus.publish(Hail(1))
    assert seen == []


def test_a_handler_that_fails_is_logged_and_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    bus, seen = Bus(), []

    def fail(event: Rain) -> None:
        raise KeyError(event.mm)

    bus.on(Rain, fail)
    bus.on(Rain, seen.append)
    with caplog.at_level(logging.ERROR):
        bus.publish(Rain(7))
    assert seen == [Rain(7)]
    assert caplog.records[0].exc_info is not None


def test_a_handler_that_was_taken_off_is_not_called() -> None:
    bus, seen = Bus(), []
    bus.on(Rain, seen.append)
    bus.off(Rain, seen.append)
    bus.off(Snow, seen.append)
    bus.publish(Rain(1))
    assert seen == []


def test_a_handler_may_subscribe_and_leave_while_an_event_is_published() -> None:
    bus, seen = Bus(), []

    def once(event: Rain) -> None:
        bus.off(Rain, once)
        bus.on(Rain, seen.append)

    bus.on(Rain, once)
    bus.publish(Rain(1))
    assert seen == []
    bus.publish(Rain(2))
    assert seen == [Rain(2)]


def test_a_handler_may_publish() -> None:
    bus, seen = Bus(), []
    bus.on(Rain, lambda event: bus.publish(Snow(event.mm)))
    bus.on(Snow, seen.append)
    bus.publish(Rain(2))
    assert seen == [Snow(2)]


async def test_a_stream_gives_the_events_of_its_types_in_order() -> None:
    bus = Bus()
    stream = bus.stream(Rain, Snow)
    for event in (Rain(1), Snow(2), Hail(9), Rain(3)):
        bus.publish(event)
    assert [await stream.next() for _ in range(3)] == [Rain(1), Snow(2), Rain(3)]
    assert stream.dropped == 0


async def test_a_stream_waits_for_the_next_event() -> None:
    bus = Bus()
    stream = bus.stream(Rain)
    waiting = asyncio.create_task(stream.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    bus.publish(Rain(5))
    assert await waiting == Rain(5)


async def test_a_full_stream_drops_the_oldest_and_counts() -> None:
    bus = Bus()
    stream = bus.stream(Rain, limit=3)
    for mm in range(10):
        bus.publish(Rain(mm))
    assert stream.dropped == 7
    assert [await stream.next() for _ in range(3)] == [Rain(7), Rain(8), Rain(9)]


async def test_a_closed_stream_gets_nothing_more_and_leaves_others_alone() -> None:
    bus = Bus()
    closed, open_one = bus.stream(Rain, Snow), bus.stream(Rain, Snow)
    bus.publish(Rain(1))
    closed.close()
    bus.publish(Rain(2))
    bus.publish(Snow(3))
    assert await closed.next() == Rain(1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(closed.next(), 0.01)
    assert [await open_one.next() for _ in range(3)] == [Rain(1), Rain(2), Snow(3)]


async def test_what_streams_dropped_and_handlers_failed_at_is_counted_also_after_they_are_gone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus = Bus()
    gone, there = bus.stream(Rain, limit=1), bus.stream(Rain, limit=2)
    bus.on(Snow, lambda event: 1 / 0)
    for mm in range(4):
        bus.publish(Rain(mm))
    gone.close()
    gone.close()
    bus.publish(Snow(1))
    assert (bus.dropped, gone.dropped, there.dropped) == (5, 3, 2)
    assert bus.failures == 1
    assert "failed" in caplog.text
