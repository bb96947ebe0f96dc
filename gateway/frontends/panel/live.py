"""/api/live: a WebSocket with a snapshot and then every change."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import WSCloseCode, WSMsgType, web

from ...core.access import Scope
from .feed import Channel, Feed, resumed
from .parts import PanelSettings
from .problems import Problem
from .routes import Caller, Route, Who

_MOST_CLIENTS = 32
_RECHECK_S = 15.0
_USUAL = frozenset({Channel.DEVICES, Channel.READINGS, Channel.EVENTS})
_SECRET = Channel.AUDIT


class Live:
    """GET /api/live?channels=devices,readings,events,audit,traffic&since=SEQ"""

    def __init__(self, settings: PanelSettings, feed: Feed) -> None:
        self._feed = feed
        self._stall_s = settings.live_stall_s

    def routes(self) -> list[Route]:
        """What is served."""
        return [Route("GET", "/live", Who.READ, self._connect)]

    async def _connect(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        channels = _channels(request.query.get("channels", ""), caller)
        since = _since(request.query.get("since", ""))
        socket = web.WebSocketResponse(heartbeat=30, compress=False, max_msg_size=4096, timeout=2)
        if not socket.can_prepare(request).ok:
            raise Problem(426, "This is a WebSocket: connect with ws:// or wss://.", headers={"Upgrade": "websocket"})
        if self._feed.watchers >= _MOST_CLIENTS:
            raise Problem(503, f"{_MOST_CLIENTS} live connections are open; close one.", headers={"Retry-After": "10"})
        self._feed.joined(channels)
        try:
            await socket.prepare(request)
            await self._serve(socket, request, channels, since, caller)
        finally:
            self._feed.left(channels)
        return socket

    async def _serve(
        self,
        socket: web.WebSocketResponse,
        request: web.Request,
        channels: frozenset[Channel],
        since: int | None,
        caller: Caller,
    ) -> None:
        sending = asyncio.create_task(self._send(socket, request, channels, since, caller))
        try:
            async for _ in socket:  # what a browser says is not listened to; this answers pings and notices the end
                pass
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await sending

    async def _send(
        self,
        socket: web.WebSocketResponse,
        request: web.Request,
        channels: frozenset[Channel],
        since: int | None,
        caller: Caller,
    ) -> None:
        feed = self._feed
        try:
            place = await self._begin(socket, since)
            while feed.open and caller.still_valid():
                if not feed.holds(place):
                    feed.cut += 1
                    await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow: connect again")
                    return
                place, texts = feed.after(place, channels)
                if texts:
                    async with asyncio.timeout(self._stall_s):
                        for text in texts:
                            await socket.send_frame(text, WSMsgType.TEXT)
                    await asyncio.sleep(0)
                else:
                    await feed.news(place, _RECHECK_S)
            code = WSCloseCode.GOING_AWAY if not feed.open else WSCloseCode.POLICY_VIOLATION
            await socket.close(code=code)
        except TimeoutError:
            feed.cut += 1
            if request.transport is not None:
                request.transport.abort()

    async def _begin(self, socket: web.WebSocketResponse, since: int | None) -> int:
        feed = self._feed
        if since is not None and feed.holds(since):
            first, place = resumed(since), since
        else:
            first, place = feed.snapshot(), feed.seq
        async with asyncio.timeout(self._stall_s):
            await socket.send_frame(first, WSMsgType.TEXT)
        return place


def _channels(text: str, caller: Caller) -> frozenset[Channel]:
    if not text:
        return _USUAL
    try:
        channels = frozenset(Channel(name.strip()) for name in text.split(","))
    except ValueError as error:
        known = ", ".join(channel.value for channel in Channel)
        raise Problem(422, f"channels: some of {known}, with commas between.", key="channels") from error
    if _SECRET in channels and not (caller.scope and caller.scope.includes(Scope.ADMIN)):
        raise Problem(403, "channels: audit needs scope admin.", key="channels")
    return channels


def _since(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 16:
        raise Problem(422, "since: the seq of the last message you have.", key="since")
    return int(text)
