"""/api/live: a WebSocket with a snapshot and then every change."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web
from msgspec import UNSET, UnsetType

from ...core.access import Scope
from .batches import Batches
from .bodies import read_query
from .chat import talk_of
from .feed import Feed
from .live_messages import Channel, resumed
from .parts import PanelSettings
from .problems import Problem
from .routes import Caller, Route, Who
from .typed import Operation, raw

_MOST_CLIENTS = 32
_RECHECK_S = 15.0
_USUAL = frozenset({Channel.DEVICES, Channel.READINGS, Channel.EVENTS})
_SECRET = Channel.AUDIT
_NAMES = "|".join(Channel)
_ABOUT = """\
A WebSocket. First comes {"type":"snapshot","seq":…,"devices":[…]}, or {"type":"resumed","seq":…} when everything after
`since` is still known; then `reading`, `device`, `event`, `audit`, `traffic`, `command`, `shadow`, `place`, `plant`,
`decision`, `override`, `model`, `episode`, `baseline`, `health`, `rule`, `firing`, `timer`, `more`, `alert`, `muted`
and (of one's own conversations) `followup` messages as things happen, each with its `seq`. With `batch` every message
is a JSON array of those, at most ten a second. Close code 1013: too slow, come again with `since`; 1008: the session
ended; 1001: the gateway stops."""


class LiveQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to follow; without anything devices, readings and events from now on."""

    channels: (
        Annotated[
            str,
            msgspec.Meta(pattern=f"^({_NAMES})( *, *({_NAMES}))*$", description="Channels, with commas between"),
        ]
        | UnsetType
    ) = UNSET
    since: (
        Annotated[int, msgspec.Meta(ge=0, lt=10**16, description="The seq of the last message you have")] | UnsetType
    ) = UNSET
    batch: bool = False


class _Following(msgspec.Struct, frozen=True):
    """Somebody who follows, and how."""

    socket: web.WebSocketResponse
    request: web.Request
    caller: Caller
    channels: frozenset[Channel]
    since: int | None
    batch: bool
    talk: str
    """Whose conversation; empty: none is followed."""


class Live:
    """GET /api/live"""

    def __init__(self, settings: PanelSettings, feed: Feed) -> None:
        self._feed = feed
        self._batches = Batches(feed)
        self._stall_s = settings.live_stall_s

    def routes(self) -> list[Route]:
        """What is served."""
        operation = Operation(
            summary="Everything as it happens",
            description=_ABOUT,
            query=LiveQuery,
            answers={101: None},
            errors=(426, 503),
        )
        return [raw("GET", "/live", Who.READ, self._connect, operation)]

    async def _connect(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        query = read_query(request, LiveQuery)
        channels = _channels(query, caller)
        socket = web.WebSocketResponse(heartbeat=30, compress=False, max_msg_size=4096, timeout=2)
        if not socket.can_prepare(request).ok:
            raise Problem(426, "This is a WebSocket: connect with ws:// or wss://.", headers={"Upgrade": "websocket"})
        if self._feed.watchers >= _MOST_CLIENTS:
            raise Problem(503, f"{_MOST_CLIENTS} live connections are open; close one.", headers={"Retry-After": "10"})
        since = None if query.since is UNSET else query.since
        talk = talk_of(request, caller) if Channel.CHAT in channels else ""
        self._feed.joined(channels)
        try:
            await socket.prepare(request)
            await self._serve(_Following(socket, request, caller, channels, since, query.batch, talk))
        finally:
            self._feed.left(channels)
        return socket

    async def _serve(self, following: _Following) -> None:
        sending = asyncio.create_task(self._send(following))
        try:
            async for _ in following.socket:
                pass  # what a browser says is not listened to; this answers pings and notices the end
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await sending

    async def _send(self, following: _Following) -> None:
        feed, socket = self._feed, following.socket
        step = self._together if following.batch else self._singly
        try:
            place = await self._begin(following)
            while feed.open and following.caller.still_valid():
                if not feed.holds(place):
                    feed.cut += 1
                    await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow: connect again")
                    return
                place = await step(following, place)
            code = WSCloseCode.GOING_AWAY if not feed.open else WSCloseCode.POLICY_VIOLATION
            await socket.close(code=code)
        except TimeoutError:
            feed.cut += 1
            if following.request.transport is not None:
                following.request.transport.abort()

    async def _begin(self, following: _Following) -> int:
        since = following.since
        if since is not None and self._feed.holds(since):
            place, first = since, resumed(since)
        else:
            place, first = await self._feed.snapshot()
        await self._tell(following, b"[" + first + b"]" if following.batch else first)
        return place

    async def _singly(self, following: _Following, place: int) -> int:
        place, texts = self._feed.after(place, following.channels, talk=following.talk)
        if texts:
            await self._tell(following, *texts)
            await asyncio.sleep(0)
        else:
            await self._feed.news(place, _RECHECK_S)
        return place

    async def _together(self, following: _Following, place: int) -> int:
        place, text = await self._batches.next(place, following.channels, _RECHECK_S, following.talk)
        if text:
            await self._tell(following, text)
        return place

    async def _tell(self, following: _Following, *texts: bytes) -> None:
        """Raises TimeoutError when it takes nothing for too long."""
        async with asyncio.timeout(self._stall_s):
            for text in texts:
                await following.socket.send_frame(text, WSMsgType.TEXT)


def _channels(query: LiveQuery, caller: Caller) -> frozenset[Channel]:
    if query.channels is UNSET:
        return _USUAL
    channels = frozenset(Channel(name.strip()) for name in query.channels.split(","))
    if _SECRET in channels and not (caller.scope and caller.scope.includes(Scope.ADMIN)):
        raise Problem(403, "channels: audit needs scope admin.", key="channels")
    return channels
