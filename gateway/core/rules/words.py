"""Rules and their parts as a person would say them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Protocol

from ..spelling import WEEKDAYS, Weekday
from .actions import CancelThen, CommandThen, NotifyThen, SceneThen, ShadowThen, Then, TimerThen, WindowThen
from .rule import (
    MOST_DEPTH,
    SAFETY,
    AlertIf,
    AlertWhen,
    AllIf,
    AnomalyIf,
    AnomalyWhen,
    AnyIf,
    AnyWhen,
    BetweenIf,
    ChangeWhen,
    CommandWhen,
    CompareIf,
    DeviceWhen,
    If,
    NotIf,
    OneWhen,
    Rule,
    StateIf,
    SunIf,
    SunWhen,
    TimeIf,
    TimerIf,
    TimeWhen,
    ValueWhen,
    is_moment,
)
from .terms import amount, number, quantity, span, spoken, subject

_IS = {">": "above", ">=": "at least", "<": "below", "<=": "at most", "==": "exactly", "!=": "other than"}
_LEVELS = {"info": "tell people", "warning": "warn people", "alarm": "alarm people"}


class Names(Protocol):
    """What people call things; an id nobody knows is its own name."""

    @property
    def site_zone(self) -> tzinfo:
        """The zone whose wall clock moments are told by."""

    def asset(self, asset_id: str) -> str:
        """Of an asset."""

    def device(self, device_id: str) -> str:
        """Of a device."""

    def zone(self, zone_id: str) -> str:
        """Of a zone."""

    def scene(self, scene_id: str) -> str:
        """Of a scene."""


class PlainNames:
    """Ids are all that is known of a house. Fulfils `Names`."""

    def __init__(self, site_zone: tzinfo = UTC) -> None:
        self.site_zone = site_zone

    def asset(self, asset_id: str) -> str:
        """Itself."""
        return asset_id

    device = zone = scene = asset


def sentence(rule: Rule, names: Names) -> str:
    """The whole rule: `When humidity in Bathroom is above 70 % for 10 min: turn on Bathroom fan for 20 min.`"""
    parts = [f"{_head(rule, names)}: {_deeds(rule.then, names)}."]
    if rule.else_:
        begins = "Otherwise" if rule.when is not None and all(map(is_moment, _ones(rule))) else "When that ends"
        parts.append(f"{begins}: {_deeds(rule.else_, names)}.")
    if rule.safe:
        parts.append(f"When it cannot know: {_deeds(rule.safe, names)}.")
    if rule.hysteresis:
        parts.append(f"Hysteresis {number(rule.hysteresis)}.")
    if rule.cooldown_s:
        parts.append(f"Not again within {span(rule.cooldown_s)}.")
    if rule.catch_up != "late":
        missed = "left out" if rule.catch_up == "skip" else "replaced by what is safe"
        parts.append(f"What was missed is {missed}.")
    if rule.priority >= SAFETY:
        parts.append("It goes before people.")
    return " ".join(parts)


def clause(one: OneWhen | If, names: Names) -> str:
    """A trigger or a condition, such as `humidity in Bathroom is above 70 %` or `at 22:00`."""
    return _clause(one, names, MOST_DEPTH + 1)


def opposite(one: OneWhen | If, names: Names) -> str:
    """What is so when it is false, such as `humidity in Bathroom is not above 70 %`."""
    return clause(NotIf(of=one), names) if not isinstance(one, OneWhen) else _leaf(one, names, "not ")


def deed(action: Then, names: Names) -> str:
    """An action, such as `turn on Bathroom fan for 20 min`."""
    return _deed(action, names, MOST_DEPTH)


def _ones(rule: Rule) -> tuple[OneWhen, ...]:
    if rule.when is None:
        return ()
    return rule.when.of if isinstance(rule.when, AnyWhen) else (rule.when,)


def _head(rule: Rule, names: Names) -> str:
    lasting = f" for {span(rule.for_s)}" if rule.for_s else ""
    if rule.when is None:
        if rule.if_ is None:
            return "Never"
        comma = "," if lasting and isinstance(rule.if_, AllIf | AnyIf) else ""
        return f"When {clause(rule.if_, names)}{comma}{lasting}"
    ones = _ones(rule)
    said = " or ".join(_clause(one, names, 1) if _is_clock(one) else f"when {_clause(one, names, 1)}" for one in ones)
    said = f"{said[0].upper()}{said[1:]}{lasting}"
    if rule.if_ is None:
        return said
    joint = " and " if len(ones) == 1 and not is_moment(ones[0]) and not isinstance(rule.if_, AnyIf) else ", if "
    return f"{said}{joint}{clause(rule.if_, names)}"


def _is_clock(one: OneWhen) -> bool:
    return isinstance(one, TimeWhen | SunWhen)


def _clause(one: OneWhen | If, names: Names, deep: int) -> str:
    if isinstance(one, AllIf | AnyIf):
        if deep <= 1:
            return "…"
        inner = [_clause(part, names, deep - 1) for part in one.of]
        return (" and " if isinstance(one, AllIf) else " or ").join(
            f"({said})" if isinstance(part, AllIf | AnyIf) and len(part.of) > 1 else said
            for part, said in zip(one.of, inner, strict=True)
        )
    if isinstance(one, NotIf):
        if deep <= 1:
            return "…"
        if isinstance(one.of, AllIf | AnyIf | NotIf):
            return f"not ({_clause(one.of, names, deep - 1)})"
        return _leaf(one.of, names, "not ")
    return _leaf(one, names, "")


def _leaf(one: OneWhen | If, names: Names, no: str) -> str:
    """One that joins no others; `no`: empty, or `not ` for its opposite."""
    match one:
        case ValueWhen() | CompareIf():
            return f"{subject(one, names)} is {no}{_IS[one.operator]} {amount(one, one.value)}"
        case BetweenIf():
            return f"{subject(one, names)} is {no}between {number(one.low)} and {amount(one, one.high)}"
        case ChangeWhen():
            return f"{subject(one, names)} {'does not change' if no else 'changes'} by {amount(one, one.by)}"
        case TimeWhen():
            return no + (f"at {one.at}" if one.at else f"every {span(one.every_s)}") + _on(one.days)
        case SunWhen():
            away = span(abs(one.offset_s))
            said = (
                f"{away} {'after' if one.offset_s > 0 else 'before'} {one.event}" if one.offset_s else f"at {one.event}"
            )
            return no + said + _on(one.days)
        case TimeIf():
            return f"it is {no}between {one.from_} and {one.to}{_on(one.days)}"
        case SunIf():
            moved = f" (sunrise and sunset {span(abs(one.offset_s))} {'later' if one.offset_s > 0 else 'earlier'})"
            return f"the sun is {no}{one.is_}" + (moved if one.offset_s else "")
        case DeviceWhen():
            return f"{names.device(one.device)} is {no}{_status(one.status)}"
        case StateIf():
            if one.key == "status":
                return f"{names.device(one.device)} is {no}{_status(one.is_)}"
            return f"{spoken(one.key)} of {names.device(one.device)} is {no}{_plain(one.is_)}"
        case AlertWhen() | AlertIf():
            said = f"{spoken(one.metric)} of {names.asset(one.asset)}" if one.metric else names.asset(one.asset)
            return f"{said} is {no}outside its thresholds"
        case AnomalyWhen() | AnomalyIf():
            return _anomaly(one, names, no)
        case CommandWhen():
            verb = f"{spoken(one.verb)} of" if one.verb else "a command of"
            return f"{verb} {names.device(one.device)} has {no}{_ENDS[one.status]}"
        case TimerIf():
            runs = one.running is (not no)
            return f"timer {one.timer} {'runs' if runs else 'does not run'}"
        case _:
            raise AssertionError(one)


_ENDS = {"done": "been done", "failed": "failed", "expired": "expired"}


def _anomaly(one: AnomalyWhen | AnomalyIf, names: Names, no: str) -> str:
    thing = names.asset(one.asset) if one.asset else names.device(one.device) if one.device else "something"
    kind = {"": "", "sensor": " in its sensor", "machine": " in the machine", "unusual": " in what is usual"}[
        one.nature
    ]
    return f"something is {no}wrong{kind}" if thing == "something" else f"something is {no}wrong{kind} at {thing}"


def _on(days: Sequence[Weekday]) -> str:
    """` on Mon, Tue`; ` on weekdays`."""
    known = [day for day in WEEKDAYS if day in days]
    if not known or len(known) == len(WEEKDAYS):
        return ""
    if known == list(WEEKDAYS[:5]):
        return " on weekdays"
    if known == list(WEEKDAYS[5:]):
        return " at weekends"
    return f" on {', '.join(day.capitalize() for day in known)}"


def _status(status: object) -> str:
    return "in error" if status == "error" else str(status)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return number(value) if isinstance(value, int | float) else str(value)


def _deeds(actions: Sequence[Then], names: Names, deep: int = MOST_DEPTH) -> str:
    said = [_deed(action, names, deep) for action in actions]
    return ", ".join(said[:-1]) + " and " + said[-1] if len(said) > 1 else said[0] if said else "nothing"


def _deed(action: Then, names: Names, deep: int) -> str:
    if deep <= 0:
        return "…"
    match action:
        case CommandThen():
            said = _order(action, names) + (f" for {span(action.for_s)}" if action.for_s else "")
            return f"{said}, then {_deeds(action.back, names, deep - 1)}" if action.back else said
        case WindowThen():
            said = _position(action.position, _thing(action, names))
            return said + (f" for {span(action.for_s)}" if action.for_s else "")
        case NotifyThen():
            return f'{_LEVELS[action.level]} "{action.text}"'
        case ShadowThen():
            wished = " and ".join(f"{spoken(key)} to {_plain(value)}" for key, value in action.desired.items())
            return f"set {wished or 'nothing'} on {names.device(action.device)}"
        case TimerThen():
            return f"after {span(action.after_s)} (timer {action.timer}) {_deeds(action.then, names, deep - 1)}"
        case CancelThen():
            return f"stop timer {action.timer}"
        case SceneThen():
            return f"run scene {names.scene(action.scene)}"
        case _:
            raise AssertionError(action)


def _thing(action: CommandThen | WindowThen, names: Names) -> str:
    return names.device(action.device) if action.device else names.asset(action.asset)


def _position(position: float, thing: str) -> str:
    if position in (0, 100):
        return f"open {thing}" if position else f"shut {thing}"
    return f"set {thing} to {number(position)} %"


def _order(action: CommandThen, names: Names) -> str:
    thing, verb, args = _thing(action, names), action.verb, action.args
    only = next(iter(args.values())) if len(args) == 1 else None
    if isinstance(only, int | float) and not isinstance(only, bool):
        if verb == "set_position":
            return _position(only, thing)
        if verb == "run_for":
            return f"run {thing} for {span(only)}"
        if verb.startswith("set_"):
            metric = verb.removeprefix("set_")
            return f"set {spoken(metric)} of {thing} to {quantity(metric, only)}"
    with_args = f" ({', '.join(f'{spoken(key)} {_plain(value)}' for key, value in args.items())})" if args else ""
    return f"{spoken(verb)} {thing}{with_args}"
