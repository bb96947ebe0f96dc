"""Stops rules that fire far too often, or that cause each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ...core.rules.firing import Fired

MOST_DEPTH = 8
"""So many firings may have caused each other."""
_HOUR_MS = 3_600_000


class Brake:
    """Counts by a rule's own time: a recording that is poured in is as long as it is.

    `stop` is told once of a rule that is to be stopped, and why.
    """

    def __init__(self, most_per_hour: int, stop: Callable[[str, str], None]) -> None:
        self._reasons: dict[str, str] = {}
        self._stop = stop
        self._most = most_per_hour
        self._times: dict[str, deque[int]] = {}

    def look(self, fired: Fired) -> str:
        """Why this one must not be done, in words; empty: it may be."""
        if fired.rule in self._reasons:
            return self._reasons[fired.rule]
        times = self._times.setdefault(fired.rule, deque(maxlen=self._most + 1))
        times.append(fired.time_ms)
        recent = sum(0 <= fired.time_ms - time_ms < _HOUR_MS for time_ms in times)
        if fired.depth > MOST_DEPTH:
            self._stop(fired.rule, f"{fired.depth} firings of rules have caused each other")
        elif recent > self._most:
            self._stop(fired.rule, f"{recent} firings in an hour")
        return self._reasons.get(fired.rule, "")

    def stop(self, rule: str, reason: str) -> None:
        """It is stopped from now on."""
        self._reasons[rule] = reason

    def words(self, rule: str) -> str:
        """Why a rule was stopped; in an earlier run, if this one does not know."""
        return self._reasons.get(rule, "it fired too often")

    def loosen(self, rule: str) -> None:
        """It was enabled anew, or is gone."""
        self._reasons.pop(rule, None)
        self._times.pop(rule, None)
