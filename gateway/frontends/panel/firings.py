"""What rules did, and why."""

from __future__ import annotations

from typing import Annotated

import msgspec

from .names import FiringId, Instant, PlaceId
from .parts import Parts, RuleParts
from .problems import Problem
from .routes import Route, Who
from .rule_shown import FiringShown
from .rule_view import RuleView
from .times import from_text, in_order
from .typed import Asked, NoBody, NoQuery, op


class FiringsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Which firings; without anything the newest 100."""

    from_: Instant = ""
    to: Instant = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    before: FiringId = ""
    """Only those older than the firing with this id."""


class AllFiringsQuery(FiringsQuery, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Which firings; without anything the newest 100 of all rules."""

    rule: PlaceId = ""


class FiringList(msgspec.Struct, frozen=True):
    """What rules did, newest first."""

    firings: list[FiringShown]
    more: bool
    """There are older ones: ask for those `before` the last one here."""


class Firings:
    """The firings resource."""

    def __init__(self, parts: Parts, rules: RuleParts) -> None:
        self._archive = rules.archive
        self._book = rules.rules
        self._commands = parts.home.commands
        self._view = RuleView(parts, rules)

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/firings", Who.READ, self._list, "What rules did, newest first"),
            op("GET", "/firings/{firing}", Who.READ, self._get, "One firing: why, and what became of it"),
            op("GET", "/rules/{rule}/firings", Who.READ, self._of_rule, "What a rule did, newest first"),
        ]

    async def _list(self, asked: Asked[AllFiringsQuery, NoBody]) -> FiringList:
        """Also those of rules that are gone."""
        return await self._page(asked.query, asked.query.rule)

    async def _of_rule(self, asked: Asked[FiringsQuery, NoBody]) -> FiringList:
        return await self._page(asked.query, self._book.get(asked.path["rule"]).id)

    async def _page(self, query: FiringsQuery, rule: str) -> FiringList:
        from_ms = from_text(query.from_, "from") if query.from_ else None
        to_ms = from_text(query.to, "to") if query.to else None
        in_order(from_ms, to_ms)
        found = await self._archive.firings(
            rule=rule,
            from_ms=from_ms,
            to_ms=to_ms,
            limit=query.limit + 1,
            before=query.before,
        )
        return FiringList([self._view.firing(one) for one in found[: query.limit]], len(found) > query.limit)

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> FiringShown:
        firing = await self._archive.firing(asked.path["firing"])
        if firing is None:
            raise Problem(404, f"There is no firing {asked.path['firing']}.")
        # Commands that are over for long are not remembered; they carry the id of what caused the firing.
        caused = await self._commands.caused(firing.correlation) if firing.correlation else []
        return self._view.firing(firing, {command.id: command.status for command in caused})
