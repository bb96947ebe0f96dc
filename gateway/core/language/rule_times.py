"""Times that were said, as triggers and conditions of a rule. Pure."""

from __future__ import annotations

from ..rules.rule import If, OneWhen, SunIf, SunWhen, TimeIf, TimeWhen
from .house import House
from .tagged import When


def is_moment(when: When) -> bool:
    """Whether something happens at it, rather than while it lasts."""
    return bool(when.at or when.every_s or when.sun)


def is_window(when: When) -> bool:
    """Whether it lasts."""
    return bool(when.from_ or when.part or when.up or (when.days and not is_moment(when)))


def moment(when: When) -> OneWhen:
    """As a trigger."""
    if when.sun:
        event = "sunrise" if when.sun == "sunrise" else "sunset"
        return SunWhen(event=event, offset_s=when.offset_s, days=when.days)  # type: ignore[arg-type]
    return TimeWhen(at=when.at, every_s=when.every_s, days=when.days)


def window(when: When, house: House) -> If:
    """As a condition."""
    if when.up:
        return SunIf(is_="up" if when.up == "up" else "down")
    first, last = hours(when, house)
    return TimeIf(from_=first, to=last, days=when.days)


def hours(when: When, house: House) -> tuple[str, str]:
    """From and to, as `HH:MM`; of whole days all but their last minute, which no window of the rules has."""
    if when.part == "night":
        return house.night
    if when.part == "day":
        return house.night[1], house.night[0]
    if when.from_:
        return when.from_, when.to
    return "00:00", "23:59"


def minute(at: str) -> int:
    """Of the day, of `HH:MM`."""
    return int(at[:2]) * 60 + int(at[3:5])


def assumed(when: When, house: House) -> str:
    """What was taken for granted, in words; empty: nothing."""
    if when.part:
        return f"Night is {house.night[0]} to {house.night[1]}."
    return f"I took {when.guessed}." if when.guessed else ""
