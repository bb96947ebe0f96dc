"""What a series usually is at this time of the day, and how slowly it leaves that."""

from __future__ import annotations

from math import isfinite

BLOCK_MS = 10_800_000
"""Three hours: the day's profile has eight blocks, in UTC."""
BLOCKS = 8
DAYS = 14.0
"""The profile follows with this time constant."""
KNOWN_BLOCKS = 40
"""Five days are learnt before anything is said to drift."""
DRIFT_TIMES = 3.0
"""How many usual departures count as away."""
DRIFT_BLOCKS = 4
"""Away the same way for twelve hours: drift."""
RELEARN_BLOCKS = 56
"""After a week away the new level is learnt as what is usual."""


class Profile:
    """Means of the blocks of the day, the usual departure from them, and how long it has been away."""

    __slots__ = ("away", "blocks", "departure", "means", "spread")

    def __init__(self) -> None:
        self.means = [0.0] * BLOCKS
        self.spread = 0.0
        """The mean size of a departure."""
        self.departure = 0.0
        """The latest."""
        self.blocks = 0
        self.away = 0
        """Blocks in a row away; below 0: downwards."""

    def add(self, block: int, mean: float, least: float) -> bool:
        """The mean of the block just over (`block` counts from the epoch); True while it drifts."""
        if not isfinite(mean):
            return self.drifts
        at = block % BLOCKS
        self.blocks += 1
        if self.blocks <= BLOCKS:
            self.means[at] = mean
            return False
        self.departure = departure = mean - self.means[at]
        limit = DRIFT_TIMES * max(self.spread, least / DRIFT_TIMES)
        self._count(departure, limit)
        days = min(DAYS, self.blocks / BLOCKS)
        self.means[at] += departure / days
        size = min(abs(departure), 2.0 * limit) if self.blocks > KNOWN_BLOCKS else abs(departure)
        self.spread += (size - self.spread) / (days * BLOCKS)
        if abs(self.away) >= RELEARN_BLOCKS:
            self.relearn()
        return self.drifts

    @property
    def drifts(self) -> bool:
        """Whether it has been away for long enough."""
        return abs(self.away) >= DRIFT_BLOCKS

    def relearn(self) -> None:
        """What is now is normal: the level moves, the shape of the day stays."""
        self.means = [mean + self.departure for mean in self.means]
        self.away = 0

    def _count(self, departure: float, limit: float) -> None:
        if self.blocks <= KNOWN_BLOCKS or abs(departure) <= limit:
            self.away = 0
        elif departure > 0.0:
            self.away = max(1, self.away + 1)
        else:
            self.away = min(-1, self.away - 1)
