"""What one way to take a sentence means, before all ways are weighed against each other. Pure."""

from __future__ import annotations

import msgspec

from .intent import GuardName, Intent


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A meaning, and what it is good for."""

    intent: Intent
    license: frozenset[GuardName] = frozenset()
    """Guards that do not speak against it, as its template says so."""
    likely: str = ""
    """Why a person must be asked first; empty: nothing needs to be asked."""
    weight: int = 0
    """Of several that only ask, the least is taken."""
    covers: tuple[tuple[int, int], ...] = ()
    """Words that are names: a guard inside of one is none."""
    names: int = 0
    """Words of names that it used: the more, the better it was found."""
