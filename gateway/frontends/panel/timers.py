"""Timers: what is to be done at which moment."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from ...core.timers import TimerState
from .names import PlaceId
from .parts import Parts, RuleParts
from .routes import Route, Who
from .rule_shown import TimerShown
from .rule_view import RuleView
from .typed import Asked, NoBody, NoQuery, op


class TimersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which timers; without anything all that are armed, and the newest of the others."""

    rule: PlaceId = ""
    state: Literal["armed", "ended"] | UnsetType = UNSET
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    """So many at most; armed ones are all there."""


class TimerList(msgspec.Struct, frozen=True):
    """Answer to GET /api/timers: armed ones first, the next first; then the others, the newest first."""

    timers: list[TimerShown]


class TimersResource:
    """The timers resource."""

    def __init__(self, parts: Parts, rules: RuleParts) -> None:
        self._timers = rules.timers
        self._archive = rules.archive
        self._view = RuleView(parts, rules)

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/timers", Who.READ, self._list, "What is to be done at which moment"),
            op("DELETE", "/timers/{timer}", Who.OPERATE, self._cancel, "Cancel a timer"),
        ]

    async def _list(self, asked: Asked[TimersQuery, NoBody]) -> TimerList:
        query = asked.query
        found = [] if query.state == "ended" else self._timers.armed(query.rule)
        if query.state != "armed":
            known = await self._archive.timers(rule=query.rule, limit=query.limit + len(found))
            ended = [timer for timer in known if timer.state is not TimerState.ARMED]
            found = [*found, *ended[: query.limit]]
        return TimerList([self._view.timer(timer) for timer in found])

    async def _cancel(self, asked: Asked[NoQuery, NoBody]) -> TimerShown:
        """What it would have done is not done. 409: it has ended."""
        return self._view.timer(await self._timers.cancel(asked.path["timer"], asked.caller.name))
