"""How a device becomes a device: registration and the claim of one that waits for approval."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from aiohttp import web

from ...core.errors import NotFound
from ...flow.registration import Credentials, Pending, Registration
from .names import MacAddress
from .parts import PanelSettings, Parts
from .problems import Problem, wrong_method
from .routes import Caller, Limited, Route, Who
from .security import basic_credentials
from .typed import Asked, NoBody, NoQuery, op

_PATH = "/devices/register"
_CLAIM = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
"""256 bits as base64; anything else was never given to anybody."""


class RegisterBody(msgspec.Struct, frozen=True):
    """What a new device says of itself; keys a later firmware may add are ignored."""

    mac_address: MacAddress
    firmware_version: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
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
            msgspec.structs.replace(
                op(
                    "POST",
                    _PATH,
                    Who.OPEN,
                    self._register,
                    "Ask to join as a device",
                    status=201,
                    statuses={Waiting: 202},
                    limited=Limited.REGISTER,
                ),
                last_credentials=True,
            ),
            # Before /devices/{id}: there is no device called register.
            Route("*", _PATH, Who.OPEN, self._refuse),
            op(
                "GET",
                _PATH + "/{claim}",
                Who.OPEN,
                self._collect,
                "Collect the credentials once an operator has approved",
                statuses={Waiting: 202},
                errors=(410,),
            ),
        ]

    async def _refuse(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        raise wrong_method("POST")

    async def _register(self, asked: Asked[NoQuery, RegisterBody]) -> Registered | Waiting:
        body, basic = asked.body, basic_credentials(asked.request)
        outcome = await self._registry.register(
            Registration(
                mac_address=body.mac_address,
                firmware_version=body.firmware_version,
                token=body.token,
                capabilities=body.capabilities,
                last_password=None if basic is None else basic[1],
            )
        )
        return self._answer(outcome, asked)

    async def _collect(self, asked: Asked[NoQuery, NoBody]) -> Registered | Waiting:
        claim = asked.path["claim"]
        try:
            outcome = await self._registry.collect(claim)
        except NotFound as error:
            if not _CLAIM.fullmatch(claim):
                raise
            raise Problem(410, "This claim was collected, has expired or never was. Register again.") from error
        return self._answer(outcome, asked)

    def _answer(self, outcome: Credentials | Pending, asked: Asked[Any, Any]) -> Registered | Waiting:
        if isinstance(outcome, Pending):
            asked.header("Retry-After", str(outcome.retry_after_s))
            return Waiting(outcome.claim, outcome.retry_after_s)
        address = mqtt_address(self._settings, asked.request)
        return Registered(
            outcome.device_id, outcome.mqtt_username, outcome.mqtt_password, address, self._settings.ca_pem
        )
