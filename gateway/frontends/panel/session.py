"""Signing in: the first run, the password, the one-time link, and who one is."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from ...core.access import Scope
from ...core.errors import Refused
from .parts import PanelSettings, Parts
from .plain_page import plain_page
from .problems import Problem
from .routes import Caller, Limited, Route, Who
from .security import session_cookie
from .typed import Asked, NoBody, NoQuery, op

_YEAR_S = 365 * 24 * 3600
"""For how long a browser keeps the cookie; how long the session lasts is for the accounts to say."""
_LINK_USED = [
    "A sign-in link works once and for a few minutes; this one was used, or is too old.",
    'Start the gateway again for a new link, or <a href="/">sign in with the password</a>.',
]


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/session: the password, or the code of a one-time link."""

    password: str | None = None
    code: str | None = None


class FirstRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/first-run: the code the gateway printed, and the password to sign in with from now on."""

    code: str
    password: str


class Me(msgspec.Struct, frozen=True):
    """Answer to GET /api/session."""

    signed_in: bool
    name: str
    scope: Scope | None
    first_run: bool
    """No password was chosen yet: POST /api/first-run."""
    demo: bool
    version: str


class Session:
    """The browser's session and the first run."""

    def __init__(self, parts: Parts, settings: PanelSettings) -> None:
        self._accounts = parts.accounts
        self._settings = settings

    def routes(self) -> list[Route]:
        """What is served."""
        limited = Limited.SIGN_IN
        return [
            op("GET", "/session", Who.OPEN, self._who, "Who is asking"),
            op("POST", "/session", Who.OPEN, self._sign_in, "Sign a browser in", limited=limited),
            op("DELETE", "/session", Who.OPEN, self._sign_out, "Sign this browser out"),
            op("POST", "/first-run", Who.OPEN, self._first_run, "Choose the first password", limited=limited),
            Route("GET", "/sign-in", Who.OPEN, self._follow_link, limited=limited, api=False),
        ]

    async def _who(self, asked: Asked[NoQuery, NoBody]) -> Me:
        caller = asked.caller
        return self._me(caller.scope is not None, caller.name, caller.scope)

    def _me(self, signed_in: bool, name: str, scope: Scope | None) -> Me:
        return Me(signed_in, name, scope, self._accounts.owner.first_run, self._settings.demo, self._settings.version)

    async def _sign_in(self, asked: Asked[NoQuery, SignIn]) -> Me:
        body = asked.body
        if (body.password is None) == (body.code is None):
            raise Problem(409, "Send either `password` or `code`.", key="password")
        if body.code is not None:
            secret = await self._accounts.owner.sign_in_with_code(body.code)
        else:
            secret = await self._accounts.owner.sign_in(body.password or "")
        return self._signed_in(asked, secret)

    async def _first_run(self, asked: Asked[NoQuery, FirstRun]) -> Me:
        await self._accounts.owner.set_password(asked.body.code, asked.body.password)
        return self._signed_in(asked, await self._accounts.owner.sign_in(asked.body.password))

    async def _follow_link(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        try:
            secret = await self._accounts.owner.sign_in_with_code(request.query.get("code", ""))
        except Refused:
            return plain_page("This link does not sign in", _LINK_USED, 403)
        response = web.Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
        self._set_cookie(request, response, secret)
        return response

    def _signed_in(self, asked: Asked[Any, Any], secret: str) -> Me:
        asked.finally_(lambda response: self._set_cookie(asked.request, response, secret))
        return self._me(True, "operator", Scope.ADMIN)

    def _set_cookie(self, request: web.Request, response: web.Response, secret: str) -> None:
        response.set_cookie(
            session_cookie(request),
            secret,
            max_age=_YEAR_S,
            path="/",
            secure=request.secure,
            httponly=True,
            samesite="Strict",
        )

    async def _sign_out(self, asked: Asked[NoQuery, NoBody]) -> None:
        request = asked.request
        name = session_cookie(request)
        secret = request.cookies.get(name)
        if secret:
            await self._accounts.owner.sign_out(secret)
        asked.finally_(
            lambda response: response.del_cookie(
                name, path="/", secure=request.secure, httponly=True, samesite="Strict"
            )
        )
