"""Rules on their history, all rules once more, and rules as files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from ...core.rules.rule import Mode, Rule
from ...flow.rules.book import RuleFile
from ...flow.rules.report import BacktestReport, ReplayReport
from .names import INSTANT, Instant
from .parts import Parts, RuleParts
from .problems import Problem
from .routes import Route, Who
from .rule_shown import (
    BacktestProgress,
    BacktestShown,
    HeldBackShown,
    RuleExport,
    RuleReplayShown,
    ShareShown,
    WouldFireShown,
)
from .rule_view import RuleView
from .rules import DAY_MS, RuleIdQuery
from .times import from_text, in_order, maybe_text, to_text
from .typed import Asked, NoBody, NoQuery, only, op

BACKTEST_DAYS = 30
MOST_FILE = 16 * 1024 * 1024
MaybeInstant = Annotated[
    str, msgspec.Meta(pattern=f"^$|{INSTANT}", description="Such as 2026-01-07T12:00:00Z; empty: the usual")
]
InstantMs = Annotated[int, msgspec.Meta(ge=-(10**13), le=10**13, description="UTC milliseconds")]


class BacktestBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Body of POST /api/rules/backtest; without times the last 30 days."""

    rule: Rule
    from_: MaybeInstant | InstantMs = ""
    to: MaybeInstant | InstantMs = ""
    against: bool = False
    """Say, too, where other rules would have wanted something else."""


class SpanQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """[from, to); without them the last day."""

    from_: Instant = ""
    to: Instant = ""


class ImportBody(RuleFile, frozen=True, kw_only=True):
    """Body of POST /api/rules/import: what GET /api/rules/export gave, and how far these rules may go."""

    format: Literal[1] = 1
    mode: Literal["off", "shadow"] = "off"


class RuleImportShown(msgspec.Struct, frozen=True):
    """How much was brought in."""

    rules: int
    scenes: int


class Rehearsals:
    """Backtest, replay, export and import. Before the rules resource: their paths are no ids of rules."""

    def __init__(self, parts: Parts, rules: RuleParts) -> None:
        self._book = rules.rules
        self._backtest = rules.backtest
        self._replay = rules.replay
        self._now_ms = parts.now_ms
        self._view = RuleView(parts, rules)

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("POST", "/rules/backtest", Who.READ, self._rehearse, "When a rule would have fired"),
            op("GET", "/rules/backtest", Who.READ, self._progress, "How far a backtest is"),
            op("GET", "/rules/replay", Who.READ, self._again, "Whether rules fire once more as they did"),
            op("GET", "/rules/export", Who.READ, self._export, "All rules and scenes"),
            op("POST", "/rules/import", Who.ADMIN, self._import, "Bring rules and scenes in", limit=MOST_FILE),
            only("/rules/backtest", "GET", "HEAD", "POST"),
            only("/rules/replay", "GET", "HEAD"),
            only("/rules/export", "GET", "HEAD"),
            only("/rules/import", "POST"),
        ]

    async def _rehearse(self, asked: Asked[RuleIdQuery, BacktestBody]) -> BacktestShown:
        """With `against` beside all other rules, but for the one with this `id`. 409: one is running, or it cannot be a
        rule.
        """
        body = asked.body
        from_ms, to_ms = _span(str(body.from_), str(body.to), BACKTEST_DAYS * DAY_MS, self._now_ms)
        others = [kept for kept in self._book.list() if kept.id != asked.query.id] if body.against else []
        return backtest_shown(await self._backtest.of(body.rule, from_ms, to_ms, others), self._view)

    async def _progress(self, asked: Asked[NoQuery, NoBody]) -> BacktestProgress:
        return BacktestProgress(self._backtest.progress)

    async def _again(self, asked: Asked[SpanQuery, NoBody]) -> RuleReplayShown:
        """409: nothing was kept of that time."""
        from_ms, to_ms = _span(asked.query.from_, asked.query.to, DAY_MS, self._now_ms)
        return _replayed(await self._replay.of(from_ms, to_ms))

    async def _export(self, asked: Asked[NoQuery, NoBody]) -> RuleExport:
        file = self._book.export()
        return RuleExport(format=file.format, rules=list(file.rules), scenes=dict(file.scenes))

    async def _import(self, asked: Asked[NoQuery, ImportBody]) -> RuleImportShown:
        """All or nothing. 409 names every problem: `rules[3].if.of[0].value`."""
        body = asked.body
        if not body.rules and not body.scenes:
            raise Problem(409, "rules: there are none, and no scenes.", key="rules")
        file = RuleFile(format=body.format, rules=body.rules, scenes=body.scenes)
        count = await self._book.bring_in(file, asked.caller.name, Mode(body.mode))
        return RuleImportShown(count, len(body.scenes))


def backtest_shown(report: BacktestReport, view: RuleView) -> BacktestShown:
    """A rehearsal as it is shown."""
    return BacktestShown(
        rule=report.rule,
        from_text=to_text(report.from_ms),
        from_ms=report.from_ms,
        to_text=to_text(report.to_ms),
        to_ms=report.to_ms,
        exact_from=to_text(report.exact_from_ms),
        exact_from_ms=report.exact_from_ms,
        series=report.series,
        readings=report.readings,
        left=report.left,
        firings=[
            WouldFireShown(to_text(one.time_ms), one.time_ms, maybe_text(one.until_ms), one.until_ms, one.part, one.why)
            for one in report.firings
        ],
        on_s=report.on_s,
        flapping=report.flapping,
        most_a_day=report.most_a_day,
        held=[HeldBackShown(one.reason, one.count, one.longest_s) for one in report.held],
        conditions=[ShareShown(one.path, one.text, one.share_true, one.share_unknown) for one in report.conditions],
        conflicts=[view.conflict(one) for one in report.conflicts],
        warnings=list(report.warnings),
        took_s=report.took_s,
    )


def _replayed(report: ReplayReport) -> RuleReplayShown:
    return RuleReplayShown(
        from_text=to_text(report.from_ms),
        from_ms=report.from_ms,
        to_text=to_text(report.to_ms),
        to_ms=report.to_ms,
        live=report.live,
        replayed=report.replayed,
        same=report.same,
        differences=list(report.differences),
        not_comparable=report.not_comparable,
    )


def _span(from_: str, to: str, usual_ms: int, now_ms: Callable[[], int]) -> tuple[int, int]:
    """[from, to) in ms. Raises Problem."""
    to_ms = from_text(to, "to") if to else now_ms()
    from_ms = from_text(from_, "from") if from_ else to_ms - usual_ms
    in_order(from_ms, to_ms)
    return from_ms, to_ms
