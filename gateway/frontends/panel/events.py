"""What happened to devices and to the gateway itself."""

from __future__ import annotations

import msgspec

from ...core.messages import Happened
from .names import Correlation, DeviceId, Limit1000, Prefix
from .parts import Parts
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, op


class EventsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`kind` is a prefix."""

    kind: Prefix = ""
    device: DeviceId = ""
    correlation: Correlation = ""
    limit: Limit1000 = 200


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
    asset: str = ""


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
        event.asset,
    )


class Events:
    """GET /api/events?kind=&device=&correlation=&limit=; `kind` is a prefix."""

    def __init__(self, parts: Parts) -> None:
        self._history = parts.history

    def routes(self) -> list[Route]:
        """What is served."""
        return [op("GET", "/events", Who.READ, self._list, "What happened, newest first")]

    async def _list(self, asked: Asked[EventsQuery, NoBody]) -> EventList:
        query = asked.query
        found = await self._history.happened(query.limit, query.kind, query.device, query.correlation)
        return EventList([event_shown(event) for event in found])
