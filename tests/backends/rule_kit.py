"""Firings, timers, memories and tape for tests of the store, and what must become of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from gateway.core.ports.rules import (
    FiringKept,
    RuleRemembered,
    RuleTaped,
    TimerKept,
    firing_of,
    timer_of,
)
from gateway.core.ports.store import Change
from gateway.core.rules.actions import CommandThen, NotifyThen
from gateway.core.rules.firing import Act, Cause, Firing, Outcome, Trace
from gateway.core.rules.memory import CellMemory, LeafMemory, Memory
from gateway.core.rules.rule import Mode
from gateway.core.timers import Timer, TimerState

MADE_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
_OFF = CommandThen(asset="bathroom-fan", verb="turn_off")


def firing(identity: str = "f1", rule: str = "bathroom-fan", at_ms: int = MADE_MS, **said: Any) -> Firing:
    """A firing with something in every field, done."""
    whole = Firing(
        id=identity,
        rule=rule,
        version=3,
        part="safe",
        mode=Mode.SHADOW,
        time_ms=at_ms,
        noted_ms=at_ms + 7,
        why="humidity 74.2 % > 70 % since 14:02: \0 ü",
        trace=Trace(
            Cause("when", "true", "humidity", 1 / 3, at_ms, "node-1", "humidity"),
            (Cause("if.of[0]", "unknown"), Cause("if.of[1]", "false", value="open")),
            at_ms - 600_000,
        ),
        acts=(
            Act(
                CommandThen(asset="bathroom-fan", verb="set_speed", args={"speed": 5e-324}, for_s=1200, back=(_OFF,)),
                Outcome.HELD,
                "anna has it",
                "r-f1-0",
                "f1-0",
                "anna",
            ),
            Act(NotifyThen(text="too damp"), Outcome.DONE),
        ),
        outcome=Outcome.HELD,
        depth=2,
        correlation="node-1/b1/7",
        simulated=True,
    )
    return replace(whole, **said)


def pending(identity: str = "f1", rule: str = "bathroom-fan", at_ms: int = MADE_MS, **said: Any) -> Firing:
    """One of which nothing has become yet."""
    bare = Firing(
        id=identity,
        rule=rule,
        version=1,
        time_ms=at_ms,
        noted_ms=at_ms,
        why="",
        trace=Trace(Cause("when", "true")),
        acts=(Act(_OFF),),
    )
    return replace(bare, **said)


def timer(identity: str = "f1-0", rule: str = "bathroom-fan", at_ms: int = MADE_MS, **said: Any) -> Timer:
    """An armed timer with something in every field."""
    whole = Timer(
        id=identity,
        name="bathroom-fan turn_off",
        rule=rule,
        firing="f1",
        armed_ms=at_ms,
        due_ms=at_ms + HOUR_MS,
        then=(_OFF,),
        safe=(NotifyThen(text="it may still run", level="alarm"),),
        catch_up="safe",
        priority=60,
        actuator="bathroom-fan/power",
        shadow=True,
        correlation="node-1/b1/7",
        simulated=True,
    )
    return replace(whole, **said)


def ended(identity: str = "f1-0", rule: str = "bathroom-fan", at_ms: int = MADE_MS, **said: Any) -> Timer:
    """The same, done when it was due."""
    end: dict[str, Any] = {"state": TimerState.DONE, "ended_ms": at_ms + HOUR_MS, "detail": "turned off"}
    return timer(identity, rule, at_ms, **(end | said))


def remembered(rule: str = "bathroom-fan", version: int = 1, at_ms: int = MADE_MS) -> RuleRemembered:
    cells = (CellMemory("node-1", "humidity", 1 / 3, at_ms),)
    leaves = (LeafMemory("when", "d1", 1, None, b"\0\xff"),)
    memory = Memory(rule, version, at_ms, at_ms - 5, False, None, True, cells, leaves, {"status/node-1": "online"})
    return RuleRemembered(rule, version, at_ms, msgspec.msgpack.encode(memory))


def taped(at_ms: int = MADE_MS, place: int = 0, kind: int = 1, body: bytes = b"\0x") -> RuleTaped:
    return RuleTaped(f"{at_ms:x}-{place:x}-00c0ffee", at_ms, place, kind, body)


class RuleFold:
    """What must be in the store after these changes, one after the other."""

    def __init__(self) -> None:
        self.firings: dict[str, Firing] = {}
        self.timers: dict[str, Timer] = {}
        self.memory: dict[str, RuleRemembered] = {}
        self.tape: dict[str, RuleTaped] = {}

    def take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case FiringKept():
                    self.firings[change.id] = firing_of(change)
                case TimerKept():
                    before, new = self.timers.get(change.id), timer_of(change)
                    if before is None or before.state is TimerState.ARMED or new.state is not TimerState.ARMED:
                        self.timers[change.id] = new
                case RuleRemembered():
                    self.memory[change.rule] = change
                    if not change.memory:
                        del self.memory[change.rule]
                case RuleTaped():
                    self.tape.setdefault(change.id, change)
