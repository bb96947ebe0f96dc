"""A home with devices on documents in memory, for the tests of what is made of it."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.errors import NotFound
from gateway.core.home import (
    Asset,
    AssetKind,
    Band,
    FanTraits,
    HeaterTraits,
    OutdoorTraits,
    PlantTraits,
    PumpTraits,
    Relation,
    RoomTraits,
    Traits,
    Zone,
)
from gateway.core.messages import (
    AssignmentChanged,
    Audited,
    Happened,
    PlacesChanged,
    PlantBreached,
    PlantRecovered,
    Reading,
    ReadingStored,
)
from gateway.core.ports.documents import Documents
from gateway.core.ports.store import Writer
from gateway.flow.assignments import Assignments
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.devices import Device
from gateway.flow.home import Home
from gateway.flow.plants import Plants
from gateway.flow.trail import Trail
from gateway.flow.values import Values
from gateway.flow.watch import Watch
from tests.fakes import FixedClock, MemoryDocuments, MemoryWriter

_TRAITS: dict[AssetKind, Traits] = {
    AssetKind.ROOM: RoomTraits(),
    AssetKind.PLANT: PlantTraits(),
    AssetKind.WATER_HEATER: HeaterTraits(),
    AssetKind.PUMP: PumpTraits(),
    AssetKind.FAN: FanTraits(),
    AssetKind.OUTDOOR: OutdoorTraits(),
}


class Roll:
    """The devices there are."""

    def __init__(self) -> None:
        self.known_devices: dict[str, Device] = {}

    def add(self, device: str, name: str = "", simulated: bool = False, **capabilities: object) -> None:
        named = name or device
        self.known_devices[device] = Device(device, named, f"mac-{device}", "1", capabilities, simulated, 0, 0)

    def devices(self) -> list[Device]:
        return list(self.known_devices.values())

    def device(self, device_id: str) -> Device:
        if device_id not in self.known_devices:
            raise NotFound(device_id)
        return self.known_devices[device_id]

    def known(self, device_id: str) -> bool:
        return device_id in self.known_devices

    def simulated(self, device_id: str) -> bool:
        return self.known(device_id) and self.known_devices[device_id].simulated


class HomeSite:
    """Everything of the home; it can be restarted on the same documents and the same event log."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.documents = MemoryDocuments()
        self.writer = MemoryWriter()
        self.disk: tuple[Documents, Writer] | None = None
        """Real ones instead."""
        self.roll = Roll()
        self.number = 0
        self.quality: dict[str, dict[str, int]] = {}
        self.restart()

    def restart(self) -> None:
        self.bus = Bus()
        self.told: list[object] = []
        for kind in (PlacesChanged, AssignmentChanged, PlantBreached, PlantRecovered):
            self.bus.on(kind, self.told.append)
        documents, writer = self.disk or (self.documents, self.writer)
        trail = Trail(writer, self.bus, self.clock)
        self.chronicle = Chronicle(writer, self.bus, self.clock, self.roll.simulated)
        self.home = Home(documents, self.bus, trail, self.clock, self.roll.devices)
        self.home.load()
        self.assignments = Assignments(documents, self.bus, trail, self.clock, self.home, self.chronicle)
        self.assignments.load()
        self.watch = Watch(self.bus, self.clock, self.chronicle, self.roll.known, lambda d: self.quality.get(d, {}))
        self.values = Values(self.home, self.assignments, self.roll, self.watch, self.clock)
        self.plants = Plants(self.home, self.assignments, self.bus, self.chronicle)
        self.plants.restore([event for event in reversed(self.events()) if event.kind.startswith("plant.")])

    # What is authored

    async def zone(self, zone_id: str, name: str, parent: str | None = None, *synonyms: str) -> Zone:
        return await self.home.put_zone(Zone(zone_id, name, parent, synonyms), new=True)

    async def asset(
        self, kind: AssetKind, asset_id: str, name: str, zone: str | None = None, *synonyms: str, inside: str = ""
    ) -> Asset:
        relations = (Relation("inside", inside),) if inside else ()
        return await self.home.put_asset(Asset(asset_id, name, _TRAITS[kind], zone, synonyms, relations), new=True)

    async def room(self, asset_id: str, name: str, zone: str | None = None, *synonyms: str) -> Asset:
        return await self.asset(AssetKind.ROOM, asset_id, name, zone, *synonyms)

    async def plant(
        self, asset_id: str, zone: str | None = None, **thresholds: tuple[float | None, float | None]
    ) -> Asset:
        bands = {metric: Band(*limits) for metric, limits in thresholds.items()}
        traits = PlantTraits(None, bands)
        return await self.home.put_asset(Asset(asset_id, asset_id.title(), traits, zone), new=True)

    async def limit(self, asset_id: str, **thresholds: tuple[float | None, float | None]) -> None:
        plant = self.home.asset(asset_id)
        traits = PlantTraits(None, {metric: Band(*limits) for metric, limits in thresholds.items()})
        await self.home.put_asset(Asset(plant.id, plant.name, traits, plant.zone), new=False)

    async def put_device(self, device: str, asset: str, simulated: bool = False) -> None:
        """A device that is there and assigned."""
        if not self.roll.known(device):
            self.roll.add(device, simulated=simulated)
        await self.assignments.assign(device, asset, "anna")

    # What is measured

    def say(
        self,
        device: str,
        also: Mapping[str, float] = {},
        *,
        late: bool = False,
        quality: dict[str, int] | None = None,
        ago_ms: int = 0,
        **values: float,
    ) -> Reading:
        """One reading on the disk."""
        now_ms = self.clock()
        self.number += 1
        reading = Reading(
            device,
            now_ms - ago_ms,
            {**also, **values},
            self.roll.simulated(device),
            "b1",
            self.number,
            late,
            quality or {},
        )
        self.bus.publish(ReadingStored(reading, now_ms))
        return reading

    # What was told

    def events(self) -> list[Happened]:
        return [change for change in self.writer.changes if isinstance(change, Happened)]

    def reasons(self, kind: str = "plant.") -> list[str]:
        return [event.reason for event in self.events() if event.kind.startswith(kind)]

    def audit(self) -> list[str]:
        return [change.kind for change in self.writer.changes if isinstance(change, Audited)]
