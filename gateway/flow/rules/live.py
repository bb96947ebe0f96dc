"""Rules while they run: what the bus says goes into the evaluator, and what fires is done."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from ...core.errors import GatewayError, NotFound
from ...core.messages import ClockSet, ReadingStored
from ...core.ports.rules import RuleRemembered
from ...core.ports.store import Change, Writer
from ...core.rules.cells import Cell
from ...core.rules.engine import Engine, Setup, Why
from ...core.rules.events import ClockKnown, Event, Heard, LeafSeries, RuleGone, RulePut, Struck
from ...core.rules.firing import Fired
from ...core.rules.memory import Memory, moved
from ...core.rules.news import RuleChanged
from ...core.rules.rule import KeptRule, Mode
from ...core.timers import MISSED_MS
from ..bus import Bus
from ..latest import Latest
from .book import Rules, same_deeds
from .firings import Firings
from .levels import Levels
from .remembering import DOUBTED, Clocks, RuleSettings, Stopper, Taping, heard_of, read, remembered
from .resolve import Resolve, looks

_log = logging.getLogger(__name__)
_LOOK_S = 1.0
_WRITE_EVERY_MS = 60_000
"""The memory of one rule is written so often at most, but for firings."""
_ASLEEP_MS = 60_000
"""Who has not looked for so long has missed what came meanwhile."""
_DAY_MS = 86_400_000
RUNNING = (Mode.SHADOW, Mode.LIVE)


class RuleSnapshot(msgspec.Struct, frozen=True):
    """Figures for metrics and `doctor`."""

    rules: dict[str, int] = {}
    """By mode."""
    series: int = 0
    evaluations: int = 0
    firings: dict[str, int] = {}
    """By outcome, in this run."""
    timers_armed: int = 0
    timers: dict[str, int] = {}
    """By the state they ended in, in this run."""
    evaluate_s: tuple[float, int] = (0.0, 0)
    """Sum and count of evaluations of readings outside their band."""
    tape_rows: int = 0


class _Running(msgspec.Struct):
    """A rule in the evaluator."""

    kept: KeptRule
    series: tuple[LeafSeries, ...]
    written_ms: int = 0
    missed_ms: int = 0
    """A moment of its schedule that came while nobody looked."""


class Live:
    """Listens to the bus by itself, before who decides: a rule's claim stands when the same reading makes that think.

    `newest` are the newest values of a device with their quality; `known` whether the time is known.
    """

    def __init__(
        self,
        bus: Bus,
        writer: Writer,
        clock: Callable[[], int],
        setup: Setup,
        tape: Taping,
        book: Rules,
        firings: Firings,
        timers: Clocks,
        resolve: Resolve,
        levels: Callable[[Callable[[Event], None]], Levels],
        newest: Callable[[str], Mapping[str, Latest]],
        known: Callable[[], bool],
        stopper: Stopper,
        settings: RuleSettings,
    ) -> None:
        self.broken: dict[str, str] = {}
        """Rules that cannot be evaluated, and why."""
        self._writer = writer
        self._clock = clock
        self._setup = setup
        self._engine = Engine(setup)
        self._tape = tape
        self._book = book
        self._firings = firings
        self._timers = timers
        self._resolve = resolve
        self._newest = newest
        self._known = known
        self._stopper = stopper
        self._settings = settings
        self._running: dict[str, _Running] = {}
        self._cells: dict[str, Mapping[str, Cell]] = {}
        self._inbox: deque[Event] = deque()
        self._taking = False
        self._holding: set[str] = set()
        """Rules that have fired and claim something while they hold."""
        self._evaluate_s, self._evaluated = 0.0, 0
        self._looked_ms = 0
        self._taped_day = 0
        self._wake = asyncio.Event()
        self._bus = bus
        bus.on(ReadingStored, self._stored, wants=lambda device: device in self._cells)
        bus.on(RuleChanged, self._rule_changed)
        bus.on(ClockSet, self._clock_set)
        self._levels = levels(self._hear)

    # Its life

    def load(self, kept: Iterable[RuleRemembered], stopped_ms: int) -> None:
        """Every rule that runs, as it was when the gateway stopped at `stopped_ms`; after book, timers, firings."""
        self._looked_ms = stopped_ms
        self._hear(ClockKnown(self._known(), self._clock()))
        memories = {one.rule: memory for one in kept if (memory := read(one)) is not None}
        for rule in self._book.list():
            if rule.mode in RUNNING:
                self._put(rule, memories.get(rule.id), stopped_ms)
        self._watched()
        self._tape_all(start=True)

    async def run(self) -> None:
        """Let the wall clock strike, until cancelled."""
        while True:
            self.turn()
            self._wake.clear()
            next_ms = self._engine.next_ms()
            pause_s = _LOOK_S if next_ms is None else min(max(next_ms - self._clock(), 1) / 1000, _LOOK_S)
            try:
                await asyncio.wait_for(self._wake.wait(), pause_s)
            except TimeoutError:
                continue

    def turn(self) -> None:
        """What is due by now, and what is to be written."""
        now_ms = self._clock()
        if now_ms - self._looked_ms > _ASLEEP_MS and self._known():
            self._again(self._looked_ms, None)
        while struck := self._engine.due(now_ms):
            for one in struck:
                self._hear(one)
        self._look_after()
        for rule in list(self._engine.dirty):
            running = self._running.get(rule)
            if running is None or now_ms - running.written_ms >= _WRITE_EVERY_MS:
                self._writer.submit(self._memory(rule))
        if now_ms // _DAY_MS != self._taped_day:
            self._tape_all()
        self._tape.flush()
        if self._known():
            self._looked_ms = now_ms

    def close(self) -> None:
        """What every rule goes on from."""
        self._writer.submit([change for rule in self._running for change in self._memory(rule)])
        self._tape.flush()

    # Asking

    def why(self, rule: str) -> Why:
        """How it stands now; of one that does not run, how it would. Raises NotFound, Refused."""
        if rule in self._running and rule not in self.broken:
            return self._engine.why(rule, self._clock())
        kept, now_ms = self._book.get(rule), self._clock()
        series = self._resolve.series(kept.rule)
        beside = Engine(self._setup)
        beside.take(ClockKnown(self._known(), now_ms))
        beside.put(kept, series, remembered(kept, None, series, self._newest), now_ms)
        for event in self._levels.of(kept):
            beside.take(event)
        return beside.why(rule, now_ms)

    def snapshot(self) -> RuleSnapshot:
        """Figures of this run."""
        return RuleSnapshot(
            rules=dict(Counter(str(kept.mode) for kept in self._book.list())),
            series=sum(map(len, self._cells.values())),
            evaluations=self._engine.evaluations,
            firings={str(outcome): count for outcome, count in self._firings.outcomes.items()},
            timers_armed=len(self._timers.armed()),
            timers={str(state): count for state, count in self._timers.ended.items()},
            evaluate_s=(self._evaluate_s, self._evaluated),
            tape_rows=self._tape.rows,
        )

    def series(self, rule: str) -> tuple[LeafSeries, ...]:
        """What a rule that runs looks at. Raises NotFound."""
        return self._found(rule).series

    def refresh(self, rules: Iterable[str]) -> None:
        """Something they name has changed: where their leaves look at other series now, they go on with those."""
        for rule in rules:
            running = self._running.get(rule)
            if running is not None and self._resolve.series(running.kept.rule) != running.series:
                self._put(running.kept, self._recall(rule), self._clock())
        self._watched()

    def kept(self) -> Mapping[str, KeptRule]:
        """The rules that run."""
        return {rule: running.kept for rule, running in self._running.items()}

    # What is heard

    def _stored(self, event: ReadingStored) -> None:
        """The path of every reading of a device that rules look at: nothing may be added to it."""
        reading = event.reading
        cells = self._cells.get(reading.device)
        if cells is None:
            return
        if reading.late:
            self._tape.left(reading.device, reading.time_ms)
            return
        time_ms, quality, outside = reading.time_ms, reading.quality, False
        lag_ms = event.arrived_ms - time_ms
        for metric, cell in cells.items():
            value = reading.values.get(metric)
            if value is None or (quality and quality.get(metric, 0) & DOUBTED):
                continue
            cell.lag_ms = lag_ms
            if cell.low < value < cell.high and 0 <= time_ms - cell.time_ms <= cell.age_ms and lag_ms >= 0:
                cell.value, cell.time_ms = value, time_ms
            else:
                outside = True
        if outside:
            self._evaluate(event, cells)

    def _evaluate(self, event: ReadingStored, cells: Mapping[str, Cell]) -> None:
        began = time.perf_counter()
        reading = event.reading
        values = {
            metric: value
            for metric, value in reading.values.items()
            if metric in cells and not reading.quality.get(metric, 0) & DOUBTED
        }
        told = reading.correlation, reading.simulated, event.arrived_ms
        self._hear(Heard(reading.device, reading.time_ms, values, *told))
        self._evaluate_s += time.perf_counter() - began
        self._evaluated += 1
        self._wake.set()

    def _hear(self, event: Event) -> None:
        """One after the other: what comes of one may be something that rules look at."""
        self._inbox.append(event)
        if self._taking:
            return
        self._taking = True
        try:
            while self._inbox:
                self._take(self._inbox.popleft())
        finally:
            self._taking = False
            self._inbox.clear()

    def _take(self, event: Event) -> None:
        self._tape.note(event)
        missed_ms = 0
        if isinstance(event, Struck):
            running = self._running.get(event.rule)
            missed_ms = 0 if running is None else running.missed_ms
        fired = self._engine.take(event)
        if self._holding:
            self._look_after()
        for one in fired:
            self._fire(one, missed=one.time_ms == missed_ms)

    def _fire(self, fired: Fired, *, missed: bool) -> None:
        running = self._running.get(fired.rule)
        if running is None:
            return
        lasting = fired.part == "then" and self._engine.holds(fired.rule)
        if lasting:
            self._holding.add(fired.rule)
        changes = self._memory(fired.rule)
        # What led to it is on the disk before it is.
        self._tape.flush()
        self._firings.note(fired, running.kept, lasting=lasting, missed=missed, changes=changes)

    def _look_after(self) -> None:
        """Who holds no longer lets go; what went wrong in a rule is told."""
        for rule in [rule for rule in self._holding if not self._engine.holds(rule)]:
            self._holding.discard(rule)
            self._stopper.stopped(rule)
        for rule, trace in self._engine.broken.items():
            if rule not in self.broken:
                _log.error("rule %s cannot be evaluated any more:\n%s", rule, trace)
                self.broken[rule] = "a mistake in the gateway; the log says which"
                self._stopper.trip(rule, self.broken[rule])

    # Rules come, change and go

    def _rule_changed(self, event: RuleChanged) -> None:
        running = self._running.get(event.id)
        kept = None if event.gone else self._book.get(event.id)
        if kept is None or kept.mode not in RUNNING:
            if running is not None:
                self._drop(event.id)
            return
        memory, begins, now_ms = None, True, self._clock()
        if running is not None:
            before = running.kept
            if kept.version == before.version or same_deeds(before.rule, kept.rule):
                memory = replace(self._recall(event.id), version=kept.version)
                begins = kept.mode is not before.mode
            if memory is not None and before.mode is Mode.SHADOW and kept.mode is Mode.LIVE:
                # What it only would have done it does now, where it still holds.
                memory = replace(memory, holds=False, armed=True, fired_ms=None)
            if memory is None or kept.mode is not Mode.LIVE:
                self._let_go(event.id)
        self._put(kept, memory, now_ms, begins=begins)
        self._watched()
        self._wake.set()

    def _put(self, kept: KeptRule, memory: Memory | None, since_ms: int, *, begins: bool = False) -> None:
        """`since_ms`: from when on moments of its schedule count as missed. `begins`: people have just said so, and
        where its sensors are heard it looks at once, not when one says something else.
        """
        now_ms = self._clock()
        series = self._resolve.series(kept.rule)
        known = remembered(kept, memory, series, self._newest)
        begins = begins and heard_of(known, series, now_ms)
        if begins:
            known = replace(known, clock_ms=max(known.clock_ms, now_ms))
        running = self._running[kept.id] = _Running(kept, series)
        self.broken.pop(kept.id, None)
        try:
            self._hear_put(kept, series, known, now_ms)
            after_ms = max(since_ms, now_ms - self._settings.catch_up_hours * 3_600_000)
            missed_ms = self._engine.missed(kept.id, after_ms, now_ms - MISSED_MS) if self._known() else None
            if missed_ms is not None:
                # Its schedule goes on from there: only the last moment counts.
                running.missed_ms = missed_ms
                self._hear_put(kept, series, replace(known, scheduled_ms=missed_ms - 1), missed_ms - 1)
        except GatewayError as error:
            _log.error("rule %s cannot be evaluated: %s", kept.id, error)
            self.broken[kept.id] = str(error)
            return
        self._levels.put(kept.id, looks(kept.rule))
        for event in self._levels.of(kept):
            self._hear(event)
        if begins:
            self._hear(Struck(kept.id, now_ms))
        if self._engine.holds(kept.id) and kept.mode is Mode.LIVE:
            self._holding.add(kept.id)

    def _hear_put(self, kept: KeptRule, series: tuple[LeafSeries, ...], memory: Memory, time_ms: int) -> None:
        self._engine.put(kept, series, memory, time_ms)
        self._tape.note(RulePut(kept, series, memory, time_ms))

    def _drop(self, rule: str) -> None:
        self._running.pop(rule)
        self.broken.pop(rule, None)
        self._let_go(rule)
        self._levels.put(rule, None)
        event = RuleGone(rule, self._clock())
        self._tape.note(event)
        self._engine.drop(rule)
        self._writer.submit([RuleRemembered(rule, 0, event.time_ms, b"")])
        self._watched()

    def _let_go(self, rule: str) -> None:
        self._holding.discard(rule)
        self._stopper.stopped(rule)

    def _watched(self) -> None:
        """Which devices' readings are looked at."""
        before = self._cells.keys()
        self._cells = {device: cells for device in self._engine.devices() if (cells := self._engine.cells(device))}
        if self._cells.keys() != before:
            self._bus.reconsider()

    # Time, and what is written

    def _clock_set(self, event: ClockSet) -> None:
        before_ms = self._looked_ms
        if event.redates or event.after_ms - event.before_ms > MISSED_MS:
            self._again(before_ms, event if event.redates else None)
        self._hear(ClockKnown(self._known(), self._clock()))
        self._wake.set()

    def _again(self, since_ms: int, event: ClockSet | None) -> None:
        """The clock has leapt: what is remembered moves with it, and of what it leapt over the last moment counts."""
        memories = {rule: self._recall(rule) for rule in self._running if rule not in self.broken}
        if event is not None:
            memories = {rule: moved(memory, event) for rule, memory in memories.items()}
        for rule in memories:
            self._engine.drop(rule)
        self._hear(ClockKnown(self._known(), self._clock()))
        for rule, memory in memories.items():
            self._put(self._running[rule].kept, memory, since_ms)
        self._watched()
        self._tape_all()

    def _recall(self, rule: str) -> Memory:
        return self._engine.memory(rule)

    def _memory(self, rule: str) -> list[Change]:
        self._engine.dirty.discard(rule)
        running = self._running.get(rule)
        if running is None or rule in self.broken or rule in self._engine.broken:
            return []
        now_ms = running.written_ms = self._clock()
        memory = msgspec.msgpack.encode(self._recall(rule))
        return [RuleRemembered(rule, running.kept.version, now_ms, memory)]

    def _tape_all(self, *, start: bool = False) -> None:
        now_ms = self._clock()
        self._taped_day = now_ms // _DAY_MS
        whole = [
            RulePut(running.kept, running.series, self._recall(rule), now_ms)
            for rule, running in self._running.items()
            if rule not in self.broken
        ]
        self._tape.began(whole, now_ms, start)

    def _found(self, rule: str) -> _Running:
        found = self._running.get(rule)
        if found is None:
            raise NotFound(f"no rule {rule} runs")
        return found
