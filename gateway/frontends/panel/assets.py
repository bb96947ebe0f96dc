"""Assets: rooms, plants, water heaters, pumps, fans and what is outside."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from ...core.errors import Conflict
from ...core.home import CAPABILITIES, Asset, AssetKind, Relation, Traits
from .device_view import DeviceView, LatestValue
from .names import GivenName, PlaceId, readable
from .parts import Parts
from .place_history import PlaceMeasurements
from .places import AssetDevices, AssignedShown, Synonyms, is_simulated, latest_of, named
from .routes import Route, Who
from .times import maybe_text, to_text
from .typed import Asked, NoBody, NoQuery, op

Relations = Annotated[list[Relation], msgspec.Meta(max_length=20)]


class AssetBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/assets: its kind, or traits that name it. Without `id` one is made from the name."""

    name: GivenName
    id: PlaceId | UnsetType = UNSET
    kind: AssetKind | UnsetType = UNSET
    traits: Traits | UnsetType = UNSET
    zone: PlaceId | None = None
    synonyms: Synonyms = []
    relations: Relations = []


class AssetChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PUT /api/assets/{asset}; what is absent stays, and the kind cannot change."""

    name: GivenName | UnsetType = UNSET
    kind: AssetKind | UnsetType = UNSET
    traits: Traits | UnsetType = UNSET
    zone: PlaceId | UnsetType | None = UNSET
    synonyms: Synonyms | UnsetType = UNSET
    relations: Relations | UnsetType = UNSET


class AssetsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which assets; without anything all of them."""

    kind: AssetKind | UnsetType = UNSET
    zone: PlaceId = ""
    """Only those in it and in the zones within it."""
    inside: PlaceId = ""
    capability: Annotated[str, msgspec.Meta(max_length=40, description="A metric or a verb")] = ""
    q: Annotated[str, msgspec.Meta(max_length=80, description="Beginnings of words of its name")] = ""


class AssetShown(msgspec.Struct, frozen=True):
    """An asset in JSON."""

    id: str
    name: str
    kind: AssetKind
    zone: str | None
    """The one it is in, by itself or with what it is inside of."""
    zone_name: str | None
    traits: Traits
    synonyms: list[str]
    relations: list[Relation]
    capabilities: list[str]
    """Metrics and verbs that make sense for its kind."""
    devices: list[str]
    """Those assigned to it now."""
    latest: dict[str, LatestValue]
    simulated: bool
    """One of its devices is, or what tells of it."""
    created_at: str


class AssetList(msgspec.Struct, frozen=True):
    """Answer to GET /api/assets."""

    assets: list[AssetShown]


class Assets:
    """The assets resource."""

    def __init__(self, parts: Parts) -> None:
        self._home = parts.home.home
        self._assignments = parts.home.assignments
        self._values = parts.home.values
        self._registry = parts.registry
        self._now_ms = parts.now_ms
        self._belonging = Belonging(parts)
        self._measurements = PlaceMeasurements(parts)

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/assets/{asset}"
        return [
            op("GET", "/assets", Who.READ, self._list, "Every asset with its newest values"),
            op("POST", "/assets", Who.OPERATE, self._make, "Make an asset", status=201),
            op("GET", path, Who.READ, self._get, "One asset with its newest values"),
            op("PUT", path, Who.OPERATE, self._change, "Change an asset"),
            op("DELETE", path, Who.OPERATE, self._delete, "Delete an asset; its devices stay, unassigned"),
            op("GET", path + "/devices", Who.READ, self._devices, "The devices assigned to an asset, now and before"),
            self._measurements.route(path + "/history", "asset", "What was measured of an asset"),
        ]

    async def _list(self, asked: Asked[AssetsQuery, NoBody]) -> AssetList:
        query = asked.query
        found = self._home.assets(
            None if query.kind is UNSET else query.kind,
            query.zone or None,
            query.inside or None,
            query.capability or None,
            query.q,
        )
        return AssetList([self._shown(asset) for asset in found])

    async def _make(self, asked: Asked[NoQuery, AssetBody]) -> AssetShown:
        body, name = asked.body, readable(asked.body.name)
        asset = Asset(
            self._home.new_id(name) if body.id is UNSET else body.id,
            name,
            _traits(body),
            body.zone,
            named(body.synonyms),
            tuple(body.relations),
        )
        made = await self._home.put_asset(asset, new=True)
        asked.header("Location", f"/api/assets/{made.id}")
        return self._shown(made)

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> AssetShown:
        return self._shown(self._home.asset(asked.path["asset"]))

    async def _change(self, asked: Asked[NoQuery, AssetChange]) -> AssetShown:
        asset, body = self._home.asset(asked.path["asset"]), asked.body
        changed = msgspec.structs.replace(
            asset,
            name=asset.name if body.name is UNSET else readable(body.name),
            traits=asset.traits if body.traits is UNSET else body.traits,
            zone=asset.zone if body.zone is UNSET else body.zone,
            synonyms=asset.synonyms if body.synonyms is UNSET else named(body.synonyms),
            relations=asset.relations if body.relations is UNSET else tuple(body.relations),
        )
        if changed.kind is not asset.kind or body.kind not in (UNSET, asset.kind):
            raise Conflict(f"{asset.name} is a {asset.kind.value}, and what it is cannot change.")
        return self._shown(await self._home.put_asset(changed, new=False))

    async def _delete(self, asked: Asked[NoQuery, NoBody]) -> None:
        await self._home.delete_asset(asked.path["asset"])

    async def _devices(self, asked: Asked[NoQuery, NoBody]) -> AssetDevices:
        return self._belonging.of(self._home.asset(asked.path["asset"]))

    def _shown(self, asset: Asset) -> AssetShown:
        devices, zone = self._assignments.devices_at(asset.id), self._home.plan.zone_of(asset.id)
        values = self._values.of_asset(asset.id)
        return AssetShown(
            asset.id,
            asset.name,
            asset.kind,
            zone,
            None if zone is None else self._home.zone(zone).name,
            asset.traits,
            list(asset.synonyms),
            list(asset.relations),
            sorted(CAPABILITIES[asset.kind]),
            list(devices),
            latest_of(values, self._now_ms()),
            is_simulated(values, devices, self._registry.simulated),
            to_text(asset.created_ms),
        )


def _traits(body: AssetBody) -> Traits:
    if body.traits is UNSET:
        if body.kind is UNSET:
            raise Conflict("Say what it is: its kind, or traits with a kind.")
        kind: Traits = msgspec.convert({"kind": body.kind.value}, Traits)
        return kind
    if body.kind is not UNSET and Asset("", "", body.traits).kind is not body.kind:
        raise Conflict(f"Its kind is {body.kind.value}, but its traits are those of another one.")
    return body.traits


class Belonging:
    """Which devices measure an asset, and which did."""

    def __init__(self, parts: Parts) -> None:
        self._assignments = parts.home.assignments
        self._registry = parts.registry
        self._view = DeviceView(parts)

    def of(self, asset: Asset) -> AssetDevices:
        """Now, and every assignment there was."""
        devices = [device for device in self._assignments.devices_at(asset.id) if self._registry.known(device)]
        spans = sorted(self._assignments.of_asset(asset.id), key=lambda span: span.from_ms)
        return AssetDevices(
            asset.id,
            [self._view.one(device) for device in devices],
            [
                AssignedShown(
                    span.device,
                    self._registry.simulated(span.device),
                    to_text(span.from_ms),
                    span.from_ms,
                    maybe_text(span.to_ms),
                    span.to_ms,
                )
                for span in spans
            ],
        )
