"""The devices resource."""

from __future__ import annotations

import asyncio

import msgspec
from msgspec import UNSET, UnsetType

from ...core.messages import DeviceStatus
from ...flow.devices import Device
from .device_view import DeviceShown, DeviceView
from .names import DeviceId, GivenName, Limit1000, PlaceId, readable
from .parts import Parts
from .receipts import commit
from .routes import Route, Who
from .typed import Asked, NoBody, NoQuery, op


class DevicesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which devices; without anything all of them, oldest first."""

    status: DeviceStatus | UnsetType = UNSET
    asset: PlaceId = ""
    """Only those assigned to it."""
    zone: PlaceId = ""
    """Only those assigned to something in it."""
    unassigned: bool = False
    """Only those assigned to nothing."""
    limit: Limit1000 | UnsetType = UNSET
    after: DeviceId = ""
    """Only those that come after this one."""


class DeviceList(msgspec.Struct, frozen=True, omit_defaults=True):
    """Answer to GET /api/devices."""

    devices: list[DeviceShown]
    more: bool = False
    """There are others: ask for those `after` the last one here. Left out when there are none."""


class Amendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PATCH /api/devices/{id}."""

    name: GivenName


class Devices:
    """Lists, names, approves, revokes and deletes devices."""

    def __init__(self, parts: Parts, view: DeviceView) -> None:
        self._registry = parts.registry
        self._writer = parts.writer
        self._home = parts.home.home
        self._assignments = parts.home.assignments
        self._view = view

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/devices/{id}"
        return [
            op("GET", "/devices", Who.READ, self._list, "All devices"),
            op("GET", path, Who.READ, self._get, "One device", own=True),
            op("PATCH", path, Who.OPERATE, self._amend, "Name a device"),
            op("DELETE", path, Who.ADMIN, self._delete, "Forget a device and what it measured"),
            op("POST", path + "/approve", Who.ADMIN, self._approve, "Let a waiting device join"),
            op("POST", path + "/revoke", Who.ADMIN, self._revoke, "End a device's access at once"),
        ]

    async def _list(self, asked: Asked[DevicesQuery, NoBody]) -> DeviceList:
        query = asked.query
        most = None if query.limit is UNSET else query.limit
        found: list[DeviceShown] = []
        for part in self._view.slices(self._chosen(query)):
            found += [shown for shown in part if query.status in (UNSET, shown.status)]
            if most is not None and len(found) > most:
                return DeviceList(found[:most], True)
            await asyncio.sleep(0)
        return DeviceList(found)

    def _chosen(self, query: DevicesQuery) -> list[Device]:
        devices = self._registry.devices()
        if query.after:
            last = self._registry.device(query.after).id
            devices = devices[next(place for place, device in enumerate(devices, 1) if device.id == last) :]
        if query.unassigned:
            devices = [device for device in devices if self._assignments.current(device.id) is None]
        if query.asset:
            asset = self._home.asset(query.asset).id
            devices = [device for device in devices if self._assignments.current(device.id) == asset]
        if query.zone:
            assets = {asset.id for asset in self._home.assets(zone=self._home.zone(query.zone).id)}
            devices = [device for device in devices if self._assignments.current(device.id) in assets]
        return devices

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> DeviceShown:
        return self._view.one(asked.path["id"])

    async def _amend(self, asked: Asked[NoQuery, Amendment]) -> DeviceShown:
        device = asked.path["id"]
        await self._registry.amend(device, name=readable(asked.body.name))
        return self._view.one(device)

    async def _delete(self, asked: Asked[NoQuery, NoBody]) -> None:
        await self._registry.delete(asked.path["id"])
        await commit(self._writer, ())  # what the deletion has set in motion, above all erasing the readings

    async def _approve(self, asked: Asked[NoQuery, NoBody]) -> DeviceShown:
        device = asked.path["id"]
        await self._registry.approve(device)
        return self._view.one(device)

    async def _revoke(self, asked: Asked[NoQuery, NoBody]) -> DeviceShown:
        device = asked.path["id"]
        await self._registry.revoke(device)
        return self._view.one(device)
