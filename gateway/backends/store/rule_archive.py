"""What the store says about rules, and readings as arrays."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

from ...core.ports.rules import Columns, RuleRemembered, RuleTaped
from ...core.rules.firing import Firing, Part
from ...core.timers import Timer
from . import rule_history, series_columns
from .reader import Reader

_Answer = TypeVar("_Answer")


class RuleQueries:
    """A part of `Store`. Fulfils the ports RuleArchive and SeriesHistory; all may raise StoreError."""

    _reader: Reader

    async def firings(
        self,
        *,
        rule: str = "",
        from_ms: int | None = None,
        to_ms: int | None = None,
        limit: int = 100,
        before: str = "",
        correlation: str = "",
        parts: Sequence[Part] = (),
    ) -> list[Firing]:
        """Newest first by their own time, in [from, to); `before`: older than the one of this id."""
        wanted = rule_history.Wanted(
            rule=rule,
            from_ms=from_ms,
            to_ms=to_ms,
            limit=limit,
            before=before,
            correlation=correlation,
            parts=parts,
        )
        return await self._ask(lambda db: rule_history.firings(db, wanted))

    async def firing(self, firing_id: str) -> Firing | None:
        """None: there is none of this id (any more)."""
        return await self._one(lambda db: rule_history.firing(db, firing_id), firing_id)

    async def activity(self, since_ms: int) -> dict[str, tuple[int, int]]:
        """Of each rule that has fired: when it did `then` last, and how often since."""
        return await self._ask(lambda db: rule_history.activity(db, since_ms))

    async def pending_firings(self) -> list[Firing]:
        """Those without an outcome, oldest first."""
        return await self._ask(rule_history.pending_firings)

    async def timers(self, *, armed_only: bool = False, rule: str = "", limit: int = 500) -> list[Timer]:
        """By when they are due, the latest first; armed ones whatever the limit."""
        return await self._ask(lambda db: rule_history.timers(db, rule, limit, armed_only=armed_only))

    async def timer(self, timer_id: str) -> Timer | None:
        """None: there is none of this id (any more)."""
        return await self._one(lambda db: rule_history.timer(db, timer_id), timer_id)

    async def remembered(self) -> list[RuleRemembered]:
        """What every rule goes on from."""
        return await self._ask(rule_history.remembered)

    async def tape(self, from_ms: int, to_ms: int) -> list[RuleTaped]:
        """What was taped before `to` by (time, place), from the newest memory at or before `from` on."""
        return await self._ask(lambda db: rule_history.tape(db, from_ms, to_ms))

    async def columns(
        self, device: str, metrics: Sequence[str], from_ms: int, to_ms: int, *, settled: bool = False
    ) -> Columns:
        """Of [from, to). `settled`: what was submitted before was waited for already in an earlier question."""

        def query(db: sqlite3.Connection) -> Columns:
            return series_columns.columns(db, device, metrics, from_ms, to_ms)

        return await (self._reader.ask(query) if settled else self._ask(query))

    async def _ask(self, query: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        raise NotImplementedError

    async def _one(self, query: Callable[[sqlite3.Connection], _Answer | None], name: str) -> _Answer | None:
        raise NotImplementedError
