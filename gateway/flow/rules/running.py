"""The evaluator with the rules that run in it: what they hear is taped, what fires is noted, what they know is kept."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from ...core.errors import GatewayError
from ...core.messages import ClockSet
from ...core.ports.rules import RuleRemembered
from ...core.ports.store import Change, Writer
from ...core.rules.cells import Cell
from ...core.rules.engine import Engine, Setup
from ...core.rules.events import ClockKnown, Event, LeafSeries, RuleGone, RulePut, Struck
from ...core.rules.firing import Fired, Outcome
from ...core.rules.memory import Memory, moved
from ...core.rules.rule import KeptRule, Mode, is_moment, triggers
from ...core.timers import MISSED_MS
from ..latest import Latest
from .firings import Firings
from .levels import Levels
from .remembering import RuleSettings, Stopper, Taping, heard_of, not_ahead, remembered
from .resolve import Resolve, looks

_log = logging.getLogger(__name__)
_WRITE_EVERY_MS = 60_000
"""The memory of one rule is written so often at most, but for firings."""
_HEARD_EVERY_MS = 120_000
"""And so often, with the times of its newest readings, while anything hangs on their coming: oftener than they age."""
MISTAKE = "a mistake in the gateway; the log says which"


class One(msgspec.Struct):
    """A rule in the evaluator."""

    kept: KeptRule
    series: tuple[LeafSeries, ...]
    written_ms: int = 0
    missed_ms: int = 0
    """A moment of its schedule that came while nobody looked."""


class Running:
    """Rules come, hear and go. `newest` are the newest values of a device; `known` whether the time is known."""

    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], int],
        setup: Setup,
        tape: Taping,
        firings: Firings,
        resolve: Resolve,
        newest: Callable[[str], Mapping[str, Latest]],
        known: Callable[[], bool],
        stopper: Stopper,
        settings: RuleSettings,
    ) -> None:
        self.rules: dict[str, One] = {}
        self.broken: dict[str, str] = {}
        """Rules that cannot be evaluated, and why."""
        self.left: list[LeafSeries] = []
        """What rules looked at that have been put or dropped since somebody asked."""
        self.engine = Engine(setup)
        self.tape = tape
        self._writer = writer
        self._clock = clock
        self._firings = firings
        self._resolve = resolve
        self._newest = newest
        self._known = known
        self._stopper = stopper
        self._fresh_ms = settings.fresh_s * 1000
        self._catch_up_ms = settings.catch_up_hours * 3_600_000
        self._told_known: bool | None = None
        self._inbox: deque[Event] = deque()
        self._taking = False
        self._noted: dict[str, int] = {}
        """Since when triggers are true, of those of which the disk says so."""
        self._holding: set[str] = set()
        """Rules that have fired and claim something while they hold."""
        self._heard_ms = 0
        """When it was last written what is heard all the time."""
        self._overdue: set[str] = set()
        """Live rules that began to hold too long ago to act on, and may still hold."""

    @property
    def holding(self) -> list[str]:
        """Rules that have fired, still hold, and claim what they moved."""
        return sorted(self._holding)

    def attach(self, levels: Levels) -> None:
        """What else is heard."""
        self.levels = levels

    def cells(self) -> dict[str, Mapping[str, Cell]]:
        """The watched series by device; valid until a rule comes or goes."""
        found = {device: self.engine.cells(device) for device in self.engine.devices()}
        return {device: cells for device, cells in found.items() if cells}

    # What is heard

    def hear(self, event: Event) -> None:
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

    def tell_clock(self) -> None:
        """Whether the time is known, where that is news."""
        if self._known() is not self._told_known:
            self._told_known = self._known()
            self.hear(ClockKnown(self._told_known, self._clock()))

    def strike(self, now_ms: int) -> None:
        """What is due by now."""
        while struck := self.engine.due(now_ms):
            for one in struck:
                self.hear(one)
        self.look_after()
        for rule in list(self._overdue):
            self._act_on(rule, now_ms)

    def put_off(self, rule: str) -> None:
        """After a restart: it began to hold too long ago to act on, and may still hold."""
        self._overdue.add(rule)

    def _act_on(self, rule: str, now_ms: int) -> None:
        """What began in a backlog and still holds when its sensors are back is done then, as of now."""
        running = self.rules.get(rule)
        if running is None or not self.engine.holds(rule):
            self._overdue.discard(rule)
            return
        memory = self.engine.memory(rule)
        ages_ms = [now_ms - cell.time_ms for cell in memory.cells]
        if not ages_ms or 0 <= min(ages_ms) <= self._fresh_ms:
            self._overdue.discard(rule)
            self.put(running.kept, replace(memory, holds=False, armed=True, fired_ms=None), now_ms, begins=True)

    def look_after(self) -> None:
        """Who holds no longer lets go; what went wrong in a rule is told."""
        for rule in [rule for rule in self._holding if not self.engine.holds(rule)]:
            self.let_go(rule)
        for rule, trace in self.engine.broken.items():
            if rule not in self.broken:
                _log.error("rule %s cannot be evaluated any more:\n%s", rule, trace)
                self._stop(rule)

    def _take(self, event: Event) -> None:
        self.tape.note(event)
        fired = self.engine.take(event)
        if self._holding:
            self.look_after()
        if self._noted and self.engine.dirty:
            self._end()
        # Of what fires at one moment the strongest has its way, not whichever was looked at first.
        for one in sorted(fired, key=self._weakness) if len(fired) > 1 else fired:
            try:
                self._fire(one)
            except Exception:  # noqa: BLE001 - per-message isolation: one rule's mistake must not stop the others
                _log.exception("a firing of rule %s failed", one.rule)
                self._stop(one.rule)

    def _end(self) -> None:
        """A trigger that is true no more is written before the next reading can be: after a power cut in between it
        would be true from then until now without a break, and what comes next would fire nothing, or too early.
        """
        noted = self._noted
        for rule in [one for one in self.engine.dirty if one in noted and noted[one] != self.engine.since_ms(one)]:
            self._writer.submit(self.memory(rule))

    def _stop(self, rule: str) -> None:
        """Something went wrong in it; the log says what."""
        self.broken[rule] = MISTAKE
        self._stopper.trip(rule, MISTAKE)

    def _weakness(self, fired: Fired) -> int:
        running = self.rules.get(fired.rule)
        return 0 if running is None else -running.kept.rule.priority

    def _fire(self, fired: Fired) -> None:
        running = self.rules.get(fired.rule)
        if running is None:
            return
        missed = fired.time_ms == running.missed_ms
        lasting = fired.part == "then" and self.engine.holds(fired.rule)
        if lasting:
            self._holding.add(fired.rule)
        # What led to it is on the disk before it is.
        self.tape.flush()
        changes = self.memory(fired.rule)
        noted = self._firings.note(fired, running.kept, lasting=lasting, missed=missed, changes=changes)
        if lasting and noted is not None and noted.outcome is Outcome.LATE and noted.mode is Mode.LIVE:
            self._overdue.add(fired.rule)

    # Rules come and go

    def put(self, kept: KeptRule, memory: Memory | None, since_ms: int, *, begins: bool = False) -> None:
        """`since_ms`: from when on moments of its schedule count as missed. `begins`: people have just said so, and
        where its sensors are heard it looks at once, not when one says something else.
        """
        now_ms = self._clock()
        series = self._resolve.series(kept.rule)
        known = not_ahead(remembered(kept, memory, series, self._newest), now_ms)
        level = kept.rule.when is None or not all(is_moment(one) for _, one in triggers(kept.rule))
        begins = begins and level and (not any(leaf.series for leaf in series) or heard_of(known, series, now_ms))
        if begins:
            known = replace(known, clock_ms=max(known.clock_ms, now_ms))
        if kept.id in self.rules:
            self.left += self.rules[kept.id].series
        self.rules[kept.id] = One(kept, series)
        self.broken.pop(kept.id, None)
        try:
            self._enter(kept, series, known, now_ms)
            self._miss(kept, series, known, max(since_ms, now_ms - self._catch_up_ms), now_ms)
        except GatewayError as error:
            _log.error("rule %s cannot be evaluated: %s", kept.id, error)
            self.broken[kept.id] = str(error)
            return
        self.levels.put(kept.id, looks(kept.rule))
        for event in self.levels.of(kept, self.engine.memory(kept.id).words):
            self.hear(event)
        if begins:
            self.hear(Struck(kept.id, now_ms))
        if memory is not None and memory.since_ms is not None:
            self._noted[kept.id] = memory.since_ms
        if self.engine.holds(kept.id) and kept.mode is Mode.LIVE:
            self._holding.add(kept.id)

    def drop(self, rule: str) -> None:
        """It runs no longer."""
        self.left += self.rules.pop(rule).series
        self.broken.pop(rule, None)
        self._noted.pop(rule, None)
        self.let_go(rule)
        self.levels.put(rule, None)
        event = RuleGone(rule, self._clock())
        self.tape.note(event)
        self.engine.drop(rule, event.time_ms)
        self._writer.submit([RuleRemembered(rule, 0, event.time_ms, b"")])

    def let_go(self, rule: str) -> None:
        """It holds nothing any more; what its timers claim stays."""
        self._holding.discard(rule)
        self._overdue.discard(rule)
        self._stopper.stopped(rule)

    def leap(self, since_ms: int, event: ClockSet | None) -> None:
        """The clock has leapt: what is remembered moves with it, and of what it leapt over the last moment counts."""
        memories = {rule: self.engine.memory(rule) for rule in self.rules if rule not in self.broken}
        if event is not None:
            # Moments do not move with it: those between what it was and what it is have not been.
            memories = {
                rule: replace(after := moved(memory, event), scheduled_ms=min(after.scheduled_ms, since_ms))
                for rule, memory in memories.items()
            }
        for rule in memories if event is not None else ():
            # Times of its cells that lie ahead by now would count as the newest.
            self.engine.drop(rule)
        self.tell_clock()
        for rule, memory in memories.items():
            self.put(self.rules[rule].kept, memory, since_ms)
        self.tape_all()

    def _miss(self, kept: KeptRule, series: tuple[LeafSeries, ...], known: Memory, after_ms: int, now_ms: int) -> None:
        missed_ms = self.engine.missed(kept.id, after_ms, now_ms - MISSED_MS) if self._known() else None
        if missed_ms is not None and missed_ms > known.scheduled_ms:
            # Its schedule goes on from there: only the last moment counts.
            self.rules[kept.id].missed_ms = missed_ms
            self._enter(kept, series, replace(known, scheduled_ms=missed_ms - 1), missed_ms - 1)

    def _enter(self, kept: KeptRule, series: tuple[LeafSeries, ...], memory: Memory, time_ms: int) -> None:
        self.engine.put(kept, series, memory, time_ms)
        self.tape.note(RulePut(kept, series, memory, time_ms))

    # What is kept

    def remember(self, now_ms: int) -> None:
        """Write what has changed of what rules go on from, where it was not written lately."""
        for rule in list(self.engine.dirty):
            running = self.rules.get(rule)
            if running is None or now_ms - running.written_ms >= _WRITE_EVERY_MS:
                self._writer.submit(self.memory(rule))
        if now_ms - self._heard_ms >= _WRITE_EVERY_MS:
            self._heard_ms = now_ms
            if changes := [change for rule in self._leaning(now_ms) for change in self.memory(rule)]:
                self._writer.submit(changes)

    def _leaning(self, now_ms: int) -> list[str]:
        """Those of which it must be known after a power cut that their sensors were heard until then."""
        old_ms = now_ms - _HEARD_EVERY_MS
        return [rule for rule, one in self.rules.items() if one.written_ms <= old_ms and self.engine.leans(rule)]

    def memory(self, rule: str) -> list[Change]:
        """What is to be written for it."""
        self.engine.dirty.discard(rule)
        running = self.rules.get(rule)
        if running is None or rule in self.broken or rule in self.engine.broken:
            return []
        running.written_ms = self._clock()
        memory = self.engine.memory(rule)
        if memory.since_ms is None:
            self._noted.pop(rule, None)
        else:
            self._noted[rule] = memory.since_ms
        return [
            RuleRemembered(rule, running.kept.version, running.written_ms, msgspec.msgpack.encode(memory)),
        ]

    def tape_all(self, *, start: bool = False) -> None:
        """All rules with their memories: a replay may begin here."""
        now_ms = self._clock()
        self.tape.began(self._whole(now_ms), now_ms, start)

    def _whole(self, now_ms: int) -> Iterable[RulePut]:
        for rule, running in self.rules.items():
            if rule not in self.broken and rule not in self.engine.broken:
                yield RulePut(running.kept, running.series, self.engine.memory(rule), now_ms)
