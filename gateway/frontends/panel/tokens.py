"""Tokens: to enrol devices, for programs that use the API or MQTT, and to sign a browser in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from ...core.access import Scope
from .names import MacAddress, TokenId, TokenKind
from .parts import PanelSettings, Parts
from .register import MqttAddress, mqtt_address
from .routes import Route, Who
from .times import to_text
from .typed import Asked, Deprecation, NoBody, NoQuery, op

_ONE = "/tokens/{kind}/{token}"
_IN_QUERY = Deprecation(since="2026-11-21", use=_ONE)
PerHour = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class TokenQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which token; for a service account the id is its name."""

    kind: TokenKind
    id: TokenId


class _Creation(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    pass


class CreateEnrol(_Creation, frozen=True, tag="enrol"):
    """A token with which devices register without waiting for approval."""

    uses: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    minutes: Annotated[int, msgspec.Meta(ge=1, le=43_200)] = 10
    mac: MacAddress | None = None


class CreateApi(_Creation, frozen=True, tag="api"):
    """A bearer token for the API."""

    scope: Scope
    name: Annotated[str, msgspec.Meta(max_length=80)] = ""
    per_hour: PerHour = 0
    """How many requests it may make in an hour; 0: no limit of its own."""


class CreateMqtt(_Creation, frozen=True, tag="mqtt"):
    """A service account for a program on MQTT; its client id is NAME or NAME-…"""

    name: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    scope: Literal["read", "operate"] = "read"


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
    per_hour: int


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
    per_hour: int | None = None


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
            op("GET", "/tokens", Who.ADMIN, self._list, "Tokens and accounts, without their secrets"),
            op("POST", "/tokens", Who.ADMIN, self._create, "A new token, account or sign-in link", status=201),
            op("DELETE", "/tokens", Who.ADMIN, self._delete_named, "End a token", errors=(404,), deprecated=_IN_QUERY),
            op("DELETE", _ONE, Who.ADMIN, self._delete, "End a token or account at once"),
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> TokenList:
        shown = [
            TokenShown(
                "api", token.id, to_text(token.created_ms), token.name, token.scope, per_hour=token.per_hour or None
            )
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
        return TokenList(shown)

    async def _create(
        self, asked: Asked[NoQuery, CreateEnrol | CreateApi | CreateMqtt | CreateSignIn]
    ) -> EnrolCreated | ApiCreated | MqttCreated | SignInCreated:
        wanted = asked.body
        if isinstance(wanted, CreateEnrol):
            return await self._create_enrol(wanted)
        if isinstance(wanted, CreateApi):
            return await self._create_api(wanted)
        if isinstance(wanted, CreateSignIn):
            return self._create_sign_in(wanted)
        return await self._create_mqtt(wanted, asked.request)

    async def _create_enrol(self, wanted: CreateEnrol) -> EnrolCreated:
        token = await self._enrolment.create(uses=wanted.uses, minutes=wanted.minutes, mac=wanted.mac)
        expires_ms = self._now_ms() + wanted.minutes * 60_000
        return EnrolCreated(token, wanted.uses, to_text(expires_ms), expires_ms)

    async def _create_api(self, wanted: CreateApi) -> ApiCreated:
        token_id, secret = await self._accounts.api_tokens.create(wanted.scope, wanted.name, wanted.per_hour)
        return ApiCreated(token_id, wanted.name, wanted.scope, secret, wanted.per_hour)

    async def _create_mqtt(self, wanted: CreateMqtt, request: web.Request) -> MqttCreated:
        scope = Scope(wanted.scope)
        password = await self._accounts.services.create(wanted.name, scope)
        address = mqtt_address(self._settings, request)
        return MqttCreated(wanted.name, scope, wanted.name, password, address, self._settings.ca_pem)

    def _create_sign_in(self, wanted: CreateSignIn) -> SignInCreated:
        code = self._accounts.owner.one_time_code(wanted.minutes)
        expires_ms = self._now_ms() + round(wanted.minutes * 60_000)
        link = f"{self._address()}/sign-in?code={code}"
        return SignInCreated(code, link, to_text(expires_ms), expires_ms)

    async def _delete(self, asked: Asked[NoQuery, NoBody]) -> None:
        await self._end(asked.path["kind"], asked.path["token"])

    async def _delete_named(self, asked: Asked[TokenQuery, NoBody]) -> None:
        await self._end(asked.query.kind, asked.query.id)

    async def _end(self, kind: str, token: str) -> None:
        if kind == "api":
            await self._accounts.api_tokens.delete(token)
        elif kind == "mqtt":
            await self._accounts.services.delete(token)
        else:
            await self._enrolment.delete(token)
