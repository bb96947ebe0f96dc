"""A sentence as templates see it: plain words, and a mark in the place of each name, number and time. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from ..spelling import Weekday
from .house import Thing

Span = tuple[int, int]
"""From and to (exclusive)."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Something of the house that was named."""

    things: tuple[Thing, ...]
    """All that may be meant."""
    said: str = ""
    """As it was written."""
    exact: bool = True
    """A whole name or synonym was said, not only what kind of thing it is."""
    kind: str = ""
    """The kind, where that was all that was said: fan, window, …"""
    plural: bool = False
    where: tuple[Thing, ...] = ()
    """Places that were said with it: `the fan in the bathroom`."""
    article: str = ""
    every: bool = False
    """All of them were asked for."""
    pronoun: str = ""
    """`it`: which one, the conversation knows."""
    unknown: str = ""
    """Words in it that name nothing here: then nobody knows what is meant."""


class Metric(msgspec.Struct, frozen=True):
    """Something that is measured."""

    name: str


class Lasting(msgspec.Struct, frozen=True):
    """How long."""

    seconds: int


class When(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When, on the wall clock where the site is."""

    at: str = ""
    """`HH:MM`."""
    from_: str = msgspec.field(default="", name="from")
    to: str = ""
    """With `from_`: a stretch of each day, over midnight when it is earlier; alone: until then."""
    days: tuple[Weekday, ...] = ()
    repeats: bool = False
    """Every day or every so often was said, not only when."""
    every_s: int = 0
    in_days: int | None = None
    """0: today, 1: tomorrow; None: not said."""
    sun: str = ""
    """sunrise or sunset."""
    offset_s: int = 0
    """After it; negative: before."""
    up: str = ""
    """The sun is `up` or `down`."""
    part: Literal["", "night", "day"] = ""
    """Whoever knows the house knows from when to when."""
    loose: bool = False
    """A time of day without `at` or a day: `6 pm`."""
    open_ended: bool = False
    """`after 10 pm`, `before 8`: from or to midnight."""
    guessed: str = ""
    """What was taken for granted, in words: `7:00 in the morning`."""


class Tag(msgspec.Struct, frozen=True):
    """What stands behind a mark. A number's meaning is `numbers.Amount`."""

    mark: str
    span: Span
    """Of the sentence's words."""
    meaning: object


class Tagged(msgspec.Struct, frozen=True, kw_only=True):
    """One way to take the names in a sentence."""

    tokens: tuple[str, ...]
    """Words and marks: `if mma in the tta is above nna for dda`."""
    spans: tuple[Span, ...]
    """Of the sentence's words, for each token."""
    tags: Mapping[str, Tag]
    commas: frozenset[int] = frozenset()
    """Before these tokens stands a comma, a colon or a semicolon."""
    colons: frozenset[int] = frozenset()
    """Before these a colon."""
    rank: int = 0
    """The less, the longer the names that were found."""

    def part(self, start: int, end: int) -> Sequence[str]:
        """Some of its tokens."""
        return self.tokens[start:end]
