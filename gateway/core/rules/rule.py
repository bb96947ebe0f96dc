"""The rule language: triggers, conditions, and the rule that joins them to actions. Pure.

A rule is a level, not an edge: it holds while its trigger is true (for `for_s` without a break) and its condition is,
and fires once when it begins to hold. Triggers that are a moment (time, sun, change, command) are true at that instant
only. Every comparison is true, false or unknown; unknown never fires.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..spelling import (
    DeviceId,
    DeviceOrNone,
    GivenName,
    PlaceId,
    PlaceOrNone,
    SnakeOrNone,
    TimeOfDay,
    TimeOrNone,
    Weekday,
)
from .actions import CatchUp, CommandThen, SceneThen, Seconds, Then, TimerName, TimerThen
from .sources import Measured, Operator

Number = Annotated[float, Meta(ge=-1e12, le=1e12)]
OffsetSeconds = Annotated[int, Meta(ge=-43_200, le=43_200)]
MOST_LEAVES = 64
MOST_DEPTH = 8
SAFETY = 90
"""From this priority on a rule goes before people: it keeps somebody or something from harm."""


class _Clause(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"
):
    """Part of a rule."""


# Triggers


class ValueWhen(Measured, frozen=True, kw_only=True, tag="value"):
    """A level: while a value compares so."""

    operator: Operator
    value: Number


class ChangeWhen(Measured, frozen=True, kw_only=True, tag="change"):
    """A moment: a value has moved away from where it last was by so much, either way."""

    by: Annotated[float, Meta(gt=0, le=1e12)]


class TimeWhen(_Clause, frozen=True, kw_only=True, tag="time"):
    """A moment: a time of day, or every so many seconds counted from the local midnight."""

    at: TimeOrNone = ""
    every_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    days: tuple[Weekday, ...] = ()
    """Empty: every day."""


class SunWhen(_Clause, frozen=True, kw_only=True, tag="sun"):
    """A moment: sunrise or sunset where the site is, or so many seconds after it (negative: before)."""

    event: Literal["sunrise", "sunset"]
    offset_s: OffsetSeconds = 0
    days: tuple[Weekday, ...] = ()


class DeviceWhen(_Clause, frozen=True, kw_only=True, tag="device"):
    """A level: while a device is in this status."""

    device: DeviceId
    status: Literal["online", "offline", "error"]


class AlertWhen(_Clause, frozen=True, kw_only=True, tag="alert"):
    """A level: while a plant is outside its thresholds (of one metric)."""

    asset: PlaceId
    metric: SnakeOrNone = ""


class AnomalyWhen(_Clause, frozen=True, kw_only=True, tag="anomaly"):
    """A level: while an episode is open, of an asset, a device, a nature, or of anything."""

    asset: PlaceOrNone = ""
    device: DeviceOrNone = ""
    nature: Literal["", "sensor", "machine", "unusual"] = ""


class CommandWhen(_Clause, frozen=True, kw_only=True, tag="command"):
    """A moment: a command of a device has ended so."""

    device: DeviceId
    verb: SnakeOrNone = ""
    status: Literal["done", "failed", "expired"] = "done"


OneWhen = ValueWhen | ChangeWhen | TimeWhen | SunWhen | DeviceWhen | AlertWhen | AnomalyWhen | CommandWhen


class AnyWhen(_Clause, frozen=True, kw_only=True, tag="any"):
    """Any of several triggers."""

    of: Annotated[tuple[OneWhen, ...], Meta(min_length=1, max_length=8)]


When = OneWhen | AnyWhen


# Conditions


class AllIf(_Clause, frozen=True, kw_only=True, tag="all"):
    """All of them."""

    of: Annotated[tuple[If, ...], Meta(min_length=1, max_length=16)]


class AnyIf(_Clause, frozen=True, kw_only=True, tag="any"):
    """At least one of them."""

    of: Annotated[tuple[If, ...], Meta(min_length=1, max_length=16)]


class NotIf(_Clause, frozen=True, kw_only=True, tag="not"):
    """Not this."""

    of: If


class CompareIf(Measured, frozen=True, kw_only=True, tag="compare"):
    """A value compares so."""

    operator: Operator
    value: Number


class BetweenIf(Measured, frozen=True, kw_only=True, tag="between"):
    """low <= value < high."""

    low: Number
    high: Number


class TimeIf(_Clause, frozen=True, kw_only=True, tag="time"):
    """The wall clock is in [from, to); over midnight it belongs to the day on which it began."""

    from_: TimeOfDay = msgspec.field(name="from")
    to: TimeOfDay
    days: tuple[Weekday, ...] = ()


class SunIf(_Clause, frozen=True, kw_only=True, tag="sun"):
    """The sun is up or down; `offset_s` moves both sunrise and sunset later (negative: earlier)."""

    is_: Literal["up", "down"] = msgspec.field(name="is")
    offset_s: OffsetSeconds = 0


class StateIf(_Clause, frozen=True, kw_only=True, tag="state"):
    """A device's status (`online`, `offline`, `error`), or a key of the state that it reports, is this."""

    device: DeviceId
    key: Annotated[str, Meta(min_length=1, max_length=40)] = "status"
    is_: str | float | bool = msgspec.field(name="is")


class AlertIf(_Clause, frozen=True, kw_only=True, tag="alert"):
    """A plant is outside its thresholds (of one metric)."""

    asset: PlaceId
    metric: SnakeOrNone = ""


class AnomalyIf(_Clause, frozen=True, kw_only=True, tag="anomaly"):
    """An episode is open, of an asset, a device, a nature, or of anything."""

    asset: PlaceOrNone = ""
    device: DeviceOrNone = ""
    nature: Literal["", "sensor", "machine", "unusual"] = ""


class TimerIf(_Clause, frozen=True, kw_only=True, tag="timer"):
    """A timer of this rule runs, or does not."""

    timer: TimerName
    running: bool = True


If = AllIf | AnyIf | NotIf | CompareIf | BetweenIf | TimeIf | SunIf | StateIf | AlertIf | AnomalyIf | TimerIf


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a person writes: when this, if that, then do."""

    name: GivenName
    description: Annotated[str, Meta(max_length=1000)] = ""
    format: Literal[1] = 1
    when: When | None = None
    """Left out: `if` is the trigger. One of the two there must be."""
    if_: If | None = msgspec.field(name="if", default=None)
    for_s: Seconds = 0
    """So many seconds the trigger must be true without a break before it counts."""
    hysteresis: Annotated[float, Meta(ge=0, le=1e9)] = 0.0
    """Of every comparison of the trigger that names none (without `when`: of those in `if`), in the metric's unit."""
    cooldown_s: Seconds = 0
    """After it has fired it does not fire again for so long; if it still holds then, it fires then."""
    then: tuple[Then, ...]
    else_: tuple[Then, ...] = msgspec.field(name="else", default=())
    """When the trigger ends after the rule has fired; of a moment: when `if` was false."""
    safe: tuple[Then, ...] = ()
    """When the rule no longer knows while it holds something that it has moved, and for what was missed with
    `catch_up` safe."""
    catch_up: CatchUp = "late"
    """What was due while the gateway was off: done late, left out, or replaced by `safe`."""
    priority: Annotated[int, Meta(ge=0, le=100)] = 50
    """Of rules that want different things of one actuator the higher one has its way; from 90 on it goes before
    people."""


class Mode(StrEnum):
    """How far a rule may go."""

    OFF = "off"
    SHADOW = "shadow"
    """It notes what it would do."""
    LIVE = "live"
    TRIPPED = "tripped"
    """It fired too often and is stopped until somebody enables it anew."""


MODES: dict[Mode, int] = {mode: number for number, mode in enumerate(Mode)}
"""As they are stored: only append to them."""


class KeptRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule as the house keeps it: one document."""

    id: str
    rule: Rule
    version: int = 1
    """Rises with every change of it."""
    mode: Mode = Mode.OFF
    by: str = ""
    """Who changed it last."""
    changed_ms: int = 0
    live_ms: int | None = None
    """Since when it is live."""


def triggers(rule: Rule) -> Iterator[tuple[str, OneWhen]]:
    """Its triggers with their paths as in JSON, such as `when.of[1]`."""
    if isinstance(rule.when, AnyWhen):
        for number, one in enumerate(rule.when.of):
            yield f"when.of[{number}]", one
    elif rule.when is not None:
        yield "when", rule.when


def is_moment(one: OneWhen) -> bool:
    """Whether a trigger is true at an instant only."""
    return isinstance(one, ChangeWhen | TimeWhen | SunWhen | CommandWhen)


def conditions(rule: Rule) -> Iterator[tuple[str, If]]:
    """Every condition with its path, those above before those in them."""
    if rule.if_ is not None:
        yield from _below("if", rule.if_)


def _below(path: str, condition: If) -> Iterator[tuple[str, If]]:
    yield path, condition
    if isinstance(condition, AllIf | AnyIf):
        for number, one in enumerate(condition.of):
            yield from _below(f"{path}.of[{number}]", one)
    elif isinstance(condition, NotIf):
        yield from _below(f"{path}.of", condition.of)


def measured(rule: Rule) -> Iterator[tuple[str, Measured]]:
    """Every look at a value with its path."""
    for path, one in (*triggers(rule), *conditions(rule)):
        if isinstance(one, Measured):
            yield path, one


def actions(rule: Rule) -> Iterator[tuple[str, Then]]:
    """Every action with its path, also those of timers and those that take something back."""
    for part, found in (("then", rule.then), ("else", rule.else_), ("safe", rule.safe)):
        yield from each(part, found)


def each(path: str, found: tuple[Then, ...]) -> Iterator[tuple[str, Then]]:
    """The same of one list of actions."""
    for number, action in enumerate(found):
        here = f"{path}[{number}]"
        yield here, action
        if isinstance(action, TimerThen):
            yield from each(f"{here}.then", action.then)
        elif isinstance(action, CommandThen):
            yield from each(f"{here}.back", action.back)


def scenes(rule: Rule) -> Iterator[tuple[str, SceneThen]]:
    """The scenes it runs."""
    for path, action in actions(rule):
        if isinstance(action, SceneThen):
            yield path, action
