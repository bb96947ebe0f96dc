"""Spans, times of day and days in a sentence's words. Pure.

A preposition belongs to a time (`at 7 pm`, `every day at 7`, `until 6` are one each), not to a span: `for 10 minutes`,
`in 10 minutes` and `after 10 minutes` mean different things, and templates tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from ..spelling import Weekday
from .clock_words import Clock, clock, hhmm, in_part
from .day_words import days, near_day, part
from .spans_of_time import SECONDS, lasting, word_at
from .tagged import Lasting, Span, When

_PARTS = {"morning": ("06:00", "12:00"), "afternoon": ("12:00", "18:00"), "evening": ("18:00", "22:00")}
"""What is taken for them where a stretch is meant; it is read back."""
_HOURS = {
    "morning": (0, 720),
    "afternoon": (690, 1140),
    "evening": (900, 1439),
    "night": (1020, 480),
    "day": (300, 1230),
}
"""When `7 am` and `22:30` may be said with them; `every morning at 7 pm` says two things."""
_RISES = frozenset({"sunrise", "dawn", "sunup", "daybreak"})
_SETS = frozenset({"sunset", "dusk", "sundown", "nightfall"})
_MORNING = 480
_TO = ("to", "until", "till", "and")


class Found(msgspec.Struct, frozen=True):
    """A time in a sentence."""

    span: Span
    """Words, from and to (exclusive)."""
    meaning: Lasting | When
    sure: bool = True
    """False: the words may be plain numbers, too (`at 7`)."""


class _Draft(msgspec.Struct, frozen=True):
    """What was read so far of one time."""

    clock: Clock | None = None
    ends: tuple[Clock, Clock] | None = None
    open_ended: bool | None = None
    until: Clock | None = None
    days: tuple[Weekday, ...] | None = None
    repeats: bool | None = None
    every_s: int | None = None
    in_days: int | None = None
    part: str | None = None
    sun: str | None = None
    offset_s: int | None = None
    up: str | None = None
    led: bool | None = None
    """`at` was said."""
    sure: bool = True


Piece = tuple[_Draft, int]


def find(words: Sequence[str]) -> list[Found]:
    """All of them in order; none overlaps another. `words` are lower case, `22:00` and `7pm` one word each."""
    found: list[Found] = []
    at = 0
    while at < len(words):
        one = _found(words, at)
        if one is None:
            at += 1
        else:
            found.append(one)
            at = one.span[1]
    return found


def _found(words: Sequence[str], at: int) -> Found | None:
    run = _run(words, at)
    if run is not None:
        meaning = _meaning(run[0])
        if meaning is not None:
            return Found((at, run[1]), meaning, run[0].sure)
    if word_at(words, at - 1) in ("every", "once", "twice", "times", "other"):
        return None
    span = lasting(words, at)
    if span is None:
        return None
    return Found((at, span[1]), Lasting(span[0]))


def _run(words: Sequence[str], at: int) -> Piece | None:
    """As many pieces as fit together, one behind the other."""
    read = _piece(words, at, _Draft())
    while read is not None:
        draft, end = read
        following = _piece(words, end, draft)
        joined = None if following is None else _joined(draft, following[0])
        if joined is None or following is None:
            return draft, end
        read = joined, following[1]
    return None


def _piece(words: Sequence[str], at: int, before: _Draft) -> Piece | None:
    if at >= len(words):
        return None
    told = before.repeats is True and before.days == () and word_at(words, at - 1) in ("every", "each")
    return (
        _sun(words, at)
        or _often(words, at)
        or _range(words, at)
        or _day(words, at)
        or _part(words, at, told=told)
        or _clock(words, at, before)
    )


def _often(words: Sequence[str], at: int) -> Piece | None:
    """`every 10 minutes`, `hourly`, `every half hour`."""
    word, following = word_at(words, at), word_at(words, at + 1)
    if word == "hourly":
        return _Draft(every_s=3600, repeats=True), at + 1
    if word == "once" and following in ("every", "an"):
        return (
            (_Draft(every_s=3600, repeats=True), at + 3)
            if tuple(words[at + 1 : at + 3]) == ("an", "hour")
            else (_often(words, at + 1))
        )
    if word not in ("every", "each"):
        return None
    if following in ("second", "other", "third") and word_at(words, at + 2) not in ("", "if", "when"):
        return None  # `every second day` cannot be said to the rules
    if following in SECONDS and following in ("minute", "hour", "second"):
        return _Draft(every_s=SECONDS[following], repeats=True), at + 2
    span = lasting(words, at + 1)
    if span is None and following == "half" and word_at(words, at + 2) == "hour":
        span = (1800, at + 3)
    return None if span is None else (_Draft(every_s=span[0], repeats=True), span[1])


def _range(words: Sequence[str], at: int) -> Piece | None:
    """`between 22:00 and 6:00`, `from 8 to 10 pm`, `until 6`, `after 8 pm`."""
    word = word_at(words, at)
    led = word in ("between", "from")
    start = at + 1 if led else at
    first = clock(words, start, bare=led, relative=word != "from")
    if first is not None:
        joint = word_at(words, first[1])
        allowed = ("and",) if word == "between" else _TO[:3]
        start = first[1] + 1 if joint in allowed else first[1]
        if joint in allowed or ":" in joint:
            last = clock(words, start, bare=led)
            if last is not None:
                sure = not (led and first[0].bare and last[0].bare)
                return _Draft(ends=(first[0], last[0]), sure=sure), last[1]
    if word in ("until", "till", "before", "after"):
        one = clock(words, at + 1, bare=True)
        if one is None:
            return _until_tomorrow(words, at)
        if word in ("until", "till"):
            return _Draft(until=one[0], sure=not one[0].bare), one[1]
        midnight = Clock(0)
        ends = (one[0], midnight) if word == "after" else (midnight, one[0])
        return _Draft(ends=ends, open_ended=True, sure=not one[0].bare), one[1]
    return None


def _until_tomorrow(words: Sequence[str], at: int) -> Piece | None:
    """`until tomorrow morning`: until eight, which is read back."""
    near = near_day(words, at + 1)
    if word_at(words, at) not in ("until", "till") or near is None or near[0] != 1 or near[1] not in ("", "morning"):
        return None
    return _Draft(until=Clock(_MORNING), in_days=1), near[2]


def _clock(words: Sequence[str], at: int, before: _Draft) -> Piece | None:
    led = word_at(words, at) in ("at", "around")
    told = led or before.in_days is not None or before.repeats is True
    one = clock(words, at + 1 if led else at, bare=led)
    if one is None or (one[0].bare and not told and not _plain(words[at : one[1]])):
        return None
    return _Draft(clock=one[0], led=led or None, sure=not one[0].bare or _plain(words[at : one[1]])), one[1]


def _plain(words: Sequence[str]) -> bool:
    """Whether a time of day was said so that it is nothing else."""
    return any(":" in word or word in ("past", "oclock", "o'clock", "clock", "to") for word in words)


def _day(words: Sequence[str], at: int) -> Piece | None:
    near = near_day(words, at)
    if near is not None:
        return _Draft(in_days=near[0], part=near[1] or None), near[2]
    said = days(words, at)
    return None if said is None else (_Draft(days=said[0], repeats=said[1]), said[2])


def _part(words: Sequence[str], at: int, *, told: bool) -> Piece | None:
    said = part(words, at, told=told)
    return None if said is None else (_Draft(part=said[0]), said[1])


def _sun(words: Sequence[str], at: int) -> Piece | None:
    start = at + 1 if word_at(words, at) in ("at", "around") else at
    event = _event(words, start)
    if event is not None:
        return _Draft(sun=event[0]), event[1]
    said = _up(words, at)
    if said is not None:
        return said
    away = lasting(words, at)
    if away is not None and word_at(words, away[1]) in ("before", "after"):
        event = _event(words, away[1] + 1)
        if event is not None and away[0] <= 43_200:
            sign = -1 if word_at(words, away[1]) == "before" else 1
            return _Draft(sun=event[0], offset_s=sign * away[0]), event[1]
    return None


def _event(words: Sequence[str], at: int) -> tuple[str, int] | None:
    word = word_at(words, at)
    if word in _RISES or word in _SETS:
        return ("sunrise" if word in _RISES else "sunset"), at + 1
    said = tuple(words[at : at + 4])
    for phrase, event in _SUN_PHRASES.items():
        if said[: len(phrase)] == phrase:
            return event, at + len(phrase)
    return None


_SUN_PHRASES = {
    ("the", "sun", "sets"): "sunset",
    ("the", "sun", "goes", "down"): "sunset",
    ("sun", "set"): "sunset",
    ("it", "gets", "dark"): "sunset",
    ("it", "becomes", "dark"): "sunset",
    ("the", "sun", "rises"): "sunrise",
    ("the", "sun", "comes", "up"): "sunrise",
    ("sun", "rise"): "sunrise",
}
_UP_PHRASES = {
    ("after", "dark"): "down",
    ("after", "sunset"): "down",
    ("before", "sunrise"): "down",
    ("after", "sunrise"): "up",
    ("before", "sunset"): "up",
    ("between", "sunset", "and", "sunrise"): "down",
    ("from", "sunset", "to", "sunrise"): "down",
    ("from", "sunset", "until", "sunrise"): "down",
    ("between", "sunrise", "and", "sunset"): "up",
    ("from", "sunrise", "to", "sunset"): "up",
    ("from", "sunrise", "until", "sunset"): "up",
    ("the", "sun", "is", "down"): "down",
    ("the", "sun", "is", "up"): "up",
    ("it", "is", "dark", "outside"): "down",
    ("it", "s", "dark", "outside"): "down",
    ("it's", "dark", "outside"): "down",
    ("during", "daylight"): "up",
    ("in", "daylight"): "up",
}


def _up(words: Sequence[str], at: int) -> Piece | None:
    said = tuple(words[at : at + 4])
    for phrase, up in _UP_PHRASES.items():
        if said[: len(phrase)] == phrase:
            return _Draft(up=up), at + len(phrase)
    return None


def _joined(one: _Draft, other: _Draft) -> _Draft | None:
    """Both as one; None: they say different things of the same."""
    merged: dict[str, object] = {"sure": one.sure and other.sure}
    for name in _Draft.__struct_fields__:
        if name == "sure":
            continue
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is not None and theirs is not None and (name not in ("repeats", "part") or mine != theirs):
            if name != "repeats":
                return None
            theirs = mine or theirs
        merged[name] = theirs if theirs is not None else mine
    clocks = [name for name in ("clock", "ends", "every_s", "sun", "up", "until") if merged[name] is not None]
    return _Draft(**merged) if len(clocks) <= 1 else None  # type: ignore[arg-type]


def _meaning(draft: _Draft) -> When | None:
    said = draft.part or ""
    when = When(
        days=draft.days or (),
        repeats=bool(draft.repeats),
        every_s=draft.every_s or 0,
        in_days=draft.in_days,
        sun=draft.sun or "",
        offset_s=draft.offset_s or 0,
        up=draft.up or "",
    )
    if draft.clock is not None:
        if said in _HOURS and not draft.clock.bare and not _in_hours(draft.clock.minute, *_HOURS[said]):
            return None
        loose = not (draft.led or draft.days is not None or draft.in_days is not None or said or draft.repeats)
        return replace(when, **_at_clock(draft.clock, said), loose=loose)
    if draft.ends is not None:
        first, last = _ends(*draft.ends, said)
        return replace(when, from_=hhmm(first), to=hhmm(last), open_ended=bool(draft.open_ended))
    if draft.until is not None:
        if said:
            return replace(when, to=hhmm(in_part(draft.until, said)))
        return replace(when, to=hhmm(draft.until.minute), guessed=_guess(draft.until))
    if said in ("night", "day"):
        return replace(when, part=said)
    if said:
        return replace(when, from_=_PARTS[said][0], to=_PARTS[said][1], guessed=f"{said} is {'-'.join(_PARTS[said])}")
    if draft.every_s and draft.every_s > 86_400:
        return None
    return when


def _in_hours(minute: int, first: int, last: int) -> bool:
    return first <= minute <= last if first < last else minute >= first or minute <= last


def _at_clock(said: Clock, day_part: str) -> dict[str, str]:
    if day_part:
        return {"at": hhmm(in_part(said, day_part))}
    return {"at": hhmm(said.minute), "guessed": _guess(said)}


def _guess(said: Clock) -> str:
    return f"{hhmm(said.minute)}, not {hhmm(said.minute + 720)}" if said.bare else ""


def _ends(first: Clock, last: Clock, day_part: str) -> tuple[int, int]:
    if day_part:
        return in_part(first, day_part), in_part(last, day_part)
    begin, end = first.minute, last.minute
    if first.bare and not last.bare and end >= 720 and begin < 720 and begin + 720 < end:
        begin += 720  # from 8 to 10 pm
    return begin, end
