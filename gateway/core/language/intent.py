"""What a sentence means, as a value. Pure.

The first keys are those of the protocol, with document 000's names inside; a key that says nothing is left out.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ..rules.rule import Rule
from ..spelling import Weekday

Kind = Literal["query", "command", "rule", "explain", "question", "none"]
Operator = Literal[">", ">=", "<", "<=", "==", "between", "changes"]
CandidateKind = Literal["zone", "asset", "device", "rule", "scene", "value"]


class Condition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A comparison that was said."""

    parameter: str
    """The metric."""
    operator: Operator
    value: float | tuple[float, float] | str
    """`between`: both ends."""
    for_s: int = 0
    place: str = ""
    """The id of a zone, an asset or a device."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When, for how long, and when not."""

    for_s: int = 0
    after_s: int = 0
    at: str = ""
    """`HH:MM` of the wall clock where the site is."""
    in_days: int | None = None
    """Of an order for later: 0 today, 1 tomorrow; None: when the clock shows it next."""
    days: tuple[Weekday, ...] = ()
    every_s: int = 0
    from_: str = msgspec.field(default="", name="from")
    to: str = ""
    not_: tuple[str, str] | None = msgspec.field(default=None, name="not")
    """From and to, as `HH:MM`."""


class Candidate(msgspec.Struct, frozen=True):
    """Something that may have been meant."""

    what: CandidateKind
    id: str
    name: str


class Intent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is meant.

    `action` of a query: value, state, history (`value`: min, max, mean, trend), list (`parameter`: devices, rules,
    alerts, plants, timers, scenes, commands, zones), plants, health, status, help. Of a command: a verb of
    `capabilities`, or resume, run_scene, mute_alerts (`value`: minutes), unmute_alerts, acknowledge, undo, confirm,
    decline, enable_rule, disable_rule, delete_rule. Of a rule: the verb of the first thing it does. Of explain: why,
    why_not, advise. Of a question or none: what it was taken for, or nothing.
    """

    kind: Kind
    action: str = ""
    device: str = ""
    """The id of the device that is to do it."""
    place: str = ""
    """The id of the asset or zone that was named or follows from what was."""
    parameter: str = ""
    value: float | str | None = None
    condition: Condition | None = None
    schedule: Schedule | None = None
    reply: str = ""
    unit: str = ""
    also: tuple[Intent, ...] = ()
    """The other orders of the sentence: all are done or none."""
    conditions: tuple[Condition, ...] = ()
    """All of them when there are more than `condition`."""
    joined: Literal["", "all", "any"] = ""
    rule: Rule | None = None
    missing: tuple[str, ...] = ()
    """What must be said before it can be done, such as `place` or `value`."""
    confirm: str = ""
    """Why a person is asked before anything happens; empty: nothing needs to be asked."""
    candidates: tuple[Candidate, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    """Words as written and as taken."""
    source: Literal["grammar", "assistant"] = "grammar"


MOVING: tuple[Kind, ...] = ("command", "rule")
"""Kinds that can move something."""


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation remembers that a sentence may point at."""

    last: Candidate | None = None
    """What `it` is."""
    offered: tuple[Candidate, ...] = ()
    """What the last question offered."""
    pending: bool = False
    """A proposal waits for yes or no."""


NOTHING = Talk()

GuardName = Literal[
    "negation",
    "hypothetical",
    "reported",
    "quoted",
    "past",
    "doubt",
    "advice",
    "joke",
    "question",
    "ability",
    "polite",
    "condition",
    "restriction",
]


class Guard(msgspec.Struct, frozen=True):
    """Something in a sentence that speaks against doing what its other words say, unless a template licenses it."""

    name: GuardName
    span: tuple[int, int]
    """Words, from and to (exclusive)."""


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence that was read."""

    intent: Intent
    readings: int = 0
    """How many different meanings were found before one was chosen."""
    guards: tuple[Guard, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
