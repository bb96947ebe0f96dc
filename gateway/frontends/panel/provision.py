"""Which asset a device belongs to: an existing one, or a plant made on the spot."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ...core.errors import Conflict
from ...core.home import Asset, AssetKind
from .device_view import DeviceShown, DeviceView
from .names import GivenName, Instant, PlaceId, readable
from .parts import Parts
from .places import Species, Thresholds, inside, of_kind, plant_traits
from .routes import Route, Who
from .times import from_text
from .typed import Asked, NoBody, NoQuery, op


class NewPlant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plant that is made for the device."""

    name: GivenName
    species: Species | None = None
    thresholds: Thresholds = {}
    zone: PlaceId | None = None
    inside: PlaceId | None = None


class ProvisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/devices/{id}/provision: one of `asset_id`, `plant_id` and `new_plant`.

    `since`: it has stood there since then; without it from now on.
    """

    asset_id: PlaceId | UnsetType = UNSET
    plant_id: PlaceId | UnsetType = UNSET
    new_plant: NewPlant | UnsetType = UNSET
    since: Instant | UnsetType = UNSET


class Provision:
    """Assigns devices to assets and takes them away again."""

    def __init__(self, parts: Parts) -> None:
        self._home = parts.home.home
        self._assignments = parts.home.assignments
        self._registry = parts.registry
        self._view = DeviceView(parts)

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/devices/{id}/provision"
        return [
            op("POST", path, Who.OPERATE, self._assign, "Assign a device to an asset, or to a plant made on the spot"),
            op("DELETE", path, Who.OPERATE, self._unassign, "Take a device away from its asset"),
        ]

    async def _assign(self, asked: Asked[NoQuery, ProvisionBody]) -> DeviceShown:
        device, body, who = self._registry.device(asked.path["id"]).id, asked.body, asked.caller.name
        given = [name for name in ("asset_id", "plant_id", "new_plant") if getattr(body, name) is not UNSET]
        if len(given) != 1:
            raise Conflict("Give asset_id, plant_id or new_plant: one of them.")
        since_ms = None if body.since is UNSET else from_text(body.since, "since")
        if body.new_plant is not UNSET:
            await self._assign_new(device, body.new_plant, who, since_ms)
        elif body.plant_id is not UNSET:
            plant = of_kind(self._home, body.plant_id, AssetKind.PLANT)
            await self._assignments.assign(device, plant.id, who, since_ms)
        elif body.asset_id is not UNSET:
            await self._assignments.assign(device, self._home.asset(body.asset_id).id, who, since_ms)
        return self._view.one(device)

    async def _assign_new(self, device: str, wanted: NewPlant, who: str, since_ms: int | None) -> None:
        name = readable(wanted.name)
        traits = plant_traits(wanted.species, wanted.thresholds)
        plant = Asset(self._home.new_id(name), name, traits, wanted.zone)
        made = await self._home.put_asset(replace(plant, relations=inside(plant, wanted.inside)), new=True)
        try:
            await self._assignments.assign(device, made.id, who, since_ms)
        except BaseException:
            await self._home.delete_asset(made.id)  # a plant nobody asked for by itself
            raise

    async def _unassign(self, asked: Asked[NoQuery, NoBody]) -> DeviceShown:
        device = self._registry.device(asked.path["id"]).id
        await self._assignments.unassign(device, asked.caller.name)
        return self._view.one(device)
