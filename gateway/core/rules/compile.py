"""A rule as the evaluator goes through it: its trees of leaves, its moments, the windows that its looks need. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import msgspec

from ..errors import Refused
from .calendar import Calendar
from .cells import Cell
from .comparing import Step, Test
from .events import LeafSeries, Series
from .leaves import ClockLeaf, FactLeaf, MomentLeaf, Node
from .rule import (
    AlertIf,
    AlertWhen,
    AllIf,
    AnomalyIf,
    AnomalyWhen,
    AnyIf,
    BetweenIf,
    ChangeWhen,
    CommandWhen,
    CompareIf,
    DeviceWhen,
    If,
    KeptRule,
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
    triggers,
)
from .series_leaves import Look, SeriesLeaf
from .slots import Slots
from .sources import Measured

Cells = Callable[[str, str], Cell]
ANOMALIES = "anomaly"


class Compiled(msgspec.Struct):
    """A rule in trees. `level` or `moments` there is."""

    level: Node | None
    """What it holds by."""
    condition: Node | None
    moments: tuple[SeriesLeaf | MomentLeaf, ...]
    alone: bool = False
    """There is no trigger but the condition, which is `level` then."""


class Compiler:
    """Makes rules runnable. `cells` gives the cell of a series, made when there is none."""

    def __init__(self, calendar: Calendar, cells: Cells) -> None:
        self._calendar = calendar
        self._cells = cells
        self._tests: dict[Test, Test] = {}
        self.known = True

    def compiled(self, kept: KeptRule, series: tuple[LeafSeries, ...]) -> Compiled:
        """Raises Refused for one that has neither a trigger nor a condition, or needs a sun nobody knows."""
        return _Making(self, kept, {one.path: one.series for one in series}).made()

    def test(self, test: Test) -> Test:
        """The same one for all that are equal."""
        return self._tests.setdefault(test, test)

    def clock(self, path: str, condition: TimeIf | SunIf) -> ClockLeaf:
        """A span of the clock."""
        self._calendar.holds(condition, 0)  # Refused at once, not in the middle of something
        return ClockLeaf(path, condition, self._calendar, known=self.known)

    def look(self, leaf: SeriesLeaf, one: Series) -> Look:
        """At one series."""
        return Look(leaf, self._cells(one.device, one.metric), one.age_s * 1000, (one.from_ms, one.to_ms))

    def moment(self, path: str, trigger: TimeWhen | SunWhen | CommandWhen) -> MomentLeaf:
        """An instant."""
        if isinstance(trigger, SunWhen):
            self._calendar.next_moment(trigger, 0)
        return MomentLeaf(path, trigger)


class _Making:
    def __init__(self, compiler: Compiler, kept: KeptRule, series: Mapping[str, tuple[Series, ...]]) -> None:
        self._compiler = compiler
        self._id = kept.id
        self._rule: Rule = kept.rule
        self._series = series

    def made(self) -> Compiled:
        rule = self._rule
        found = [self._trigger(path, one) for path, one in triggers(rule)]
        moments = tuple(
            one
            for one in found
            if isinstance(one, MomentLeaf) or (isinstance(one, SeriesLeaf) and one.step is not None)
        )
        levels = tuple(one for one in found if one not in moments and not isinstance(one, MomentLeaf))
        condition = None if rule.if_ is None else self._condition("if", rule.if_)
        if not found:
            if condition is None:
                raise Refused("a rule needs when or if")
            return Compiled(condition, None, (), alone=True)
        level: Node | None = None if not levels else levels[0] if len(levels) == 1 else ("any", levels)
        return Compiled(level, condition, moments)

    def _trigger(self, path: str, one: OneWhen) -> SeriesLeaf | FactLeaf | MomentLeaf:
        if isinstance(one, ValueWhen):
            return self._measured(path, one, Test(one.operator, one.value, hysteresis=self._slack(one, trigger=True)))
        if isinstance(one, ChangeWhen):
            return self._measured(path, one, Test("==", 0.0), Step(one.by))
        if isinstance(one, DeviceWhen):
            return _status(path, one.device, one.status)
        if isinstance(one, AlertWhen):
            return _alert(path, one)
        if isinstance(one, AnomalyWhen):
            return _anomaly(path, one)
        return self._compiler.moment(path, one)

    def _condition(self, path: str, one: If) -> Node:
        if isinstance(one, AllIf | AnyIf):
            below = tuple(self._condition(f"{path}.of[{number}]", each) for number, each in enumerate(one.of))
            return ("all" if isinstance(one, AllIf) else "any", below)
        if isinstance(one, NotIf):
            return ("not", (self._condition(f"{path}.of", one.of),))
        return self._leaf(path, one)

    def _leaf(
        self, path: str, one: CompareIf | BetweenIf | TimeIf | SunIf | StateIf | AlertIf | AnomalyIf | TimerIf
    ) -> SeriesLeaf | ClockLeaf | FactLeaf:
        if isinstance(one, CompareIf):
            return self._measured(path, one, Test(one.operator, one.value, hysteresis=self._slack(one)))
        if isinstance(one, BetweenIf):
            return self._measured(path, one, Test("between", one.low, one.high, self._slack(one)))
        if isinstance(one, TimeIf | SunIf):
            return self._compiler.clock(path, one)
        if isinstance(one, StateIf):
            return _status(path, one.device, one.is_) if one.key == "status" else _state(path, one)
        if isinstance(one, AlertIf):
            return _alert(path, one)
        if isinstance(one, AnomalyIf):
            return _anomaly(path, one)
        wanted = one.running
        return FactLeaf(path, f"timer:{self._id}/{one.timer}", lambda fact: int(bool(fact) is wanted))

    def _slack(self, one: Measured, *, trigger: bool = False) -> float:
        """Its own hysteresis, or the rule's where that counts."""
        if one.hysteresis is not None:
            return one.hysteresis
        if isinstance(one, ValueWhen | CompareIf) and one.operator in ("==", "!="):
            return 0.0
        return self._rule.hysteresis if trigger or self._rule.when is None else 0.0

    def _measured(self, path: str, one: Measured, test: Test, step: Step | None = None) -> SeriesLeaf:
        series = self._series.get(path, ())
        digest = hashlib.blake2b(msgspec.json.encode((one, test, series)), digest_size=8).hexdigest()
        leaf = SeriesLeaf(path, self._compiler.test(test), step, one.of, digest)
        leaf.looks = [self._compiler.look(leaf, each) for each in series]
        leaf.combined = len(series) > 1 and one.of in ("mean", "min", "max")
        if one.window_s and one.aggregate is not None:
            for look in leaf.looks:
                look.slots = Slots(one.window_s, one.aggregate)
        return leaf


def _status(path: str, device: str, wanted: object) -> FactLeaf:
    def says(fact: object) -> int:
        return -1 if fact in (None, "") else int(fact == wanted)

    return FactLeaf(path, f"status:{device}", says, device)


def _state(path: str, one: StateIf) -> FactLeaf:
    wanted = one.is_

    def says(fact: object) -> int:
        if fact is None:
            return -1
        return int(fact == wanted and isinstance(fact, bool) is isinstance(wanted, bool))

    return FactLeaf(path, f"state:{one.device}/{one.key}", says, one.device)


def _alert(path: str, one: AlertWhen | AlertIf) -> FactLeaf:
    metric = one.metric

    def says(fact: object) -> int:
        return int(isinstance(fact, frozenset) and (metric in fact if metric else bool(fact)))

    return FactLeaf(path, f"alert:{one.asset}", says)


def _anomaly(path: str, one: AnomalyWhen | AnomalyIf) -> FactLeaf:
    wanted = (one.asset, one.device, one.nature)

    def says(fact: object) -> int:
        episodes = fact.values() if isinstance(fact, dict) else ()
        return int(any(all(want in ("", has) for want, has in zip(wanted, each, strict=True)) for each in episodes))

    return FactLeaf(path, ANOMALIES, says, one.device)
