"""Decisions and overrides for tests of the store, and what must become of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from gateway.core.decisions import OUTCOMES, Decision, Outcome, Override, Shadowed
from gateway.core.ports.decisions import DecisionKept, DecisionMoved, OverrideKept, decided, kept, overridden
from gateway.core.ports.store import Change, DeviceErased
from gateway.core.window.moment import Character, Missing, Moment

MADE_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
MOMENT = Moment(
    time_ms=MADE_MS,
    hour=18.1,
    day=265,
    temperature_c=26.4 + 1e-13,
    sound_db=5e-324,
    character=Character.VOICES,
    outdoor_temperature_c=-0.0,
    position_pct=40.0,
)


def decision(identity: str = "d1", device: str = "window-1", at_ms: int = MADE_MS, **said: Any) -> Decision:
    """A decision with something in every field; its id is padded to 16 digits where that matters to nobody."""
    whole = Decision(
        id=identity,
        device=device,
        time_ms=at_ms,
        cause="temperature rose 0.6 °C",
        moment=MOMENT,
        missing=(Missing("humidity", "stale", "2 h old"), Missing("rain", "unknown")),
        position=55,
        raw_pct=1 / 3,
        confidence=0.82,
        model="window@3",
        lessons="00ff",
        runtime="onnxruntime 1.28.0 x86_64",
        cuts=("rain 1.2 mm/h: at most 10 %",),
        why="26.4 °C is 1.9 above comfort, outside 18.2 °C, quiet: 55 %",
        outcome=Outcome.SENT,
        shadow=Shadowed("window@4", 61.5, 0.7),
        correlation="node-1/b1/7",
    )
    return replace(whole, **said)


def made(identity: str = "d1", device: str = "window-1", at_ms: int = MADE_MS, **said: Any) -> DecisionKept:
    return kept(decision(identity, device, at_ms, **said))


def moved(identity: str = "d1", outcome: Outcome = Outcome.DONE, detail: str = "") -> DecisionMoved:
    return DecisionMoved(identity, OUTCOMES[outcome], detail)


def override(identity: str = "o1", device: str = "window-1", at_ms: int = MADE_MS, **said: Any) -> Override:
    whole = Override(
        id=identity,
        device=device,
        time_ms=at_ms,
        until_ms=at_ms + HOUR_MS,
        position=30.5,
        who="anna",
        source="api",
        moment=MOMENT,
        correlation="req-1",
    )
    return replace(whole, **said)


class Book:
    """What must be in the store after these changes, one after the other; in the order in which it was first said."""

    def __init__(self) -> None:
        self.decisions: dict[str, Decision] = {}
        self.overrides: dict[str, Override] = {}

    def take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case DecisionKept():
                    self.decisions.setdefault(change.id, decided(change))
                case DecisionMoved():
                    if change.id in self.decisions:
                        outcome = list(Outcome)[change.outcome]
                        known = self.decisions[change.id]
                        self.decisions[change.id] = replace(known, outcome=outcome, detail=change.detail)
                case OverrideKept():
                    first, new = self.overrides.get(change.id), overridden(change)
                    self.overrides[change.id] = new if first is None else _changed(first, new)
                case DeviceErased():
                    self.decisions = {key: one for key, one in self.decisions.items() if one.device != change.device}
                    self.overrides = {key: one for key, one in self.overrides.items() if one.device != change.device}


def _changed(first: Override, new: Override) -> Override:
    if first.device != new.device:
        return first
    return replace(first, until_ms=new.until_ms, learnt=new.learnt, revoked_ms=new.revoked_ms, ended_ms=new.ended_ms)
