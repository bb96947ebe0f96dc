"""Rules by sentence: read back with their history and what they contradict; kept and live after a yes."""

from __future__ import annotations

import asyncio

from ...core.access import Scope
from ...core.errors import Conflict, GatewayError, Refused
from ...core.language.intent import Intent
from ...core.rules.rule import Mode, Rule
from ...core.rules.terms import span
from ...core.rules.wants import Crew, orders
from ..rules.book import CheckReport, RuleProblems
from ..rules.report import BacktestReport
from .parts import ChatParts, RuleTalkParts
from .proposals import proposed
from .said import Reply, RuleProposal, Said

_HISTORY_DAYS = 30
_HISTORY_S = 5.0
_DAY_MS = 86_400_000
_OFF = "Rules are switched off here."


class RuleTalk:
    """Checks, rehearses, keeps, enables and deletes."""

    def __init__(self, parts: ChatParts) -> None:
        self._parts = parts

    async def read_back(self, said: Said, intent: Intent) -> Reply:
        """What would be kept, what history says of it, what it contradicts, and the question."""
        rules = self._parts.rules
        if rules is None:
            return _told(intent, _OFF)
        if intent.rule is None:
            return Reply(kind="rule", text=intent.reply or "Something is missing.", intent=intent)
        check = rules.rules.check(intent.rule, admin=said.scope.includes(Scope.ADMIN))
        if check.problems:
            problem = check.problems[0]
            return _told(intent, f"That cannot be: {problem.path}: {problem.reason}.")
        backtest = await self._rehearsed(rules, intent.rule)
        text = "\n".join(
            line
            for line in (
                intent.reply or check.text,
                _history(backtest),
                *(f"It contradicts another rule: {one.text}" for one in check.conflicts),
                *(f"Mind: {one.reason}." for one in check.warnings),
                *(f"It may feed itself: {one.text}." for one in check.loops),
                *self._alike(rules, intent.rule),
                "Keep it and let it act?" if not check.conflicts else "Keep it and let it act despite that?",
            )
            if line
        )
        return proposed(
            said, intent, text, self._parts.clock(), RuleProposal(text=check.text, check=check, backtest=backtest)
        )

    async def keep(self, said: Said, intent: Intent) -> tuple[Reply, str]:
        """After a yes: kept and live. The reply, and the rule's id. Raises RuleProblems, Conflict, StoreError."""
        rules = self._parts.rules
        if rules is None or intent.rule is None:
            return _told(intent, _OFF), ""
        admin = said.scope.includes(Scope.ADMIN)
        check = rules.rules.check(intent.rule, admin=admin)
        kept = await rules.rules.put(intent.rule, said.who, new=True, admin=admin)
        # What contradicts it was read back: the yes was said knowing it.
        kept = await rules.rules.enable(
            kept.id, Mode.LIVE, said.who, despite=bool(check.conflicts or check.loops), admin=admin
        )
        text = f"{kept.rule.name} is live."
        report = RuleProposal(text=check.text, check=check)
        return Reply(kind="rule", text=text, intent=intent, rule=report), kept.id

    # Rules by name

    def asked_about(self, said: Said, intent: Intent) -> Reply:
        """Read back what is to become of a rule. Raises NotFound."""
        rules = self._parts.rules
        if rules is None:
            return _told(intent, _OFF)
        kept = rules.rules.get(str(intent.value))
        check = self._check(rules, kept.rule, kept.id)
        verb = {"enable_rule": "Let it act", "disable_rule": "Switch it off", "delete_rule": "Delete it"}[intent.action]
        against = [f"It contradicts another rule: {one.text}" for one in check.conflicts]
        lines = [f"{kept.rule.name} ({kept.mode}): {check.text}", *(against if intent.action == "enable_rule" else ())]
        return proposed(said, intent, "\n".join([*lines, f"{verb}?"]), self._parts.clock())

    async def change(self, said: Said, intent: Intent) -> str:
        """After a yes. Raises NotFound, Conflict, NotAllowed, StoreError."""
        rules = self._parts.rules
        if rules is None:
            raise Refused(_OFF)
        key, admin = str(intent.value), said.scope.includes(Scope.ADMIN)
        name = rules.rules.get(key).rule.name
        if intent.action == "delete_rule":
            await rules.rules.delete(key, said.who, "finish")
            return f"{name} is deleted."
        mode = Mode.LIVE if intent.action == "enable_rule" else Mode.OFF
        await rules.rules.enable(key, mode, said.who, despite=True, admin=admin)
        return f"{name} is {'live' if mode is Mode.LIVE else 'off'}."

    # What is known of it

    def _check(self, rules: RuleTalkParts, rule: Rule, key: str = "") -> CheckReport:
        return rules.rules.check(rule, key)

    async def _rehearsed(self, rules: RuleTalkParts, rule: Rule) -> BacktestReport | None:
        """The last 30 days, as far as that is quickly told."""
        now_ms = self._parts.clock()
        try:
            async with asyncio.timeout(_HISTORY_S):
                return await rules.backtest.of(rule, now_ms - _HISTORY_DAYS * _DAY_MS, now_ms)
        except (TimeoutError, Conflict, RuleProblems, GatewayError):
            return None  # it is a kindness: without it the rule is read back all the same

    def _alike(self, rules: RuleTalkParts, rule: Rule) -> list[str]:
        """Live rules that want the same of the same actuator already."""
        crew = Crew(None)
        own = {want for order in orders(rule.then, crew) for want in order.wants()}
        alike = [
            kept.rule.name
            for kept in rules.rules.list()
            if kept.mode is not Mode.OFF
            and own & {want for one in orders(kept.rule.then, crew) for want in one.wants()}
        ]
        return [f"{name} does the same already." for name in alike[:3]]


def _history(report: BacktestReport | None) -> str:
    if report is None:
        return ""
    days = round((report.to_ms - report.from_ms) / _DAY_MS)
    if not report.readings:
        return f"There are no readings of the last {days} days to try it on."
    count = sum(1 for one in report.firings if one.part == "then")
    if not count:
        return f"In the last {days} days it would not have fired."
    times = "once" if count == 1 else f"{count} times"
    lasted = f", for {span(report.on_s)} in all" if report.on_s >= 1 else ""
    return f"In the last {days} days it would have fired {times}{lasted}."


def _told(intent: Intent, text: str) -> Reply:
    return Reply(kind="question", text=text, intent=intent)
