"""Who a request comes from, whether it may, and what every response tells a browser."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from enum import StrEnum

from aiohttp import web
from yarl import URL

from ...core.access import Kind, Scope
from ...flow.correlation import current
from .access import CORRELATION_HEADER, asked_by
from .limits import Buckets, Limit, bucket_of
from .parts import Parts
from .problems import Problem, too_many, unauthorised
from .routes import NOBODY, Caller, Limited, Route, Who

_READING = ("GET", "HEAD", "OPTIONS")
_CHANGING = (Who.OPERATE, Who.ADMIN)
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Door(StrEnum):
    """The way a request came in."""

    TLS = "tls"
    LOOPBACK = "loopback"
    """Plain HTTP that never leaves the machine."""
    SIGNPOST = "signpost"
    """Plain HTTP from the LAN: shows the way to HTTPS and nothing else."""
    SOCKET = "socket"
    """The unix socket, which only the gateway's own user can open: an administrator."""


def session_cookie(request: web.Request) -> str:
    """The session cookie's name; browsers take `__Host-` only over HTTPS, and then from nobody else."""
    return "__Host-gateway" if request.secure else "gateway"


def address_of(request: web.Request) -> str:
    """The client's address; headers of proxies are not believed."""
    return request.remote or "local"


def headers(now_ms: Callable[[], int]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """What is added to every response, also a streamed one, before it leaves."""

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = "gateway"  # which versions are inside is nobody's business
        # The page takes its time from here: it must be the one the values have, not that of a machine without a clock.
        response.headers["Date"] = formatdate(now_ms() / 1000, usegmt=True)
        response.headers[CORRELATION_HEADER] = current()
        if request.path.startswith("/api"):
            response.headers.setdefault("Cache-Control", "no-store")

    return add


class Limits:
    """The rate limits, shared by all doors."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.requests = Buckets(Limit(burst=600, per_s=60), clock_s)
        self.credentials = Buckets(Limit(burst=20, per_s=1), clock_s)
        self.tries = {
            Limited.SIGN_IN: Buckets(Limit(burst=10, per_s=1 / 6), clock_s),
            Limited.REGISTER: Buckets(Limit(burst=60, per_s=1), clock_s),
        }


class Guard:
    """Stands before every route of one door."""

    def __init__(self, parts: Parts, door: Door, limits: Limits) -> None:
        self._accounts = parts.accounts
        self._registry = parts.registry
        self._trail = parts.trail
        self._door = door
        self._limits = limits

    def admit(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The route's handler behind all checks."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if self._door is Door.SOCKET:
                caller = asked_by(Caller("local", Scope.ADMIN))
                response = await route.handler(request, caller)
            else:
                address = bucket_of(address_of(request))
                caller = self._checked(route, request, address)
                response = await self._limited(route, request, caller, address)
            if route.who in _CHANGING and request.method not in _READING:
                # The registry and the accounts write down what was done; this is who asked for it.
                self._trail.note("http.change", caller.name, f"{request.method} {request.path}")
            return response

        return guarded

    def _checked(self, route: Route, request: web.Request, address: str) -> Caller:
        _take(self._limits.requests, address, "requests")
        _check_origin(request)
        caller = asked_by(self._identify(request, address))
        self._check(route, caller, request)
        return caller

    async def _limited(self, route: Route, request: web.Request, caller: Caller, address: str) -> web.StreamResponse:
        if route.limited is None:
            return await route.handler(request, caller)
        tries = self._limits.tries[route.limited]
        _take(tries, address, "attempts")
        response = await route.handler(request, caller)
        if response.status < 400 and response.status != 202:  # a pending registration costs memory: it counts too
            tries.give_back(address)
        return response

    def _identify(self, request: web.Request, address: str) -> Caller:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return self._of_session(request)
        caller = self._of_header(scheme.lower(), value.strip())
        if caller is None:
            _take(self._limits.credentials, address, "wrong credentials")
            self._trail.note("http.refused.credentials", address_of(request), f"{request.method} {request.path}")
            raise unauthorised("These credentials are wrong, or they were revoked. Leave them out, or get new ones.")
        return caller

    def _of_session(self, request: web.Request) -> Caller:
        owner = self._accounts.owner
        secret = request.cookies.get(session_cookie(request), "")
        if not secret or not owner.session(secret):
            return NOBODY
        return Caller("operator", Scope.ADMIN, still_valid=lambda: owner.session(secret))

    def _of_header(self, scheme: str, value: str) -> Caller | None:
        if scheme == "bearer":
            tokens = self._accounts.api_tokens
            principal = tokens.bearer(value)
            if principal is None:
                return None
            return Caller(principal.name, principal.scope, still_valid=lambda: tokens.bearer(value) == principal)
        return self._of_device(value) if scheme == "basic" else None

    def _of_device(self, value: str) -> Caller | None:
        try:
            user, _, password = base64.b64decode(value, validate=True).partition(b":")
            name = user.decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        principal = self._registry.authenticate(name, password)
        if principal is None or principal.kind is not Kind.DEVICE:
            return None
        return Caller(principal.name, device=principal.name)

    def _check(self, route: Route, caller: Caller, request: web.Request) -> None:
        if route.admits(caller, request.match_info.get("id")):
            return
        if caller.scope is None and caller.device is None:
            raise unauthorised("Sign in on the panel, or send `Authorization: Bearer` with a token of this gateway.")
        self._trail.note("http.denied", caller.name, f"{request.method} {request.path}")
        needed = "the device itself" if route.who is Who.DEVICE else f"scope {route.who.value}"
        raise Problem(403, f"This needs {needed}; you are {_described(caller)}.")


def _described(caller: Caller) -> str:
    return f"the device {caller.device}" if caller.device else f"{caller.name} with scope {caller.scope}"


def _take(buckets: Buckets, address: str, what: str) -> None:
    wait_s = buckets.take(address)
    if wait_s:
        raise too_many(wait_s, what)


def _check_origin(request: web.Request) -> None:
    """A page of another origin must not act with this browser's session, nor listen on its WebSocket."""
    upgrading = request.headers.get("Upgrade", "").lower() == "websocket"
    if request.method in _READING and not upgrading:
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in ("same-origin", "none") or (origin is not None and not _same_origin(origin, request)):
        raise Problem(403, "This request comes from a page of another origin; use the gateway's own panel.")


def _same_origin(origin: str, request: web.Request) -> bool:
    try:
        return URL(origin).origin() == request.url.origin()
    except ValueError:
        return False
