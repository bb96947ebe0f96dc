"""How a device becomes a device: registration and the claim of one that waits for approval."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from ...core.errors import NotFound
from ...flow.registration import Credentials, Pending, Registration
from .bodies import answer, read_json
from .parts import PanelSettings, Parts
from .problems import Problem
from .routes import Caller, Limited, Route, Who


class RegisterBody(msgspec.Struct, frozen=True):
    """What a new device says of itself; keys a later firmware may add are ignored."""

    mac_address: str
    firmware_version: str
    token: str | None = None
    capabilities: dict[str, Any] = {}


class MqttAddress(msgspec.Struct, frozen=True):
    """Where the broker is."""

    host: str
    port: int
    tls: bool


class Registered(msgspec.Struct, frozen=True):
    """Everything a device needs from now on; said once."""

    device_id: str
    mqtt_username: str
    mqtt_password: str
    mqtt: MqttAddress
    ca_pem: str


class Waiting(msgspec.Struct, frozen=True):
    """An operator has to approve; ask for the claim again later."""

    claim: str
    retry_after_s: int


def mqtt_address(settings: PanelSettings, request: web.Request) -> MqttAddress:
    """What a client that came by this request should connect to."""
    return MqttAddress(settings.mqtt_host or request.url.host or "localhost", settings.mqtt_port, settings.mqtt_tls)


class Register:
    """Registration, open to anybody: the registry decides by token or pairing window."""

    def __init__(self, parts: Parts, settings: PanelSettings) -> None:
        self._registry = parts.registry
        self._settings = settings

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            Route("POST", "/devices/register", Who.OPEN, self._register, limited=Limited.REGISTER),
            Route("GET", "/devices/register/{claim}", Who.OPEN, self._collect),
        ]

    async def _register(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        body = await read_json(request, RegisterBody)
        outcome = await self._registry.register(
            Registration(
                mac_address=body.mac_address,
                firmware_version=body.firmware_version,
                token=body.token,
                capabilities=body.capabilities,
            )
        )
        return self._answer(outcome, request, 201)

    async def _collect(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        try:
            outcome = await self._registry.collect(request.match_info["claim"])
        except NotFound as error:
            raise Problem(410, "This claim was collected, has expired or never was. Register again.") from error
        return self._answer(outcome, request, 200)

    def _answer(self, outcome: Credentials | Pending, request: web.Request, status: int) -> web.Response:
        if isinstance(outcome, Pending):
            response = answer(Waiting(outcome.claim, outcome.retry_after_s), 202)
            response.headers["Retry-After"] = str(outcome.retry_after_s)
            return response
        address = mqtt_address(self._settings, request)
        return answer(
            Registered(outcome.device_id, outcome.mqtt_username, outcome.mqtt_password, address, self._settings.ca_pem),
            status,
        )
