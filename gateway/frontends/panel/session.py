"""Signing in: the first run, the password, the one-time link, and who one is."""

from __future__ import annotations

import msgspec
from aiohttp import web

from ...core.errors import Refused
from .bodies import answer, done, read_json
from .parts import PanelSettings, Parts
from .plain_page import plain_page
from .problems import Problem
from .routes import Caller, Limited, Route, Who
from .security import session_cookie

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
    scope: str | None
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
            Route("GET", "/session", Who.OPEN, self._who),
            Route("POST", "/session", Who.OPEN, self._sign_in, limited=limited),
            Route("DELETE", "/session", Who.OPEN, self._sign_out),
            Route("POST", "/first-run", Who.OPEN, self._first_run, limited=limited),
            Route("GET", "/sign-in", Who.OPEN, self._follow_link, limited=limited, api=False),
        ]

    async def _who(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        return answer(self._me(caller.scope is not None, caller.name, caller.scope))

    def _me(self, signed_in: bool, name: str, scope: str | None) -> Me:
        return Me(signed_in, name, scope, self._accounts.owner.first_run, self._settings.demo, self._settings.version)

    async def _sign_in(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        body = await read_json(request, SignIn)
        if (body.password is None) == (body.code is None):
            raise Problem(422, "Send either `password` or `code`.", key="password")
        if body.code is not None:
            secret = await self._accounts.owner.sign_in_with_code(body.code)
        else:
            secret = await self._accounts.owner.sign_in(body.password or "")
        return self._signed_in(request, secret)

    async def _first_run(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        body = await read_json(request, FirstRun)
        await self._accounts.owner.set_password(body.code, body.password)
        return self._signed_in(request, await self._accounts.owner.sign_in(body.password))

    async def _follow_link(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        try:
            secret = await self._accounts.owner.sign_in_with_code(request.query.get("code", ""))
        except Refused:
            return plain_page("This link does not sign in", _LINK_USED, 403)
        response = web.Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
        self._set_cookie(request, response, secret)
        return response

    def _signed_in(self, request: web.Request, secret: str) -> web.Response:
        response = answer(self._me(True, "operator", "admin"))
        self._set_cookie(request, response, secret)
        return response

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

    async def _sign_out(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        name = session_cookie(request)
        secret = request.cookies.get(name)
        if secret:
            await self._accounts.owner.sign_out(secret)
        response = done()
        response.del_cookie(name, path="/", secure=request.secure, httponly=True, samesite="Strict")
        return response
