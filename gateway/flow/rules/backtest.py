"""A rule rehearsed on the history that there is."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.rules.rule import KeptRule, Rule
from .report import BacktestReport


class Backtest:
    """One at a time, a device's day after another, so that the page goes on meanwhile."""

    progress: float | None = None
    """0 to 1 while one runs."""

    async def of(self, rule: Rule, from_ms: int, to_ms: int, against: Sequence[KeptRule] = ()) -> BacktestReport:
        """Raises Conflict (one runs), Refused (too long, nothing to look at), StoreError."""
        raise NotImplementedError
