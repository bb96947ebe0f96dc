"""Why a rule fired, and what holds one back, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..local_time import LocalTime
from .engine import Why
from .firing import Cause, Fired, Truth
from .rule import (
    AllIf,
    AnyIf,
    BetweenIf,
    ChangeWhen,
    CompareIf,
    If,
    NotIf,
    OneWhen,
    Rule,
    StateIf,
    SunIf,
    SunWhen,
    TimeIf,
    TimeWhen,
    ValueWhen,
    conditions,
    is_moment,
    triggers,
)
from .sources import Measured, Operator
from .terms import amount, number, span, spoken, subject
from .words import Names, clause, opposite

_DAY_MS = 86_400_000
_LIMIT = 400
"""Characters; what many conditions have to say is cut there."""


def why_fired(rule: Rule, fired: Fired, names: Names) -> str:
    """Such as `humidity 74.2 % > 70 % since 14:02`."""
    trace, now_ms = fired.trace, fired.time_ms
    leaves = _leaves(rule)
    if fired.part == "safe":
        unknown = [cause for cause in (trace.trigger, *trace.causes) if cause.truth == "unknown"]
        return _cut("; ".join(cause_words(rule, cause, names, now_ms) for cause in unknown) or "it cannot be known")
    said = _event(leaves, trace.trigger, names, now_ms)
    if fired.part == "else" and trace.trigger.truth != "true":
        said = f"no longer: {said}"
    elif trace.since_ms is not None and trace.since_ms < now_ms:
        said = f"{said} since {_moment(trace.since_ms, now_ms, names)}"
    asked = [cause for cause in trace.causes if _beside(rule, cause)]
    return _cut(", ".join([said, *(_fact(leaves, cause, names, now_ms) for cause in asked)]))


def cause_words(rule: Rule, cause: Cause, names: Names, now_ms: int) -> str:
    """One leaf: `humidity in Bathroom is not known: 25 min old`."""
    return _fact(_leaves(rule), cause, names, now_ms)


def why_not(rule: Rule, why: Why, names: Names, now_ms: int) -> str:
    """What holds it back: `held back: it is between 22:00 and 06:00, until 06:00`; empty: nothing does."""
    if why.holds:
        return ""
    leaves = _leaves(rule)
    if rule.when is not None and all(is_moment(one) for _, one in triggers(rule)):
        return "; ".join(filter(None, (_held(rule, why, names, now_ms), _next(why, names, now_ms))))
    if why.trigger != "true":
        shown = _against(rule, why)
        said = [_fact(leaves, cause, names, now_ms) for cause in shown if not _is_moment(leaves, cause)]
        return _cut("; ".join((*said, *filter(None, (_next(why, names, now_ms),)))))
    if why.waits_until_ms is not None and why.waits_until_ms > now_ms:
        left = span(-(-(why.waits_until_ms - now_ms) // 1000))
        return f"it must last for {span(rule.for_s)}, {left} left"
    return _held(rule, why, names, now_ms)


def _against(rule: Rule, why: Why) -> list[Cause]:
    """The leaves for which its trigger is not true."""
    if rule.when is None and rule.if_ is not None:
        causes = {cause.path: cause for cause in why.causes}
        return [causes[path] for path in _blockers("if", rule.if_, causes, wanted="true") if path in causes]
    asked = [cause for cause in why.causes if cause.path.startswith("when")]
    return [cause for cause in asked if cause.truth == why.trigger] or asked


def _blockers(path: str, one: If, causes: Mapping[str, Cause], *, wanted: Truth) -> list[str]:
    """Paths of the leaves for which a condition is not as wanted, true or false; none where it is."""
    if isinstance(one, NotIf):
        return _blockers(f"{path}.of", one.of, causes, wanted="false" if wanted == "true" else "true")
    if not isinstance(one, AllIf | AnyIf):
        return [path] if path not in causes or causes[path].truth != wanted else []
    inner = [_blockers(f"{path}.of[{number}]", part, causes, wanted=wanted) for number, part in enumerate(one.of)]
    if isinstance(one, AllIf) is not (wanted == "true") and not all(inner):
        return []  # one of them is as wanted, and one is enough
    return [blocking for found in inner for blocking in found]


def _held(rule: Rule, why: Why, names: Names, now_ms: int) -> str:
    held = why.held
    if held is None or held.reason == "for":
        return ""
    if held.reason == "cooldown":
        left_ms = (why.cooldown_until_ms or now_ms) - now_ms
        return f"cooldown, {span(-(-left_ms // 1000))} left" if left_ms > 0 else "cooldown is over"
    if held.reason == "late":
        return "what would have caused it came too late to act on"
    if held.reason == "off":
        return "the rule is off"
    if held.cause is None:
        return "held back"
    leaves = _leaves(rule)
    when = _clock_end(leaves.get(held.cause.path), held.cause)
    since = "" if held.time_ms >= now_ms - 60_000 else f", since {_moment(held.time_ms, now_ms, names)}"
    return f"held back: {_fact(leaves, held.cause, names, now_ms)}{when or since}"


def _next(why: Why, names: Names, now_ms: int) -> str:
    return "" if why.next_ms is None else f"next: {_moment(why.next_ms, now_ms, names)}"


def _leaves(rule: Rule) -> dict[str, OneWhen | If]:
    return {**dict(triggers(rule)), **dict(conditions(rule))}


def _beside(rule: Rule, cause: Cause) -> bool:
    """Whether a cause is worth a word beside the trigger: the conditions, not the other triggers."""
    return rule.when is None or cause.path.startswith("if")


def _is_moment(leaves: dict[str, OneWhen | If], cause: Cause) -> bool:
    one = leaves.get(cause.path)
    return isinstance(one, TimeWhen | SunWhen | ChangeWhen)


def _event(leaves: dict[str, OneWhen | If], cause: Cause, names: Names, now_ms: int) -> str:
    """What has happened."""
    one = leaves.get(cause.path)
    if isinstance(one, ChangeWhen) and _value(cause) is not None:
        return f"{subject(one, names)} has changed to {amount(one, _value(cause) or 0.0)}"
    if isinstance(one, TimeWhen):
        return f"it was {_moment(now_ms, now_ms, names)}"
    return clause(one, names) if isinstance(one, SunWhen) else _fact(leaves, cause, names, now_ms)


def _fact(leaves: dict[str, OneWhen | If], cause: Cause, names: Names, now_ms: int) -> str:
    """What a leaf says, with its value."""
    one = leaves.get(cause.path)
    if one is None:
        return f"{cause.path} is {cause.truth}"
    if cause.truth == "unknown":
        return _unknown(one, cause, names, now_ms)
    value = _value(cause)
    if isinstance(one, ValueWhen | CompareIf | BetweenIf) and value is not None:
        return _compared(one, value, cause, names)
    if isinstance(one, StateIf) and cause.truth == "false" and cause.value is not None:
        return f"{opposite(one, names)} but {_told(cause.value)}"
    if cause.truth == "true" or isinstance(one, TimeWhen | SunWhen):
        return clause(one, names)
    return opposite(one, names)


def _compared(one: ValueWhen | CompareIf | BetweenIf, value: float, cause: Cause, names: Names) -> str:
    """`humidity 74.2 % > 70 %`; `humidity 62 % is not > 70 %`."""
    shown = f"{_short(one, cause, names)} {amount(one, value)}"
    true = cause.truth == "true"
    if isinstance(one, BetweenIf):
        band = f"between {number(one.low)} and {amount(one, one.high)}"
        plain = one.low <= value < one.high
    else:
        band = f"{one.operator} {amount(one, one.value)}"
        plain = _compares(value, one.operator, one.value)
    if true and not plain and one.of not in ("any", "all"):
        return f"{shown}, not far enough away from {band} yet"
    return f"{shown}{'' if true and not isinstance(one, BetweenIf) else ' is' if true else ' is not'} {band}"


def _short(one: Measured, cause: Cause, names: Names) -> str:
    """Its name without the place, where only one series is meant."""
    if one.zone and one.of in ("any", "all") and cause.device:
        return f"{spoken(one.metric)} of {names.device(cause.device)}"
    if one.zone or one.aggregate is not None:
        return subject(one, names)
    return spoken(one.metric)


def _compares(value: float, operator: Operator, limit: float) -> bool:
    match operator:
        case ">":
            return value > limit
        case ">=":
            return value >= limit
        case "<":
            return value < limit
        case "<=":
            return value <= limit
        case "==":
            return value == limit
        case "!=":
            return value != limit


def _unknown(one: OneWhen | If, cause: Cause, names: Names, now_ms: int) -> str:
    if isinstance(one, TimeIf | SunIf | TimeWhen | SunWhen):
        return "what time it is is not known"
    if isinstance(one, Measured):
        if cause.time_ms is None:
            why = "never measured" if cause.device else "nothing measures it"
            return f"{subject(one, names)} is not known: {why}"
        age_s = max(0, now_ms - cause.time_ms) // 1000
        return f"{subject(one, names)} is not known: {_age(age_s)} old"
    return f"whether {clause(one, names)} is not known"


def _age(seconds: int) -> str:
    """As exact as a person needs it."""
    return span(seconds if seconds < 120 else seconds // 60 * 60)


def _clock_end(one: OneWhen | If | None, cause: Cause) -> str:
    """Until when a span of the wall clock is as it is."""
    if not isinstance(one, TimeIf) or one.days:
        return ""
    return f", until {one.to if cause.truth == 'true' else one.from_}"


def _moment(time_ms: int, now_ms: int, names: Names) -> str:
    """`14:02`; another day's with the day."""
    local = LocalTime(names.site_zone)
    wall = local.wall(time_ms)
    if local.date_of(time_ms) == local.date_of(now_ms):
        return f"{wall:%H:%M}"
    near = abs(time_ms - now_ms) < 6 * _DAY_MS
    return f"{wall:%a %H:%M}" if near else f"{wall:%Y-%m-%d %H:%M}"


def _value(cause: Cause) -> float | None:
    value = cause.value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _told(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return number(value) if isinstance(value, int | float) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LIMIT else f"{text[: _LIMIT - 1]}…"
