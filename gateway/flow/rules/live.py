"""Rules while they run: what the bus says goes into the evaluator, and what fires is done."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from ...core.messages import ClockSet, ReadingStored
from ...core.ports.rules import RuleRemembered
from ...core.ports.store import Writer
from ...core.rules.cells import Cell
from ...core.rules.engine import Engine, Setup, Why
from ...core.rules.events import ClockKnown, Event, Heard
from ...core.rules.memory import Memory
from ...core.rules.news import RuleChanged
from ...core.rules.rule import KeptRule, Mode
from ...core.timers import MISSED_MS
from ..bus import Bus
from ..latest import Latest
from .book import Rules, same_deeds
from .firings import Firings
from .levels import Levels
from .lingering import Lingering
from .remembering import DOUBTED, Clocks, read, remembered
from .resolve import Looks, Resolve
from .running import Running

_LOOK_S = 1.0
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


class Live:
    """Listens to the bus by itself, before who decides: a rule's claim stands when the same reading makes that think.

    `newest` are the newest values of a device with their quality; `known` whether the time is known.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Callable[[], int],
        setup: Setup,
        running: Running,
        book: Rules,
        firings: Firings,
        timers: Clocks,
        resolve: Resolve,
        levels: Callable[[Callable[[Event], None]], Levels],
        newest: Callable[[str], Mapping[str, Latest]],
        known: Callable[[], bool],
        writer: Writer,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._setup = setup
        self._running = running
        self._book = book
        self._firings = firings
        self._timers = timers
        self._resolve = resolve
        self._newest = newest
        self._known = known
        self._writer = writer
        self._cells: dict[str, Mapping[str, Cell]] = {}
        self._lingering = Lingering(writer, clock)
        self._evaluate_s, self._evaluated = 0.0, 0
        self._loaded = False
        """Until then, and where rules are switched off, nothing is evaluated."""
        self._looked_ms = 0
        """Until when moments of schedules were seen to."""
        self._taped_day = 0
        self._wake = asyncio.Event()
        bus.on(ReadingStored, self._stored, wants=lambda device: device in self._cells)
        bus.on(RuleChanged, self._rule_changed)
        bus.on(ClockSet, self._clock_set)
        running.attach(levels(running.hear))

    # Its life

    def load(self, memories: Iterable[RuleRemembered], stopped_ms: int) -> None:
        """Every rule that runs, as it was when the gateway stopped at `stopped_ms`; after book, timers, firings."""
        self._loaded = True
        # A moment of the very ms at which it stopped may not have come to its turn.
        self._looked_ms = since_ms = stopped_ms - 1
        running = self._running
        running.tell_clock()
        known = {one.rule: memory for one in memories if (memory := read(one)) is not None}
        for kept in self._book.list():
            if kept.mode in RUNNING:
                running.put(kept, known.get(kept.id), since_ms)
        self._lingering.recall(known.values(), running.engine.cells)
        self._watch()
        running.tape_all(start=True)
        self._taped_day = self._clock() // _DAY_MS

    async def run(self) -> None:
        """Let the wall clock strike, until cancelled."""
        while True:
            self.turn()
            self._wake.clear()
            next_ms = self._running.engine.next_ms()
            pause_s = _LOOK_S if next_ms is None else min(max(next_ms - self._clock(), 1) / 1000, _LOOK_S)
            try:
                await asyncio.wait_for(self._wake.wait(), pause_s)
            except TimeoutError:
                continue

    def turn(self) -> None:
        """What is due by now, and what is to be written."""
        now_ms, running = self._clock(), self._running
        if self._known() and now_ms - self._looked_ms > _ASLEEP_MS:
            self._leap(None)
        running.strike(now_ms)
        running.remember(now_ms)
        if running.left:
            self._watch()
        if now_ms // _DAY_MS != self._taped_day:
            self._taped_day = now_ms // _DAY_MS
            running.tape_all()
            self._lingering.forget()
            self._watch()
        running.tape.flush()
        if self._known():
            self._looked_ms = now_ms

    def close(self) -> None:
        """What every rule goes on from."""
        self._writer.submit([change for rule in self._running.rules for change in self._running.memory(rule)])
        self._running.tape.flush()

    # Asking

    @property
    def broken(self) -> Mapping[str, str]:
        """Rules that cannot be evaluated, and why."""
        return self._running.broken

    def looks(self) -> Mapping[str, Looks]:
        """What each rule that runs hangs on."""
        return self._running.levels.looks

    def kept(self, rule: str) -> KeptRule | None:
        """One that runs; None: it does not."""
        found = self._running.rules.get(rule)
        return None if found is None else found.kept

    def why(self, rule: str) -> Why:
        """How it stands now; of one that does not run, how it would. Raises NotFound, Refused."""
        now_ms = self._clock()
        if rule in self._running.rules and rule not in self.broken:
            return self._running.engine.why(rule, now_ms)
        kept = self._book.get(rule)
        series = self._resolve.series(kept.rule)
        beside = Engine(self._setup)
        beside.take(ClockKnown(self._known(), now_ms))
        beside.put(kept, series, remembered(kept, None, series, self._newest), now_ms)
        for event in self._running.levels.of(kept):
            beside.take(event)
        return beside.why(rule, now_ms)

    def snapshot(self) -> RuleSnapshot:
        """Figures of this run."""
        return RuleSnapshot(
            rules=dict(Counter(str(kept.mode) for kept in self._book.kept.values())),
            series=sum(map(len, self._running.cells().values())),
            evaluations=self._running.engine.evaluations,
            firings={str(outcome): count for outcome, count in self._firings.outcomes.items()},
            timers_armed=len(self._timers.armed()),
            timers={str(state): count for state, count in self._timers.ended.items()},
            evaluate_s=(self._evaluate_s, self._evaluated),
            tape_rows=self._running.tape.rows,
        )

    def refresh(self, rules: Iterable[str]) -> None:
        """Something they name has changed: where their leaves look at other series now, they go on with those."""
        running = self._running
        for rule in rules:
            one = running.rules.get(rule)
            if one is None or rule in running.broken or self._resolve.series(one.kept.rule) == one.series:
                continue
            running.put(one.kept, running.engine.memory(rule), self._clock())
        self._watch()

    # What happens

    def _stored(self, event: ReadingStored) -> None:
        """The path of every reading of a device that rules look at: nothing may be added to it."""
        reading = event.reading
        cells = self._cells.get(reading.device)
        if cells is None:
            return
        if reading.late:
            if self._running.engine.cells(reading.device) or reading.time_ms <= self._lingering.left_ms(reading.device):
                self._running.tape.left(reading.device, reading.time_ms)
            return
        time_ms, quality, outside = reading.time_ms, reading.quality, False
        lag_ms = event.arrived_ms - time_ms
        for metric, cell in cells.items():
            value = reading.values.get(metric)
            if value is None or (quality and quality.get(metric, 0) & DOUBTED):
                continue
            cell.lag_ms = lag_ms
            if lag_ms < 0 or not cell.low < value < cell.high or not 0 <= time_ms - cell.time_ms <= cell.age_ms:
                outside = True
        if outside:
            self._evaluate(event, cells)
            return
        for metric, cell in cells.items():
            value = reading.values.get(metric)
            if value is not None and not (quality and quality.get(metric, 0) & DOUBTED):
                cell.value, cell.time_ms = value, time_ms

    def _evaluate(self, event: ReadingStored, cells: Mapping[str, Cell]) -> None:
        began = time.perf_counter()
        reading = event.reading
        if self._lingering.passes(reading.device, min(reading.time_ms, event.arrived_ms)):
            self._watch()
            self._stored(event)
            return
        values = {
            metric: value
            for metric, value in reading.values.items()
            if metric in cells and not reading.quality.get(metric, 0) & DOUBTED
        }
        told = reading.correlation, reading.simulated, event.arrived_ms
        self._running.hear(Heard(reading.device, reading.time_ms, values, *told))
        self._evaluate_s += time.perf_counter() - began
        self._evaluated += 1
        self._wake.set()

    def _rule_changed(self, event: RuleChanged) -> None:
        if not self._loaded:
            return
        running, kept = self._running, None if event.gone else self._book.get(event.id)
        before = running.rules.get(event.id)
        if kept is None or kept.mode not in RUNNING:
            if before is not None:
                running.drop(event.id)
                self._watch()
            return
        memory = None if before is None else self._going_on(before.kept, kept)
        if before is not None and (memory is None or kept.mode is not Mode.LIVE):
            running.let_go(event.id)
        begins = memory is None or before is None or before.kept.mode is not kept.mode
        running.put(kept, memory, self._clock(), begins=begins)
        self._watch()
        self._wake.set()

    def _going_on(self, before: KeptRule, after: KeptRule) -> Memory | None:
        """What a changed rule goes on from; None: it begins anew."""
        if before.id in self.broken or (after.version != before.version and not same_deeds(before.rule, after.rule)):
            return None
        memory = replace(self._running.engine.memory(before.id), version=after.version)
        if (before.mode, after.mode) == (Mode.SHADOW, Mode.LIVE):
            # What it only would have done it does now, where it still holds.
            return replace(memory, holds=False, armed=True, fired_ms=None)
        return memory

    def _clock_set(self, event: ClockSet) -> None:
        if not self._loaded:
            return
        if event.redates or event.shift_ms > MISSED_MS:
            self._leap(event if event.redates else None)
        self._running.tell_clock()
        self._wake.set()

    def _leap(self, event: ClockSet | None) -> None:
        if event is not None:
            self._lingering.move(event)
        self._running.leap(self._looked_ms, event)
        self._watch()

    def _watch(self) -> None:
        """Which devices' readings are looked at."""
        running = self._running
        left, running.left = running.left, []
        if self._lingering.changed(left, running.engine.cells):
            # That it is not looked at any more is as durable as since when.
            running.tape.flush()
        before, self._cells = self._cells, running.cells()
        for device, beside in self._lingering.cells().items():
            self._cells[device] = {**self._cells[device], **beside} if device in self._cells else beside
        if self._cells.keys() != before.keys():
            self._bus.reconsider()
