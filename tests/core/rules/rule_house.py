"""A house that rules can be checked against."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, tzinfo

from gateway.core.capabilities import Capabilities, read
from gateway.core.home import (
    Asset,
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

KINDS: Mapping[str, Traits] = {
    "room": RoomTraits(),
    "plant": PlantTraits(),
    "fan": FanTraits(),
    "pump": PumpTraits(),
    "heater": HeaterTraits(),
    "outdoor": OutdoorTraits(),
}


class RuleHouse:
    """A bathroom with a window and a fan that serves it, a plant that a pump feeds, a boiler, an empty cellar."""

    site_zone: tzinfo = UTC

    def __init__(self) -> None:
        self.zones = {"upstairs": Zone("upstairs", "Upstairs"), "cellar": Zone("cellar", "Cellar")}
        self.assets: dict[str, Asset] = {}
        self.devices: dict[str, Capabilities] = {}
        self.there: dict[str, list[str]] = {}
        self.offline: set[str] = set()
        self.scenes: dict[str, object] = {"evening": object()}
        self.place: tuple[float, float] | None = (52.5, 13.4)
        self.add("bathroom", "room", "bath-climate", "climate", zone="upstairs")
        self.add("bathroom-fan", "fan", "bath-fan", "fan", relations=(Relation("serves", "bathroom"),))
        self.add("ficus", "plant", "ficus-1", "plant", zone="upstairs")
        self.add("pump", "pump", "pump-1", "pump", relations=(Relation("feeds", "ficus"),))
        self.add("boiler", "heater", "boiler-1", "heater")
        self.stand("bathroom", "bath-window", "window")
        self.assets["cellar-room"] = Asset("cellar-room", "Cellar", RoomTraits(), "cellar")

    def add(
        self,
        asset: str,
        kind: str,
        device: str,
        device_kind: str,
        zone: str | None = None,
        relations: tuple[Relation, ...] = (),
    ) -> None:
        name = asset.replace("-", " ").capitalize()
        self.assets[asset] = Asset(asset, name, KINDS[kind], zone, relations=relations)
        self.stand(asset, device, device_kind)

    def stand(self, asset: str, device: str, kind: str) -> None:
        self.devices[device] = read({"kind": kind})
        self.there.setdefault(asset, []).append(device)

    def asset(self, asset_id: str) -> Asset | None:
        return self.assets.get(asset_id)

    def zone(self, zone_id: str) -> Zone | None:
        return self.zones.get(zone_id)

    def device(self, device_id: str) -> Capabilities | None:
        return self.devices.get(device_id)

    def devices_at(self, asset_id: str) -> Collection[str]:
        return self.there.get(asset_id, [])

    def assets_in(self, zone_id: str) -> Collection[str]:
        return [asset.id for asset in self.assets.values() if asset.zone == zone_id]

    def heard(self, device_id: str) -> bool:
        return device_id not in self.offline
