"""What a rehearsed rule does is counted as it happens: firings, what held it back, how long each part was true."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from ...core.local_time import LocalTime
from ...core.rules.actions import CommandThen, WindowThen
from ...core.rules.calendar import Calendar
from ...core.rules.engine import Held, Why
from ...core.rules.firing import Cause, Fired
from ...core.rules.rule import (
    ChangeWhen,
    CommandWhen,
    If,
    OneWhen,
    Rule,
    SunIf,
    SunWhen,
    TimeIf,
    TimeWhen,
    conditions,
    triggers,
)
from ...core.rules.why_words import why_fired
from ...core.rules.words import Names, clause
from .report import HeldBack, Share, WouldFire

FLAPPING_MS = 600_000
_MOMENTS = (TimeWhen, SunWhen, ChangeWhen, CommandWhen)
_NOT_LONG = "not for long enough"


class _Seen(msgspec.Struct):
    true_ms: int = 0
    unknown_ms: int = 0


class _Back(msgspec.Struct):
    count: int = 0
    longest_ms: int = 0


class Tally:
    """Of one rule, from a moment on: what fires before it is not told."""

    def __init__(self, rule: Rule, names: Names, from_ms: int) -> None:
        self.firings: list[WouldFire] = []
        self._rule = rule
        self._names = names
        self._clauses: dict[str, OneWhen | If] = {**dict(triggers(rule)), **dict(conditions(rule))}
        self._levels = rule.when is None or any(not isinstance(one, _MOMENTS) for _, one in triggers(rule))
        self._from_ms = self.looked_ms = from_ms
        self._seen: dict[str, _Seen] = {}
        self._back: dict[str, _Back] = {}
        self._held: tuple[str, int] | None = None
        self._open: int | None = None
        """Number of the firing that still holds."""
        self._fires = False

    def fired(self, fired: Fired, held: Held | None, *, own: bool = True) -> None:
        """The evaluator says so. `own` False: the rule has no such part, it is only how its end is heard of."""
        if fired.part == "then":
            self._fires = True
        elif self._open is not None:
            self.firings[self._open] = replace(self.firings[self._open], until_ms=fired.time_ms)
            self._open = None
        elif held is not None and not self._levels:
            self._back.setdefault(self._words(held), _Back()).count += 1  # its moment came, and it was not to be
        if own and fired.time_ms >= self._from_ms:
            why = why_fired(self._rule, fired, self._names)
            self.firings.append(WouldFire(fired.time_ms, None, fired.part, why))
            if fired.part == "then" and self._levels:
                self._open = len(self.firings) - 1

    def held(self, held: Held | None, time_ms: int) -> None:
        """What holds it back from this moment on; None: nothing, or its trigger is not true."""
        if not self._levels:
            return
        words = None if held is None else self._words(held)
        if self._held is not None and self._held[0] != words:
            # It waited as it says, unless its trigger ended before that.
            if self._held[0] != _NOT_LONG or (words is None and not self._fires):
                self._ended(*self._held, time_ms)
            self._held = None
        if self._held is None and words is not None and held is not None:
            self._held = words, held.time_ms
        self._fires = False

    def _ended(self, words: str, since_ms: int, time_ms: int) -> None:
        back = self._back.setdefault(words, _Back())
        back.count += 1
        back.longest_ms = max(back.longest_ms, time_ms - since_ms)

    def stands(self, why: Why, time_ms: int) -> None:
        """How the rule has stood until this moment."""
        passed_ms = time_ms - self.looked_ms
        for cause in why.causes:
            seen = self._seen.setdefault(cause.path, _Seen())
            if cause.truth == "true":
                seen.true_ms += passed_ms
            elif cause.truth == "unknown":
                seen.unknown_ms += passed_ms
        self.looked_ms = time_ms

    def end(self, to_ms: int) -> None:
        """It goes no further."""
        self.held(None, to_ms)

    def shares(self, to_ms: int, calendar: Calendar) -> tuple[Share, ...]:
        """Of the time there was, each leaf; of the clock's own spans by the calendar, whatever was measured then."""
        length = max(to_ms - self._from_ms, 1)
        found: list[Share] = []
        for path, seen in self._seen.items():
            asked = self._clauses.get(path)
            if asked is not None:
                true_ms, unknown_ms = seen.true_ms, seen.unknown_ms
                if isinstance(asked, TimeIf | SunIf):
                    true_ms, unknown_ms = _spans_ms(calendar, asked, self._from_ms, to_ms), 0
                found.append(Share(path, clause(asked, self._names), true_ms / length, unknown_ms / length))
        return tuple(found)

    def held_back(self) -> tuple[HeldBack, ...]:
        """The longest first."""
        found = [HeldBack(words, back.count, back.longest_ms / 1000) for words, back in self._back.items()]
        return tuple(sorted(found, key=lambda one: -one.longest_s))

    def _words(self, held: Held) -> str:
        cause = held.cause
        if held.reason in ("condition", "unknown") and cause is not None and cause.path in self._clauses:
            return _so(cause, clause(self._clauses[cause.path], self._names))
        return _NOT_LONG if held.reason == "for" else held.reason


def _spans_ms(calendar: Calendar, condition: TimeIf | SunIf, from_ms: int, to_ms: int) -> int:
    """How much of [from, to) lies in it."""
    found = 0
    while from_ms < to_ms:
        change_ms = calendar.next_change(condition, from_ms)
        end_ms = to_ms if change_ms is None else min(change_ms, to_ms)
        found += (end_ms - from_ms) * calendar.holds(condition, from_ms)
        from_ms = end_ms
    return found


def _so(cause: Cause, said: str) -> str:
    """What was so, and thereby held it back."""
    return {"true": said, "false": f"not: {said}", "unknown": f"not known: {said}"}[cause.truth]


def on_s(rule: Rule, firings: Iterable[WouldFire], to_ms: int) -> float:
    """How long what it does lasted in all: for what it says, else while it held; overlapping stretches count once."""
    lengths = [act.for_s for act in rule.then if isinstance(act, CommandThen | WindowThen)]
    for_ms = max(lengths, default=0) * 1000
    total_ms, end_ms = 0, -(1 << 62)
    for one in firings:
        if one.part != "then":
            continue
        until_ms = one.time_ms + for_ms if for_ms else to_ms if one.until_ms is None else one.until_ms
        total_ms += max(min(until_ms, to_ms) - max(one.time_ms, end_ms), 0)
        end_ms = max(end_ms, until_ms)
    return total_ms / 1000


def flapping(firings: Iterable[WouldFire]) -> int:
    """How many firings began less than ten minutes after the one before had ended."""
    found, ended_ms = 0, None
    for one in firings:
        if one.part == "then":
            found += ended_ms is not None and one.time_ms - ended_ms < FLAPPING_MS
            ended_ms = one.time_ms if one.until_ms is None else one.until_ms
    return found


def most_a_day(firings: Iterable[WouldFire], local: LocalTime) -> int:
    """Of all local days, on the one with most firings."""
    days: dict[object, int] = {}
    for one in firings:
        if one.part == "then":
            day = local.date_of(one.time_ms)
            days[day] = days.get(day, 0) + 1
    return max(days.values(), default=0)
