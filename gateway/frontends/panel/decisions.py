"""What was decided about windows and why; and the same once more from what was stored."""

from __future__ import annotations

from typing import Annotated

import msgspec

from .decision_view import DecisionShown, decision_shown
from .names import DecisionId, DeviceId
from .parts import AutomationParts
from .routes import Route, Who
from .typed import Asked, NoBody, NoQuery, op


class DecisionsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which decisions; without anything the newest 50 of all windows."""

    device: DeviceId = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    before: DecisionId = ""
    """Only those older than the decision with this id."""


class DecisionList(msgspec.Struct, frozen=True):
    """Answer to GET /api/decisions, newest first."""

    decisions: list[DecisionShown]
    more: bool
    """There are older ones: ask for those `before` the last one here."""


class ReplayShown(msgspec.Struct, frozen=True):
    """A decision made once more from its stored inputs, by its own model and with the lessons of then."""

    identical: bool
    was: float
    now: float
    model: str
    why: str


class Decisions:
    """The decisions resource."""

    def __init__(self, automation: AutomationParts) -> None:
        self._decide = automation.decide
        self._replay = automation.replay

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/decisions/{decision}"
        return [
            op("GET", "/decisions", Who.READ, self._list, "What was decided about windows, newest first"),
            op("GET", path, Who.READ, self._get, "One decision with everything it rests on"),
            op("POST", path + "/replay", Who.OPERATE, self._again, "Decide once more from what was stored"),
        ]

    async def _list(self, asked: Asked[DecisionsQuery, NoBody]) -> DecisionList:
        query = asked.query
        found = await self._decide.history(query.device, query.limit + 1, query.before)
        shown = [decision_shown(decision) for decision in found[: query.limit]]
        return DecisionList(shown, len(found) > query.limit)

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> DecisionShown:
        return decision_shown(await self._decide.get(asked.path["decision"]))

    async def _again(self, asked: Asked[NoQuery, NoBody]) -> ReplayShown:
        """Moves nothing. 409: the model or the lessons of then are gone."""
        done = await self._replay.run(await self._decide.get(asked.path["decision"]))
        return ReplayShown(done.identical, done.was, done.now, done.model, done.why)
