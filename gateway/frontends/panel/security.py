"""Who a request comes from, whether it may, and what every response tells a browser."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate
from enum import StrEnum

from aiohttp import web
from yarl import URL

from ...core.access import Kind, Scope
from ...core.errors import GatewayError, StoreError
from ...flow.correlation import current
from .access import CORRELATION_HEADER, asked_by
from .limits import Buckets, Limit, Quota, Quotas, bucket_of
from .parts import Parts
from .problems import Problem, problem_of, too_many, unauthorised
from .receipts import commit
from .routes import NOBODY, Caller, Limited, Route, Who
from .typed import Deprecation

_log = logging.getLogger(__name__)
_READING = ("GET", "HEAD", "OPTIONS")
_AUDIT_S = 2.0
"""So long an answer waits for its entry in the trail; a full disk must not lock people out."""
_USUAL = Limit(burst=600, per_s=60)
_told: ContextVar[dict[str, str]] = ContextVar("told", default={})  # noqa: B039 - it is replaced, never changed
"""Headers of the answer to the request that is being worked on."""
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
        response.headers.update(_told.get())
        _told.set({})  # the connection's next request may be answered without coming to a guard

    return add


def _left(quota: Quota) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(quota.limit),
        "RateLimit-Remaining": str(max(0, quota.left)),
        "RateLimit-Reset": str(quota.reset_s),
    }


def _farewell(deprecated: Deprecation) -> dict[str, str]:
    """RFC 9745 and RFC 8594."""
    since = datetime.fromisoformat(deprecated.since).replace(tzinfo=UTC)
    told = {"Deprecation": f"@{int(since.timestamp())}", "Link": '</api/openapi.json>; rel="deprecation"'}
    if "{" not in deprecated.use:
        told["Link"] += f', </api{deprecated.use}>; rel="successor-version"'
    if deprecated.sunset is not None:
        ends = datetime.fromisoformat(deprecated.sunset).replace(tzinfo=UTC)
        told["Sunset"] = format_datetime(ends, usegmt=True)
    return told


class Limits:
    """The rate limits, shared by all doors."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic, requests: Limit = _USUAL) -> None:
        self.requests = Buckets(requests, clock_s)
        self.quotas = Quotas(clock_s)
        # Of all that an address may ask, so many may come with wrong credentials: usually 20, then one a second.
        self.credentials = Buckets(Limit(max(1, requests.burst // 30), requests.per_s / 60), clock_s)
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
        self._writer = parts.writer
        self._door = door
        self._limits = limits

    def admit(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The route's handler behind all checks."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            deprecated = None if route.operation is None else route.operation.deprecated
            _told.set({} if deprecated is None else _farewell(deprecated))
            if self._door is Door.SOCKET:
                caller = asked_by(Caller("local", Scope.ADMIN))
            else:
                caller = self._checked(route, request, bucket_of(address_of(request)))
            if request.method in _READING or route.who is Who.DEVICE or route.silent:
                return await self._limited(route, request, caller)
            return await self._audited(route, request, caller)

        return guarded

    async def _audited(self, route: Route, request: web.Request, caller: Caller) -> web.StreamResponse:
        """What changes something is in the trail before its answer leaves, also when it was refused."""
        status = 500
        try:
            response = await self._limited(route, request, caller)
            status = response.status
        except (GatewayError, web.HTTPException) as error:
            status = problem_of(error).status
            raise
        finally:
            await self._write_down(request, caller, status)
        return response

    async def _write_down(self, request: web.Request, caller: Caller, status: int) -> None:
        # The parts write down what was done; this is who asked for it. Strangers' failures have a kind of their own,
        # because the trail takes only so many of those.
        kind = "http.change.refused" if status >= 400 and not caller.name else "http.change"
        who = caller.name or address_of(request)
        if self._trail.note(kind, who, f"{request.method} {request.path} {status}") is None:
            return
        try:
            async with asyncio.timeout(_AUDIT_S):
                await commit(self._writer, ())
        except (StoreError, TimeoutError) as error:
            _log.warning(
                "%s %s was answered before its audit entry was on the disk: %r", request.method, request.path, error
            )

    def _checked(self, route: Route, request: web.Request, address: str) -> Caller:
        _take(self._limits.requests, address, "requests")
        _check_origin(request)
        caller = asked_by(self._identify(route, request, address))
        self._check(route, caller, request)
        if caller.per_hour:
            quota = self._limits.quotas.take(caller.name, caller.per_hour)
            _told.set(_told.get() | _left(quota))
            if quota.left < 0:
                raise too_many(quota.reset_s, "requests", f"This token has {quota.limit} an hour")
        return caller

    async def _limited(self, route: Route, request: web.Request, caller: Caller) -> web.StreamResponse:
        if route.limited is None or self._door is Door.SOCKET:
            return await route.handler(request, caller)
        address = bucket_of(address_of(request))
        tries = self._limits.tries[route.limited]
        _take(tries, address, "attempts")
        response = await route.handler(request, caller)
        if response.status < 400 and response.status != 202:  # a pending registration costs memory: it counts too
            tries.give_back(address)
        return response

    def _identify(self, route: Route, request: web.Request, address: str) -> Caller:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return self._of_session(request)
        caller = self._of_header(scheme.lower(), value.strip())
        if caller is None and route.last_credentials and basic_credentials(request) is not None:
            return NOBODY
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
            return Caller(
                principal.name,
                principal.scope,
                still_valid=lambda: tokens.bearer(value) == principal,
                per_hour=tokens.per_hour(principal.name),
            )
        return self._of_device(value) if scheme == "basic" else None

    def _of_device(self, value: str) -> Caller | None:
        pair = _pair(value)
        principal = None if pair is None else self._registry.authenticate(*pair)
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


def basic_credentials(request: web.Request) -> tuple[str, bytes] | None:
    """Name and password of `Authorization: Basic`, good or not; None without one that can be read."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return _pair(value.strip()) if scheme.lower() == "basic" else None


def _pair(value: str) -> tuple[str, bytes] | None:
    try:
        user, _, password = base64.b64decode(value, validate=True).partition(b":")
        return user.decode(), password
    except (binascii.Error, UnicodeDecodeError):
        return None


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
