"""Episodes, baselines and the days of health as the store keeps them, and where what was learnt is kept."""

from __future__ import annotations

from typing import Annotated, Protocol

import msgspec

from ..insight import BASELINE_STATES, NATURES, Baseline, Episode, Signal, Verdict

_Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]


class EpisodeKept(msgspec.Struct, frozen=True, array_like=True, tag=27):
    """A whole episode, each time; the last one of an id counts. `signals` is JSON."""

    id: str
    asset: str
    device: str
    metric: str
    nature: int
    """See `insight.NATURES`."""
    opened_ms: _Int64
    seen_ms: _Int64
    closed_ms: _Int64 | None
    score: float
    need: float
    reason: str
    signals: bytes
    model: str = ""
    correlation: str = ""
    simulated: bool = False
    verdict: str = ""
    judged_by: str = ""
    judged_ms: _Int64 | None = None


class BaselineKept(msgspec.Struct, frozen=True, array_like=True, tag=28):
    """A whole baseline, each time; the last one of an id counts. What is frozen stays as it was. `channels` is JSON."""

    id: str
    asset: str
    state: int
    """See `insight.BASELINE_STATES`."""
    from_ms: _Int64
    to_ms: _Int64
    who: str
    asked_ms: _Int64
    frozen_ms: _Int64 | None = None
    channels: bytes = b"[]"
    rows: int = 0
    digest: str = ""
    detail: str = ""
    frozen: bytes = b""
    lost: bytes = b"[]"
    """JSON; the only thing of a frozen one, with its state and detail, that may still change."""


class HealthKept(msgspec.Struct, frozen=True, array_like=True, tag=29):
    """What one indicator of a machine was on one day. Said again, it is another value."""

    asset: str
    recipe: str
    """Key of `core.health.catalogue.Recipe`."""
    day: _Int64
    """Days from 1970-01-01 to the local date."""
    value: float


_natures = {number: nature for nature, number in NATURES.items()}
_states = {number: state for state, number in BASELINE_STATES.items()}
_signals = msgspec.json.Decoder(tuple[Signal, ...])
_channels = msgspec.json.Decoder(tuple[str, ...])


def episode_kept(episode: Episode) -> EpisodeKept:
    """As it is stored."""
    return EpisodeKept(
        id=episode.id,
        asset=episode.asset,
        device=episode.device,
        metric=episode.metric,
        nature=NATURES[episode.nature],
        opened_ms=episode.opened_ms,
        seen_ms=episode.seen_ms,
        closed_ms=episode.closed_ms,
        score=episode.score,
        need=episode.need,
        reason=episode.reason,
        signals=msgspec.json.encode(episode.signals),
        model=episode.model,
        correlation=episode.correlation,
        simulated=episode.simulated,
        verdict=str(episode.verdict),
        judged_by=episode.judged_by,
        judged_ms=episode.judged_ms,
    )


def episode_of(kept: EpisodeKept) -> Episode:
    """As it was. Raises msgspec.ValidationError, KeyError, ValueError for what no version has written."""
    return Episode(
        id=kept.id,
        asset=kept.asset,
        device=kept.device,
        metric=kept.metric,
        nature=_natures[kept.nature],
        opened_ms=kept.opened_ms,
        seen_ms=kept.seen_ms,
        closed_ms=kept.closed_ms,
        score=kept.score,
        need=kept.need,
        reason=kept.reason,
        signals=_signals.decode(kept.signals),
        model=kept.model,
        correlation=kept.correlation,
        simulated=kept.simulated,
        verdict=Verdict(kept.verdict),
        judged_by=kept.judged_by,
        judged_ms=kept.judged_ms,
    )


def baseline_kept(baseline: Baseline) -> BaselineKept:
    """As it is stored."""
    return BaselineKept(
        id=baseline.id,
        asset=baseline.asset,
        state=BASELINE_STATES[baseline.state],
        from_ms=baseline.from_ms,
        to_ms=baseline.to_ms,
        who=baseline.who,
        asked_ms=baseline.asked_ms,
        frozen_ms=baseline.frozen_ms,
        channels=msgspec.json.encode(baseline.channels),
        rows=baseline.rows,
        digest=baseline.digest,
        detail=baseline.detail,
        frozen=baseline.frozen,
        lost=msgspec.json.encode(baseline.lost),
    )


def baseline_of(kept: BaselineKept) -> Baseline:
    """As it was. Raises msgspec.ValidationError, KeyError for what no version has written."""
    return Baseline(
        id=kept.id,
        asset=kept.asset,
        state=_states[kept.state],
        from_ms=kept.from_ms,
        to_ms=kept.to_ms,
        who=kept.who,
        asked_ms=kept.asked_ms,
        frozen_ms=kept.frozen_ms,
        channels=_channels.decode(kept.channels),
        rows=kept.rows,
        digest=kept.digest,
        detail=kept.detail,
        frozen=kept.frozen,
        lost=_channels.decode(kept.lost),
    )


class InsightArchive(Protocol):
    """Reading back; all see what is committed. May raise StoreError."""

    async def episodes(
        self,
        *,
        asset: str = "",
        device: str = "",
        from_ms: int | None = None,
        to_ms: int | None = None,
        open_only: bool = False,
        limit: int = 100,
        before: str = "",
        correlation: str = "",
    ) -> list[Episode]:
        """Newest opened first, of which any part lies in [from, to); `before`: older than the one of this id."""

    async def episode(self, episode_id: str) -> Episode | None:
        """One; None: there is none of this id (any more)."""

    async def judged(self, since_ms: int) -> list[Episode]:
        """What needs are folded from: with a verdict, or open, or opened since; oldest first."""

    async def baselines(self, asset: str = "") -> list[Baseline]:
        """Newest asked for first, of all states."""

    async def health(self, asset: str = "") -> list[HealthKept]:
        """By day."""


class KeptSeries(msgspec.Struct, frozen=True, array_like=True):
    """What was learnt of one series."""

    at_ms: int
    """Begin of the last interval that it has seen."""
    state: bytes
    """What `core.anomaly.series.Series.kept` gave."""


class KeptDevice(msgspec.Struct, frozen=True, array_like=True):
    """What was learnt of the series of one device."""

    hardware: str
    series: dict[str, KeptSeries]


class KeptMachine(msgspec.Struct, frozen=True, array_like=True):
    """How far a machine was followed."""

    baseline: str
    """Id of the baseline that it was judged by."""
    at_ms: int
    state: bytes
    """What `core.anomaly.machine.Follower.kept` gave."""
    leapt: str = ""
    """The only channel that has moved, if it did so in a step."""


class KeptAnomalies(msgspec.Struct, frozen=True):
    """All that was learnt, as of one moment."""

    saved_ms: int = 0
    devices: dict[str, KeptDevice] = {}
    machines: dict[str, KeptMachine] = {}


class AnomalyMemory(Protocol):
    """Where what was learnt is kept. Losing it costs days of learning, nothing else."""

    def load(self) -> KeptAnomalies:
        """What was kept; empty when there is nothing readable."""

    def save(self, kept: KeptAnomalies) -> int:
        """Replace it durably; its size in bytes. Blocks for as long as the disk takes. Raises OSError."""
