from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from gateway.core.errors import Refused
from gateway.simulator.behaviour import Behaviour
from gateway.simulator.memory import NodeMemory
from gateway.simulator.outbox import Letter, Outbox
from gateway.simulator.reluctance import Reluctance

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
    """A behaviour with everything around it; `state` is its flash."""

    def __init__(
        self,
        kind: str = "window",
        state: Path | None = None,
        reluctance: Reluctance | None = None,
        device: str = "w-1",
        *,
        microphone: bool = False,
    ) -> None:
        self.outbox = Kept()
        self.placed: list[float] = []
        self.actuated: list[tuple[str, Mapping[str, object]]] = []
        self.changes = self.restarts = 0
        memory = NodeMemory(state, "02:00:00:00:00:01")
        self.behaviour = Behaviour(
            self.outbox, lambda: NOW, kind, 10.0, self, memory, reluctance or Reluctance(), microphone=microphone
        )
        self.behaviour.become(device)

    def place(self, position_pct: float) -> None:
        self.placed.append(position_pct)

    def actuate(self, verb: str, args: Mapping[str, object]) -> None:
        if args.get("speed") == 13:
            raise Refused("it is jammed")
        self.actuated.append((verb, args))

    def restart(self) -> None:
        self.restarts += 1

    def hurry(self) -> None:
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
    steps = [later - earlier for earlier, later in pairwise([0.0, *bench.placed])]
    assert bench.placed[-1] == 10.0
    assert all(0.0 < step <= 1.5 for step in steps), "it never jumps, and never turns back"
    assert max(steps[0], steps[-1]) < 0.3, "it starts and stops slowly"
    assert bench.changes == 2, "a reading on the way and one at the end"


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


async def test_a_window_that_is_told_to_turn_round_brakes_first() -> None:
    bench = Bench()
    async with bench.moving():
        bench.command(id="c1", verb="set_position", args={"position": 100})
        async with asyncio.timeout(10):
            while not bench.placed or bench.placed[-1] < 10.0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        bench.command(id="c2", verb="set_position", args={"position": 5})
        await bench.acked(4)
    steps = [later - earlier for earlier, later in pairwise([0.0, *bench.placed])]
    assert bench.placed[-1] == 5.0
    assert max(abs(later - earlier) for earlier, later in pairwise(steps)) < 0.2, "no jerk"


def test_a_node_with_a_microphone_listens_while_its_configuration_says_so() -> None:
    bench = Bench(microphone=True)
    assert not bench.behaviour.listens
    bench.desired(1, audio=True)
    assert bench.behaviour.listens
    assert bench.outbox.said("shadow/reported")[-1]["state"] == {"interval_s": 10.0, "audio": True, "limits": {}}
    bench.desired(2, audio="yes")
    assert not bench.behaviour.listens
    deaf = Bench()
    deaf.desired(1, audio=True)
    assert not deaf.behaviour.listens


def test_an_order_that_comes_twice_is_carried_out_once_and_answered_twice() -> None:
    bench = Bench()
    for _ in range(2):
        bench.command(id="c1", verb="set_position", args={"position": 50})
    assert bench.acks == [("c1", "accepted"), ("c1", "accepted")]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"verb": "set_position", "args": {"position": 5}, "expires_ms": NOW}, "too late"),
        ({"verb": "set_position", "args": {"position": 5}, "ttl_ms": 0, "expires_ms": NOW + 5}, "too late"),
        ({"verb": "explode"}, "It cannot explode"),
        ({"verb": "set_position"}, "needs position"),
        ({"verb": "set_position", "args": {"position": "up"}}, "position is not a number"),
        ({"verb": "set_position", "args": {"position": -20}}, "position is below 0"),
    ],
)
def test_what_cannot_be_done_fails_with_the_reason(order: dict[str, object], why: str) -> None:
    bench = Bench()
    bench.command(id="c1", **order)
    (ack,) = bench.outbox.said("command/ack")
    assert ack["status"] == "failed"
    assert why in str(ack["detail"])


def test_the_time_left_counts_where_it_is_said_because_no_clock_is_needed_for_it() -> None:
    bench = Bench()
    bench.command(id="c1", verb="identify", ttl_ms=1, expires_ms=NOW - 5)
    assert bench.acks == [("c1", "accepted"), ("c1", "done")]


def test_a_node_without_a_window_moves_nothing() -> None:
    bench = Bench("climate")
    bench.command(id="c1", verb="set_position", args={"position": 5})
    bench.window(position=5, decision="d1")
    assert bench.acks == [("c1", "failed")]


@pytest.mark.parametrize(
    ("kind", "verb", "args"),
    [
        ("heater", "set_temperature", {"temperature": 55}),
        ("heater", "turn_off", {}),
        ("fan", "set_speed", {"speed": 40}),
        ("fan", "run_for", {"seconds": 90}),
        ("pump", "turn_on", {}),
    ],
)
def test_machines_are_actuated_and_the_next_reading_hurries(kind: str, verb: str, args: dict[str, object]) -> None:
    bench = Bench(kind)
    bench.command(id="c1", verb=verb, args=args)
    assert bench.acks == [("c1", "accepted"), ("c1", "done")]
    assert bench.actuated == [(verb, args)]
    assert bench.changes == 1


def test_what_the_machine_refuses_fails() -> None:
    bench = Bench("fan")
    bench.command(id="c1", verb="set_speed", args={"speed": 13})
    assert bench.outbox.said("command/ack")[-1] == {"id": "c1", "status": "failed", "detail": "it is jammed"}


def test_a_restart_is_done_before_it_happens() -> None:
    bench = Bench("climate")
    bench.command(id="c1", verb="restart")
    assert bench.acks == [("c1", "accepted"), ("c1", "done")]
    assert bench.restarts == 1


def test_what_was_ended_before_a_restart_is_answered_again_and_not_done_again(tmp_path: Path) -> None:
    Bench("pump", tmp_path).command(id="c1", verb="run_for", args={"seconds": 5})
    later = Bench("pump", tmp_path)
    later.command(id="c1", verb="run_for", args={"seconds": 5})
    assert later.acks == [("c1", "done")]
    assert later.actuated == []


def test_what_was_begun_before_a_restart_has_failed(tmp_path: Path) -> None:
    Bench("window", tmp_path).command(id="c1", verb="set_position", args={"position": 50})
    later = Bench("window", tmp_path)
    later.command(id="c1", verb="set_position", args={"position": 50})
    (ack,) = later.outbox.said("command/ack")
    assert ack == {"id": "c1", "status": "failed", "detail": "interrupted by a restart"}


def test_decisions_push_no_command_out_of_the_book() -> None:
    bench = Bench()
    bench.command(id="c1", verb="identify")
    for number in range(100):
        bench.window(position=5, decision=f"d{number}")
    bench.command(id="c1", verb="identify")
    assert bench.acks[-1] == ("c1", "done")
    assert bench.changes == 1


def test_a_limit_of_the_configuration_holds_for_commands_and_decisions() -> None:
    bench = Bench()
    bench.desired(1, limits={"position": {"max": 80, "min": 10}})
    bench.command(id="c1", verb="set_position", args={"position": 90})
    bench.window(position=5, decision="d1")
    assert bench.outbox.said("command/ack") == [
        {"id": "c1", "status": "failed", "detail": "position 90 is above the limit 80"},
        {"id": "d1", "status": "failed", "detail": "position 5 is below the limit 10"},
    ]


def test_a_reluctant_node_fails_ignores_and_hesitates() -> None:
    failing = Bench("fan", reluctance=Reluctance(fail=1.0))
    failing.command(id="c1", verb="turn_on")
    assert failing.acks == [("c1", "accepted"), ("c1", "failed")]
    assert failing.actuated == []
    deaf = Bench("fan", reluctance=Reluctance(ignore=1.0))
    deaf.command(id="c1", verb="turn_on")
    assert deaf.acks == []


async def test_a_slow_node_accepts_at_once_and_does_it_later() -> None:
    bench = Bench("fan", reluctance=Reluctance(slow_s=0.05))
    bench.command(id="c1", verb="turn_on")
    assert bench.acks == [("c1", "accepted")]
    await bench.acked(2)
    assert bench.acks[-1] == ("c1", "done")


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"\xff", b"null", b'{"version":"x"}'])
def test_nonsense_is_left_alone(payload: bytes) -> None:
    bench = Bench()
    bench.behaviour.command("", payload)
    bench.behaviour.window("", payload)
    bench.behaviour.desired("", payload)
    assert bench.outbox.letters == []


def test_the_desired_interval_is_applied_and_everything_that_holds_is_reported() -> None:
    bench = Bench()
    bench.desired(7, interval_s=2, audio=False)
    assert bench.behaviour.interval_s == 2.0
    bench.desired(8, interval_s=0.001, audio=True, limits={"position": {"max": 80}})
    assert bench.behaviour.interval_s == 1.0
    assert bench.outbox.said("shadow/reported") == [
        {"version": 7, "state": {"interval_s": 2.0, "audio": False, "limits": {}}},
        {"version": 8, "state": {"interval_s": 1.0, "audio": False, "limits": {"position": {"max": 80.0}}}},
    ]
    assert bench.outbox.letters[0].topic == "devices/w-1/shadow/reported"
    assert bench.changes == 2


def test_a_lower_version_is_followed_too_and_the_same_one_is_only_reported_again() -> None:
    bench = Bench()
    bench.desired(7, interval_s=2)
    bench.desired(3, interval_s=5)
    bench.desired(3, interval_s=5)
    assert bench.behaviour.interval_s == 5.0
    assert [said["version"] for said in bench.outbox.said("shadow/reported")] == [7, 3, 3]
    assert bench.changes == 2


def test_what_is_not_wanted_any_more_or_makes_no_sense_is_as_it_left_the_factory() -> None:
    bench = Bench()
    bench.desired(1, interval_s=2, limits={"position": {"max": 80}})
    bench.desired(2, interval_s="fast", limits=[1])
    assert bench.behaviour.interval_s == 10.0
    assert bench.outbox.said("shadow/reported")[-1]["state"] == {"interval_s": 10.0, "audio": False, "limits": {}}


def test_the_configuration_outlives_a_restart_but_not_another_id(tmp_path: Path) -> None:
    Bench("window", tmp_path).desired(7, interval_s=2)
    again = Bench("window", tmp_path)
    again.behaviour.report()
    assert again.behaviour.interval_s == 2.0
    assert again.outbox.said("shadow/reported")[-1]["version"] == 7
    swapped = Bench("window", tmp_path, device="w-2")
    swapped.behaviour.report()
    assert swapped.behaviour.interval_s == 10.0
    assert swapped.outbox.said("shadow/reported")[-1]["version"] == 0


def test_acknowledgements_leave_out_what_they_do_not_say() -> None:
    bench = Bench()
    bench.command(id="c1", verb="set_position", args={"position": 5})
    assert msgspec.json.decode(bench.outbox.letters[0].payload) == {"id": "c1", "status": "accepted"}
