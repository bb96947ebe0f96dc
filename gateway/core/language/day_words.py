"""Days and parts of the day in words: `every weekday`, `on mondays and fridays`, `tomorrow`, `at night`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..spelling import WEEKDAYS, Weekday
from .spans_of_time import word_at

_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_DAYS: dict[str, Weekday] = dict(zip(_NAMES, WEEKDAYS, strict=True))
_PLURALS: dict[str, Weekday] = {f"{name}s": day for name, day in zip(_NAMES, WEEKDAYS, strict=True)}
_ABBREVIATED: dict[str, Weekday] = {
    "mon": "mon",
    "tue": "tue",
    "tues": "tue",
    "thu": "thu",
    "thur": "thu",
    "fri": "fri",
}
"""Not `sat`, `sun` and `wed`, which are words."""
WORKDAYS, WEEKEND = WEEKDAYS[:5], WEEKDAYS[5:]
_GROUPS: dict[str, tuple[Weekday, ...]] = {
    "weekday": WORKDAYS,
    "weekdays": WORKDAYS,
    "workday": WORKDAYS,
    "workdays": WORKDAYS,
    "weekend": WEEKEND,
    "weekends": WEEKEND,
}
_PARTS = ("morning", "afternoon", "evening", "night")

Days = tuple[tuple[Weekday, ...], bool, int]
"""Days, whether they repeat, and the word after them."""


def days(words: Sequence[str], at: int) -> Days | None:
    """Days that begin here; all days are an empty tuple. One day alone, not said to come again, does not repeat."""
    first = word_at(words, at)
    if first == "daily" or tuple(words[at : at + 3]) == ("once", "a", "day"):
        return (), True, at + (1 if first == "daily" else 3)
    if first in ("every", "each"):
        return _every(words, at + 1)
    start = at
    if first in ("on", "at", "during"):
        start = at + 2 if word_at(words, at + 1) == "the" else at + 1
    return _stretch(words, start) or _several(words, start, bare=start == at)


def _every(words: Sequence[str], at: int) -> Days | None:
    word = word_at(words, at)
    if word == "day" or (word == "single" and word_at(words, at + 1) == "day"):
        return (), True, at + (1 if word == "day" else 2)
    if word in _PARTS:
        return (), True, at  # the part itself comes next
    found = _several(words, at, bare=False)
    return None if found is None else (found[0], True, found[2])


def _stretch(words: Sequence[str], at: int) -> Days | None:
    """`monday to friday`."""
    start = at + 1 if word_at(words, at) == "from" else at
    first, joint, last = _day(word_at(words, start)), word_at(words, start + 1), _day(word_at(words, start + 2))
    if first is None or last is None or joint not in ("to", "through", "till", "until"):
        return None
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
    count = (end - begin) % 7 + 1
    return tuple(WEEKDAYS[(begin + number) % 7] for number in range(count)), True, start + 3


def _several(words: Sequence[str], at: int, *, bare: bool) -> Days | None:
    """`mondays and fridays`. `bare`: nothing stands before it that says that a day comes."""
    found: list[Weekday] = []
    repeats, end = False, at
    while True:
        word = word_at(words, end)
        group, day = _GROUPS.get(word), _day(word)
        if group is not None and not (bare and word in ("weekday", "weekend", "workday")):
            found += group
            repeats = True
        elif day is not None and not (bare and not found and word not in _PLURALS and word not in _DAYS):
            found.append(day)
            repeats = repeats or word in _PLURALS
        else:
            break
        end += 1
        joint = word_at(words, end)
        following = word_at(words, end + 1)
        if joint in ("and", "or") and (following in _GROUPS or _day(following) is not None):
            end += 1
    if not found:
        return None
    kept = tuple(day for day in WEEKDAYS if day in found)
    return kept, repeats or len(kept) > 1, end


def _day(word: str) -> Weekday | None:
    return _DAYS.get(word) or _PLURALS.get(word) or _ABBREVIATED.get(word)


def near_day(words: Sequence[str], at: int) -> tuple[int, str, int] | None:
    """(days from today, part of the day, the word after it): `tomorrow`, `tonight`, `this evening`."""
    word, following = word_at(words, at), word_at(words, at + 1)
    if word == "tonight":
        return 0, "night", at + 1
    if word == "this" and following in ("morning", "afternoon", "evening"):
        return 0, following, at + 2
    if word in ("today", "tomorrow"):
        part = following if following in _PARTS else ""
        return int(word == "tomorrow"), part, at + (2 if part else 1)
    return None


def part(words: Sequence[str], at: int, *, told: bool) -> tuple[str, int] | None:
    """(night, day, morning, afternoon, evening; the word after it). `told`: `every` stands before it."""
    word = word_at(words, at)
    if told and word in _PARTS:
        return word, at + 1
    if word == "overnight":
        return "night", at + 1
    if tuple(words[at : at + 2]) in (("it", "is"),) and word_at(words, at + 2) in ("night", "nighttime"):
        return "night", at + (4 if word_at(words, at + 3) == "time" else 3)
    if word not in ("at", "by", "during", "in", "over"):
        return None
    start = at + 2 if word_at(words, at + 1) == "the" else at + 1
    said, spaced = word_at(words, start), word_at(words, start + 1)
    if said in ("night", "nights", "nighttime", "nighttimes"):
        after = start + 2 if spaced == "time" else start + 1
        return "night", after
    if said in ("day", "daytime") and word in ("by", "during", "in"):
        return ("day", start + 2 if spaced == "time" else start + 1) if start == at + 2 or word != "in" else None
    if said.removesuffix("s") in _PARTS and word in ("in", "during") and start == at + 2:
        return said.removesuffix("s"), start + 1
    return None
