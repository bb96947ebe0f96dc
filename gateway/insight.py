"""What notices that something is not as usual as one part of the gateway: series, machines, episodes, health."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from pathlib import Path
from typing import Any

from .backends.anomaly_file import AnomalyFile
from .backends.store.store import Store
from .backends.zones import zone
from .config.settings import Settings
from .core.home import AssetKind
from .flow.anomalies.baselines import Baselines
from .flow.anomalies.fusion import Fusion
from .flow.anomalies.machines import Machines
from .flow.anomalies.places import MACHINES, AnomalySettings
from .flow.anomalies.watcher import Anomalies
from .flow.assignments import Assignments
from .flow.bus import Bus
from .flow.chronicle import Chronicle
from .flow.health.health import Health
from .flow.home import Home
from .flow.model_care import ModelCare
from .flow.registry import Registry
from .flow.timekeeper import TimeKeeper
from .flow.trail import Trail
from .frontends.panel.parts import HomeParts, InsightParts


class Insight:
    """Made once devices and the home are there; `load` comes before messages are taken in."""

    def __init__(
        self,
        settings: Settings,
        data: Path,
        store: Store,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        keeper: TimeKeeper,
        registry: Registry,
        home: HomeParts,
        care: ModelCare,
    ) -> None:
        self._settings = watching(settings)
        self._home = home.home
        self._places = HomePlaces(home.home, home.assignments, registry)
        memory = AnomalyFile(data / "anomaly.state")
        interval_s = self._settings.interval_s
        machines = Machines(self._places, chronicle, interval_s)
        self.anomalies = Anomalies(
            bus,
            store,
            store,
            store,
            memory,
            chronicle,
            trail,
            clock,
            self._places,
            machines,
            Fusion(care.rows),
            self._settings,
            lambda: keeper.known,
        )
        told, metrics = (bus, trail, chronicle, clock), self._places.metrics
        self._baselines = Baselines(
            store,
            store,
            store,
            *told,
            self._places,
            machines,
            metrics,
            interval_s,
            lambda: keeper.known,
            self._places.since,
            self._settings.enabled,
        )
        self._health = Health(
            store,
            store,
            store,
            bus,
            chronicle,
            clock,
            self._places,
            self._baselines,
            self._machines,
            metrics,
            self._settings.zone,
            lambda: keeper.known,
            self._places.since,
        )

    async def load(self) -> None:
        """What is known from earlier runs. Raises StoreError."""
        await self.anomalies.load()
        # After what was kept of machines: those that are followed go on from it.
        await self._baselines.load()
        await self._health.load()

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on by itself; the gateway is nothing without it."""
        return [self.anomalies.run()] if self._settings.enabled else []

    @property
    def leaves(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What nothing waits for, by name."""
        return {"baselines": self._baselines.run, "health": self._health.run} if self._settings.enabled else {}

    def complaints(self) -> Mapping[str, str]:
        """What is wrong by part; empty: nothing."""
        return {
            "anomalies": self.anomalies.complaint(),
            "machines": self._baselines.failure or self._health.failure,
        }

    def parts(self) -> InsightParts:
        """As the panel is given it."""
        return InsightParts(
            episodes=self.anomalies.episodes,
            baselines=self._baselines,
            health=self._health,
            places=self._places,
            snapshot=self.anomalies.snapshot,
            machines=self._machines,
            commissioning_hours=self._settings.commissioning_hours,
        )

    async def close(self) -> None:
        """Keep what was learnt."""
        if self._settings.enabled:
            await self.anomalies.close()

    def _machines(self) -> list[str]:
        return [asset.id for asset in self._home.assets() if asset.kind in MACHINES]


class HomePlaces:
    """Fulfils Places."""

    def __init__(self, home: Home, assignments: Assignments, registry: Registry) -> None:
        self._home = home
        self._registry = registry
        self._assignments = assignments
        self.place = assignments.current
        self.devices_at = assignments.devices_at
        self.simulated = registry.simulated
        self.hardware = registry.hardware

    def kind(self, asset: str) -> AssetKind | None:
        """None: there is no such asset."""
        found = self._home.plan.asset(asset)
        return None if found is None else found.kind

    def metrics(self, device: str) -> Collection[str]:
        """What it measures, as far as it has said or sent."""
        return self._registry.abilities(device).metrics if self._registry.known(device) else ()

    def since(self, device: str, asset: str) -> int:
        """From when on what it measured is this asset's, by the hardware that it is now; 0: all of it."""
        elsewhere = [span.to_ms or 0 for span in self._assignments.of_device(device) if span.asset != asset]
        swaps = self._registry.device(device).swaps if self._registry.known(device) else ()
        return max((*elsewhere, *(swap.time_ms for swap in swaps)), default=0)

    def name(self, asset: str) -> str:
        """What people call an asset, or a device when there is no such asset."""
        found = self._home.plan.asset(asset)
        if found is not None:
            return found.name
        return self._registry.device(asset).name if self._registry.known(asset) else asset


def watching(settings: Settings) -> AnomalySettings:
    """What noticing is handed of the settings."""
    anomaly = settings.anomaly
    return AnomalySettings(
        enabled=anomaly.enabled,
        interval_s=anomaly.interval_s,
        learn_days=anomaly.learn_days,
        commissioning_hours=anomaly.commissioning_hours,
        zone=zone(settings.site.timezone)[0],
    )
