"""Times of day in words: `7 pm`, `half past seven`, `22:00`, `noon`; bare hours. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from .spans_of_time import SECONDS, number, word_at

_COLON = re.compile(r"([01]?[0-9]|2[0-4])[:.h]([0-5][0-9])(am|pm)?")
_HALVES = re.compile(r"([0-9]{1,2})(am|pm)")
_FIXED = {"noon": 720, "midday": 720, "midnight": 0}
_UNIT_WORDS = frozenset(
    [
        "%",
        "percent",
        "per",
        "degrees",
        "degree",
        "deg",
        "°",
        "°c",
        "°f",
        "c",
        "f",
        "ppm",
        "watts",
        "watt",
        "w",
        "lux",
        "lx",
        "db",
        "hpa",
        "mm",
        "v",
        "volts",
    ]
)
"""A number before one of these is no hour."""
DAY_PARTS = {"morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "night"}


class Clock(msgspec.Struct, frozen=True):
    """A time of day; `bare`: it was not said in which half of the day."""

    minute: int
    """Since midnight."""
    bare: bool = False


def clock(words: Sequence[str], at: int, *, bare: bool = False, relative: bool = True) -> tuple[Clock, int] | None:
    """A time of day that begins here, and the word after it. `bare`: an hour alone counts, too; `relative`: `ten to
    five`, too.
    """
    word = word_at(words, at)
    if word in _FIXED:
        return Clock(_FIXED[word]), at + 1
    return (_relative(words, at) if relative else None) or _digits(words, at) or _spelled(words, at, bare=bare)


def _digits(words: Sequence[str], at: int) -> tuple[Clock, int] | None:
    word = word_at(words, at)
    if found := _HALVES.fullmatch(word):
        return _half(int(found[1]), 0, found[2], at + 1)
    found = _COLON.fullmatch(word)
    if found is None:
        return None
    hour, minute, half, end = int(found[1]), int(found[2]), found[3] or "", at + 1
    if not half:
        half, end = _half_word(words, end)
    if half:
        return _half(hour, minute, half, end)
    if "." in word and word_at(words, at - 1) not in ("at", "until", "till", "from", "after", "before"):
        return None  # 7.30 may be a number
    bare = hour in range(1, 13) and not word.startswith("0")
    return (Clock(hour * 60 + minute, bare), end) if hour < 24 else None


def _spelled(words: Sequence[str], at: int, *, bare: bool) -> tuple[Clock, int] | None:
    read = number(words, at)
    if read is None or read[0] != int(read[0]) or not 0 <= read[0] <= 24:
        return None
    hour, end = int(read[0]), read[1]
    half, after = _half_word(words, end)
    if half:
        return _half(hour, 0, half, after)
    if oclock := _oclock(words, end):
        half, after = _half_word(words, oclock)
        return _half(hour, 0, half, after) if half else (Clock(hour % 24 * 60, hour <= 12), oclock)
    if tuple(words[end : end + 2]) == ("in", "the") and word_at(words, end + 2) in ("morning", "afternoon", "evening"):
        return Clock(in_part(Clock(hour * 60, True), words[end + 2]) if hour <= 12 else hour % 24 * 60), end + 3
    if tuple(words[end : end + 2]) == ("at", "night") and 0 < hour <= 12:
        return Clock(in_part(Clock(hour * 60, True), "night")), end + 2
    if not bare or word_at(words, end) in _UNIT_WORDS or word_at(words, end) in SECONDS:
        return None
    minutes = number(words, end)
    if (
        minutes is not None
        and minutes[0] in (15, 30, 45)
        and word_at(words, minutes[1]) not in _UNIT_WORDS | SECONDS.keys()
    ):
        half, after = _half_word(words, minutes[1])
        if half:
            return _half(hour, int(minutes[0]), half, after)
        return Clock(hour % 24 * 60 + int(minutes[0]), hour <= 12), minutes[1]
    return Clock(hour % 24 * 60, 1 <= hour <= 12), end


def _relative(words: Sequence[str], at: int) -> tuple[Clock, int] | None:
    """`half past seven`, `a quarter to eight pm`, `ten past six`."""
    start = at + 1 if word_at(words, at) == "a" else at
    word = word_at(words, start)
    away = {"half": 30, "quarter": 15}.get(word)
    end = start + 1
    if away is None:
        read = number(words, start)
        if read is None or read[0] not in (5, 10, 20, 25):
            return None
        away, end = int(read[0]), read[1]
        end = end + 1 if word_at(words, end) in ("minutes", "min") else end
    side = {"past": 1, "to": -1}.get(word_at(words, end))
    hour = number(words, end + 1)
    if (
        side is None
        or hour is None
        or hour[0] != int(hour[0])
        or not 1 <= hour[0] <= 12
        or (side < 0 and word == "half")
    ):
        return None
    half, after = _half_word(words, hour[1])
    if not half and (word not in ("half", "quarter")) and word_at(words, hour[1]) in _UNIT_WORDS:
        return None  # `from 10 to 12 degrees`
    minute = int(hour[0]) * 60 + side * away
    if half:
        return Clock((minute % 720 + (720 if half == "pm" else 0)) % 1440), after
    return Clock(minute % 1440, True), hour[1]


def _half(hour: int, minute: int, half: str, end: int) -> tuple[Clock, int] | None:
    if hour > 12:
        return Clock(hour * 60 + minute), end
    if hour < 1:
        return None
    return Clock(hour % 12 * 60 + minute + (720 if half == "pm" else 0)), end


def _half_word(words: Sequence[str], at: int) -> tuple[str, int]:
    word = word_at(words, at)
    if word in ("am", "pm"):
        return word, at + 1
    if word in ("a", "p") and word_at(words, at + 1) == "m":
        return word + "m", at + 2
    return "", at


def _oclock(words: Sequence[str], at: int) -> int:
    """The word after `o'clock`; 0: there is none."""
    if word_at(words, at) in ("oclock", "o'clock"):
        return at + 1
    return at + 2 if (word_at(words, at), word_at(words, at + 1)) == ("o", "clock") else 0


def in_part(said: Clock, part: str) -> int:
    """The minute of the day of a bare time said of a part of the day."""
    hour = said.minute // 60
    if not said.bare:
        return said.minute
    if part == "morning" or (part == "night" and (hour < 6 or hour == 12)):
        later = -720 if hour == 12 else 0
    else:
        later = 720 if hour < 12 else 0
    return (said.minute + later) % 1440


def hhmm(minute: int) -> str:
    """`07:00`."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
