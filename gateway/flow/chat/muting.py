"""Alerts by sentence: quiet for a while, aloud again, seen."""

from __future__ import annotations

from datetime import timedelta

from ...core.alerts.alert import Alert
from ...core.errors import Refused
from ...core.language.intent import Intent
from ...core.local_time import LocalTime
from .parts import ChatParts
from .said import Reply, Said

_USUAL_MINUTES = 60
_MOST_MINUTES = 1440


class Muting:
    """Asks the book of alerts."""

    def __init__(self, parts: ChatParts) -> None:
        self._parts = parts

    async def do(self, said: Said, intent: Intent) -> Reply:
        """Raises Refused, NotFound, StoreError."""
        book = self._parts.alerts
        if book is None:
            raise Refused("There are no alerts here.")
        if intent.action == "unmute_alerts":
            await book.mute(0, said.who)
            return _told(intent, "Alerts come again.")
        if intent.action == "mute_alerts":
            until_ms = await book.mute(self._minutes(intent), said.who)
            wall = LocalTime(self._parts.zone).wall(until_ms)
            return _told(intent, f"No alerts until {wall:%H:%M}. Alarms come all the same.")
        return await self._seen(said, intent)

    async def _seen(self, said: Said, intent: Intent) -> Reply:
        book = self._parts.alerts
        if book is None:
            raise Refused("There are no alerts here.")
        waiting = [one for one in book.open() if one.acked_ms is None and _about(one, intent.place)]
        for one in waiting:
            await book.ack(one.id, said.who)
        if not waiting:
            return _told(intent, "No alert waits for that.")
        return _told(intent, f"Noted: {', '.join(one.title for one in waiting)}. They go on until they are over.")

    def _minutes(self, intent: Intent) -> int:
        if isinstance(intent.value, int | float):
            return max(1, min(round(intent.value), _MOST_MINUTES))
        if intent.schedule is not None and intent.schedule.to:
            if not self._parts.clock_known():
                raise Refused("I do not know what time it is yet. Say for how long, please.")
            now_ms, at = self._parts.clock(), intent.schedule.to
            local, minute = LocalTime(self._parts.zone), int(at[:2]) * 60 + int(at[3:5])
            until_ms = local.next_moment(now_ms, minute)
            if intent.schedule.in_days:
                until_ms = local.moment(local.date_of(now_ms) + timedelta(days=intent.schedule.in_days), minute)
            return max(1, min(round((until_ms - now_ms) / 60_000), _MOST_MINUTES))
        return _USUAL_MINUTES


def _about(alert: Alert, place: str) -> bool:
    return place in ("", alert.asset, alert.device)


def _told(intent: Intent, text: str) -> Reply:
    return Reply(kind="command", text=text, intent=intent)
