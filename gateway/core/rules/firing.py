"""A firing of a rule: what caused it, what was done about it, and what became of that. Pure."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Literal

import msgspec

from .actions import Then
from .rule import Mode

Part = Literal["then", "else", "safe"]
PARTS: tuple[Part, ...] = ("then", "else", "safe")
Truth = Literal["true", "false", "unknown"]


class Cause(msgspec.Struct, frozen=True, omit_defaults=True):
    """One leaf of a rule and what it said. `path` is as in JSON, such as `if.of[1]`."""

    path: str
    truth: Truth
    text: str = ""
    """In words; made where it is shown, empty until then."""
    value: float | str | bool | None = None
    time_ms: int | None = None
    """When the value was measured."""
    device: str = ""
    metric: str = ""


class Trace(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a rule fired."""

    trigger: Cause
    causes: tuple[Cause, ...] = ()
    """Every other leaf that was looked at."""
    since_ms: int | None = None
    """Since when the trigger was true."""


class Fired(msgspec.Struct, frozen=True):
    """What the evaluator says: this part of this rule is to be done. `time_ms` is the rule's own time."""

    rule: str
    version: int
    part: Part
    time_ms: int
    trace: Trace
    count: int = 0
    """Of firings of the same rule, part and ms, from 0."""
    depth: int = 0
    correlation: str = ""
    simulated: bool = False

    @property
    def id(self) -> str:
        """16 hex digits, made of what fired and when: the same firing has the same id, whoever works it out."""
        named = f"{self.rule} {self.version} {self.part} {self.time_ms} {self.count}"
        return hashlib.sha256(named.encode()).hexdigest()[:16]


class Outcome(StrEnum):
    """What became of an action; of a firing: the worst of its actions."""

    PENDING = "pending"
    DONE = "done"
    """Asked for: what its command comes to is the command's matter."""
    WOULD = "would"
    """In shadow: it would have been done."""
    HELD = "held"
    """Somebody who goes first has the actuator."""
    REFUSED = "refused"
    """It cannot be done, or the device cannot do it."""
    LATE = "late"
    """It was decided about a moment too long ago to act on."""
    TRIPPED = "tripped"
    """The rule has fired too often."""
    INTERRUPTED = "interrupted"
    """The gateway stopped in between, and it is too late now."""
    SKIPPED = "skipped"
    """It was missed, and the rule says to leave it out then."""


OUTCOMES: dict[Outcome, int] = {outcome: number for number, outcome in enumerate(Outcome)}
"""As they are stored: only append to them."""

_WORST = (
    Outcome.PENDING,
    Outcome.TRIPPED,
    Outcome.REFUSED,
    Outcome.INTERRUPTED,
    Outcome.LATE,
    Outcome.HELD,
    Outcome.SKIPPED,
    Outcome.WOULD,
    Outcome.DONE,
)


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """One action of a firing and what became of it."""

    action: Then
    outcome: Outcome = Outcome.PENDING
    detail: str = ""
    command: str = ""
    """Id of the command it became; of several devices: the first."""
    timer: str = ""
    """Id of the timer that was armed."""
    over: str = ""
    """Who held the actuator or was overruled: `anna`, `rule:bath-air`, `window`."""


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """A rule has fired."""

    id: str
    rule: str
    version: int
    part: Part = "then"
    mode: Mode = Mode.LIVE
    """How far it was allowed to go."""
    time_ms: int
    """By the rule's own time: when what caused it was measured, or was due."""
    noted_ms: int
    """When the gateway noted it."""
    why: str
    trace: Trace
    acts: tuple[Act, ...] = ()
    outcome: Outcome = Outcome.PENDING
    depth: int = 0
    correlation: str = ""
    simulated: bool = False


def worst(acts: tuple[Act, ...]) -> Outcome:
    """Of all that was to be done; nothing to do is done."""
    outcomes = {act.outcome for act in acts}
    return next((outcome for outcome in _WORST if outcome in outcomes), Outcome.DONE)


def command_id(firing: str, number: int) -> str:
    """Of the command that an action of a firing becomes: asked again, it is the same command."""
    return f"r-{firing}-{number}"


def timer_id(firing: str, number: int) -> str:
    """Of the timer that an action of a firing arms."""
    return f"{firing}-{number}"


def timer_command_id(timer: str, number: int) -> str:
    """Of the command that an action of a timer becomes."""
    return f"t-{timer}-{number}"
