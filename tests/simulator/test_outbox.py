from __future__ import annotations

import asyncio

from gateway.simulator.link import LinkClosed
from gateway.simulator.outbox import Letter, Outbox


class Line:
    """Takes letters; after `room` of them it is closed."""

    def __init__(self, room: int) -> None:
        self.taken: list[str] = []
        self.room = room

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        await asyncio.sleep(0)
        if len(self.taken) == self.room:
            raise LinkClosed("closed")
        self.taken.append(topic)


async def deliver(outbox: Outbox, room: int) -> list[str]:
    line = Line(room)
    await outbox.deliver(line)  # type: ignore[arg-type]
    return line.taken


async def test_letters_keep_their_order_and_none_is_lost_with_a_line() -> None:
    outbox = Outbox()
    for topic in "abcd":
        outbox.put(Letter(topic, b""))
    assert await deliver(outbox, 2) == ["a", "b"]
    outbox.put(Letter("x", b""), first=True)
    outbox.put(Letter("e", b""))
    assert await deliver(outbox, 3) == ["x", "c", "d"]


async def test_when_it_is_full_the_oldest_goes_and_is_counted() -> None:
    outbox = Outbox(limit=3)
    for topic in "abcde":
        outbox.put(Letter(topic, b""))
    outbox.put(Letter("f", b""))
    assert outbox.dropped == 3
    outbox.put(Letter("now", b""), first=True)
    assert await deliver(outbox, 2) == ["now", "e"]


async def test_what_is_on_its_way_when_delivery_is_stopped_stays() -> None:
    outbox = Outbox()
    outbox.put(Letter("a", b""))
    running = asyncio.create_task(outbox.deliver(Line(9)))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    outbox.put(Letter("b", b""))
    assert await deliver(outbox, 1) == ["a"]


async def test_what_was_not_said_under_an_old_name_is_said_under_the_new_one() -> None:
    outbox = Outbox()
    for topic in ("devices/old-1/telemetry", "devices/other-1/telemetry", "devices/old-1/command/ack", "x/y/z"):
        outbox.put(Letter(topic, b""))
    outbox.readdress("old-1", "new-1")
    assert await deliver(outbox, 3) == [
        "devices/new-1/telemetry",
        "devices/other-1/telemetry",
        "devices/new-1/command/ack",
    ]
