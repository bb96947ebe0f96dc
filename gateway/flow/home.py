"""Zones and assets: what people say of their home.

Every change goes to the documents first, then to memory, then to the bus, one at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Annotated, Literal, Protocol, TypeVar

import msgspec

from ..core.errors import Conflict, NotFound
from ..core.home import CAPABILITIES, PLACE_ID, Asset, AssetKind, Zone, check_asset, check_zone
from ..core.messages import PlacesChanged
from ..core.names import Names, words
from ..core.ports.documents import Document, Documents
from ..core.ports.gatekeeper import Auditor
from .bus import Bus
from .devices import Device
from .floor_plan import FloorPlan
from .place_words import by_name, is_meant, listed, named, spoken, tidy

_log = logging.getLogger(__name__)

MOST_ZONES = 500
MOST_ASSETS = 2000
_ID_CHARS = 40

_Place = TypeVar("_Place", Zone, Asset)
_PlaceId = Annotated[str, msgspec.Meta(pattern=f"^{PLACE_ID.pattern}$")]


class _StoredZone(Zone, frozen=True):
    """A zone's document; a person may have edited it."""

    id: _PlaceId


class _StoredAsset(Asset, frozen=True):
    """The same of an asset."""

    id: _PlaceId


class Occupants(Protocol):
    """Who must go before an asset does."""

    def vacated(self, asset: str) -> AbstractAsyncContextManager[None]:
        """No device stands for this asset any more, and none can be assigned to it within. Raises StoreError."""

    async def erase(self, asset: str) -> None:
        """Forget who stood for an asset of this id before: another one will be called so. Raises StoreError."""


class Nobody:
    """Nothing is assigned to anything."""

    def vacated(self, asset: str) -> AbstractAsyncContextManager[None]:
        """There is nobody."""
        return nullcontext()

    async def erase(self, asset: str) -> None:
        """There was nobody."""


class Home:
    """The zones and assets there are. `devices`: all of them, which have names, too."""

    def __init__(
        self,
        documents: Documents,
        bus: Bus,
        trail: Auditor,
        clock: Callable[[], int],
        devices: Callable[[], Iterable[Device]] = list,
    ) -> None:
        self._documents = documents
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._devices = devices
        self._occupants: Occupants = Nobody()
        self._changing = asyncio.Lock()
        self._zones: dict[str, Zone] = {}
        self._assets: dict[str, Asset] = {}
        self._unreadable: set[str] = set()
        self._plan = FloorPlan((), ())
        self._names: tuple[list[tuple[str, str]], FloorPlan, Names] | None = None

    def load(self) -> None:
        """Read the documents; an unreadable one is left out, loudly, and its id is not given to another."""
        self._zones = self._read("zones", _StoredZone, Zone)
        self._assets = self._read("assets", _StoredAsset, Asset)
        self._plan = FloorPlan(self._zones.values(), self._assets.values())
        for mistake in self._plan.mistakes:
            _log.error("the documents of the home contradict themselves: %s", mistake)

    def attach(self, occupants: Occupants) -> None:
        """Who must go before an asset does."""
        self._occupants = occupants

    # Asking

    @property
    def plan(self) -> FloorPlan:
        """What is where, as things are now."""
        return self._plan

    def zones(self) -> list[Zone]:
        """Every zone by name."""
        return sorted(self._zones.values(), key=by_name)

    def zone(self, zone_id: str) -> Zone:
        """One zone. Raises NotFound."""
        return _known(self._zones, zone_id, "zone")

    def assets(
        self,
        kind: AssetKind | None = None,
        zone: str | None = None,
        inside: str | None = None,
        capability: str | None = None,
        text: str = "",
    ) -> list[Asset]:
        """The assets by name: of a kind; in a zone or one within it; inside an asset; that can measure or do something.

        `text`: words that begin words of its name, synonyms, species, maker or zone.
        """
        found: Iterable[Asset] = self._assets.values() if zone is None else self._plan.in_zone(zone)
        wanted = words(text)
        return sorted(
            (
                asset
                for asset in found
                if (kind is None or asset.kind is kind)
                and (inside is None or asset.inside == inside)
                and (capability is None or capability in CAPABILITIES[asset.kind])
                and (not wanted or is_meant(asset, self._plan, wanted))
            ),
            key=by_name,
        )

    def asset(self, asset_id: str) -> Asset:
        """One asset. Raises NotFound."""
        return _known(self._assets, asset_id, "asset")

    def names(self) -> Names:
        """What everything is called, devices as well."""
        devices = [(device.id, device.name) for device in self._devices()]
        if self._names is None or self._names[0] != devices or self._names[1] is not self._plan:
            self._names = devices, self._plan, Names(named(self._zones.values(), self._assets.values(), devices))
        return self._names[2]

    def new_id(self, name: str) -> str:
        """A free id for what is called so: `Anna's room` -> anna-room, else anna-room-2, …"""
        base = "-".join(word for word in words(name) if word.isascii())[:_ID_CHARS].strip("-") or "place"
        number, found = 1, base
        while found in self._zones or found in self._assets or found in self._unreadable:
            number += 1
            ending = f"-{number}"
            found = base[: _ID_CHARS - len(ending)].rstrip("-") + ending
        return found

    # Changing

    async def put_zone(self, zone: Zone, *, new: bool) -> Zone:
        """Keep a zone, `new` or instead of the one with its id.

        Raises Refused for what cannot be, NotFound, Conflict with what else there is, StoreError.
        """
        zone = tidy(zone)
        check_zone(zone)
        async with self._changing:
            zone = self._dated(zone, self._zones, "zone", MOST_ZONES, new)
            if zone.parent is not None:
                if zone.parent not in self._zones:
                    raise Conflict(f"There is no zone {zone.parent}.")
                if zone.id in self._plan.lineage(zone.parent):
                    raise Conflict(f"The zone {zone.parent} lies within {zone.id}.")
            await self._documents.put("zones", zone.id, _document(zone))
            self._zones[zone.id] = zone
            self._changed("zone", zone.id)
        self._trail.note("zone.created" if new else "zone.changed", zone.id, zone.name)
        return zone

    async def delete_zone(self, zone_id: str) -> None:
        """Forget a zone. Raises NotFound, Conflict while something is in it, StoreError."""
        async with self._changing:
            zone = self.zone(zone_id)
            within: list[Zone | Asset] = [known for known in self._zones.values() if known.parent == zone_id]
            within += [known for known in self._assets.values() if known.zone == zone_id]
            if within:
                raise Conflict(f"{zone.name} is not empty: {listed(within)} must go first.")
            await self._documents.delete("zones", zone_id)
            del self._zones[zone_id]
            self._changed("zone", zone_id, gone=True)
        self._trail.note("zone.deleted", zone_id, zone.name)

    async def put_asset(self, asset: Asset, *, new: bool) -> Asset:
        """Keep an asset, `new` or instead of the one with its id; its kind cannot change.

        Raises Refused for what cannot be, NotFound, Conflict with what else there is, StoreError.
        """
        asset = tidy(asset)
        check_asset(asset)
        async with self._changing:
            before = self._assets.get(asset.id)
            asset = self._dated(asset, self._assets, "asset", MOST_ASSETS, new)
            if before is not None and before.kind is not asset.kind:
                raise Conflict(f"{before.name} is a {spoken(before.kind)} and cannot become a {spoken(asset.kind)}.")
            self._check_place(asset)
            if new:
                await self._occupants.erase(asset.id)
            await self._documents.put("assets", asset.id, _document(asset))
            self._assets[asset.id] = asset
            self._changed("asset", asset.id)
        self._trail.note("asset.created" if new else "asset.changed", asset.id, f"{asset.name}, {spoken(asset.kind)}")
        return asset

    async def delete_asset(self, asset_id: str) -> None:
        """Forget an asset; its devices are unassigned first. Raises NotFound, Conflict when another is inside it."""
        async with self._changing:
            asset = self.asset(asset_id)
            within = [known for known in self._assets.values() if known.inside == asset_id]
            if within:
                raise Conflict(f"{listed(within)} must leave {asset.name} first.")
            async with self._occupants.vacated(asset_id):
                loosened = {known.id: known for known in self._without_relations_to(asset_id)}
                documents = {known: _document(changed) for known, changed in loosened.items()}
                await self._documents.change("assets", documents, delete=[asset_id])
                del self._assets[asset_id]
                self._assets |= loosened
                self._changed("asset", asset_id, gone=True)
        self._trail.note("asset.deleted", asset_id, asset.name)

    def _dated(self, place: _Place, known: dict[str, _Place], what: str, most: int, new: bool) -> _Place:
        """With the time it was made, when it may be kept."""
        if not new:
            return msgspec.structs.replace(place, created_ms=_known(known, place.id, what).created_ms)
        if place.id in known or place.id in self._unreadable:
            raise Conflict(f"There is {'an' if what == 'asset' else 'a'} {what} {place.id} already.")
        if len(known) >= most:
            raise Conflict(f"There are {most} {what}s; delete one first.")
        return msgspec.structs.replace(place, created_ms=self._clock())

    def _check_place(self, asset: Asset) -> None:
        if asset.zone is not None and asset.zone not in self._zones:
            raise Conflict(f"There is no zone {asset.zone}.")
        for relation in asset.relations:
            if relation.asset not in self._assets:
                raise Conflict(f"There is no asset {relation.asset}.")
        if asset.inside is not None and asset.id in self._plan.surroundings(asset.inside):
            raise Conflict(f"{asset.inside} is inside {asset.id}.")

    def _without_relations_to(self, gone: str) -> Iterable[Asset]:
        for asset in self._assets.values():
            left = tuple(relation for relation in asset.relations if relation.asset != gone)
            if left != asset.relations:
                yield msgspec.structs.replace(asset, relations=left)

    def _changed(self, what: Literal["zone", "asset"], place: str, gone: bool = False) -> None:
        self._plan = FloorPlan(self._zones.values(), self._assets.values())
        self._bus.publish(PlacesChanged(what, place, gone))

    def _read(self, collection: str, stored: type[_Place], kind: type[_Place]) -> dict[str, _Place]:
        found: dict[str, _Place] = {}
        for key, document in self._documents.all(collection).items():
            try:
                place = msgspec.convert({**document, "id": key}, stored)
            except msgspec.ValidationError as error:
                _log.error("%s %s is unreadable and left out: %s", collection, key, error)
                self._unreadable.add(key)
            else:
                found[key] = kind(**{name: getattr(place, name) for name in kind.__struct_fields__})
        return found


def _known(places: dict[str, _Place], place_id: str, what: str) -> _Place:
    found = places.get(place_id)
    if found is None:
        raise NotFound(f"There is no {what} {place_id}.")
    return found


def _document(place: Zone | Asset) -> Document:
    document: Document = msgspec.to_builtins(place)
    del document["id"]
    return document
