"""Opens the panel's doors: HTTPS, plain HTTP and the unix socket. Imports aiohttp, so it is imported late."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ...core.errors import ConfigError
from .access import Access
from .alerts import Alerts
from .anomalies import Anomalies
from .assets import Assets
from .assistant import AssistantResource
from .audit import Audit
from .baselines import BaselineResource
from .certificate import Certificate
from .channels import Channels
from .chat import ChatResource
from .commands import Commands
from .decisions import Decisions
from .device_types import DeviceTypes
from .device_view import DeviceView
from .devices import Devices
from .events import Events
from .feed import Feed
from .firings import Firings
from .health import Health
from .history import Measurements
from .hooks import Hooks
from .insight import Insight
from .lessons import Lessons
from .limits import Limit
from .listening import SOCKET_NAME, Gate, Silent, listen, unix_socket
from .live import Live
from .log import Log
from .metrics import Metrics
from .models import Models
from .openapi import OpenApi
from .pages import Pages
from .pairing import Pairing
from .parse import Parse
from .parts import PanelSettings, Parts
from .plants import Plants
from .problems import report
from .provision import Provision
from .quality import Quality
from .quarantine import Quarantine
from .recordings import Recordings
from .register import Register
from .rehearsals import Rehearsals
from .routes import Resource, Route
from .rules import RulesResource
from .scenes import ScenesResource
from .security import Door, Guard, Limits, headers
from .session import Session
from .shadow import ShadowResource
from .signers import Signers
from .signpost import Signpost
from .swap import SwapResource
from .system import System
from .telegram import TelegramResource
from .telemetry import Telemetry
from .timers import TimersResource
from .tokens import Tokens
from .trace import Trace
from .values import ValuesResource
from .windows import Windows
from .zones import Zones

_SHUTDOWN_S = 2.0


def table(parts: Parts, settings: PanelSettings, feed: Feed, address: Callable[[], str], access: Access) -> list[Route]:
    """Every route of the panel, in the order in which they are tried. `address` is where it is reached."""
    view = DeviceView(parts)
    routes: list[Route] = []
    resources: tuple[Resource, ...] = (
        Session(parts, settings),
        Tokens(parts, settings, address),
        Pairing(parts),
        Register(parts, settings),
        Devices(parts, view),
        DeviceTypes(parts),
        Commands(parts),
        ShadowResource(parts),
        Provision(parts),
        SwapResource(parts),
        Measurements(parts),
        Zones(parts),
        Assets(parts),
        Plants(parts),
        ValuesResource(parts),
        *_automatic(parts),
        *_noticed(parts),
        *_ruled(parts),
        *_spoken(parts),
        Telemetry(parts),
        Quarantine(parts),
        Quality(parts),
        Audit(parts),
        Events(parts),
        Trace(parts),
        Health(parts, settings),
        System(parts, settings),
        Metrics(parts, feed, access),
        Log(parts),
        Live(settings, feed),
        OpenApi(settings.version, lambda: routes),
        Certificate(settings),
        Pages(settings),
    )
    routes += [route for resource in resources for route in resource.routes()]
    return routes


def _automatic(parts: Parts) -> tuple[Resource, ...]:
    """Of what decides by itself."""
    automation = parts.automation
    return (
        Decisions(automation),
        Windows(parts, automation),
        Lessons(parts, automation),
        Models(automation),
        Signers(automation),
        Recordings(parts, automation),
    )


def _noticed(parts: Parts) -> tuple[Resource, ...]:
    """Of what is not as usual, and how worn machines are."""
    insight, home = parts.automation.insight, parts.home.home
    if insight is None:
        return ()
    return Anomalies(insight, home), BaselineResource(insight, home), Insight(insight, home)


def _ruled(parts: Parts) -> tuple[Resource, ...]:
    """Of rules, timers and scenes."""
    rules = parts.automation.rules
    if rules is None:
        return ()
    outward = parts.outward
    # Backtest, replay, export, import and parse first: their paths are no rules' ids.
    return (
        Rehearsals(parts, rules),
        *(() if outward is None else (Parse(parts, rules, outward),)),
        RulesResource(parts, rules),
        Firings(parts, rules),
        TimersResource(parts, rules),
        ScenesResource(parts, rules),
    )


def _spoken(parts: Parts) -> tuple[Resource, ...]:
    """Of what speaks with people."""
    outward = parts.outward
    if outward is None:
        return ()
    return (
        ChatResource(parts, outward),
        Alerts(outward),
        Channels(parts, outward),
        TelegramResource(outward),
        AssistantResource(outward),
        Hooks(outward),
    )


def signpost_table(parts: Parts, settings: PanelSettings, https_port: int | None) -> list[Route]:
    """Every route of the plain HTTP port on a LAN."""
    resources = (Health(parts, settings), Certificate(settings), Signpost(https_port))
    return [route for resource in resources for route in resource.routes()]


def application(
    routes: list[Route], guard: Guard, silent: Silent, access: Access, now_ms: Callable[[], int]
) -> web.Application:
    """The routes behind the guard."""
    app = web.Application(middlewares=[_heard(silent), access.middleware, report])
    app.on_response_prepare.append(headers(now_ms))
    for route in routes:
        for path in route.paths():
            if route.method == "GET":
                app.router.add_get(path, guard.admit(route))  # answers HEAD too
            else:
                app.router.add_route(route.method, path, guard.admit(route))
    return app


def _heard(silent: Silent) -> Middleware:
    @web.middleware
    async def heard(request: web.Request, handler: Handler) -> web.StreamResponse:
        silent.discard(request.protocol)
        return await handler(request)

    return heard


class Doors:
    """The listening sockets and what answers behind them."""

    def __init__(self, parts: Parts, settings: PanelSettings) -> None:
        self._parts = parts
        self._settings = settings
        self._limits = Limits(requests=Limit(settings.burst, settings.requests_per_s))
        self._access = Access()
        self._runners: list[web.AppRunner] = []
        self._servers: list[asyncio.Server] = []
        self._tls: ssl.SSLContext | None = None
        # Milliseconds times 1000: above whatever an earlier run gave out, and exact in a browser.
        view = DeviceView(parts)
        self.feed = Feed(parts.bus, view, parts.now_ms() * 1000)
        self.https_port: int | None = None
        self.http_port: int | None = None

    async def open(self) -> None:
        """Listen everywhere. Raises ConfigError when a port or certificate cannot be used."""
        settings = self._settings
        everything = table(self._parts, settings, self.feed, self.address, self._access)
        if settings.https_port is not None:
            self._tls = _tls(settings)
            gate = await self._behind(everything, Door.TLS)
            self.https_port = await self._listen(gate, settings.https_port, "panel.https_port")
        # Before the plain port: whoever found that one open may use this one, too.
        gate = await self._behind(everything, Door.SOCKET)
        local = unix_socket(settings.data)
        self._servers.append(await asyncio.get_running_loop().create_unix_server(gate, sock=local))
        if settings.http_port is not None:
            if all(_is_loopback(host) for host in settings.hosts):
                gate = await self._behind(everything, Door.LOOPBACK)
            else:
                gate = await self._behind(signpost_table(self._parts, settings, self.https_port), Door.SIGNPOST)
            self.http_port = await self._listen(gate, settings.http_port, "panel.http_port", plain=True)

    def address(self) -> str:
        """The panel's address as this machine knows it, without a slash at the end."""
        hosts = self._settings.hosts
        if self.http_port is not None and all(_is_loopback(host) for host in hosts):
            host = hosts[0] if ":" not in hosts[0] else f"[{hosts[0]}]"
            return f"http://{host}:{self.http_port}"
        return f"https://{socket.gethostname()}:{self.https_port}"

    async def close(self) -> None:
        """Stop listening and end what is open."""
        for server in self._servers:
            server.close()
        self.feed.close()
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))
        (self._settings.data / SOCKET_NAME).unlink(missing_ok=True)

    def renew(self) -> None:
        """Use the certificate files as they are now for connections to come."""
        if self._tls is not None:
            _load(self._tls, self._settings)

    async def _behind(self, routes: list[Route], door: Door) -> Gate:
        silent: Silent = set()
        app = application(routes, Guard(self._parts, door, self._limits), silent, self._access, self._parts.now_ms)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=30, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        self._runners.append(runner)
        assert runner.server is not None
        return Gate(runner.server, silent, self._settings.connections)

    async def _listen(self, gate: Gate, port: int, option: str, *, plain: bool = False) -> int:
        tls = None if plain else self._tls
        servers, port = await listen(gate, self._settings.hosts, port, option, tls, self._parts.holder)
        self._servers += servers
        return port


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _tls(settings: PanelSettings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    _load(context, settings)
    return context


def _load(context: ssl.SSLContext, settings: PanelSettings) -> None:
    if settings.certificate is None:
        raise ConfigError("HTTPS needs a certificate; without one set panel.https_port to none")
    try:
        context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"the panel's certificate {settings.certificate} cannot be used: {error}") from error
