"""Decisions and overrides as the store keeps them."""

from __future__ import annotations

from typing import Annotated, Protocol

import msgspec

from ..decisions import OUTCOMES, Decision, Override, Shadowed, Source
from ..window.moment import Missing, Moment

_Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]


class DecisionKept(msgspec.Struct, frozen=True, array_like=True, tag=24):
    """A decision. Said again it changes nothing. `moment`, `missing`, `cuts` and `shadow` are JSON."""

    id: str
    device: str
    time_ms: _Int64
    cause: str
    moment: bytes
    missing: bytes
    position: int
    raw_pct: float
    confidence: float
    model: str
    lessons: str
    cuts: bytes
    why: str
    outcome: int
    """See `decisions.OUTCOMES`."""
    detail: str = ""
    shadow: bytes = b""
    correlation: str = ""
    runtime: str = ""


class DecisionMoved(msgspec.Struct, frozen=True, array_like=True, tag=25):
    """What became of a decision; the last one counts, one of an unknown id is ignored."""

    id: str
    outcome: int
    detail: str = ""


class OverrideKept(msgspec.Struct, frozen=True, array_like=True, tag=26):
    """A person's will. Said again, its end, its words and whether it is revoked change. `moment` is JSON or empty."""

    id: str
    device: str
    time_ms: _Int64
    until_ms: _Int64
    position: float
    who: str
    source: str
    moment: bytes = b""
    learnt: str = ""
    revoked_ms: _Int64 | None = None
    ended_ms: _Int64 | None = None
    correlation: str = ""


_STATES = {number: outcome for outcome, number in OUTCOMES.items()}
_moments = msgspec.json.Decoder(Moment)
_missing = msgspec.json.Decoder(tuple[Missing, ...])
_cuts = msgspec.json.Decoder(tuple[str, ...])
_shadows = msgspec.json.Decoder(Shadowed)


def kept(decision: Decision) -> DecisionKept:
    """As it is stored."""
    return DecisionKept(
        id=decision.id,
        device=decision.device,
        time_ms=decision.time_ms,
        cause=decision.cause,
        moment=msgspec.json.encode(decision.moment),
        missing=msgspec.json.encode(decision.missing),
        position=decision.position,
        raw_pct=decision.raw_pct,
        confidence=decision.confidence,
        model=decision.model,
        lessons=decision.lessons,
        cuts=msgspec.json.encode(decision.cuts),
        why=decision.why,
        outcome=OUTCOMES[decision.outcome],
        detail=decision.detail,
        shadow=b"" if decision.shadow is None else msgspec.json.encode(decision.shadow),
        correlation=decision.correlation,
        runtime=decision.runtime,
    )


def decided(stored: DecisionKept) -> Decision:
    """What was stored; `simulated` is not known. Raises msgspec.MsgspecError, KeyError where it was damaged."""
    return Decision(
        id=stored.id,
        device=stored.device,
        time_ms=stored.time_ms,
        cause=stored.cause,
        moment=_moments.decode(stored.moment),
        missing=_missing.decode(stored.missing),
        position=stored.position,
        raw_pct=stored.raw_pct,
        confidence=stored.confidence,
        model=stored.model,
        lessons=stored.lessons,
        runtime=stored.runtime,
        cuts=_cuts.decode(stored.cuts),
        why=stored.why,
        outcome=_STATES[stored.outcome],
        detail=stored.detail,
        shadow=_shadows.decode(stored.shadow) if stored.shadow else None,
        correlation=stored.correlation,
    )


def override_kept(override: Override) -> OverrideKept:
    """As it is stored."""
    return OverrideKept(
        id=override.id,
        device=override.device,
        time_ms=override.time_ms,
        until_ms=override.until_ms,
        position=override.position,
        who=override.who,
        source=override.source,
        moment=b"" if override.moment is None else msgspec.json.encode(override.moment),
        learnt=override.learnt,
        revoked_ms=override.revoked_ms,
        ended_ms=override.ended_ms,
        correlation=override.correlation,
    )


def overridden(stored: OverrideKept) -> Override:
    """What was stored; `simulated` is not known. Raises msgspec.MsgspecError where it was damaged."""
    return Override(
        id=stored.id,
        device=stored.device,
        time_ms=stored.time_ms,
        until_ms=stored.until_ms,
        position=stored.position,
        who=stored.who,
        source=msgspec.convert(stored.source, Source),
        moment=_moments.decode(stored.moment) if stored.moment else None,
        learnt=stored.learnt,
        revoked_ms=stored.revoked_ms,
        ended_ms=stored.ended_ms,
        correlation=stored.correlation,
    )


class DecisionArchive(Protocol):
    """Reading back; off the event loop, and everything committed is seen."""

    async def decisions(
        self, device: str = "", limit: int = 50, before: str = "", correlation: str = ""
    ) -> list[Decision]:
        """Newest first; `before` is an id. `simulated` is not known here."""

    async def decision(self, decision_id: str) -> Decision | None:
        """One; None: there is none of this id (any more)."""

    async def overrides(self, device: str = "") -> list[Override]:
        """All, oldest first."""
