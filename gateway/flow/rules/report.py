"""What a rehearsal of a rule on its history says."""

from __future__ import annotations

import msgspec

from ...core.rules.conflicts import Conflict
from ...core.rules.firing import Part


class WouldFire(msgspec.Struct, frozen=True):
    """A firing that would have been."""

    time_ms: int
    until_ms: int | None
    """When the rule held no more; None: it still did at the end, or it fired at a moment."""
    part: Part
    why: str


class HeldBack(msgspec.Struct, frozen=True):
    """How often and how long one reason held the rule back while its trigger was true."""

    reason: str
    count: int
    longest_s: float


class Share(msgspec.Struct, frozen=True):
    """How much of the time a leaf was true."""

    path: str
    text: str
    share_true: float
    """0 to 1."""
    share_unknown: float


class BacktestReport(msgspec.Struct, frozen=True):
    """A rule on its history, as if every reading had come in time."""

    rule: str
    from_ms: int
    to_ms: int
    exact_from_ms: int
    """Before it only minutes were left: minimum and maximum of a minute count as two readings."""
    series: int
    readings: int
    left: dict[str, int]
    """What was left out, by reason: flagged, late, none (no such series then)."""
    firings: tuple[WouldFire, ...]
    on_s: float
    """How long the rule held, or what it ran for (`for_s`) lasted, in all."""
    flapping: int
    """Firings less than 10 minutes after the one before had ended."""
    most_a_day: int
    held: tuple[HeldBack, ...]
    conditions: tuple[Share, ...]
    conflicts: tuple[Conflict, ...]
    took_s: float
    warnings: tuple[str, ...] = ()
    """What is to be known of it, in words: since when there are readings, what cannot be rehearsed."""


class ReplayReport(msgspec.Struct, frozen=True):
    """Whether the same evaluator, fed what was stored, gives the firings that happened live."""

    from_ms: int
    to_ms: int
    live: int
    replayed: int
    same: bool
    differences: tuple[str, ...]
    """The first 20, in words."""
    not_comparable: str = ""
    """Why a part of it cannot be compared, such as a clock that was set; empty: all of it can."""
