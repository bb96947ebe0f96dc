"""A rule, and those it is compared with, in the evaluator, fed with what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from ...core.errors import Refused
from ...core.local_time import LocalTime
from ...core.ports.rules import Columns
from ...core.rules.actions import NotifyThen
from ...core.rules.calendar import Calendar
from ...core.rules.check import Known
from ...core.rules.conflicts import Conflict, conflicts
from ...core.rules.engine import Engine, Held, Setup
from ...core.rules.events import LeafSeries
from ...core.rules.firing import Fired
from ...core.rules.rule import KeptRule, Mode, Rule, SunWhen, TimeWhen, triggers
from ...core.rules.words import Names
from .merge import Feed, Track
from .report import BacktestReport
from .tally import Tally, flapping, most_a_day, on_s

REHEARSED = "rehearsed"
_ENDS = (NotifyThen(text="{name}"),)
"""An `else` for a rule that has none: how its end is heard of."""
_STEP_MS, _LEAST_MS = 600_000, 60_000
"""Shares are exact where things change on the ten minutes or by single events, else good to a minute."""
Leaves = Mapping[str, tuple[LeafSeries, ...]]
"""What the leaves of each rule look at, by the rule's id."""


class Rehearsal:
    """From `from_ms` on. First `look`, then `run` as far as there is more, `look` again where series change."""

    def __init__(self, rule: Rule, setup: Setup, names: Names, from_ms: int, against: Sequence[KeptRule] = ()) -> None:
        self._rule = rule
        self._setup = setup
        self._from_ms = from_ms
        self._engine = Engine(setup)
        self._kept = KeptRule(id=REHEARSED, rule=rule, mode=Mode.SHADOW)
        self._against = {other.id: other for other in against}
        self._tally = Tally(rule, names, from_ms)
        self._feed = Feed(self._engine, strikes=True)
        self._looked = False
        self._holding: set[str] = set()
        self._both: dict[str, list[int]] = {}
        """When this rule and another began to hold at once, by the other's id."""
        self.clock_ms = from_ms
        self.unfit: list[str] = []
        """Other rules that cannot be, in words."""

    def look(self, leaves: Leaves, since_ms: int) -> None:
        """What the rules look at from then on. Raises Refused when this one cannot be; others that cannot are left
        out.
        """
        self._put(self._kept, leaves, since_ms)
        for other in list(self._against.values()):
            try:
                self._put(other, leaves, since_ms)
            except Refused as error:
                del self._against[other.id]
                self.unfit.append(f"{other.rule.name} is left out: {error}")
        self._looked = True

    def _put(self, kept: KeptRule, leaves: Leaves, since_ms: int) -> None:
        # A moment of a schedule on the border belongs to what comes; what holds all the time does from there on.
        timed = any(isinstance(one, TimeWhen | SunWhen) for _, one in triggers(kept.rule))
        now_ms = since_ms - 1 if timed else since_ms
        probe = replace(kept, rule=replace(kept.rule, else_=kept.rule.else_ or _ENDS), mode=Mode.SHADOW)
        memory = self._engine.memory(kept.id) if self._looked else None
        self._engine.put(probe, leaves.get(kept.id, ()), memory, now_ms)

    def run(self, columns: Mapping[str, Columns], until_ms: int) -> Iterator[None]:
        """Feed all that was measured up to then, by device; yields after each event so that others have their turn."""
        for time_ms in self._feed.steps([Track(device, found) for device, found in columns.items()], until_ms):
            self._settle()
            self._observe(time_ms)
            self.clock_ms = time_ms
            yield
        self._settle()
        self.clock_ms = until_ms

    def report(self, to_ms: int, known: Known | None = None) -> BacktestReport:
        """What there is to say of it at the end, which is left out; what was read is for the caller to fill in."""
        self._observe(to_ms)
        self._tally.end(to_ms)
        firings, setup = tuple(self._tally.firings), self._setup
        return BacktestReport(
            rule=self._rule.name,
            from_ms=self._from_ms,
            to_ms=to_ms,
            exact_from_ms=self._from_ms,
            series=0,
            readings=0,
            left={},
            firings=firings,
            on_s=on_s(self._rule, firings, to_ms),
            flapping=flapping(firings),
            most_a_day=most_a_day(firings, LocalTime(setup.zone)),
            held=self._tally.held_back(),
            conditions=self._tally.shares(to_ms, Calendar(setup.zone, setup.latitude, setup.longitude)),
            conflicts=self._conflicts(known),
            took_s=0.0,
        )

    def _conflicts(self, known: Known | None) -> tuple[Conflict, ...]:
        """Those that can be, and of those that were how often and since when."""
        found = conflicts(self._kept, list(self._against.values()), known) if self._against else []
        told = [(one, self._both.get(one.other, [])) for one in found]
        return tuple(replace(one, count=len(when), first_ms=when[0] if when else None) for one, when in told)

    def _observe(self, until_ms: int) -> None:
        """How it has stood since it was looked at last: spans of the clock and silences come without any event."""
        while (looked_ms := self._tally.looked_ms) < until_ms:
            next_ms = min(until_ms, (looked_ms // _STEP_MS + 1) * _STEP_MS)
            if next_ms - looked_ms < _LEAST_MS and until_ms - looked_ms < _LEAST_MS:
                return
            self._tally.stands(self._engine.why(REHEARSED, looked_ms), next_ms)

    def _settle(self) -> None:
        """What came of what happened at `clock_ms`."""
        for broken in self._engine.broken.values():
            raise RuntimeError(broken)
        held = self._engine.held(REHEARSED)
        for fired in self._feed.drained():
            self._fired(fired, held)
        self._tally.held(held, self.clock_ms)

    def _fired(self, fired: Fired, held: Held | None) -> None:
        if fired.part != "then":
            self._holding.discard(fired.rule)
        else:
            for other in self._holding - {fired.rule}:
                pair = {other, fired.rule} - {REHEARSED}
                if len(pair) == 1:
                    self._both.setdefault(pair.pop(), []).append(fired.time_ms)
            if self._engine.holds(fired.rule):  # a moment does not last
                self._holding.add(fired.rule)
        if fired.rule == REHEARSED:
            self._tally.fired(fired, held, own=fired.part != "else" or bool(self._rule.else_))
