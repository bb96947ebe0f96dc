"""Plants: what they are, how they are, and which devices measure them (document 002)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from ...core import species
from ...core.home import Asset, AssetKind, Band, PlantTraits
from ...core.messages import DeviceStatus
from ...core.quality import Quality
from ...flow.plants import Episode
from ...flow.values import Found
from .assets import Belonging
from .device_view import LatestValue
from .names import GivenName, PlaceId, readable
from .parts import Parts
from .place_history import PlaceMeasurements
from .places import (
    AssetDevices,
    Species,
    Synonyms,
    Thresholds,
    inside,
    is_simulated,
    latest_of,
    named,
    of_kind,
    plant_traits,
)
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op

_THERE = (DeviceStatus.ONLINE, DeviceStatus.ERROR)


class PlantStatus(StrEnum):
    """How a plant is."""

    UNASSIGNED = "unassigned"
    """No device measures it, and nothing is judged."""
    UNKNOWN = "unknown"
    """No device that measures it is there, or what they say is old."""
    OK = "ok"
    ALERT = "alert"
    """A value is outside its threshold."""


class PlantBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/plants. Without `id` one is made from the name."""

    name: GivenName
    id: PlaceId | UnsetType = UNSET
    species: Species | None = None
    thresholds: Thresholds = {}
    zone: PlaceId | None = None
    inside: PlaceId | None = None
    """The asset it is inside of, such as a room."""
    synonyms: Synonyms = []


class PlantChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PUT /api/plants/{plant}; what is absent stays. `thresholds` are replaced as a whole."""

    name: GivenName | UnsetType = UNSET
    species: Species | UnsetType | None = UNSET
    thresholds: Thresholds | UnsetType = UNSET
    zone: PlaceId | UnsetType | None = UNSET
    inside: PlaceId | UnsetType | None = UNSET
    synonyms: Synonyms | UnsetType = UNSET


class BreachShown(msgspec.Struct, frozen=True):
    """A value that is outside its threshold."""

    metric: str
    value: float
    direction: str
    """`min` or `max`: which one it has passed."""
    threshold: float
    text: str
    since_at: str
    since_ms: int
    device: str
    correlation: str
    """Of the reading that showed it first."""
    simulated: bool


class PlantShown(msgspec.Struct, frozen=True):
    """A plant in JSON."""

    id: str
    name: str
    species: str | None
    thresholds: dict[str, Band]
    created_at: str
    status: PlantStatus
    zone: str | None
    """The one it is in, by itself or with what it is inside of."""
    inside: str | None
    synonyms: list[str]
    latest: dict[str, LatestValue]
    devices: list[str]
    breaches: list[BreachShown]
    suggested_thresholds: dict[str, Band]
    """Of its species; they count only once somebody has set them."""
    simulated: bool


class PlantList(msgspec.Struct, frozen=True):
    """Answer to GET /api/plants."""

    plants: list[PlantShown]


class Plants:
    """The plants resource. A plant is an asset, and is among those, too."""

    def __init__(self, parts: Parts) -> None:
        self._home = parts.home.home
        self._assignments = parts.home.assignments
        self._values = parts.home.values
        self._plants = parts.home.plants
        self._registry = parts.registry
        self._watch = parts.watch
        self._now_ms = parts.now_ms
        self._belonging = Belonging(parts)
        self._measurements = PlaceMeasurements(parts)

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/plants/{plant}"
        history = self._measurements.route(
            path + "/history",
            "plant",
            "What was measured of a plant, without a range in the last 24 h",
            AssetKind.PLANT,
        )
        return [
            op("GET", "/plants", Who.READ, self._list, "Every plant and how it is"),
            op("POST", "/plants", Who.OPERATE, self._make, "Make a plant", status=201),
            op("GET", path, Who.READ, self._get, "One plant with its newest values"),
            op("PUT", path, Who.OPERATE, self._change, "Change a plant"),
            op("DELETE", path, Who.OPERATE, self._delete, "Remove a plant; its devices stay, unassigned"),
            op("GET", path + "/devices", Who.READ, self._devices, "The devices assigned to a plant, now and before"),
            history,
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> PlantList:
        return PlantList([self._shown(plant) for plant in self._home.assets(AssetKind.PLANT)])

    async def _make(self, asked: Asked[NoQuery, PlantBody]) -> PlantShown:
        body, name = asked.body, readable(asked.body.name)
        plant = Asset(
            self._home.new_id(name) if body.id is UNSET else body.id,
            name,
            plant_traits(body.species, body.thresholds),
            body.zone,
            named(body.synonyms),
        )
        plant = msgspec.structs.replace(plant, relations=inside(plant, body.inside))
        made = await self._home.put_asset(plant, new=True)
        asked.header("Location", f"/api/plants/{made.id}")
        return self._shown(made)

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> PlantShown:
        return self._shown(self._plant(asked))

    async def _change(self, asked: Asked[NoQuery, PlantChange]) -> PlantShown:
        plant, body = self._plant(asked), asked.body
        before = _traits(plant)
        changed = msgspec.structs.replace(
            plant,
            name=plant.name if body.name is UNSET else readable(body.name),
            traits=plant_traits(
                before.species if body.species is UNSET else body.species,
                before.thresholds if body.thresholds is UNSET else body.thresholds,
            ),
            zone=plant.zone if body.zone is UNSET else body.zone,
            synonyms=plant.synonyms if body.synonyms is UNSET else named(body.synonyms),
            relations=plant.relations if body.inside is UNSET else inside(plant, body.inside),
        )
        return self._shown(await self._home.put_asset(changed, new=False))

    async def _delete(self, asked: Asked[NoQuery, NoBody]) -> None:
        await self._home.delete_asset(self._plant(asked).id)

    async def _devices(self, asked: Asked[NoQuery, NoBody]) -> AssetDevices:
        return self._belonging.of(self._plant(asked))

    def _plant(self, asked: Asked[NoQuery, NoBody] | Asked[NoQuery, PlantChange]) -> Asset:
        return of_kind(self._home, asked.path["plant"], AssetKind.PLANT)

    def _shown(self, plant: Asset) -> PlantShown:
        traits, devices = _traits(plant), list(self._assignments.devices_at(plant.id))
        values, breaches = self._values.of_asset(plant.id), self._plants.breaches(plant.id)
        known = species.find(traits.species) if traits.species else None
        return PlantShown(
            plant.id,
            plant.name,
            traits.species,
            traits.thresholds,
            to_text(plant.created_ms),
            self._status(devices, breaches, values),
            self._home.plan.zone_of(plant.id),
            plant.inside,
            list(plant.synonyms),
            latest_of(values, self._now_ms()),
            devices,
            [_breach(episode) for episode in breaches.values()],
            {} if known is None else dict(known.thresholds),
            is_simulated(values, devices, self._registry.simulated),
        )

    def _status(self, devices: list[str], breaches: Mapping[str, Episode], values: Mapping[str, Found]) -> PlantStatus:
        if not devices:
            return PlantStatus.UNASSIGNED
        if breaches:
            return PlantStatus.ALERT
        return PlantStatus.OK if any(self._is_new(found) for found in values.values()) else PlantStatus.UNKNOWN

    def _is_new(self, found: Found) -> bool:
        if found.quality & Quality.STALE:
            return False
        return any(self._watch.status(source.device) in _THERE for source in found.sources)


def _traits(plant: Asset) -> PlantTraits:
    assert isinstance(plant.traits, PlantTraits)
    return plant.traits


def _breach(episode: Episode) -> BreachShown:
    return BreachShown(
        episode.metric,
        episode.value,
        episode.direction,
        episode.threshold,
        episode.text,
        to_text(episode.since_ms),
        episode.since_ms,
        episode.device,
        episode.correlation,
        episode.simulated,
    )
