"""How long, in words: `an hour and a half`, `1h30`, `90 s`. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNITS = {
    1: "s sec secs second seconds",
    60: "min mins minute minutes",
    3600: "h hr hrs hour hours",
    86_400: "day days",
    604_800: "week weeks",
}
SECONDS = {word: size for size, words in _UNITS.items() for word in words.split()}
"""Seconds by the word of a unit."""
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = {
    word: 10 * number
    for number, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"], 2)
}
_NUMBER = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,2})?")
_GLUED = re.compile(r"([0-9]{1,5}(?:[.,][0-9]{1,2})?)(s|sec|secs|m|min|mins|h|hr|hrs|d)")
_HOURS_MINUTES = re.compile(r"([0-9]{1,3})h([0-9]{1,2})(?:m|min)?")
_LONGEST_S = 366 * 86_400
_GLUED_UNITS = {"m": 60, "d": 86_400}

Read = tuple[float, int]
"""A number or seconds, and the word after it."""


def number(words: Sequence[str], at: int) -> Read | None:
    """A number in digits or words: `20`, `1.5`, `forty five`; None: there is none."""
    if at >= len(words):
        return None
    word = words[at]
    if _NUMBER.fullmatch(word):
        return float(word.replace(",", ".")), at + 1
    if word in _ONES:
        return float(_ONES.index(word)), at + 1
    if word in _TENS:
        ones = words[at + 1] if at + 1 < len(words) else ""
        if ones in _ONES[1:10]:
            return float(_TENS[word] + _ONES.index(ones)), at + 2
        return float(_TENS[word]), at + 1
    return None


def lasting(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """(seconds, the word after it) of a span that begins here; None: none does."""
    read = _whole(words, at)
    if read is None:
        return None
    seconds, end = read
    while (more := _more(words, end, seconds)) is not None:
        seconds, end = more
    return (round(seconds), end) if 1 <= seconds <= _LONGEST_S else None


def _whole(words: Sequence[str], at: int) -> Read | None:
    """One unit: `20 minutes`, `half an hour`, `an hour and a half`, `90s`, `1h30`."""
    return _glued(words, at) or _fraction(words, at) or _counted(words, at)


def _glued(words: Sequence[str], at: int) -> Read | None:
    word = words[at] if at < len(words) else ""
    if found := _HOURS_MINUTES.fullmatch(word):
        return (float(found[1]) * 3600 + float(found[2]) * 60, at + 1) if int(found[2]) < 60 else None
    if found := _GLUED.fullmatch(word):
        return float(found[1].replace(",", ".")) * (SECONDS.get(found[2]) or _GLUED_UNITS[found[2]]), at + 1
    return None


def _fraction(words: Sequence[str], at: int) -> Read | None:
    """`half an hour`, `a half hour`, `quarter of an hour`, `three quarters of an hour`."""
    start = at + 1 if word_at(words, at) in ("a", "the") else at
    part, end = {"half": (0.5, start + 1), "quarter": (0.25, start + 1), "third": (1 / 3, start + 1)}.get(
        word_at(words, start), (0.0, start)
    )
    if not part and word_at(words, start) == "three" and word_at(words, start + 1) == "quarters":
        part, end = 0.75, start + 2
    if not part:
        return None
    end = end + 1 if word_at(words, end) == "of" else end
    end = end + 1 if word_at(words, end) in ("a", "an") else end
    size = SECONDS.get(word_at(words, end))
    return None if size is None or (word_at(words, end).endswith("s") and size > 1) else (part * size, end + 1)


def _counted(words: Sequence[str], at: int) -> Read | None:
    read = (1.0, at + 1) if word_at(words, at) in ("a", "an") else number(words, at)
    if read is None:
        return None
    count, end = read
    if tuple(words[end : end + 3]) == ("and", "a", "half") and word_at(words, end + 3) in SECONDS:
        return (count + 0.5) * SECONDS[words[end + 3]], end + 4
    size = SECONDS.get(word_at(words, end))
    if size is None:
        return None
    if tuple(words[end + 1 : end + 4]) == ("and", "a", "half"):
        return (count + 0.5) * size, end + 4
    if tuple(words[end + 1 : end + 4]) == ("and", "a", "quarter"):
        return (count + 0.25) * size, end + 4
    return count * size, end + 1


def _more(words: Sequence[str], at: int, seconds: float) -> Read | None:
    """A smaller unit behind a larger one: `and 30 minutes`, `30 min`; of hours the minutes need no word."""
    start = at + 1 if word_at(words, at) == "and" else at
    read = _glued(words, start) or (None if word_at(words, start) in ("a", "an") else _counted(words, start))
    if read is not None and seconds % 60 == 0 and read[0] < (3600 if seconds % 3600 == 0 else 60):
        return seconds + read[0], read[1]
    return None


def word_at(words: Sequence[str], at: int) -> str:
    """Empty: there is none."""
    return words[at] if 0 <= at < len(words) else ""
