"""One rule while it runs: what it holds, what it waits for, and what fires at a moment. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .calendar import Calendar
from .cells import Cell
from .compile import Compiled
from .firing import Cause, Fired, Part, Trace
from .leaves import ClockLeaf, Leaf, MomentLeaf, blocking, leaves_of, truth_of
from .rule import CommandWhen, KeptRule
from .series_leaves import Look, SeriesLeaf

_NEVER = 1 << 62
Moment = SeriesLeaf | MomentLeaf
Reason = Literal["condition", "unknown", "cooldown", "for", "late", "off"]


class Because(NamedTuple):
    """What made it look."""

    depth: int = 0
    correlation: str = ""
    simulated: bool = False


NOTHING = Because()


class Unit:
    """Its state is what `memory.py` writes down. Times are the rule's own: they never go back."""

    __slots__ = (
        "behind",
        "calendar",
        "changed",
        "check_ms",
        "clock_ms",
        "compiled",
        "count",
        "cursor_ms",
        "entry",
        "fired_ms",
        "held",
        "holds",
        "hung",
        "id",
        "if_looks",
        "joint",
        "kept",
        "known",
        "looks",
        "moment_ms",
        "next",
        "plan",
        "said",
        "schedule",
        "since_ms",
        "when_looks",
    )

    def __init__(self, kept: KeptRule, compiled: Compiled, calendar: Calendar) -> None:
        self.id = kept.id
        self.kept = kept
        self.compiled = compiled
        self.calendar = calendar
        self.known = True
        """Whether the gateway knows what time it is."""
        self.clock_ms = 0
        self.since_ms: int | None = None
        self.holds = False
        self.fired_ms: int | None = None
        self.cursor_ms = 0
        """Moments of its schedule up to here are done with."""
        self.plan: tuple[int, int, tuple[MomentLeaf, ...]] | None = None
        self.moment_ms = 0
        """The newest of them that was done."""
        self.check_ms: int | None = None
        """Look once at this moment, whatever happens."""
        self.said: tuple[Part, int] = ("then", 0)
        """Part and moment of the newest firing, with `count` the firings of the same."""
        self.count = 0
        self.behind: set[Cell] = set()
        """Cells whose readings lie too far behind its clock."""
        self.changed = False
        """What it goes on from is other than it was."""
        self.held: tuple[int, Reason, Leaf | None] | None = None
        self.entry = 0
        """Number of its entry in the engine's heap; 0: it has none."""
        self.next = _NEVER
        """When that entry is due."""
        self.when_looks = _looks(leaves_of(compiled.level), compiled.moments)
        self.if_looks = _looks(leaves_of(compiled.condition), ())
        self.looks = (*self.when_looks, *self.if_looks)
        self.joint = tuple(look for look in self.looks if look.leaf.combined)
        """Those whose silence changes a figure of several, whatever the rule waits for."""
        self.hung = tuple(leaf for leaf in leaves_of(compiled.level) if isinstance(leaf, ClockLeaf))
        """Spans of the clock that its trigger hangs on."""
        self.schedule = tuple(
            leaf
            for leaf in compiled.moments
            if isinstance(leaf, MomentLeaf) and not isinstance(leaf.trigger, CommandWhen)
        )

    # What it waits for

    def due_ms(self) -> int | None:
        """The next moment at which something may change by itself; None: there is none."""
        clock, found = self.clock_ms, _NEVER if self.check_ms is None else self.check_ms
        found = min(found, self.scheduled()[0])
        if self.compiled.level is not None and clock:
            for leaf in self.hung:
                found = min(found, leaf.border_ms(clock))
            if self.since_ms is not None:
                found = min(found, self._waited(clock))
        if self.joint and clock:
            found = min(found, _silent(self.joint, clock))
        return None if found == _NEVER else found

    def _waited(self, clock: int) -> int:
        """While its trigger is true."""
        found, looks = _NEVER, self.when_looks
        if not self.holds:
            assert self.since_ms is not None
            looks = self.looks
            end = self.since_ms + self.kept.rule.for_s * 1000
            if end > clock:
                found = end
            else:
                if self.fired_ms is not None and (over := self.fired_ms + self.kept.rule.cooldown_s * 1000) > clock:
                    found = over
                for leaf in leaves_of(self.compiled.condition):
                    if isinstance(leaf, ClockLeaf):
                        found = min(found, leaf.border_ms(clock))
        return min(found, _silent(looks, clock))

    def scheduled(self) -> tuple[int, tuple[MomentLeaf, ...]]:
        """The next moment of its time and sun triggers, and whose it is."""
        if not self.schedule or not self.known:
            return _NEVER, ()
        if self.plan is None or self.plan[0] != self.cursor_ms:
            self.plan = (self.cursor_ms, *self._planned())
        return self.plan[1:]

    def _planned(self) -> tuple[int, tuple[MomentLeaf, ...]]:
        found = _NEVER
        whose: list[MomentLeaf] = []
        for leaf in self.schedule:
            assert not isinstance(leaf.trigger, CommandWhen)
            moment = self.calendar.next_moment(leaf.trigger, self.cursor_ms)
            if moment is not None and moment <= found:
                whose = [*whose, leaf] if moment == found else [leaf]
                found = moment
        return found, tuple(whose)

    # Going on

    def advance(self, until_ms: int) -> list[Fired]:
        """All that was due before this moment, in order."""
        fired: list[Fired] = []
        while (due := self.due_ms()) is not None and due < until_ms:
            fired += self.at(due)
        return fired

    def at(self, due_ms: int) -> list[Fired]:
        """What is due at this moment; what was due before it is done already."""
        moments: tuple[MomentLeaf, ...] = ()
        if self.schedule and self.known:
            self.cursor_ms = max(self.cursor_ms, due_ms)
            if due_ms != self.moment_ms:
                moments = tuple(leaf for leaf in self.schedule if self._falls(leaf, due_ms))
                self.moment_ms = due_ms if moments else self.moment_ms
        return self.look(max(due_ms, self.clock_ms), moments)

    def _falls(self, leaf: MomentLeaf, due_ms: int) -> bool:
        assert not isinstance(leaf.trigger, CommandWhen)
        return self.calendar.next_moment(leaf.trigger, due_ms - 1) == due_ms

    def look(self, time_ms: int, moments: tuple[Moment, ...] = (), because: Because = NOTHING) -> list[Fired]:
        """How it is at this moment, not before its clock. `moments`: triggers that are true at this instant."""
        self.clock_ms = time_ms
        if self.check_ms is not None and self.check_ms <= time_ms:
            self.check_ms = None
        for look in self.joint:
            look.leaf.truth_at(time_ms)  # its latch moves whether or not the rule asks for it now
        fired: list[Fired] = []
        if self.compiled.level is not None:
            truth = truth_of(self.compiled.level, time_ms)
            if truth == 1:
                self._true(time_ms, because, fired)
            elif truth == 0:
                self._false(time_ms, because, fired)
            else:
                self._unknown(time_ms, because, fired)
        for moment in moments:
            self._moment(moment, time_ms, because, fired)
        return fired

    def _true(self, time_ms: int, because: Because, fired: list[Fired]) -> None:
        if self.since_ms is None:
            self.since_ms = time_ms
            self.changed = True
        if self.holds:
            return
        if time_ms < self.since_ms + self.kept.rule.for_s * 1000:
            self._hold_back(time_ms, "for", None)
        elif self._may(time_ms) == 1:
            self.holds = True
            fired.append(self._fire("then", time_ms, because, None))

    def _false(self, time_ms: int, because: Because, fired: list[Fired]) -> None:
        if self.holds and self.kept.rule.else_:
            fired.append(self._fire("else", time_ms, because, None))
        self._end()

    def _unknown(self, time_ms: int, because: Because, fired: list[Fired]) -> None:
        if not self.holds:
            self._end()
        elif self.kept.rule.safe:
            fired.append(self._fire("safe", time_ms, because, None))
            self._end()

    def _end(self) -> None:
        self.changed = self.changed or self.since_ms is not None or self.holds
        self.since_ms, self.holds, self.held = None, False, None

    def _moment(self, moment: Moment, time_ms: int, because: Because, fired: list[Fired]) -> None:
        may = self._may(time_ms)
        if may == 1:
            fired.append(self._fire("then", time_ms, because, moment))
        elif may == 0 and self.kept.rule.else_:
            fired.append(self._fire("else", time_ms, because, moment))

    def _may(self, time_ms: int) -> int:
        """Whether its condition is true; -1 also while it cools down."""
        condition = self.compiled.condition
        if condition is not None and (truth := truth_of(condition, time_ms)) != 1:
            self._hold_back(time_ms, "condition" if truth == 0 else "unknown", blocking(condition, time_ms))
            return truth
        if self.fired_ms is not None and time_ms < self.fired_ms + self.kept.rule.cooldown_s * 1000:
            self._hold_back(time_ms, "cooldown", None)
            return -1
        return 1

    def _hold_back(self, time_ms: int, reason: Reason, leaf: Leaf | None) -> None:
        if self.held is None or self.held[1:] != (reason, leaf):
            self.held = (time_ms, reason, leaf)

    def _fire(self, part: Part, time_ms: int, because: Because, moment: Moment | None) -> Fired:
        self.count = self.count + 1 if self.said == (part, time_ms) else 0
        self.said = (part, time_ms)
        if part == "then":
            self.fired_ms, self.held = time_ms, None
        self.changed = True
        simulated = because.simulated or any(look.cell.simulated for look in self.looks)
        trace = self._trace(time_ms, moment)
        return Fired(
            self.id,
            self.kept.version,
            part,
            time_ms,
            trace,
            self.count,
            because.depth,
            because.correlation,
            simulated,
        )

    def _trace(self, time_ms: int, moment: Moment | None) -> Trace:
        levels = [leaf.cause(time_ms) for leaf in leaves_of(self.compiled.level)]
        others = [leaf.cause(time_ms) for leaf in leaves_of(self.compiled.condition)]
        if moment is not None:
            cause = moment.cause(time_ms)
            trigger = Cause(cause.path, "true", "", cause.value, cause.time_ms, cause.device, cause.metric)
            return Trace(trigger, (*levels, *others))
        trigger = next((cause for cause in levels if cause.truth == "true"), levels[0])
        rest = tuple(cause for cause in (*levels, *others) if cause is not trigger)
        return Trace(trigger, rest, self.since_ms)

    # What others ask

    def fresh(self, fresh_ms: int) -> bool:
        """Whether its readings come in time, so that the wall clock counts for it."""
        if not self.looks:
            return True
        lags = [look.cell.lag_ms for look in self.looks if look.cell.time_ms]
        return min(lags) <= fresh_ms if lags else bool(self.schedule)

    def passed(self, due_ms: int) -> bool:
        """Whether all its series have come past this moment by themselves."""
        return bool(self.looks) and all(look.cell.time_ms > due_ms for look in self.looks)

    def caught_up_ms(self, fresh_ms: int) -> int | None:
        """When to look again, where readings lay too far behind; None: not yet."""
        if not self.behind or min(cell.time_ms for cell in self.behind) < self.clock_ms - fresh_ms:
            return None
        return max(self.clock_ms, *(cell.time_ms for cell in self.behind))

    def causes(self, time_ms: int) -> tuple[Cause, ...]:
        """Every leaf, triggers first."""
        leaves: list[Leaf | Moment] = [*leaves_of(self.compiled.level), *self.compiled.moments]
        return tuple(leaf.cause(time_ms) for leaf in (*leaves, *leaves_of(self.compiled.condition)))


def _looks(leaves: list[Leaf], moments: tuple[Moment, ...]) -> tuple[Look, ...]:
    return tuple(look for leaf in (*leaves, *moments) if isinstance(leaf, SeriesLeaf) for look in leaf.looks)


def _silent(looks: tuple[Look, ...], clock: int) -> int:
    """The first moment after `clock` at which one of them is not known any more."""
    ages = [look.stale_ms() for look in looks if not look.stale and look.figure is not None]
    return min((stale for stale in ages if stale > clock), default=_NEVER)
