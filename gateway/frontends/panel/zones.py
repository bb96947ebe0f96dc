"""Zones: the parts of the home, with what stands in them and their newest values."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from ...core.home import AssetKind, Zone
from ...flow.values import Found
from .names import GivenName, PlaceId, readable
from .parts import Parts
from .places import Synonyms, named
from .quality_names import quality_names
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op


class ZoneBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/zones. Without `id` one is made from the name."""

    name: GivenName
    id: PlaceId | UnsetType = UNSET
    parent: PlaceId | None = None
    """The zone it is a part of."""
    synonyms: Synonyms = []


class ZoneChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PUT /api/zones/{zone}; what is absent stays."""

    name: GivenName | UnsetType = UNSET
    parent: PlaceId | UnsetType | None = UNSET
    synonyms: Synonyms | UnsetType = UNSET


class AssetBrief(msgspec.Struct, frozen=True):
    """An asset, in short."""

    id: str
    name: str
    kind: AssetKind


class PlaceValue(msgspec.Struct, frozen=True):
    """The newest value of one metric of a place; of several sensors their mean, under the oldest time."""

    value: float
    unit: str | None
    time: str
    time_ms: int
    age_s: float
    quality: tuple[str, ...]
    simulated: bool
    devices: list[str]
    """Which measured it."""


class ZoneShown(msgspec.Struct, frozen=True):
    """A zone in JSON."""

    id: str
    name: str
    parent: str | None
    synonyms: list[str]
    created_at: str
    assets: list[AssetBrief]
    """What stands directly in it."""
    values: dict[str, PlaceValue]
    """By metric, with those of the zones inside it."""
    simulated: bool
    """Any of the values is."""


class ZoneList(msgspec.Struct, frozen=True):
    """Answer to GET /api/zones."""

    zones: list[ZoneShown]


def place_value(found: Found, now_ms: int) -> PlaceValue:
    """One answer as it is shown."""
    return PlaceValue(
        found.value,
        found.unit,
        to_text(found.time_ms),
        found.time_ms,
        (now_ms - found.time_ms) / 1000,
        quality_names(found.quality),
        found.simulated,
        [source.device for source in found.sources],
    )


class Zones:
    """The zones resource."""

    def __init__(self, parts: Parts) -> None:
        self._home = parts.home.home
        self._values = parts.home.values
        self._now_ms = parts.now_ms

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/zones", Who.READ, self._list, "Every zone with its newest values"),
            op("POST", "/zones", Who.OPERATE, self._make, "Make a zone", status=201),
            op("GET", "/zones/{zone}", Who.READ, self._get, "One zone with its newest values"),
            op("PUT", "/zones/{zone}", Who.OPERATE, self._change, "Change a zone"),
            op("DELETE", "/zones/{zone}", Who.OPERATE, self._delete, "Delete a zone that nothing is in"),
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> ZoneList:
        return ZoneList([self._shown(zone) for zone in self._home.zones()])

    async def _make(self, asked: Asked[NoQuery, ZoneBody]) -> ZoneShown:
        body, name = asked.body, readable(asked.body.name)
        zone_id = self._home.new_id(name) if body.id is UNSET else body.id
        zone = Zone(zone_id, name, body.parent, named(body.synonyms))
        made = await self._home.put_zone(zone, new=True)
        asked.header("Location", f"/api/zones/{made.id}")
        return self._shown(made)

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> ZoneShown:
        return self._shown(self._home.zone(asked.path["zone"]))

    async def _change(self, asked: Asked[NoQuery, ZoneChange]) -> ZoneShown:
        zone, body = self._home.zone(asked.path["zone"]), asked.body
        changed = msgspec.structs.replace(
            zone,
            name=zone.name if body.name is UNSET else readable(body.name),
            parent=zone.parent if body.parent is UNSET else body.parent,
            synonyms=zone.synonyms if body.synonyms is UNSET else named(body.synonyms),
        )
        return self._shown(await self._home.put_zone(changed, new=False))

    async def _delete(self, asked: Asked[NoQuery, NoBody]) -> None:
        await self._home.delete_zone(asked.path["zone"])

    def _shown(self, zone: Zone) -> ZoneShown:
        now_ms = self._now_ms()
        values = {metric: place_value(found, now_ms) for metric, found in self._values.of_zone(zone.id).items()}
        return ZoneShown(
            zone.id,
            zone.name,
            zone.parent,
            list(zone.synonyms),
            to_text(zone.created_ms),
            [
                AssetBrief(asset.id, asset.name, asset.kind)
                for asset in self._home.assets(zone=zone.id)
                if self._home.plan.zone_of(asset.id) == zone.id
            ],
            values,
            any(value.simulated for value in values.values()),
        )
