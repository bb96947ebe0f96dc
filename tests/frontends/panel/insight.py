"""What notices, for a panel: it says what it is told to, and keeps it where the house keeps things."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from gateway.core.errors import Conflict, NotFound, Refused
from gateway.core.health.condition import Driver, Health, IndexTrend
from gateway.core.health.indicator import Indicator
from gateway.core.health.life import Lasting, Life, NotEnough
from gateway.core.home import AssetKind
from gateway.core.insight import Baseline, BaselineState, Component, Episode, Nature, Signal, Verdict
from gateway.core.messages import BaselineMoved, EpisodeMoved, HealthMoved
from gateway.core.metrics import Histogram
from gateway.core.ports.insight import InsightArchive, baseline_kept, episode_kept
from gateway.flow.anomalies.places import MACHINES
from gateway.flow.anomalies.snapshot import AnomalySnapshot
from gateway.flow.bus import Bus
from gateway.frontends.panel.parts import InsightParts
from tests.fakes import START_MS, MemoryInsight

if TYPE_CHECKING:
    from gateway.backends.store.store import Store

    from .house import House

HOUR_MS = 3_600_000


class ToyEpisodes:
    """Those that a test opens."""

    def __init__(self, house: House, archive: InsightArchive) -> None:
        self._house, self._archive = house, archive
        self.known: dict[str, Episode] = {}

    def tell(self, episode: Episode) -> Episode:
        """It is so now."""
        self.known[episode.id] = episode
        self._house.disk.submit([episode_kept(episode)])
        self._house.bus.publish(EpisodeMoved(episode))
        return episode

    def open(self) -> list[Episode]:
        return sorted((one for one in self.known.values() if one.is_open), key=lambda one: -one.opened_ms)

    async def get(self, episode_id: str) -> Episode:
        found = await self._archive.episode(episode_id)
        if found is None:
            raise NotFound(f"there is no episode {episode_id}")
        return found

    async def history(self, **asked: Any) -> list[Episode]:
        return await self._archive.episodes(**asked)

    async def judge(self, episode_id: str, verdict: Verdict, who: str) -> Episode:
        known, now_ms = await self.get(episode_id), self._house.clock()
        closed_ms = known.closed_ms or (now_ms if verdict is Verdict.NORMAL else None)
        return self.tell(replace(known, verdict=verdict, judged_by=who, judged_ms=now_ms, closed_ms=closed_ms))

    async def undo(self, episode_id: str, who: str) -> Episode:
        known = await self.get(episode_id)
        if known.verdict is Verdict.NONE:
            raise Conflict("nobody has judged it")
        return self.tell(replace(known, verdict=Verdict.NONE, judged_by="", judged_ms=None))


class ToyBaselines:
    """Collects until it is told to freeze."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.known: list[Baseline] = []
        self.rests: dict[str, str] = {}

    def tell(self, baseline: Baseline) -> Baseline:
        """It is so now."""
        others = [one for one in self.known if one.id != baseline.id]
        self.known = [baseline, *others]
        self._house.disk.submit([baseline_kept(baseline)])
        self._house.bus.publish(BaselineMoved(baseline))
        return baseline

    def resting(self, asset: str) -> str:
        """Why it judges nothing."""
        return self.rests.get(asset, "")

    def freeze(self, asset: str, content: bytes) -> Baseline:
        """What was collected, frozen; the one before is replaced."""
        collecting, before = self.collecting(asset), self.of(asset)
        assert collecting is not None
        if before is not None:
            self.tell(replace(before, state=BaselineState.REPLACED))
        return self.tell(
            replace(
                collecting,
                state=BaselineState.FROZEN,
                frozen_ms=self._house.clock(),
                channels=("node-1/flow", "node-1/vibration"),
                rows=60,
                digest=sha256(content).hexdigest(),
                frozen=content,
            )
        )

    async def commission(self, asset: str, who: str, hours: int, since_ms: int | None = None) -> Baseline:
        if self._house.home.home.asset(asset).kind not in MACHINES:
            raise Refused(f"{asset} is no machine")
        if self.collecting(asset) is not None:
            raise Conflict("it is being commissioned")
        now_ms = self._house.clock()
        begin_ms = now_ms if since_ms is None else since_ms
        return self.tell(
            Baseline(
                id=f"{len(self.known):016x}",
                asset=asset,
                state=BaselineState.COLLECTING,
                from_ms=begin_ms,
                to_ms=begin_ms + hours * HOUR_MS,
                who=who,
                asked_ms=now_ms,
            )
        )

    async def cancel(self, asset: str, who: str) -> Baseline:
        found = self.collecting(asset)
        if found is None:
            raise Conflict("nothing is being commissioned")
        return self.tell(replace(found, state=BaselineState.CANCELLED, detail=f"by {who}"))

    def of(self, asset: str) -> Baseline | None:
        return self._one(asset, BaselineState.FROZEN)

    def collecting(self, asset: str) -> Baseline | None:
        return self._one(asset, BaselineState.COLLECTING)

    def history(self, asset: str) -> list[Baseline]:
        return [one for one in self.known if one.asset == asset]

    def _one(self, asset: str, state: BaselineState) -> Baseline | None:
        return next((one for one in self.known if one.asset == asset and one.state is state), None)


class ToyHealth:
    """Parts as a test says they are."""

    def __init__(self) -> None:
        self.parts: list[Component] = []

    def of(self, asset: str) -> Sequence[Component]:
        return [part for part in self.parts if part.asset == asset]

    def moved(self, bus: Bus, asset: str) -> None:
        """There is another day."""
        bus.publish(HealthMoved(asset))

    def maintenance(self) -> Sequence[Component]:
        return list(self.parts)


class HousePlaces:
    """The house as episodes know it."""

    def __init__(self, house: House) -> None:
        self._house = house

    def place(self, device: str) -> str | None:
        return self._house.home.assignments.current(device)

    def kind(self, asset: str) -> AssetKind | None:
        try:
            return self._house.home.home.asset(asset).kind
        except NotFound:
            return None

    def name(self, asset: str) -> str:
        try:
            return self._house.home.home.asset(asset).name
        except NotFound:
            return asset

    def devices_at(self, asset: str) -> list[str]:
        return list(self._house.home.assignments.devices_at(asset))

    def simulated(self, device: str) -> bool:
        return self._house.registry.simulated(device)

    def hardware(self, device: str) -> str:
        return self._house.registry.device(device).mac


class HouseInsight:
    """All of it."""

    def __init__(self, house: House, store: Store | None) -> None:
        self.episodes = ToyEpisodes(house, store or MemoryInsight(house.writer))
        self.baselines, self.health = ToyBaselines(house), ToyHealth()
        self.places, self._home = HousePlaces(house), house.home.home
        self.snapshot = AnomalySnapshot(step_s=Histogram().snapshot())

    def parts(self) -> InsightParts:
        told: Any = {"episodes": self.episodes, "baselines": self.baselines, "health": self.health}
        return InsightParts(**told, places=self.places, snapshot=lambda: self.snapshot, machines=self._machines)

    def _machines(self) -> list[str]:
        return [asset.id for asset in self._home.assets() if asset.kind in MACHINES]


def episode(identity: int = 1, device: str = "node-1", opened_ms: int = START_MS, **said: Any) -> Episode:
    """One that goes on."""
    whole = Episode(
        id=f"{identity:016x}",
        asset="",
        device=device,
        metric="vibration",
        nature=Nature.MACHINE,
        opened_ms=opened_ms,
        seen_ms=opened_ms + 60_000,
        score=0.9,
        need=0.6,
        reason="flow and vibration moved together, pressure did not",
        signals=(Signal(Nature.MACHINE, device, "vibration", opened_ms, 0.9, 0.6, "vibration 3.1 mm/s", 1),),
        correlation=f"{device}/b1/7",
    )
    return replace(whole, **said)


def component(asset: str, life: Life, index: float | None = 62.0, name: str = "bearing") -> Component:
    """A part of which one sensor tells."""
    said = Indicator("pump, vibration", "vibration while it runs", "mm/s", "higher", 3.0, "times_baseline")
    driver = Driver(said, 3.1, 1.8, 5.4, None if index is None else 100 - index, life)
    trend = IndexTrend(-12.0, -15.0, -9.0) if isinstance(life, Lasting) else None
    told = Health(name, index, life, trend, (driver,))
    return Component(asset=asset, health=told, text=f"{name}: in words.", days=((START_MS, 70.0), (START_MS + 1, 62.0)))


def lasting(low: float = 40.0, likely: float = 60.0, high: float | None = 90.0) -> Lasting:
    return Lasting(low, likely, high, 0.9, 90.0, 180.0)


NOT_ENOUGH = cast("Life", NotEnough("days", 3.0, 14.0, 11.0))
