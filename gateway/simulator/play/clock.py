"""The time of a scenario: it runs faster than the real one and meets it at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class PlayClock:
    """Milliseconds since the scenario began. `begin_ms` is the UTC instant at which it began for its nodes.

    With a speed of 60 an hour passes in a minute and begins an hour ago, so that no reading lies in the future and a
    node that connects after the end agrees with the real clock. After the end it runs as the real one does.
    """

    def __init__(self, utc_ms: Callable[[], int], duration_s: float, speed: float) -> None:
        self._utc_ms = utc_ms
        self._speed = speed
        self._duration_ms = duration_s * 1000
        self._started_ms = utc_ms()
        self._ends_ms = self._started_ms + self._duration_ms / speed
        self.begin_ms = round(self._ends_ms - self._duration_ms)

    def elapsed_ms(self) -> int:
        """How much of the scenario's time has passed."""
        now_ms = self._utc_ms()
        if now_ms >= self._ends_ms:
            return round(self._duration_ms + now_ms - self._ends_ms)
        return round((now_ms - self._started_ms) * self._speed)

    async def until(self, elapsed_ms: float) -> None:
        """Wait until so much has passed."""
        missing_ms = elapsed_ms - self.elapsed_ms()
        while missing_ms > 0:
            past_end_ms = max(0.0, elapsed_ms - max(self._duration_ms, self.elapsed_ms()))
            await asyncio.sleep((past_end_ms + (missing_ms - past_end_ms) / self._speed) / 1000)
            missing_ms = elapsed_ms - self.elapsed_ms()
