"""Sets of numbers, of minutes of a week and of words, as conditions cut them out. Pure."""

from __future__ import annotations

from math import inf

import msgspec

from ..spelling import WEEKDAYS, Weekday
from .sources import Operator

DAY = 1440
"""Minutes."""
WEEK = 7 * DAY
Cut = tuple[float, int]
"""Between two numbers: (x, 0) lies just below x, (x, 1) just above it."""
_LEAST, _MOST = (-inf, 0), (inf, 1)


class Spans(msgspec.Struct, frozen=True):
    """Numbers between cuts, in order and apart from each other."""

    parts: tuple[tuple[Cut, Cut], ...]

    def meet(self, other: Spans) -> Spans:
        """What is in both."""
        met = ((max(a, c), min(b, d)) for a, b in self.parts for c, d in other.parts)
        return Spans(tuple(sorted((low, high) for low, high in met if low < high)))

    def rest(self) -> Spans:
        """What is not in it."""
        borders = [_LEAST, *(cut for part in self.parts for cut in part), _MOST]
        pairs = zip(borders[::2], borders[1::2], strict=True)
        return Spans(tuple((low, high) for low, high in pairs if low < high))

    def __contains__(self, value: float) -> bool:
        return any(low <= (value, 0) and (value, 1) <= high for low, high in self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)


class Choice(msgspec.Struct, frozen=True):
    """One of these words, or any but these."""

    words: frozenset[str]
    but: bool = False

    def meet(self, other: Choice) -> Choice:
        """What is in both."""
        match self.but, other.but:
            case False, False:
                return Choice(self.words & other.words)
            case True, True:
                return Choice(self.words | other.words, but=True)
            case False, True:
                return Choice(self.words - other.words)
            case _:
                return Choice(other.words - self.words)

    def rest(self) -> Choice:
        """What is not in it."""
        return Choice(self.words, not self.but)

    def __contains__(self, word: str) -> bool:
        return (word in self.words) is not self.but

    def __bool__(self) -> bool:
        return self.but or bool(self.words)


def compared(operator: Operator, value: float, slack: float = 0.0) -> Spans:
    """The values that compare so; with `slack` also those that are still taken for it."""
    match operator:
        case ">":
            return Spans((((value - slack, 1), _MOST),))
        case ">=":
            return Spans((((value - slack, 0), _MOST),))
        case "<":
            return Spans(((_LEAST, (value + slack, 0)),))
        case "<=":
            return Spans(((_LEAST, (value + slack, 1)),))
        case "==":
            return Spans((((value, 0), (value, 1)),))
        case "!=":
            return compared("==", value).rest()


def week(days: tuple[Weekday, ...], from_minute: int, minutes: int) -> Spans:
    """Minutes since Monday's midnight, in [from, from + minutes) of these days (none: all), also over midnight."""
    found: list[tuple[Cut, Cut]] = []
    for number, day in enumerate(WEEKDAYS):
        if days and day not in days:
            continue
        start = number * DAY + from_minute
        end = start + minutes
        found.append(((start, 0), (min(end, WEEK), 0)))
        if end > WEEK:
            found.append(((0, 0), (end - WEEK, 0)))
    return _joined(found)


def _joined(parts: list[tuple[Cut, Cut]]) -> Spans:
    found: list[tuple[Cut, Cut]] = []
    for low, high in sorted(parts):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return Spans(tuple(found))
