"""Tokens: to enrol devices, for programs that use the API or MQTT, and to sign a browser in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from aiohttp import web

from ...core.access import Scope
from .bodies import answer, done, read_json
from .parts import PanelSettings, Parts
from .problems import Problem
from .register import MqttAddress, mqtt_address
from .routes import Caller, Route, Who
from .times import to_text


class _Creation(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    pass


class CreateEnrol(_Creation, frozen=True, tag="enrol"):
    """A token with which devices register without waiting for approval."""

    uses: int = 1
    minutes: int = 10
    mac: str | None = None


class CreateApi(_Creation, frozen=True, tag="api"):
    """A bearer token for the API."""

    scope: Scope
    name: str = ""


class CreateMqtt(_Creation, frozen=True, tag="mqtt"):
    """A service account for a program on MQTT; its client id is NAME or NAME-…"""

    name: str
    scope: Scope = Scope.READ


class CreateSignIn(_Creation, frozen=True, tag="sign-in"):
    """A link that signs a browser in once; also the way back in when the password is forgotten."""

    minutes: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10


class EnrolCreated(msgspec.Struct, frozen=True):
    """The token is said once."""

    token: str
    uses: int
    expires_at: str
    expires_ms: int


class ApiCreated(msgspec.Struct, frozen=True):
    """The token is said once; `id` is for deleting it."""

    id: str
    name: str
    scope: Scope
    token: str


class MqttCreated(msgspec.Struct, frozen=True):
    """The password is said once."""

    name: str
    scope: Scope
    mqtt_username: str
    mqtt_password: str
    mqtt: MqttAddress
    ca_pem: str


class SignInCreated(msgspec.Struct, frozen=True):
    """`link` is the panel's address as this machine knows it; `code` works under every other address of it too."""

    code: str
    link: str
    expires_at: str
    expires_ms: int


class TokenShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A token or service account without its secret. For a service account the id is its name."""

    kind: str
    id: str
    created_at: str
    name: str | None = None
    scope: Scope | None = None
    uses_left: int | None = None
    expires_at: str | None = None
    mac: str | None = None


class TokenList(msgspec.Struct, frozen=True):
    """Answer to GET /api/tokens."""

    tokens: list[TokenShown]


class Tokens:
    """Creates, lists and deletes them."""

    def __init__(self, parts: Parts, settings: PanelSettings, address: Callable[[], str]) -> None:
        self._accounts = parts.accounts
        self._address = address
        self._enrolment = parts.enrolment
        self._now_ms = parts.now_ms
        self._settings = settings

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            Route("GET", "/tokens", Who.ADMIN, self._list),
            Route("POST", "/tokens", Who.ADMIN, self._create),
            Route("DELETE", "/tokens", Who.ADMIN, self._delete),
            Route("DELETE", "/tokens/{kind}/{token}", Who.ADMIN, self._delete),
        ]

    async def _list(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        shown = [
            TokenShown("api", token.id, to_text(token.created_ms), token.name, token.scope)
            for token in self._accounts.api_tokens.all()
        ]
        shown += [
            TokenShown("mqtt", service.name, to_text(service.created_ms), service.name, service.scope)
            for service in self._accounts.services.all()
        ]
        shown += [
            TokenShown(
                "enrol",
                token.id,
                to_text(token.created_ms),
                uses_left=token.uses_left,
                expires_at=to_text(token.expires_ms),
                mac=token.mac,
            )
            for token in self._enrolment.list()
        ]
        return answer(TokenList(shown))

    async def _create(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        wanted = await read_json(request, CreateEnrol | CreateApi | CreateMqtt | CreateSignIn)  # type: ignore[arg-type]
        if isinstance(wanted, CreateEnrol):
            return answer(await self._create_enrol(wanted), 201)
        if isinstance(wanted, CreateApi):
            return answer(await self._create_api(wanted), 201)
        if isinstance(wanted, CreateSignIn):
            return answer(self._create_sign_in(wanted), 201)
        return answer(await self._create_mqtt(wanted, request), 201)

    async def _create_enrol(self, wanted: CreateEnrol) -> EnrolCreated:
        token = await self._enrolment.create(uses=wanted.uses, minutes=wanted.minutes, mac=wanted.mac)
        expires_ms = self._now_ms() + wanted.minutes * 60_000
        return EnrolCreated(token, wanted.uses, to_text(expires_ms), expires_ms)

    async def _create_api(self, wanted: CreateApi) -> ApiCreated:
        token_id, secret = await self._accounts.api_tokens.create(wanted.scope, wanted.name)
        return ApiCreated(token_id, wanted.name, wanted.scope, secret)

    async def _create_mqtt(self, wanted: CreateMqtt, request: web.Request) -> MqttCreated:
        password = await self._accounts.services.create(wanted.name, wanted.scope)
        address = mqtt_address(self._settings, request)
        return MqttCreated(wanted.name, wanted.scope, wanted.name, password, address, self._settings.ca_pem)

    def _create_sign_in(self, wanted: CreateSignIn) -> SignInCreated:
        code = self._accounts.owner.one_time_code(wanted.minutes)
        expires_ms = self._now_ms() + round(wanted.minutes * 60_000)
        link = f"{self._address()}/sign-in?code={code}"
        return SignInCreated(code, link, to_text(expires_ms), expires_ms)

    async def _delete(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        named = {**request.query, **request.match_info}
        kind, token = named.get("kind", ""), named.get("token") or named.get("id", "")
        if kind == "api":
            await self._accounts.api_tokens.delete(token)
        elif kind == "mqtt":
            await self._accounts.services.delete(token)
        elif kind == "enrol":
            await self._enrolment.delete(token)
        else:
            raise Problem(422, "kind: `enrol`, `api` or `mqtt`.", key="kind")
        return done()
