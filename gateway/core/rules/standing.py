"""How a rule stands: what it says, and what holds it back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, tzinfo
from typing import Literal

import msgspec

from .comparing import NAMES
from .firing import Cause
from .leaves import blocking, truth_of
from .unit import Reason, Unit


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
    reason: Reason
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


def stand(unit: Unit, now_ms: int, fresh_ms: int) -> Why:
    """At this moment; of a rule whose readings come late: at its own."""
    time_ms = max(now_ms, unit.clock_ms) if unit.fresh(fresh_ms) else unit.clock_ms
    level, rule = unit.compiled.level, unit.kept.rule
    cooldown_ms = None if unit.fired_ms is None else unit.fired_ms + rule.cooldown_s * 1000
    waits_ms = None if unit.since_ms is None or unit.holds else unit.since_ms + rule.for_s * 1000
    next_ms = unit.scheduled()[0]
    with _untouched(unit):
        truth, causes = 0 if level is None else truth_of(level, time_ms), unit.causes(time_ms)
        held = held_back(unit) or (_held_now(unit, time_ms) if truth == 1 and not unit.holds else None)
    return Why(
        unit.holds,
        NAMES[truth],
        causes,
        unit.clock_ms,
        unit.since_ms,
        None if waits_ms is None or waits_ms <= time_ms else waits_ms,
        None if cooldown_ms is None or cooldown_ms <= time_ms else cooldown_ms,
        held,
        None if next_ms >= 1 << 62 else next_ms,
    )


def held_back(unit: Unit) -> Held | None:
    """What has held it back since its trigger became true; None: nothing does."""
    if unit.held is None:
        return None
    time_ms, reason, leaf = unit.held
    with _untouched(unit):
        return Held(unit.id, time_ms, reason, None if leaf is None else leaf.cause(unit.clock_ms))


def _held_now(unit: Unit, time_ms: int) -> Held | None:
    """The same of one that has not been looked at since a start: what held it back is not remembered."""
    condition, rule = unit.compiled.condition, unit.kept.rule
    if unit.since_ms is None:
        return None
    if time_ms < unit.since_ms + rule.for_s * 1000:
        return Held(unit.id, time_ms, "for", None)
    if condition is not None and (truth := truth_of(condition, time_ms)) != 1:
        leaf = blocking(condition, time_ms)
        return Held(unit.id, time_ms, "unknown" if truth else "condition", leaf.cause(time_ms) if leaf else None)
    cools = unit.fired_ms is not None and time_ms < unit.fired_ms + rule.cooldown_s * 1000
    return Held(unit.id, time_ms, "cooldown", None) if cools else None


@contextmanager
def _untouched(unit: Unit) -> Iterator[None]:
    """Who asks how a rule stands changes nothing: it looks at another moment than the rule has come to."""
    looks = [(look, look.stale, look.leaf.truth, look.cell.low, look.cell.high) for look in unit.looks]
    try:
        yield
    finally:
        for look, stale, truth, low, high in looks:
            look.stale, look.leaf.truth, look.cell.low, look.cell.high = stale, truth, low, high
