"""What a sentence is cut into: looks, deeds, restrictions. Pure values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from .tagged import Lasting, Span, Tagged, When

if TYPE_CHECKING:
    from .grammar import Match


class Looked(msgspec.Struct, frozen=True):
    """One thing a rule looks at."""

    match: Match
    span: Span
    """Tokens."""
    lasting: Lasting | None = None
    clocks: tuple[When, ...] = ()


class Looks(msgspec.Struct, frozen=True):
    """Things it looks at, and how they are joined: `all`, `any`, or empty for one."""

    joined: str
    parts: tuple[Looked, ...]


class Deed(msgspec.Struct, frozen=True):
    """One thing to be done."""

    match: Match
    tagged: Tagged
    """In which the marks of the match are to be looked up: `it` has become what it stands for."""
    lasting: Lasting | None = None
    later: Lasting | None = None
    until: When | None = None
    clocks: tuple[When, ...] = ()


class Held(msgspec.Struct, frozen=True):
    """A restriction."""

    only: bool
    """Otherwise: not."""
    clocks: tuple[When, ...] = ()
    looks: Looks | None = None


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """A whole sentence, one way."""

    looks: tuple[Looks, ...] = ()
    any_of: bool = False
    """The looks are joined by `or if`."""
    lasts: bool = False
    """`while` was said: what is done ends with it."""
    deeds: tuple[Deed, ...] = ()
    otherwise: tuple[Deed, ...] = ()
    held: tuple[Held, ...] = ()
    clocks: tuple[When, ...] = ()
    covers: tuple[Span, ...] = ()
    """Tokens of clauses in which words such as `not` and `if` are understood."""
    until: tuple[Looks, ...] = ()
    """What shall end it."""
    sequence: bool = False
    """One thing after another was asked for."""


def of_two(one: Looked) -> Looks:
    """`co2 in the bedroom or in the living room is above …` are two looks."""
    slots = one.match.slots
    if "other" not in slots:
        return Looks("", (one,))
    name = next((one for one in ("who", "place") if one in slots), "thing")
    second = replace(one.match, slots={**slots, name: slots["other"]})
    return Looks(slots["joint"], (one, replace(one, match=second)))


def spoken_of(looks: Looks) -> str:
    """The mark of what a condition is about: in what is done then, `it` is that."""
    marks = [one.match.slots.get(name, "") for one in looks.parts for name in ("thing", "who")]
    return next((mark for mark in marks if mark), "")
