"""The one evaluator of rules: the same events in the same order give the same firings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Literal

import msgspec

from .cells import Cell
from .events import Event, LeafSeries, Struck
from .firing import Cause, Fired
from .memory import Memory
from .rule import KeptRule


class Setup(msgspec.Struct, frozen=True):
    """Where the site is, and how late is late."""

    zone: tzinfo = UTC
    latitude: float | None = None
    longitude: float | None = None
    fresh_s: int = 120


class Held(msgspec.Struct, frozen=True):
    """Why a rule whose trigger is true has not fired. Not stored: the newest is kept by rule."""

    rule: str
    time_ms: int
    reason: Literal["condition", "unknown", "cooldown", "for", "late", "off"]
    cause: Cause | None
    """The leaf that held it back; None: none of them did."""


class Why(msgspec.Struct, frozen=True):
    """How a rule stands at one moment."""

    holds: bool
    """It has fired, and its trigger is still true."""
    trigger: Literal["true", "false", "unknown"]
    causes: tuple[Cause, ...]
    """Every leaf, triggers first."""
    clock_ms: int
    """The rule's own time."""
    since_ms: int | None = None
    waits_until_ms: int | None = None
    """End of `for_s`."""
    cooldown_until_ms: int | None = None
    held: Held | None = None
    next_ms: int | None = None
    """The next moment of its schedule."""


class Engine:
    """Every rule there is. Raises nothing for what a node sent."""

    def __init__(self, setup: Setup) -> None:
        self.dirty: set[str] = set()
        """Rules whose memory is to be written."""
        self.heard_ms = 0
        """Time of the newest reading that was taken, of all."""

    def put(self, kept: KeptRule, series: tuple[LeafSeries, ...], memory: Memory | None, now_ms: int) -> None:
        """A rule is new, or other than it was. Raises Refused for one that `check` would refuse."""
        raise NotImplementedError

    def drop(self, rule: str) -> None:
        """It is no more."""
        raise NotImplementedError

    def take(self, event: Event) -> tuple[Fired, ...]:
        """What fires by it; due moments of the rules it touches that lie before it come first."""
        raise NotImplementedError

    def due(self, now_ms: int) -> list[Struck]:
        """Due moments of fresh rules up to now, in order: each is to be taken as an event."""
        raise NotImplementedError

    def next_ms(self) -> int | None:
        """When `due` will have something next, if no reading comes."""
        raise NotImplementedError

    def cells(self, device: str) -> Mapping[str, Cell] | None:
        """The watched series of a device by metric; None: none. Valid until the next `put` or `drop`."""
        raise NotImplementedError

    def why(self, rule: str, now_ms: int) -> Why:
        """How it stands. Raises NotFound."""
        raise NotImplementedError

    def memory(self, rule: str) -> Memory:
        """What it goes on from. Raises NotFound."""
        raise NotImplementedError
