"""What happened to devices and to the gateway itself."""

from __future__ import annotations

import msgspec
from aiohttp import web

from ...core.messages import Happened
from .bodies import answer
from .parts import Parts
from .problems import Problem
from .routes import Caller, Route, Who
from .times import to_text

_MOST = 1000


class EventShown(msgspec.Struct, frozen=True):
    """One event of the log."""

    time: str
    time_ms: int
    kind: str
    reason: str
    device: str
    metric: str
    correlation: str
    simulated: bool


class EventList(msgspec.Struct, frozen=True):
    """Answer to GET /api/events, newest first."""

    events: list[EventShown]


def event_shown(event: Happened) -> EventShown:
    """An event as it is shown."""
    return EventShown(
        to_text(event.time_ms),
        event.time_ms,
        event.kind,
        event.reason,
        event.device,
        event.metric,
        event.correlation,
        event.simulated,
    )


class Events:
    """GET /api/events?kind=&device=&correlation=&limit=; `kind` is a prefix."""

    def __init__(self, parts: Parts) -> None:
        self._history = parts.history

    def routes(self) -> list[Route]:
        """What is served."""
        return [Route("GET", "/events", Who.READ, self._list)]

    async def _list(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        query = request.query
        limit = query.get("limit", "200")
        if not limit.isdecimal() or not 1 <= int(limit) <= _MOST:
            raise Problem(422, f"limit: a number from 1 to {_MOST}.", key="limit")
        found = await self._history.happened(
            int(limit), query.get("kind", ""), query.get("device", ""), query.get("correlation", "")
        )
        return answer(EventList([event_shown(event) for event in found]))
