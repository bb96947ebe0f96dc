"""When a rule can hold at all: its conditions as sets of values, joined and cut. Pure.

What is said here is on the safe side: `never` and `always` are so for whatever is measured; where too much would have
to be tried, nothing is said. Hysteresis is taken as its widest: true as far as it stays so, false as far as it begins.
A time of day that is skipped when the clock is set is taken as if it were there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from .check_looks import leaves, reach
from .rule import (
    AlertIf,
    AlertWhen,
    AllIf,
    AnomalyIf,
    AnomalyWhen,
    AnyIf,
    BetweenIf,
    CompareIf,
    DeviceWhen,
    If,
    NotIf,
    OneWhen,
    Rule,
    StateIf,
    SunIf,
    TimeIf,
    TimerIf,
    TimeWhen,
    ValueWhen,
    conditions,
    is_moment,
    triggers,
)
from .sources import Measured
from .spans import DAY, WEEK, Choice, Spans, compared, week
from .terms import quantity

MOST_WAYS = 512
Variable = tuple[object, ...]
"""What is looked at: a series, the clock, a state."""
Way = Mapping[Variable, Spans | Choice]
"""A way in which something is so: of what must be in which set."""
Ways = list[Way]
_FREE: Ways = [{}]


class TooMany(Exception):
    """There are more ways than are tried."""


def firing_ways(rule: Rule, part: str = "then", scope: str = "") -> Ways:
    """What must be so for the rule to do this part of it. `scope`: what its own timers are told apart by. Raises
    TooMany.
    """
    return _Reading(rule, scope).part(part)


def meets(one: Ways, other: Ways) -> bool:
    """Whether both can be so at the same time; where there is too much to try, they can."""
    if len(one) * len(other) > MOST_WAYS * 16:
        return True
    return any(_met(a, b) is not None for a in one for b in other)


def certainties(rule: Rule) -> Iterator[tuple[str, str]]:
    """What of a rule is never or always true, as (path, reason): the innermost part that decides it."""
    reading = _Reading(rule, "")
    told: list[str] = []
    nodes: list[tuple[str, OneWhen | If]] = [*triggers(rule), *conditions(rule)]
    for path, one in reversed(nodes):
        if _is_moment(one) or any(known == path or known.startswith(f"{path}.") for known in told):
            continue
        said = _certain(reading, path, one)
        if said:
            told.append(path)
            yield path, said
    if not told:
        yield from _contradiction(rule)


def _certain(reading: _Reading, path: str, one: OneWhen | If) -> str:
    try:
        never = not reading.of(path, one, wanted=True)
        always = not never and not reading.of(path, one, wanted=False)
    except TooMany:
        return ""
    if not (never or always):
        return ""
    if isinstance(one, ValueWhen | CompareIf | BetweenIf):
        low, high = reach(one)
        can = f": it can be from {quantity(one.metric, low)} to {quantity(one.metric, high)}"
    else:
        can = ": its parts contradict each other" if never else ": one of its parts always is"
    return f"this is {'never' if never else 'always'} true{can}"


def _contradiction(rule: Rule) -> Iterator[tuple[str, str]]:
    """The leaf with which the rule can never fire, and without which it could."""
    try:
        if _Reading(rule, "").part("then"):
            return
        paths = [path for path, _ in (*triggers(rule), *leaves(rule))]
        deciding = next((path for path in reversed(paths) if _Reading(rule, "", free=path).part("then")), paths[-1])
    except TooMany:
        return
    yield deciding, "with this the rule can never fire: it contradicts the rest of it"


class _Reading:
    """A rule as ways; `free`: the path of a leaf that is left out."""

    def __init__(self, rule: Rule, scope: str, free: str = "") -> None:
        self._rule = rule
        self._scope = scope
        self._free = free

    def part(self, part: str) -> Ways:
        """What must be so for it."""
        rule = self._rule
        if rule.when is None:
            return _FREE if rule.if_ is None else self.of("if", rule.if_, wanted=part != "else")
        if part != "else":
            asked = _FREE if rule.if_ is None else self.of("if", rule.if_, wanted=True)
            return _product(self._triggered(), asked)
        from_level = [self.of(path, one, wanted=False) for path, one in triggers(rule) if not _is_moment(one)]
        ended = _FREE
        for ways in from_level:
            ended = _product(ended, ways)
        refused = [] if rule.if_ is None else self.of("if", rule.if_, wanted=False)
        moments = [way for path, one in triggers(rule) if _is_moment(one) for way in self.of(path, one, wanted=True)]
        return [*(ended if from_level else []), *_product(moments, refused)]

    def of(self, path: str, one: OneWhen | If, *, wanted: bool) -> Ways:
        """The ways in which it is so, or is not. Raises TooMany."""
        if path == self._free:
            return _FREE
        match one:
            case NotIf():
                return self.of(f"{path}.of", one.of, wanted=not wanted)
            case AllIf() | AnyIf():
                inner = [self.of(f"{path}.of[{n}]", part, wanted=wanted) for n, part in enumerate(one.of)]
                if isinstance(one, AllIf) is wanted:
                    found = _FREE
                    for ways in inner:
                        found = _product(found, ways)
                    return found
                return _few([way for ways in inner for way in ways])
            case _:
                return self._leaf(one, wanted=wanted)

    def _triggered(self) -> Ways:
        return [way for path, one in triggers(self._rule) for way in self.of(path, one, wanted=True)]

    def _leaf(self, one: OneWhen | If, *, wanted: bool) -> Ways:
        if isinstance(one, ValueWhen | CompareIf | BetweenIf):
            found = self._values(one, wanted=wanted)
            return [{_variable(one): found}] if found else []
        said = _said(one, self._scope)
        if said is None:
            return _FREE
        variable, values = said
        values = values if wanted else values.rest()
        if isinstance(values, Spans):
            values = values.meet(Spans((((0, 0), (WEEK, 0)),)))
        return [{variable: values}] if values else []

    def _values(self, one: ValueWhen | CompareIf | BetweenIf, *, wanted: bool) -> Spans:
        rule = self._rule
        own = isinstance(one, ValueWhen) or rule.when is None
        slack = one.hysteresis if one.hysteresis is not None else rule.hysteresis if own else 0.0
        slack = slack if wanted else 0.0
        if isinstance(one, BetweenIf):
            found = compared(">=", one.low, slack).meet(compared("<", one.high, slack))
        else:
            found = compared(one.operator, one.value, slack)
        low, high = reach(one)
        return (found if wanted else found.rest()).meet(Spans((((low, 0), (high, 1)),)))


def _is_moment(one: OneWhen | If) -> bool:
    return isinstance(one, OneWhen) and is_moment(one)


def _variable(one: Measured) -> Variable:
    """Of several series that any or all must be so, each comparison is a matter of its own."""
    key: Variable = (one.device, one.asset, one.zone, one.metric, one.window_s, one.aggregate)
    if one.device or one.of not in ("any", "all"):
        return (*key, "" if one.device else one.of)
    return (*key, msgspec.json.encode(one))


def _said(one: OneWhen | If, scope: str) -> tuple[Variable, Spans | Choice] | None:
    """What is looked at and in which set it must be; None: it says nothing that could contradict anything."""
    yes = Choice(frozenset({"yes"}))
    match one:
        case TimeIf():
            minutes = (_minute(one.to) - _minute(one.from_)) % DAY or DAY
            return ("week",), week(one.days, _minute(one.from_), minutes)
        case TimeWhen():
            return ("week",), week(one.days, _minute(one.at), 1) if one.at else week(one.days, 0, DAY)
        case SunIf():
            up = Choice(frozenset({"up"}))
            return ("sun", one.offset_s), up if one.is_ == "up" else up.rest()
        case DeviceWhen():
            return ("state", one.device, "status"), Choice(frozenset({f"str {one.status}"}))
        case StateIf():
            kind = "str" if isinstance(one.is_, str) else "bool" if isinstance(one.is_, bool) else "number"
            return ("state", one.device, one.key), Choice(frozenset({f"{kind} {one.is_}"}))
        case AlertIf() | AlertWhen():
            return ("alert", one.asset, one.metric), yes
        case AnomalyIf() | AnomalyWhen():
            return ("anomaly", one.asset, one.device, one.nature), yes
        case TimerIf():
            return ("timer", scope, one.timer), yes if one.running else yes.rest()
        case _:
            return None


def _minute(time_of_day: str) -> int:
    return int(time_of_day[:2]) * 60 + int(time_of_day[3:])


def _met(one: Way, other: Way) -> Way | None:
    met = dict(one)
    for variable, values in other.items():
        known = met.get(variable)
        if known is None:
            met[variable] = values
            continue
        if isinstance(known, Spans) and isinstance(values, Spans):
            both: Spans | Choice = known.meet(values)
        elif isinstance(known, Choice) and isinstance(values, Choice):
            both = known.meet(values)
        else:
            raise TypeError(variable)
        if not both:
            return None
        met[variable] = both
    return met


def _product(one: Ways, other: Ways) -> Ways:
    if other is _FREE:
        return one
    if one is _FREE:
        return other
    if len(one) * len(other) > 64 * MOST_WAYS:
        raise TooMany
    return _few([met for a in one for b in other if (met := _met(a, b)) is not None])


def _few(ways: Ways) -> Ways:
    if len(ways) > MOST_WAYS:
        raise TooMany
    return ways
