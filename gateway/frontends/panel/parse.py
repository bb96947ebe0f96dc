"""A sentence as a rule, before anything is kept of it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ...core.language.intent import Intent
from ...core.rules.rule import Rule
from ...core.rules.words import sentence
from .parts import OutwardParts, Parts, RuleParts
from .problems import Problem
from .routes import Route, Who
from .rule_shown import RuleCheckShown
from .rule_view import RuleView
from .rules import is_admin
from .typed import Asked, NoQuery, only, op


class SentenceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/rules/parse."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class RuleParsed(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to POST /api/rules/parse."""

    intent: Intent
    rule: Rule
    text: str
    """The rule in the gateway's words: what would be kept, not what was said."""
    check: RuleCheckShown


class Parse:
    """POST /api/rules/parse. Before the rules resource: its path is no rule's id."""

    def __init__(self, parts: Parts, rules: RuleParts, outward: OutwardParts) -> None:
        self._chat = outward.chat
        self._book = rules.rules
        self._names = rules.names
        self._view = RuleView(parts, rules)

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("POST", "/rules/parse", Who.READ, self._parse, "A sentence as a rule; nothing is kept"),
            only("/rules/parse", "POST"),
        ]

    async def _parse(self, asked: Asked[NoQuery, SentenceBody]) -> RuleParsed:
        """409 says what it was taken for in place of a rule, or what is missing."""
        intent = (await self._chat.parse(asked.body.text)).intent
        if intent.kind != "rule" or intent.rule is None:
            raise Problem(409, intent.reply or "This is not a rule.", key="text")
        check = self._view.check(self._book.check(intent.rule, "", admin=is_admin(asked.caller)))
        return RuleParsed(intent=intent, rule=intent.rule, text=sentence(intent.rule, self._names), check=check)
