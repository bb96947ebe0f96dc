"""Decisions, and what people want instead, as the API and the live feed show them."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...core.decisions import Decision, Outcome, Override, Shadowed
from ...core.window.moment import Missing, Moment
from .times import to_text

_FIELDS = {
    "hour": "hour",
    "day": "day",
    "temperature": "temperature_c",
    "humidity": "humidity_pct",
    "sound": "sound_db",
    "character": "character",
    "co2": "co2_ppm",
    "outdoor_temperature": "outdoor_temperature_c",
    "outdoor_humidity": "outdoor_humidity_pct",
    "outdoor_mean": "outdoor_mean_c",
    "rain": "rain_mm_h",
    "wind": "wind_m_s",
    "position": "position_pct",
    "shut": "shut_h",
}
"""What an input is called, and where it is kept."""
Inputs = dict[str, float | str | None]


class MissingShown(msgspec.Struct, frozen=True):
    """An input that was not used."""

    name: str
    why: Literal["unknown", "stale", "doubtful"]
    detail: str


class ShadowedShown(msgspec.Struct, frozen=True):
    """What another version of the model would have decided; `error`: it failed."""

    model: str
    position: float
    confidence: float
    error: str


class DecisionShown(msgspec.Struct, frozen=True):
    """A decision with everything it rests on."""

    id: str
    """Also of the request, of the control and of the node's answer."""
    device: str
    time: str
    time_ms: int
    cause: str
    """What made the gateway think."""
    inputs: Inputs
    """°C, %, dB, ppm, mm/h, m/s, hours; null: not known."""
    missing: list[MissingShown]
    position: int
    """In percent, as it was published."""
    raw_position: float
    """Of the model, before the limits."""
    confidence: float
    """0 to 1: how probably this is within 15 percent points of what is wanted."""
    model: str
    why: str
    cuts: list[str]
    """Which limits cut the position."""
    outcome: Outcome
    detail: str
    shadow: ShadowedShown | None
    lessons: str
    """Names the lessons that counted, all together."""
    runtime: str
    correlation: str
    """Of the reading that caused it."""
    simulated: bool


class OverrideShown(msgspec.Struct, frozen=True):
    """What somebody wanted of a window."""

    id: str
    device: str
    time: str
    time_ms: int
    until: str
    until_ms: int
    position: float
    who: str
    source: Literal["api", "command", "hand"]
    holds: bool
    """Automatic decisions wait for it now."""
    teaches: bool
    """It counts as a lesson."""
    learnt: str
    """What was learnt of it, in words."""
    revoked: bool
    """It was forgotten."""
    simulated: bool


def inputs_of(moment: Moment) -> Inputs:
    """Every input by its name; None: not known."""
    return {name: getattr(moment, field) for name, field in _FIELDS.items()}


def decision_shown(decision: Decision) -> DecisionShown:
    """A decision as it is shown."""
    return DecisionShown(
        id=decision.id,
        device=decision.device,
        time=to_text(decision.time_ms),
        time_ms=decision.time_ms,
        cause=decision.cause,
        inputs=inputs_of(decision.moment),
        missing=[_missing(missing) for missing in decision.missing],
        position=decision.position,
        raw_position=decision.raw_pct,
        confidence=decision.confidence,
        model=decision.model,
        why=decision.why,
        cuts=list(decision.cuts),
        outcome=decision.outcome,
        detail=decision.detail,
        shadow=None if decision.shadow is None else _shadowed(decision.shadow),
        lessons=decision.lessons,
        runtime=decision.runtime,
        correlation=decision.correlation,
        simulated=decision.simulated,
    )


def override_shown(override: Override, now_ms: int) -> OverrideShown:
    """An override as it is shown at this time."""
    return OverrideShown(
        id=override.id,
        device=override.device,
        time=to_text(override.time_ms),
        time_ms=override.time_ms,
        until=to_text(override.until_ms),
        until_ms=override.until_ms,
        position=override.position,
        who=override.who,
        source=override.source,
        holds=override.holds(now_ms),
        teaches=override.teaches(now_ms),
        learnt=override.learnt,
        revoked=override.revoked_ms is not None,
        simulated=override.simulated,
    )


def _missing(missing: Missing) -> MissingShown:
    return MissingShown(missing.name, missing.why, missing.detail)


def _shadowed(shadow: Shadowed) -> ShadowedShown:
    return ShadowedShown(shadow.model, shadow.position_pct, shadow.confidence, shadow.error)
