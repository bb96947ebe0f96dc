"""Alerts: what people should know, who knows it, and until when they do not want to."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from ...core.alerts.alert import Alert
from ...core.errors import NotFound
from .alert_shown import AlertShown, AlertStory, alert_shown, alert_story
from .names import AlertId, Instant
from .parts import OutwardParts
from .routes import Route, Who
from .times import from_text, in_order, maybe_text
from .typed import Asked, NoBody, NoQuery, only, op

_MOST_TOLD = 1000


class AlertsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Which alerts; without anything the newest 100. [from, to): when they were opened."""

    open: bool | UnsetType = UNSET
    """true: only those that go on; false: only those that are over."""
    key: Annotated[str, msgspec.Meta(max_length=200)] = ""
    from_: Instant = ""
    to: Instant = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    before: AlertId = ""
    """Only those older than the alert with this id."""


class AlertList(msgspec.Struct, frozen=True):
    """Answer to GET /api/alerts, newest first."""

    alerts: list[AlertShown]
    more: bool
    """There are older ones: ask for those `before` the last one here."""
    muted_until_ms: int
    """Until then only alarms come; 0: nothing is muted."""


class MuteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/alerts/mute; 0 minutes: everything comes again."""

    minutes: Annotated[int, msgspec.Meta(ge=0, le=1440)]


class MuteShown(msgspec.Struct, frozen=True):
    """Until when only alarms come; 0: nothing is muted."""

    until: str | None
    until_ms: int


class Alerts:
    """The alerts resource."""

    def __init__(self, outward: OutwardParts) -> None:
        self._book = outward.alerts
        self._archive = outward.archive

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/alerts", Who.READ, self._list, "Alerts, newest first"),
            op("GET", "/alerts/mute", Who.READ, self._muted, "Until when only alarms come"),
            op("POST", "/alerts/mute", Who.OPERATE, self._mute, "Only alarms for a while"),
            only("/alerts/mute", "GET", "HEAD", "POST"),
            op("GET", "/alerts/{alert}", Who.READ, self._get, "One alert and who was told"),
            op("POST", "/alerts/{alert}/ack", Who.OPERATE, self._ack, "Say that you know it"),
        ]

    async def _list(self, asked: Asked[AlertsQuery, NoBody]) -> AlertList:
        query = asked.query
        from_ms = from_text(query.from_, "from") if query.from_ else None
        to_ms = from_text(query.to, "to") if query.to else None
        in_order(from_ms, to_ms)
        if query.open is True:
            found = _chosen(self._book.open(), query, from_ms, to_ms)
        else:
            going_on = {alert.id for alert in self._book.open()} if query.open is False else set()
            some = await self._archive.alerts(
                limit=query.limit + 1 + len(going_on), before=query.before, key=query.key, from_ms=from_ms, to_ms=to_ms
            )
            found = [alert for alert in some if alert.id not in going_on]
            if query.open is not False and not query.before:
                # What goes on may not be on the disk yet, as when that is full.
                known = {alert.id for alert in found}
                going = _chosen(self._book.open(), query, from_ms, to_ms)
                found += [alert for alert in going if alert.id not in known]
                found.sort(key=lambda alert: -alert.opened_ms)
        shown = [alert_shown(alert) for alert in found[: query.limit]]
        return AlertList(shown, len(found) > query.limit, self._book.muted_until_ms)

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> AlertStory:
        name = asked.path["alert"]
        live = next((alert for alert in self._book.open() if alert.id == name), None)
        alert = live or await self._archive.alert(name)
        if alert is None:
            raise NotFound(f"There is no alert {name} (any more).")
        return alert_story(alert, await self._archive.deliveries(alert=alert.id, limit=_MOST_TOLD))

    async def _ack(self, asked: Asked[NoQuery, NoBody]) -> AlertShown:
        """It is not said again; that it is over is still told."""
        return alert_shown(await self._book.ack(asked.path["alert"], asked.caller.name))

    async def _muted(self, asked: Asked[NoQuery, NoBody]) -> MuteShown:
        return _mute_shown(self._book.muted_until_ms)

    async def _mute(self, asked: Asked[NoQuery, MuteBody]) -> MuteShown:
        """Nothing is lost: what waits comes when it is over. Alarms come all the same."""
        return _mute_shown(await self._book.mute(asked.body.minutes, asked.caller.name))


def _mute_shown(until_ms: int) -> MuteShown:
    return MuteShown(maybe_text(until_ms or None), until_ms)


def _chosen(known: list[Alert], query: AlertsQuery, from_ms: int | None, to_ms: int | None) -> list[Alert]:
    """Of those that go on, newest first, what the query asks for."""
    if query.before:
        ids = [alert.id for alert in known]
        known = known[ids.index(query.before) + 1 :] if query.before in ids else []
    return [
        alert
        for alert in known
        if query.key in ("", alert.key)
        and (from_ms is None or from_ms <= alert.opened_ms)
        and (to_ms is None or alert.opened_ms < to_ms)
    ]
