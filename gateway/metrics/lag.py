"""How long the event loop keeps others waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ..core.metrics import Distribution, Histogram

_EVERY_S = 1.0


class LoopLag:
    """Asks to be woken every second and measures how late that is. A leaf."""

    def __init__(self, clock_s: Callable[[], float] = time.perf_counter) -> None:
        self._clock_s = clock_s
        self._histogram = Histogram()

    @property
    def seconds(self) -> Distribution:
        """What was measured."""
        return self._histogram.snapshot()

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            asked_s = self._clock_s()
            await asyncio.sleep(_EVERY_S)
            self._histogram.observe(max(0.0, self._clock_s() - asked_s - _EVERY_S))
