"""The devices resource."""

from __future__ import annotations

import msgspec
from aiohttp import web

from ...core.messages import DeviceStatus
from .bodies import answer, done, read_json
from .device_view import DeviceShown, DeviceView
from .parts import Parts
from .problems import Problem
from .receipts import commit
from .routes import Caller, Route, Who


class DeviceList(msgspec.Struct, frozen=True):
    """Answer to GET /api/devices."""

    devices: list[DeviceShown]


class Amendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PATCH /api/devices/{id}."""

    name: str


class Devices:
    """Lists, names, approves, revokes and deletes devices."""

    def __init__(self, parts: Parts, view: DeviceView) -> None:
        self._registry = parts.registry
        self._writer = parts.writer
        self._view = view

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            Route("GET", "/devices", Who.READ, self._list),
            Route("GET", "/devices/{id}", Who.READ, self._get, own=True),
            Route("PATCH", "/devices/{id}", Who.OPERATE, self._amend),
            Route("DELETE", "/devices/{id}", Who.ADMIN, self._delete),
            Route("POST", "/devices/{id}/approve", Who.ADMIN, self._approve),
            Route("POST", "/devices/{id}/revoke", Who.ADMIN, self._revoke),
        ]

    async def _list(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        wanted = _status(request.query.get("status", ""))
        return answer(DeviceList([shown for shown in self._view.all() if wanted in (None, shown.status)]))

    async def _get(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        return answer(self._view.one(request.match_info["id"]))

    async def _amend(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        device = request.match_info["id"]
        amendment = await read_json(request, Amendment)
        await self._registry.amend(device, name=amendment.name)
        return answer(self._view.one(device))

    async def _delete(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        device = request.match_info["id"]
        await self._registry.delete(device)
        await commit(self._writer, ())  # what the deletion has set in motion, above all erasing the readings
        return done()

    async def _approve(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        device = request.match_info["id"]
        await self._registry.approve(device)
        return answer(self._view.one(device))

    async def _revoke(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        device = request.match_info["id"]
        await self._registry.revoke(device)
        return answer(self._view.one(device))


def _status(text: str) -> DeviceStatus | None:
    if not text:
        return None
    try:
        return DeviceStatus(text)
    except ValueError as error:
        known = ", ".join(status.value for status in DeviceStatus)
        raise Problem(422, f"status: one of {known}.", key="status") from error
