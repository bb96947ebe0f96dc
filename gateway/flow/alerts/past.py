"""Alerts that are over, as far as they matter for those that come: cooldowns, counts, and what is new."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import chain, count

from ...core.alerts.alert import Alert, AlertKind, Concern, Plan, alert_id
from ...core.alerts.course import counted_on, moved, opened

RECALLED = 1000
_MOST = 4 * RECALLED


class Past:
    """What has been, bounded."""

    def __init__(self) -> None:
        self._told: dict[str, Alert] = {}
        """By key: the last one of which people were told."""
        self._untold: dict[str, Alert] = {}
        """By key: one after it that nobody was told of, because it was over within the cooldown."""
        self._ids: deque[str] = deque(maxlen=_MOST)

    def before(self, key: str) -> Alert | None:
        """The last one of this key of which people were told."""
        return self._told.get(key)

    def knows(self, alert_id: str) -> bool:
        """Whether there was one of this id."""
        return alert_id in self._ids

    def note(self, alert: Alert) -> None:
        """It has begun."""
        self._ids.append(alert.id)

    def remember(self, alert: Alert) -> None:
        """Nothing is left to be said of it."""
        if alert.kind is AlertKind.NOTICE:
            return
        self._untold.pop(alert.key, None)
        known = self._untold if alert.told_ms is None else self._told
        known.pop(alert.key, None)
        known[alert.key] = alert
        while len(known) > _MOST:
            del known[next(iter(known))]

    def opened(self, concern: Concern, plan: Plan, now_ms: int) -> Alert:
        """A new alert of what holds now; it counts on from one of the same cooldown."""
        since_ms = min(concern.since_ms, now_ms)
        # One that began at the same moment may be over already: this is another.
        names = (alert_id(concern.key, ms) for ms in chain([since_ms], count(now_ms)))
        alert = opened(concern, next(name for name in names if name not in self._ids), since_ms)
        untold = self._untold.pop(concern.key, None)
        if untold is None or untold.over_ms is None or not 0 <= now_ms - untold.over_ms <= plan.cooldown_s * 1000:
            return alert
        return counted_on(alert, untold)

    def shift(self, moment: Callable[[int], int]) -> None:
        """The clock was set."""
        for known in (self._told, self._untold):
            for key, alert in known.items():
                known[key] = moved(alert, moment)
