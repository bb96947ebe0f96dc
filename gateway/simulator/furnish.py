"""A site's zones, what stands in them, which device measures what, and its rules: made in the gateway over its API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from ..core.errors import Refused
from ..core.home import (
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
from . import site as sites
from .backoff import Backoff
from .connection import Unreachable
from .enrol import Api, refusal

_ZONE = ("id", "name", "synonyms")
_ASSET = ("id", "name", "traits", "zone", "synonyms", "relations")


class _Place(msgspec.Struct, frozen=True):
    """Where a device stands, of everything the gateway says of it."""

    asset: str | None = None


class Furnisher:
    """Makes what is missing and leaves what is there as people have it: running it again changes nothing.

    `token` needs scope operate. `report` is told (state, detail).
    """

    def __init__(
        self, api: Api, token: str, site: sites.Site, backoff: Backoff, report: Callable[[str, str], None]
    ) -> None:
        self._api = api
        self._authorization = f"Bearer {token}"
        self._site = site
        self._backoff = backoff
        self._report = report
        self._arrived: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._placed: set[str] = set()
        self._rules = list(site.rules)

    def online(self, device: sites.Device, device_id: str) -> None:
        """A node of the site is there; the gateway calls it `device_id`."""
        self._arrived.put_nowait((device_id, device.asset))

    async def run(self) -> None:
        """The places first, then each device once it is there, and each rule once all it names is; until cancelled."""
        for zone in self._site.zones:
            made = Zone(zone.id, zone.name, synonyms=self._site.synonyms.get(zone.id, ()))
            await self._patiently(partial(self._make, "zones", made.id, _chosen(made, _ZONE)))
        for thing in self._site.assets:
            asset = asset_of(self._site, thing)
            await self._patiently(partial(self._make, "assets", asset.id, _chosen(asset, _ASSET)))
        self._report("furnished", f"{len(self._site.zones)} zones, {len(self._site.assets)} assets")
        while True:
            await self._rule_what_can_be()
            device, asset_id = await self._arrived.get()
            await self._patiently(partial(self._place, device, asset_id))
            self._placed.add(asset_id)

    async def _rule_what_can_be(self) -> None:
        awaited = {device.asset for device in self._site.devices} - self._placed
        for rule in self._rules.copy():
            zones = rule.named("zone")
            inside = {asset.id for asset in self._site.assets if asset.zone in zones}
            if not (rule.named("asset") | inside) & awaited:
                self._rules.remove(rule)
                await self._patiently(partial(self._make_rule, rule))

    async def _patiently(self, do: Callable[[], None]) -> None:
        """Until the gateway has answered; what it refuses is said and left."""
        while True:
            try:
                await asyncio.to_thread(do)
            except Unreachable as error:
                self._report("waiting", str(error))
                await asyncio.sleep(self._backoff.next_s())
            except Refused as error:
                self._report("refused", str(error))
                return
            else:
                self._backoff.reset()
                return

    def _make(self, collection: str, identity: str, body: dict[str, object]) -> None:
        if self._get(f"/api/{collection}/{identity}") is None:
            self._post(f"/api/{collection}", body)

    def _make_rule(self, rule: sites.SiteRule) -> None:
        if self._get(f"/api/rules/{rule.id}") is None:
            self._post(f"/api/rules?id={rule.id}", rule.rule)
            if rule.mode != "off":
                self._post(f"/api/rules/{rule.id}/enable", {"mode": rule.mode})

    def _place(self, device: str, asset: str) -> None:
        found = self._get(f"/api/devices/{device}")
        if found is not None and msgspec.json.decode(found, type=_Place).asset is None:
            self._post(f"/api/devices/{device}/provision", {"asset_id": asset})

    def _get(self, path: str) -> bytes | None:
        """None: there is no such thing. Raises Refused, Unreachable."""
        status, said = self._api.call("GET", path, authorization=self._authorization)
        if status == 404:
            return None
        if status != 200:
            raise refusal(status, said)
        return said

    def _post(self, path: str, body: object) -> None:
        """Raises Refused, Unreachable."""
        status, said = self._api.call("POST", path, msgspec.json.encode(body), authorization=self._authorization)
        if status >= 300:
            raise refusal(status, said)


def asset_of(site: sites.Site, thing: sites.Asset) -> Asset:
    """What the gateway is to know about it."""
    relations: tuple[Relation, ...] = ()
    if isinstance(thing, sites.PlantAsset) and thing.room:
        relations = (Relation("inside", thing.room),)
    elif isinstance(thing, sites.FanAsset) and thing.serves:
        relations = (Relation("serves", thing.serves),)
    return Asset(thing.id, thing.name, _traits(thing), thing.zone, site.synonyms.get(thing.id, ()), relations)


def _traits(thing: sites.Asset) -> Traits:
    match thing:
        case sites.RoomAsset():
            return RoomTraits(thing.shape.use, volume_m3=thing.shape.volume_m3)
        case sites.PlantAsset():
            return PlantTraits(thing.species, thing.thresholds)
        case sites.HeaterAsset():
            return HeaterTraits(thing.maker, litres=thing.built.volume_l, power_w=thing.built.power_w)
        case sites.PumpAsset():
            return PumpTraits()
        case sites.FanAsset():
            return FanTraits(power_w=thing.shape.power_w)
        case sites.OutdoorAsset():
            return OutdoorTraits()


def _chosen(made: Zone | Asset, keys: tuple[str, ...]) -> dict[str, object]:
    """What is said of it when it is made; the rest is the gateway's."""
    return {key: value for key, value in msgspec.to_builtins(made).items() if key in keys and value is not None}
