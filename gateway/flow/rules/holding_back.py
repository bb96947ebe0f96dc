"""Tells once an episode that a live rule would have fired, and what holds it back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...core.rules.rule import Mode
from ...core.rules.why_words import why_not
from ...core.rules.words import Names
from ..chronicle import Chronicle
from .running import Running

_LOOK_S = 1.0
_TOLD = ("condition", "unknown")
"""That it waits or cools down is as its author wants it."""


class HoldingBack:
    """Asks each second: what holds a rule back is no event of its own."""

    def __init__(self, running: Running, chronicle: Chronicle, names: Names, clock: Callable[[], int]) -> None:
        self._running = running
        self._chronicle = chronicle
        self._names = names
        self._clock = clock
        self._told: set[str] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_S)

    def look(self) -> None:
        """Tell of those that are held back since the last look."""
        engine, now_ms = self._running.engine, self._clock()
        self._told &= self._running.rules.keys()
        for rule, running in self._running.rules.items():
            if running.kept.mode is not Mode.LIVE or rule in self._running.broken or rule in engine.broken:
                continue
            held = engine.held(rule)
            if held is None:
                self._told.discard(rule)
            elif held.reason in _TOLD and rule not in self._told:
                self._told.add(rule)
                said = why_not(running.kept.rule, engine.why(rule, now_ms), self._names, now_ms)
                self._chronicle.note("rule.held", f"{running.kept.rule.name}: {said}")
