"""Which of several was meant, and a house as if the others were not there. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ...core.language.house import House
from ...core.language.intent import Candidate
from ...core.names import words

_EMPTY = frozenset(words("the one in at of please that no i mean meant"))


def named(text: str, offered: Sequence[Candidate]) -> Candidate | None:
    """The only one of those offered whose name has all these words: `the bedroom one`; None: nothing so plain."""
    said = frozenset(words(text)) - _EMPTY
    fitting = [one for one in offered if said and said <= frozenset(words(one.name))]
    return fitting[0] if len(fitting) == 1 else None


def narrowed(house: House, without: Sequence[Candidate], *, measured: bool) -> House:
    """`measured`: where something is measured was asked; then the others stay, but measure nothing."""
    gone = {(one.what, one.id) for one in without}
    if measured:
        things = tuple(
            replace(thing, metrics=frozenset()) if (thing.what, thing.id) in gone else thing for thing in house.things
        )
    else:
        things = tuple(thing for thing in house.things if (thing.what, thing.id) not in gone)
    return replace(house, things=things)
