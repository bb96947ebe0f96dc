"""What can be named in a sentence: plain values, made by whoever knows the house. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..capabilities import VerbKnown
from .intent import Candidate, CandidateKind


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A zone, an asset or a device."""

    what: CandidateKind
    id: str
    name: str
    kind: str = ""
    """The asset's kind or the device's (`home.AssetKind`, `capabilities.TYPES`); of a zone: zone."""
    called: tuple[str, ...] = ()
    """Everything it is called as people wrote it: name, synonyms, id."""
    around: frozenset[tuple[CandidateKind, str]] = frozenset()
    """What it is in, stands at, is assigned to or serves: (what, id)."""
    metrics: frozenset[str] = frozenset()
    """Measured by it, or by the devices at it."""
    devices: tuple[str, ...] = ()
    """Ids of those that are it or are assigned to it."""
    verbs: Mapping[str, VerbKnown] = {}
    """What it, or exactly one device at it, can do."""
    actors: Mapping[str, str] = {}
    """The id of the device that does it, by verb."""

    @property
    def candidate(self) -> Candidate:
        """As it is offered."""
        return Candidate(self.what, self.id, self.name)


class House(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    things: tuple[Thing, ...] = ()
    scenes: tuple[tuple[str, str], ...] = ()
    """(id, name)."""
    rules: tuple[tuple[str, str], ...] = ()
    metrics: frozenset[str] = frozenset()
    """All that anything measures."""
    night: tuple[str, str] = ("22:00", "06:00")
    sun: bool = False
    """Whether sunrise and sunset are known: the site has coordinates."""
    act_at_once: bool = True
    """False: every order is asked about first."""

    def thing(self, what: CandidateKind, thing_id: str) -> Thing | None:
        """One by its id; None: there is none."""
        return next((thing for thing in self.things if (thing.what, thing.id) == (what, thing_id)), None)
