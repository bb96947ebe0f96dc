"""Rules: written, checked, rehearsed, let go, and asked why."""

from __future__ import annotations

import asyncio
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from ...core.access import Scope
from ...core.errors import Conflict
from ...core.rules.rule import KeptRule, Mode, Rule
from .names import PlaceId, Text
from .parts import Parts, RuleParts
from .problems import Problem
from .routes import Caller, Route, Who
from .rule_shown import RuleCheckShown, RuleShown, WhyShown
from .rule_view import RuleView
from .typed import Asked, NoBody, NoQuery, only, op

DAY_MS = 86_400_000
_ALL_THE_SAME = "To let it go all the same, say `despite` (on the command line `--despite`)."
_AT_ONCE = 50
"""Rules shown in one go: others want the loop, too."""


class RulesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rules; without anything all of them."""

    mode: Mode | UnsetType = UNSET
    text: Text = ""
    """It is in the rule's id, its name or its words."""


class RuleList(msgspec.Struct, frozen=True):
    """Answer to GET /api/rules, by name."""

    rules: list[RuleShown]


class RuleIdQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id`: the rule's; without it one is made from the name."""

    id: PlaceId = ""


class RuleVersionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`version`: change it only while it is that one."""

    version: int = 0


class RuleTimersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of timers that the rule has armed: they run to their end, or are cancelled."""

    timers: Literal["finish", "cancel"] | UnsetType = UNSET


class EnableBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/rules/{rule}/enable."""

    mode: Literal["off", "shadow", "live"]
    despite: bool = False
    """Although it conflicts with another rule of its priority, or feeds itself."""


class RulesResource:
    """The rules resource."""

    def __init__(self, parts: Parts, rules: RuleParts) -> None:
        self._book = rules.rules
        self._archive = rules.archive
        self._now_ms = parts.now_ms
        self._view = RuleView(parts, rules)

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/rules/{rule}"
        return [
            op("GET", "/rules", Who.READ, self._list, "Every rule and how it stands"),
            op("POST", "/rules", Who.OPERATE, self._make, "Make a rule; it is off", status=201),
            op("POST", "/rules/check", Who.READ, self._check, "What would be said of a rule; nothing is kept"),
            only("/rules/check", "POST"),
            op("GET", path, Who.READ, self._get, "One rule and how it stands"),
            op("PUT", path, Who.OPERATE, self._change, "Change a rule"),
            op("DELETE", path, Who.OPERATE, self._delete, "Delete a rule"),
            op("POST", path + "/enable", Who.OPERATE, self._enable, "Let a rule go live, into shadow, or stop it"),
            op("GET", path + "/why", Who.READ, self._why, "Why a rule fires, or does not"),
        ]

    async def _list(self, asked: Asked[RulesQuery, NoBody]) -> RuleList:
        query, activity = asked.query, await self._activity()
        wanted, shown = query.text.casefold(), []
        for number, kept in enumerate(self._book.list()):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
            if query.mode in (UNSET, kept.mode):
                rule = self._view.rule(kept, activity)
                if wanted in f"{rule.id}\n{rule.name}\n{rule.text}".casefold():
                    shown.append(rule)
        return RuleList(shown)

    async def _make(self, asked: Asked[RuleIdQuery, Rule]) -> RuleShown:
        """409 names everything that keeps it from being a rule: `problems`, each with its path."""
        admin = is_admin(asked.caller)
        kept = await self._book.put(asked.body, asked.caller.name, asked.query.id, new=True, admin=admin)
        asked.header("Location", f"/api/rules/{kept.id}")
        return await self._shown(kept)

    async def _check(self, asked: Asked[RuleIdQuery, Rule]) -> RuleCheckShown:
        """Against all others, but for the one with this id."""
        return self._view.check(self._book.check(asked.body, asked.query.id, admin=is_admin(asked.caller)))

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> RuleShown:
        return await self._shown(self._book.get(asked.path["rule"]))

    async def _change(self, asked: Asked[RuleVersionQuery, Rule]) -> RuleShown:
        """It falls back to shadow where more than its name, text or priority changes. 409: it was changed meanwhile, or
        it cannot be (`problems`).
        """
        rule, admin = asked.path["rule"], is_admin(asked.caller)
        version = asked.query.version
        return await self._shown(
            await self._book.put(asked.body, asked.caller.name, rule, version=version, admin=admin)
        )

    async def _delete(self, asked: Asked[RuleTimersQuery, NoBody]) -> None:
        """409 names the timers that it has armed, when nothing is said of them."""
        timers = "" if asked.query.timers is UNSET else asked.query.timers
        await self._book.delete(asked.path["rule"], asked.caller.name, timers)

    async def _enable(self, asked: Asked[NoQuery, EnableBody]) -> RuleShown:
        """409 says what speaks against it: conflicts, loops, problems."""
        body, admin = asked.body, is_admin(asked.caller)
        rule, who, mode = asked.path["rule"], asked.caller.name, Mode(body.mode)
        try:
            kept = await self._book.enable(rule, mode, who, despite=body.despite, admin=admin)
        except Conflict as error:
            raise Problem(409, f"{error}. {_ALL_THE_SAME}", key="despite") from error
        return await self._shown(kept)

    async def _why(self, asked: Asked[NoQuery, NoBody]) -> WhyShown:
        return self._view.why(self._book.get(asked.path["rule"]))

    async def _shown(self, kept: KeptRule) -> RuleShown:
        return self._view.rule(kept, await self._activity())

    async def _activity(self) -> dict[str, tuple[int, int]]:
        return await self._archive.activity(self._now_ms() - DAY_MS)


def is_admin(caller: Caller) -> bool:
    """Whether this caller may write rules that go before people."""
    return caller.scope is not None and caller.scope.includes(Scope.ADMIN)
