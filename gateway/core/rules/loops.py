"""Rules that feed themselves, directly or by way of others. Pure.

A loop is certain where one rule's command, wish or timer is another's trigger. It is possible where an actuator moves
what a trigger measures; then only those are told that would switch to and fro or push each other on.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

import msgspec

from .actions import TimerThen, WindowThen
from .check import Known
from .check_looks import leaves
from .effects import ENOUGH, effects
from .rule import (
    BetweenIf,
    CommandWhen,
    CompareIf,
    If,
    KeptRule,
    OneWhen,
    Rule,
    StateIf,
    TimerIf,
    ValueWhen,
    each,
    triggers,
)
from .sources import Measured
from .terms import quantity, spoken
from .wants import Crew, all_orders, orders, wishes

MOST_LENGTH = 5
MOST_LOOPS = 20
_MOST_STEPS = 5000
"""Of a search; a house in which everything hangs together is not walked through to its end."""
_PATIENT_S = 60
"""Who waits so long does not switch to and fro."""
_Key = tuple[str, str, str]
_Compared = ValueWhen | CompareIf | BetweenIf


class Loop(msgspec.Struct, frozen=True):
    """A cycle of rules. `certain`: by commands, timers, states; else by what actuators do to what is measured."""

    rules: tuple[str, ...]
    certain: bool
    text: str


class _Edge(msgspec.Struct, frozen=True):
    """What of one rule is a trigger of another."""

    to: str
    certain: bool
    text: str


def loops(kept: KeptRule, others: Sequence[KeptRule], known: Known | None) -> list[Loop]:
    """Cycles that the rule is part of, the certain ones first, each set of rules once."""
    web = _Web([kept, *(other for other in others if other.id != kept.id)], known)
    found: dict[tuple[frozenset[str], bool], Loop] = {}
    for path in web.cycles(kept.id):
        certain = all(edge.certain for edge in path)
        rules = (kept.id, *(edge.to for edge in path[:-1]))
        text = f"{web.name(kept.id)} feeds itself: {', '.join(edge.text for edge in path)}."
        found.setdefault((frozenset(rules), certain), Loop(rules, certain, text))
        if len(found) == MOST_LOOPS:
            break
    loop = _to_and_fro(kept, known)
    if loop is not None:
        found.setdefault((frozenset({kept.id}), False), loop)
    return sorted(found.values(), key=lambda one: (not one.certain, len(one.rules), one.rules))


class _Web:
    """Which rule starts which. Edges are worked out when they are walked."""

    def __init__(self, rules: Sequence[KeptRule], known: Known | None) -> None:
        self._rules = {one.id: one for one in rules}
        self._crew = Crew(known)
        self._links: dict[str, list[_Edge]] = {}
        self._heard: dict[_Key, list[tuple[str, OneWhen | If]]] = defaultdict(list)
        for one in rules:
            for trigger in _started_by(one.rule):
                for key in _keys(one, trigger, self._crew):
                    self._heard[key].append((one.id, trigger))

    def name(self, rule: str) -> str:
        """As people call it."""
        return self._rules[rule].rule.name

    def cycles(self, start: str) -> Iterator[tuple[_Edge, ...]]:
        """Ways from a rule back to itself, the short ones first."""
        ways: deque[tuple[_Edge, ...]] = deque((edge,) for edge in self._edges(start))
        for _ in range(_MOST_STEPS):
            if not ways:
                return
            path = ways.popleft()
            if path[-1].to == start:
                if len(path) > 1 or path[-1].certain:
                    yield path
            elif len(path) < MOST_LENGTH and len(ways) < _MOST_STEPS:
                been = {edge.to for edge in path}
                ways.extend((*path, edge) for edge in self._edges(path[-1].to) if edge.to not in been)

    def _edges(self, rule: str) -> list[_Edge]:
        if rule not in self._links:
            kept = self._rules[rule]
            found: dict[tuple[str, bool], _Edge] = {}
            for edge in (*self._told(kept), *self._moved(kept)):
                found.setdefault((edge.to, edge.certain), edge)
            self._links[rule] = list(found.values())
        return self._links[rule]

    def _told(self, kept: KeptRule) -> Iterator[_Edge]:
        for order in all_orders(kept.rule, self._crew):
            for key in (("command", order.device, order.verb), ("command", order.device, "")):
                for to, _ in self._heard.get(key, ()) if order.device else ():
                    yield _Edge(to, True, f"its {order.verb} of {order.device} starts {self.name(to)}")
        for device, key_name, value in wishes(kept.rule):
            for to, trigger in self._heard.get(("state", device, key_name), ()):
                if isinstance(trigger, StateIf) and trigger.is_ == value:
                    yield _Edge(to, True, f"its {key_name} of {device} starts {self.name(to)}")
        for timer in _timers(kept.rule):
            for to, _ in self._heard.get(("timer", kept.id, timer), ()):
                yield _Edge(to, True, f"its timer {timer} starts it")

    def _moved(self, kept: KeptRule) -> Iterator[_Edge]:
        if self._crew.known is None:
            return
        for order in orders(kept.rule.then, self._crew):
            for moved in effects(order, self._crew.known):
                for to, trigger in self._heard.get(("series", moved.device, moved.metric), ()):
                    if moved.way and _rises_into(trigger) == moved.way and not _apart(kept.rule, trigger):
                        way = "raises" if moved.way > 0 else "lowers"
                        text = f"its {order.verb} of {order.device} {way} {spoken(moved.metric)}, which starts"
                        yield _Edge(to, False, f"{text} {self.name(to)}")


def _started_by(rule: Rule) -> list[OneWhen | If]:
    """What makes it hold."""
    return [one for _, one in (triggers(rule) if rule.when is not None else leaves(rule))]


def _keys(kept: KeptRule, one: OneWhen | If, crew: Crew) -> Iterator[_Key]:
    match one:
        case CommandWhen():
            yield "command", one.device, one.verb
        case StateIf():
            yield "state", one.device, one.key
        case TimerIf():
            yield "timer", kept.id, one.timer
        case Measured():
            for device in crew.series(one):
                yield "series", device, one.metric


def _timers(rule: Rule) -> set[str]:
    found = [action for part in (rule.then, rule.else_, rule.safe) for _, action in each("", part)]
    return {action.timer for action in found if isinstance(action, TimerThen)}


def _rises_into(trigger: OneWhen | If) -> int:
    """Which way a value must go to make it true: 1 up, -1 down, 0 neither is plain."""
    if isinstance(trigger, BetweenIf) or not isinstance(trigger, _Compared):
        return 0
    return 1 if trigger.operator in (">", ">=") else -1 if trigger.operator in ("<", "<=") else 0


def _apart(rule: Rule, trigger: OneWhen | If) -> bool:
    """Whether what starts the one lies far enough from what starts the other, as of a heater's two thresholds."""
    if not isinstance(trigger, ValueWhen | CompareIf):
        return False
    enough = ENOUGH.get(trigger.metric, 0.0)
    for own in _started_by(rule):
        if isinstance(own, ValueWhen | CompareIf) and own.metric == trigger.metric:
            gap = (own.value - trigger.value) * (1 if own.operator in (">", ">=") else -1)
            if gap >= enough > 0:
                return True
    return False


def _to_and_fro(kept: KeptRule, known: Known | None) -> Loop | None:
    """A rule whose actuator ends what started it, and which then takes everything back at once."""
    rule = kept.rule
    releases = any(isinstance(action, WindowThen) and not action.for_s for action in rule.then)
    if known is None or not (rule.else_ or releases) or max(rule.for_s, rule.cooldown_s) >= _PATIENT_S:
        return None
    for one in _started_by(rule):
        if not isinstance(one, _Compared):
            continue
        own = isinstance(one, ValueWhen) or rule.when is None
        width = one.hysteresis if one.hysteresis is not None else rule.hysteresis if own else 0.0
        enough = ENOUGH.get(one.metric, 0.0)
        if width >= enough and width > 0:
            continue
        crew = Crew(known)
        looked_at = crew.series(one)
        for order in orders(rule.then, crew):
            for moved in effects(order, known):
                if moved.metric == one.metric and moved.device in looked_at and moved.way != (_rises_into(one) or 2):
                    stop = (
                        f" a hysteresis of {quantity(one.metric, enough)} stops that"
                        if enough
                        else " hysteresis stops that"
                    )
                    text = f"{rule.name} may switch to and fro: its {order.verb} moves {spoken(one.metric)};{stop}."
                    return Loop((kept.id,), False, text)
    return None
