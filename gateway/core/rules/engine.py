"""The one evaluator of rules: the same events in the same order give the same firings. Pure."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from ..errors import NotFound, Refused
from .agenda import Agenda
from .calendar import Calendar
from .cells import Cell
from .compile import Compiler
from .events import (
    AlertHeard,
    AnomalyHeard,
    ClockKnown,
    CommandHeard,
    Event,
    Heard,
    LeafSeries,
    RuleGone,
    RulePut,
    StateHeard,
    StatusHeard,
    Struck,
    TimerHeard,
)
from .facts import Facts
from .firing import Fired
from .leaves import ClockLeaf, FactLeaf, MomentLeaf, leaves_of
from .memory import Memory
from .recall import fact_of, recall, remember
from .rule import CommandWhen, KeptRule
from .series_leaves import Look
from .standing import Held as Held
from .standing import Setup as Setup
from .standing import Why as Why
from .standing import held_back, stand
from .unit import Because, Moment, Unit


class Engine:
    """Every rule there is. Raises nothing for what a node sent.

    A rule in whose evaluation something goes wrong is taken out of it, its traceback is in `broken`.
    """

    def __init__(self, setup: Setup) -> None:
        self.dirty: set[str] = set()
        """Rules whose memory is to be written."""
        self.heard_ms = 0
        """Time of the newest reading that was taken, of all."""
        self.broken: dict[str, str] = {}
        self.evaluations = 0
        """Of rules, since it was made."""
        self._calendar = Calendar(setup.zone, setup.latitude, setup.longitude)
        self._fresh_ms = setup.fresh_s * 1000
        self._cells: dict[str, dict[str, Cell]] = {}
        self._compiler = Compiler(self._calendar, self._cell)
        self._units: dict[str, Unit] = {}
        self._by_look: dict[Look, Unit] = {}
        self._facts = Facts()
        self._agenda = Agenda(self._fresh_ms)

    # Rules come and go

    def put(self, kept: KeptRule, series: tuple[LeafSeries, ...], memory: Memory | None, now_ms: int) -> None:
        """A rule is new, or other than it was. Its schedule begins after `now_ms`; one that goes on from its memory has
        a moment of just then still before it, unless it is done with that. What its memory has of cells counts where it
        is newer. Raises Refused for one that `check` would refuse.
        """
        self._compiler.known = self._facts.clock_known
        before = self._cells_of(kept.id)
        try:
            unit = Unit(kept, self._compiler.compiled(kept, series), self._calendar)
        except Refused:
            self._forget([cell for metrics in self._cells.values() for cell in metrics.values()])
            raise
        unit.known = self._facts.clock_known
        self._take_out(kept.id, now_ms)
        self._units[kept.id] = unit
        for look in unit.looks:
            look.cell.join(look, now_ms)
            self._by_look[look] = unit
        self._forget(before)
        if memory is not None:
            self._remind(memory)
        for leaf in _facts_of(unit):
            leaf.hear(self._facts.get(leaf.key))
            self._facts.listen(leaf.key, unit, leaf)
        for moment in unit.compiled.moments:
            if isinstance(moment, MomentLeaf) and isinstance(moment.trigger, CommandWhen):
                self._facts.listen(f"command:{moment.trigger.device}", unit, moment)
        recall(unit, memory, now_ms)
        unit.cursor_ms = max(unit.cursor_ms, now_ms - (unit.cursor_ms > 0))
        if not unit.clock_ms and not unit.looks and unit.check_ms is None and unit.compiled.level is not None:
            unit.check_ms = now_ms
        self._agenda.wait(unit)

    def drop(self, rule: str, now_ms: int = 0) -> None:
        """It is no more. What was measured before `now_ms` and is still on its way is looked at whatever its value, for
        the replay, which has the rule then.
        """
        before = self._cells_of(rule)
        self._take_out(rule, now_ms)
        self._forget(before)
        self.dirty.discard(rule)
        self.broken.pop(rule, None)

    def _take_out(self, rule: str, now_ms: int = 0) -> None:
        unit = self._units.pop(rule, None)
        if unit is None:
            return
        for look in unit.looks:
            look.cell.leave(look, now_ms)
            del self._by_look[look]
        self._facts.leave(unit)
        self._agenda.leave(unit)

    def _cells_of(self, rule: str) -> set[Cell]:
        unit = self._units.get(rule)
        return set() if unit is None else {look.cell for look in unit.looks}

    def _forget(self, cells: Iterable[Cell]) -> None:
        """Cells that nobody looks at."""
        for cell in cells:
            if not cell.looks:
                metrics = self._cells[cell.device]
                metrics.pop(cell.metric, None)
                if not metrics:
                    del self._cells[cell.device]

    def _cell(self, device: str, metric: str) -> Cell:
        metrics = self._cells.setdefault(device, {})
        cell = metrics.get(metric)
        if cell is None:
            cell = metrics[metric] = Cell(device, metric)
        return cell

    def _remind(self, memory: Memory) -> None:
        for known in memory.cells:
            cell = self._cells.get(known.device, {}).get(known.metric)
            if cell is not None and known.time_ms > cell.time_ms:
                cell.value, cell.time_ms = known.value, known.time_ms
        for key, text in memory.words.items():
            self._facts.remind(key, fact_of(key, text))

    # What is heard

    def take(self, event: Event) -> tuple[Fired, ...]:
        """What fires by it; due moments of the rules it touches that lie before it come first."""
        if isinstance(event, Heard):
            return self._heard(event)
        if isinstance(event, Struck):
            unit = self._units.get(event.rule)
            return () if unit is None else self._guarded(unit, partial(self._strike, unit, event.due_ms))
        if isinstance(event, RulePut):
            self.put(event.kept, event.series, event.memory, event.time_ms)
            return ()
        if isinstance(event, RuleGone):
            self.drop(event.id, event.time_ms)
            return ()
        if isinstance(event, ClockKnown):
            return self._clock(event)
        return self._told(event)

    def _heard(self, event: Heard) -> tuple[Fired, ...]:
        cells = self._cells.get(event.device)
        if cells is None:
            return ()
        lag_ms = event.arrived_ms - event.time_ms if event.arrived_ms else 0
        time_ms = event.time_ms if lag_ms >= 0 else event.arrived_ms
        news: list[tuple[Cell, float]] = []
        for metric, cell in cells.items():
            value = event.values.get(metric)
            if value is None:
                continue
            cell.lag_ms = lag_ms
            if lag_ms >= 0 and cell.inside(value, time_ms):
                cell.value, cell.time_ms = value, time_ms
            elif time_ms >= cell.time_ms:
                news.append((cell, value))
        return self._news(event, time_ms, news) if news else ()

    def _news(self, event: Heard, time_ms: int, news: list[tuple[Cell, float]]) -> tuple[Fired, ...]:
        """Readings that something may flip by: weigh, go on to this moment, and only then let them count."""
        self.heard_ms = max(self.heard_ms, time_ms)
        touched: dict[Unit, list[Moment]] = {}
        weighed: list[Look] = []
        for cell, value in news:
            for look in cell.looks:
                if not look.from_ms <= time_ms < look.to_ms:
                    continue
                weighed.append(look)
                flips, fires = look.weigh(value, time_ms)
                if flips:
                    moments = touched.setdefault(self._by_look[look], [])
                    if fires and look.leaf not in moments:
                        moments.append(look.leaf)
        fired: list[Fired] = []
        for unit in touched:
            if time_ms >= unit.clock_ms:
                fired += self._guarded(unit, partial(unit.advance, time_ms))
        for look in weighed:
            look.settle()
        for cell, value in news:
            cell.value, cell.time_ms, cell.simulated = value, time_ms, event.simulated
            cell.settle()
        because = Because(0, event.correlation, event.simulated)
        for unit, moments in touched.items():
            if time_ms < unit.clock_ms - self._fresh_ms:
                unit.behind.update(cell for cell, _ in news if any(look.cell is cell for look in unit.looks))
                self._agenda.park(unit)
            else:
                fired += self._look(unit, time_ms, tuple(moments), because)
        return tuple(fired)

    def _told(
        self, event: StatusHeard | StateHeard | CommandHeard | AlertHeard | AnomalyHeard | TimerHeard
    ) -> tuple[Fired, ...]:
        fired: list[Fired] = []
        because = Because(event.depth) if isinstance(event, CommandHeard) else Because()
        for unit, moments, flips in self._facts.hear(event):
            fired += self._guarded(unit, partial(unit.advance, event.time_ms))
            for leaf, fact in flips:
                leaf.hear(fact)
            fired += self._look(unit, event.time_ms, moments, because)
        return tuple(fired)

    def _clock(self, event: ClockKnown) -> tuple[Fired, ...]:
        self._facts.clock_known = event.known
        fired: list[Fired] = []
        for unit in list(self._units.values()):
            clocks = [leaf for leaf in _leaves_of(unit) if isinstance(leaf, ClockLeaf)]
            unit.known = event.known
            for leaf in clocks:
                leaf.known = event.known
            unit.cursor_ms = max(unit.cursor_ms, event.time_ms)
            if clocks and unit.clock_ms:
                fired += self._look(unit, event.time_ms, (), Because())
            else:
                self._agenda.wait(unit)
        return tuple(fired)

    def _strike(self, unit: Unit, due_ms: int) -> list[Fired]:
        self.evaluations += 1
        if unit.behind and due_ms >= unit.clock_ms:
            unit.behind.clear()
        return [*unit.advance(due_ms), *unit.at(due_ms)]

    def _look(self, unit: Unit, time_ms: int, moments: tuple[Moment, ...], because: Because) -> tuple[Fired, ...]:
        self.evaluations += 1
        return self._guarded(unit, partial(unit.look, max(time_ms, unit.clock_ms), moments, because))

    def _guarded(self, unit: Unit, step: Callable[[], list[Fired]]) -> tuple[Fired, ...]:
        """One rule that goes wrong does not stop the others: whoever runs this logs what is in `broken`."""
        try:
            fired = tuple(step())
        except Exception:  # noqa: BLE001  isolation of one rule, see above
            self._take_out(unit.id)
            self.broken[unit.id] = traceback.format_exc()
            return ()
        if unit.changed:
            unit.changed = False
            self.dirty.add(unit.id)
        self._agenda.wait(unit)
        return fired

    # What is due

    def due(self, now_ms: int) -> list[Struck]:
        """Due moments of fresh rules up to now, in order, and of those whose own readings have come past them: each is
        to be taken as an event. One a rule: ask again after they were taken.
        """
        return self._agenda.due(now_ms)

    def next_ms(self) -> int | None:
        """Not later than when `due` will have something next, if no reading comes."""
        return self._agenda.next_ms()

    def run_to(self, time_ms: int) -> tuple[Fired, ...]:
        """All that is due before this moment, of all rules, fresh or not: where there is no wall clock."""
        fired: list[Fired] = []
        while (found := self._agenda.first(time_ms)) is not None:
            unit, due = found
            fired += self._guarded(unit, partial(unit.at, due))
        return tuple(fired)

    # What others ask

    def cells(self, device: str) -> Mapping[str, Cell] | None:
        """The watched series of a device by metric; None: none. Valid until the next `put` or `drop`."""
        return self._cells.get(device)

    def devices(self) -> tuple[str, ...]:
        """Those with a watched series."""
        return tuple(self._cells)

    def holds(self, rule: str) -> bool:
        """Whether it has fired and its trigger is still true; False for one that is not there."""
        unit = self._units.get(rule)
        return unit is not None and unit.holds

    def since_ms(self, rule: str) -> int | None:
        """Since when its trigger is true without a break; None: it is not, or it is not there."""
        unit = self._units.get(rule)
        return None if unit is None else unit.since_ms

    def leans(self, rule: str) -> bool:
        """Whether what comes next hangs on its sensors being heard all the time: it counts `for_s`, or would do what is
        safe without them; False for one that is not there.
        """
        unit = self._units.get(rule)
        if unit is None or unit.since_ms is None:
            return False
        return bool(unit.kept.rule.safe if unit.holds else unit.kept.rule.for_s)

    def held(self, rule: str) -> Held | None:
        """What has held it back since its trigger became true; None: nothing does. Raises NotFound."""
        return held_back(self._unit(rule))

    def missed(self, rule: str, after_ms: int, until_ms: int) -> int | None:
        """The newest moment of its schedule in (after, until]; None: none, or it comes every so many seconds. Raises
        NotFound.
        """
        unit = self._unit(rule)
        moments = [
            self._calendar.last_moment(leaf.trigger, after_ms, until_ms)
            for leaf in unit.schedule
            if not isinstance(leaf.trigger, CommandWhen)
        ]
        return max((moment for moment in moments if moment is not None), default=None)

    def why(self, rule: str, now_ms: int) -> Why:
        """How it stands. Raises NotFound."""
        return stand(self._unit(rule), now_ms, self._fresh_ms)

    def memory(self, rule: str) -> Memory:
        """What it goes on from. Raises NotFound."""
        return remember(self._unit(rule), self._facts.known)

    def clock(self, rule: str) -> int:
        """The rule's own time; 0: it has heard nothing yet. Raises NotFound."""
        return self._unit(rule).clock_ms

    def _unit(self, rule: str) -> Unit:
        unit = self._units.get(rule)
        if unit is None:
            raise NotFound(f"no rule {rule} runs")
        return unit


def _leaves_of(unit: Unit) -> list[object]:
    return [*leaves_of(unit.compiled.level), *leaves_of(unit.compiled.condition)]


def _facts_of(unit: Unit) -> list[FactLeaf]:
    return [leaf for leaf in _leaves_of(unit) if isinstance(leaf, FactLeaf)]
