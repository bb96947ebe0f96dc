"""What a watched house stands on in a bench: a disk, a history, a home, and what people said of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence

from ..core.home import AssetKind
from ..core.insight import Baseline, Episode
from ..core.judging.kept import KeptDevice
from ..core.messages import Audited, Happened, Reading
from ..core.ports.documents import Document
from ..core.ports.insight import BaselineKept, EpisodeKept, HealthKept, KeptAnomalies, baseline_of, episode_of
from ..core.ports.store import Anchor, Bucket, Change, QuarantineEntry, Receipt
from ..simulator.furnish import asset_of
from ..simulator.site import Site
from .households import Recording


class Notes:
    """A disk that keeps episodes and baselines, and nothing else. Fulfils Writer and InsightArchive."""

    congested = False

    def __init__(self, episodes: Mapping[str, EpisodeKept], baselines: Mapping[str, BaselineKept]) -> None:
        self.kept_episodes = dict(episodes)
        self.kept_baselines = dict(baselines)

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        """See Writer and InsightArchive."""
        for change in changes:
            if isinstance(change, EpisodeKept):
                self.kept_episodes[change.id] = change
            elif isinstance(change, BaselineKept):
                self.kept_baselines[change.id] = change
        if receipt is not None:
            receipt.settled(None)

    def when_relieved(self, callback: Callable[[], None]) -> None:
        """See Writer and InsightArchive."""
        callback()

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
        """See Writer and InsightArchive."""
        return [one for one in self._all() if asset in ("", one.asset) and (one.is_open or not open_only)][:limit]

    async def episode(self, episode_id: str) -> Episode | None:
        """See Writer and InsightArchive."""
        kept = self.kept_episodes.get(episode_id)
        return None if kept is None else episode_of(kept)

    async def judged(self, since_ms: int) -> list[Episode]:
        """See Writer and InsightArchive."""
        return [one for one in self._all()[::-1] if one.verdict or one.is_open or one.opened_ms >= since_ms]

    async def baselines(self, asset: str = "") -> list[Baseline]:
        """See Writer and InsightArchive."""
        known = [baseline_of(kept) for kept in self.kept_baselines.values() if asset in ("", kept.asset)]
        return sorted(known, key=lambda one: -one.asked_ms)

    async def health(self, asset: str = "") -> list[HealthKept]:
        """See Writer and InsightArchive."""
        return []

    def _all(self) -> list[Episode]:
        return sorted((episode_of(kept) for kept in self.kept_episodes.values()), key=lambda one: -one.opened_ms)


class Past:
    """The history of a house, as its recordings have it. Fulfils what of History is asked here."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings = {recording.device: recording for recording in recordings}
        self.flags: dict[tuple[str, str], dict[int, int]] = {}
        """Bits of quality by series and time."""

    async def buckets(self, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        """See History."""
        recording = self._recordings[device]
        values, flags = recording.series[metric], self.flags.get((device, metric), {})
        steps: dict[int, list[tuple[float, int]]] = {}
        for at in range(bisect_left(recording.times, from_ms), bisect_left(recording.times, to_ms)):
            time_ms = recording.times[at]
            steps.setdefault(time_ms // step_ms * step_ms, []).append((values[at], flags.get(time_ms, 0)))
        return [_bucket(time_ms, said) for time_ms, said in steps.items()]

    async def raw(
        self, device: str, metric: str, from_ms: int, to_ms: int, limit: int = 100_000
    ) -> list[tuple[int, float, int]]:
        """See History."""
        raise NotImplementedError("noticing asks for intervals")

    async def latest(self) -> dict[str, Reading]:
        """See History."""
        return {}

    async def anchors(self) -> list[Anchor]:
        """See History."""
        return []

    async def quarantine(self, limit: int = 200, correlation: str = "") -> list[QuarantineEntry]:
        """See History."""
        return []

    async def quarantined(self, entry_id: int) -> QuarantineEntry | None:
        """See History."""
        return None

    async def audit(self, limit: int = 200, kind: str = "", who: str = "", correlation: str = "") -> list[Audited]:
        """See History."""
        return []

    async def happened(
        self, limit: int = 200, kind: str = "", device: str = "", correlation: str = ""
    ) -> list[Happened]:
        """See History."""
        return []

    async def reading(self, device: str, boot: str, seq: int) -> Reading | None:
        """See History."""
        return None


def _bucket(time_ms: int, said: Sequence[tuple[float, int]]) -> Bucket:
    values, bits = [value for value, _ in said], 0
    for _, quality in said:
        bits |= quality
    return Bucket(time_ms, min(values), max(values), sum(values) / len(values), len(values), bits)


class Rooms:
    """Where the site's devices are. Fulfils Places."""

    def __init__(self, site: Site) -> None:
        self._asset = {device.id: device.asset for device in site.devices}
        self._kinds = {asset.id: asset_of(site, asset).kind for asset in site.assets}

    def place(self, device: str) -> str | None:
        """See Places."""
        return self._asset.get(device)

    def kind(self, asset: str) -> AssetKind | None:
        """See Places."""
        return self._kinds.get(asset)

    def name(self, asset: str) -> str:
        """See Places."""
        return asset

    def devices_at(self, asset: str) -> list[str]:
        """See Places."""
        return [device for device, at in self._asset.items() if at == asset]

    def simulated(self, device: str) -> bool:
        """See Places."""
        return True

    def hardware(self, device: str) -> str:
        """See Places."""
        return "1"


class NoDocuments:
    """Nobody has said anything about any series. Fulfils Documents."""

    def all(self, collection: str) -> dict[str, Document]:
        """See Documents."""
        return {}

    async def put(self, collection: str, key: str, document: Document) -> None:
        """See Documents."""
        return

    async def delete(self, collection: str, key: str) -> None:
        """See Documents."""
        return

    async def change(self, collection: str, put: Mapping[str, Document], delete: Collection[str] = ()) -> None:
        """See Documents."""
        return


class Gates:
    """What the quality gate has learnt. Fulfils GateMemory."""

    def __init__(self, kept: Mapping[str, KeptDevice]) -> None:
        self.kept = dict(kept)

    def load(self) -> dict[str, KeptDevice]:
        """See GateMemory."""
        return self.kept

    def save(self, kept: dict[str, KeptDevice]) -> None:
        """See GateMemory."""
        self.kept = kept


class Learnt:
    """What noticing has learnt. Fulfils AnomalyMemory."""

    def __init__(self, kept: KeptAnomalies) -> None:
        self.kept = kept

    def load(self) -> KeptAnomalies:
        """See AnomalyMemory."""
        return self.kept

    def save(self, kept: KeptAnomalies) -> int:
        """See AnomalyMemory."""
        self.kept = kept
        return 0
