from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import msgspec
import pytest

from gateway.simulator.behaviour import Behaviour
from gateway.simulator.outbox import Letter, Outbox

NOW = 1_700_000_000_000


class Kept(Outbox):
    """An outbox that can be looked into."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Letter] = []

    def put(self, letter: Letter, *, first: bool = False) -> None:
        self.letters.append(letter)

    def said(self, end: str) -> list[dict[str, object]]:
        return [json.loads(letter.payload) for letter in self.letters if letter.topic.endswith(end)]


class Bench:
    """A behaviour with everything around it."""

    def __init__(self, window: bool = True) -> None:
        self.outbox = Kept()
        self.placed: list[float] = []
        self.changes = 0
        self.behaviour = Behaviour(self.outbox, lambda: NOW, 10.0, self.placed.append if window else None, self.change)
        self.behaviour.device = "w-1"

    def change(self) -> None:
        self.changes += 1

    def command(self, **order: object) -> None:
        self.behaviour.command("", json.dumps(order).encode())

    def window(self, **control: object) -> None:
        self.behaviour.window("", json.dumps(control).encode())

    def desired(self, version: int, **state: object) -> None:
        self.behaviour.desired("", json.dumps({"version": version, "state": state}).encode())

    @property
    def acks(self) -> list[tuple[object, object]]:
        return [(ack["id"], ack["status"]) for ack in self.outbox.said("command/ack")]

    @contextlib.asynccontextmanager
    async def moving(self) -> AsyncIterator[None]:
        assert self.behaviour.motor is not None
        running = asyncio.create_task(self.behaviour.motor.run())
        yield
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def acked(self, count: int) -> None:
        async with asyncio.timeout(15):
            while len(self.acks) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_set_position_is_accepted_moves_smoothly_and_is_done() -> None:
    bench = Bench()
    async with bench.moving():
        bench.command(id="c1", verb="set_position", args={"position": 10})
        assert bench.acks == [("c1", "accepted")]
        await bench.acked(2)
    assert bench.acks == [("c1", "accepted"), ("c1", "done")]
    assert bench.placed == [3.0, 6.0, 9.0, 10.0]
    assert bench.changes == 1


async def test_a_decision_moves_the_window_and_is_answered_when_it_has_a_name() -> None:
    bench = Bench()
    async with bench.moving():
        bench.window(position=4, confidence=0.9, decision="d1", model="window@3")
        await bench.acked(2)
        bench.window(position=2)
        async with asyncio.timeout(5):
            while bench.placed[-1] != 2.0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert bench.acks == [("d1", "accepted"), ("d1", "done")]


async def test_a_newer_order_wins_and_the_older_one_fails() -> None:
    bench = Bench()
    async with bench.moving():
        bench.command(id="c1", verb="set_position", args={"position": 100})
        await asyncio.sleep(0)
        bench.command(id="c2", verb="set_position", args={"position": 3})
        await bench.acked(4)
    assert bench.acks == [("c1", "accepted"), ("c2", "accepted"), ("c1", "failed"), ("c2", "done")]
    assert max(bench.placed) == 3.0


async def test_positions_beyond_the_end_stop_at_the_end() -> None:
    bench = Bench()
    async with bench.moving():
        bench.command(id="c1", verb="set_position", args={"position": -20})
        await bench.acked(2)
    assert bench.acks[-1] == ("c1", "done")
    assert bench.placed == []


def test_an_order_that_comes_twice_is_carried_out_once_and_answered_twice() -> None:
    bench = Bench()
    for _ in range(2):
        bench.command(id="c1", verb="set_position", args={"position": 50})
    assert bench.acks == [("c1", "accepted"), ("c1", "accepted")]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"verb": "set_position", "args": {"position": 5}, "expires_ms": NOW - 1}, "too late"),
        ({"verb": "explode"}, "does not know explode"),
        ({"verb": "set_position"}, "needs a position"),
        ({"verb": "set_position", "args": {"position": "up"}}, "needs a position"),
    ],
)
def test_what_cannot_be_done_fails_with_the_reason(order: dict[str, object], why: str) -> None:
    bench = Bench()
    bench.command(id="c1", **order)
    (ack,) = bench.outbox.said("command/ack")
    assert ack["status"] == "failed"
    assert why in str(ack["detail"])


def test_a_node_without_a_window_moves_nothing() -> None:
    bench = Bench(window=False)
    bench.command(id="c1", verb="set_position", args={"position": 5})
    bench.window(position=5, decision="d1")
    assert bench.acks == [("c1", "failed")]


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"\xff", b"null", b'{"version":"x"}'])
def test_nonsense_is_left_alone(payload: bytes) -> None:
    bench = Bench()
    bench.behaviour.command("", payload)
    bench.behaviour.window("", payload)
    bench.behaviour.desired("", payload)
    assert bench.outbox.letters == []


def test_the_desired_interval_is_applied_and_reported_within_bounds() -> None:
    bench = Bench()
    bench.desired(7, interval_s=2, audio=False)
    assert bench.behaviour.interval_s == 2.0
    bench.desired(8, interval_s=0.001)
    bench.desired(3, interval_s=500)
    assert bench.behaviour.interval_s == 1.0
    assert bench.outbox.said("shadow/reported") == [
        {"version": 7, "state": {"interval_s": 2.0}},
        {"version": 8, "state": {"interval_s": 1.0}},
    ]
    assert bench.outbox.letters[0].topic == "devices/w-1/shadow/reported"
    assert bench.changes == 2


def test_acknowledgements_leave_out_what_they_do_not_say() -> None:
    bench = Bench()
    bench.command(id="c1", verb="set_position", args={"position": 5})
    assert msgspec.json.decode(bench.outbox.letters[0].payload) == {"id": "c1", "status": "accepted"}
