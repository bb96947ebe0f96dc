"""Episodes, baselines and days of health for tests of the store, and what must become of them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from gateway.core.insight import Baseline, BaselineState, Episode, Nature, Signal, Verdict
from gateway.core.ports.insight import (
    BaselineKept,
    EpisodeKept,
    HealthKept,
    baseline_kept,
    baseline_of,
    episode_kept,
    episode_of,
)
from gateway.core.ports.store import Change, DeviceErased

MADE_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
FROZEN = bytes(range(256)) * 4


def episode(identity: str = "e1", device: str = "node-1", at_ms: int = MADE_MS, **said: Any) -> Episode:
    """An episode with something in every field, closed after an hour."""
    whole = Episode(
        id=identity,
        asset="circulation-pump",
        device=device,
        metric="vibration",
        nature=Nature.MACHINE,
        opened_ms=at_ms,
        seen_ms=at_ms + HOUR_MS // 2,
        closed_ms=at_ms + HOUR_MS,
        score=1 / 3,
        need=0.55,
        reason="flow and vibration moved together, pressure did not: \0 ü",
        signals=(
            Signal(Nature.MACHINE, device, "vibration", at_ms, 1 / 3, 0.55, "3.1 mm/s", 1),
            Signal(Nature.MACHINE, "", "", at_ms - 5, 5e-324, 0.9, ""),
        ),
        model="anomaly@2",
        correlation="node-1/b1/7",
        simulated=True,
        verdict=Verdict.RIGHT,
        judged_by="anna",
        judged_ms=at_ms + HOUR_MS + 1,
    )
    return replace(whole, **said)


def plain_episode(identity: str = "e1", device: str = "node-1", at_ms: int = MADE_MS, **said: Any) -> Episode:
    """One that goes on, and that nobody has judged."""
    bare = Episode(
        id=identity,
        asset="",
        device=device,
        metric="co2",
        nature=Nature.UNUSUAL,
        opened_ms=at_ms,
        seen_ms=at_ms,
        score=0.9,
        need=0.8,
        reason="co2 1900 ppm, highest in 19 days",
    )
    return replace(bare, **said)


def kept(one: Episode) -> EpisodeKept:
    return episode_kept(one)


def baseline(identity: str = "b1", asset: str = "circulation-pump", at_ms: int = MADE_MS, **said: Any) -> Baseline:
    """One that was frozen a day after it was asked for."""
    whole = Baseline(
        id=identity,
        asset=asset,
        state=BaselineState.FROZEN,
        from_ms=at_ms,
        to_ms=at_ms + 24 * HOUR_MS,
        who="anna",
        asked_ms=at_ms,
        frozen_ms=at_ms + 24 * HOUR_MS + 1,
        channels=("node-1/vibration", "node-2/flow"),
        rows=1438,
        digest=sha256(FROZEN).hexdigest(),
        frozen=FROZEN,
    )
    return replace(whole, **said)


def collecting(identity: str = "b1", asset: str = "circulation-pump", at_ms: int = MADE_MS, **said: Any) -> Baseline:
    """One that is being made."""
    nothing: dict[str, Any] = {"frozen_ms": None, "channels": (), "rows": 0, "digest": "", "frozen": b""}
    return baseline(identity, asset, at_ms, state=BaselineState.COLLECTING, **(nothing | said))


def asked(one: Baseline) -> BaselineKept:
    return baseline_kept(one)


class Book:
    """What must be in the store after these changes, one after the other."""

    def __init__(self) -> None:
        self.episodes: dict[str, Episode] = {}
        self.baselines: dict[str, Baseline] = {}
        self.health: dict[tuple[str, str, int], float] = {}

    def take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case EpisodeKept():
                    self.episodes[change.id] = episode_of(change)
                case BaselineKept():
                    first, new = self.baselines.get(change.id), baseline_of(change)
                    self.baselines[change.id] = new if first is None else _changed(first, new)
                case HealthKept():
                    self.health[change.asset, change.recipe, change.day] = change.value
                case DeviceErased():
                    self.episodes = {key: one for key, one in self.episodes.items() if one.device != change.device}


def _changed(first: Baseline, new: Baseline) -> Baseline:
    if first.frozen:
        return replace(first, state=new.state, detail=new.detail, lost=new.lost)
    return replace(new, asset=first.asset, who=first.who, asked_ms=first.asked_ms)
