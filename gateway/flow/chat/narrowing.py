"""A house as if some of what may have been meant were not there: so one that was picked is the one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ...core.language.house import House
from ...core.language.intent import Candidate


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
