"""How often something comes, and from when on its silence is unusual."""

from __future__ import annotations

import math

STALE_INTERVALS = 6.0
STALE_LEAST_MS = 60_000
STALE_TIMES = 2.0
"""Stale: silent for `max(STALE_LEAST_MS, STALE_INTERVALS x interval, STALE_TIMES x the longest usual pause)`."""
PAUSE_KEPT = 0.999
"""What is left of the longest pause after each arrival."""
UNUSUAL = 1.5
"""A pause is more than so many intervals."""


KNOWN_GAPS = 3
"""Gaps seen before silence means anything: who tries a node by hand sends once or twice."""


class Rhythm:
    """The mean interval between arrivals and the longest usual pause, in ms."""

    __slots__ = ("_unseen", "interval_ms", "pause_ms")

    def __init__(self) -> None:
        self.interval_ms = 0.0
        self.pause_ms = 0.0
        self._unseen = KNOWN_GAPS

    def restore(self, interval_ms: float, pause_ms: float) -> None:
        """What an earlier run had learnt."""
        self.interval_ms, self.pause_ms = interval_ms, pause_ms
        self._unseen = 0 if interval_ms else KNOWN_GAPS

    def note(self, gap_ms: int) -> None:
        """The next one came after so long; a silence counts no more than what was usual, so that it teaches slowly."""
        known = self.interval_ms
        if self._unseen:
            self._unseen -= 1
        if not known:
            self.interval_ms = float(gap_ms)
            return
        self.interval_ms = known + (min(gap_ms, 4.0 * known) - known) * 0.125
        self.pause_ms *= PAUSE_KEPT
        if gap_ms > UNUSUAL * known and gap_ms > self.pause_ms:
            self.pause_ms = min(gap_ms, self._usual_ms)

    @property
    def patience_ms(self) -> float:
        """How long silence is still usual; for ever until there is a rhythm."""
        return math.inf if self._unseen else self._usual_ms

    @property
    def _usual_ms(self) -> float:
        return max(STALE_LEAST_MS, STALE_INTERVALS * self.interval_ms, STALE_TIMES * self.pause_ms)
