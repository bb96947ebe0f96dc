"""How long a series usually says the same, at values of this size."""

from __future__ import annotations

from math import frexp, inf

BANDS = 8
KNOWN_AFTER = 300
"""Readings in a band before its holds are judged."""
STUCK_TIMES = 2.0
STUCK_MORE = 2
STUCK_LEAST = 7
"""Stuck: the same value more than `max(STUCK_LEAST, STUCK_TIMES x the longest usual hold + STUCK_MORE)` times."""
ACCEPTED_TIMES = 3.0
"""What somebody called normal may go on for so many times longer."""
KEPT = 0.985
"""What is left of a longest hold after each block of three hours in its band: half after six days."""


class Holds:
    """The longest usual run of equal readings, by the size of the value in units of the sensor's resolution.

    Noise that follows the value flickers at 2000 W and is silent at 2 W: so the bands 0, 1, 2-3, 4-7, … 64 and more
    steps are learnt apart.
    """

    __slots__ = ("longest", "resolution", "seen")

    def __init__(self) -> None:
        self.resolution = inf
        """The smallest difference seen between two readings."""
        self.longest = [1.0] * BANDS
        self.seen = [0] * BANDS

    def band(self, value: float) -> int:
        """Which band a value is in."""
        steps = abs(value) / self.resolution
        return BANDS - 1 if steps >= 64.0 else frexp(steps + 0.5)[1]

    def limits(self, band: int, value: float) -> tuple[float, float]:
        """The values [low, high) of a band, on the side of zero where `value` is."""
        if self.resolution == inf:
            return -inf, inf
        low = (2.0 ** (band - 1) - 0.5) * self.resolution if band else -0.5 * self.resolution
        high = inf if band == BANDS - 1 else (2.0**band - 0.5) * self.resolution
        return (low, high) if value >= 0.0 or not band else (-high, -low)

    def differ(self, by: float) -> bool:
        """Two readings differ by so much (above 0); True when this changes the bands."""
        if by > 0.7 * self.resolution:
            return False
        self.resolution = by
        self.longest = [1.0] * BANDS
        self.seen = [0] * BANDS
        return True

    def patience(self, band: int) -> float:
        """How many equal readings are still usual."""
        if self.seen[band] < KNOWN_AFTER or self.resolution == inf:
            return inf
        return max(STUCK_LEAST, STUCK_TIMES * self.longest[band] + STUCK_MORE)

    def held(self, band: int, times: int) -> None:
        """A run was so long; one that was stuck counts no more than what was usual, so that it teaches slowly."""
        self.longest[band] = max(self.longest[band], min(times, self.patience(band)))

    def fade(self, band: int) -> None:
        """Another block of time in this band."""
        self.longest[band] = max(1.0, self.longest[band] * KEPT)

    def accept(self, band: int, times: int) -> None:
        """Somebody says that this is normal."""
        self.longest[band] = max(self.longest[band], ACCEPTED_TIMES * times)
        self.seen[band] = max(self.seen[band], KNOWN_AFTER)
