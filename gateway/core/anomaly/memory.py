"""What a view remembers of a stream of numbers, and how it is written down. Nothing here knows a unit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

_TINY = 1e-300
_MOST = 1e3
_HALF = math.log(2.0)
_SPREAD_OVER = 400.0
"""Numbers over which mean and spread are taken."""


@dataclass(slots=True)
class Novelty:
    """How far a number lies beyond all before it in units of their range, and in deviations from their mean.

    The range is drawn to the mean by the part `forget` with every number, so that what was once is not for ever usual.
    """

    skip: float
    """Numbers that only move the range: how a stream begins says little of what it is like."""
    warm: float
    """Numbers until one is judged."""
    count: float = 0.0
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    before: float = 0.0
    """The mean before the last number; only until the next one."""
    square: float = 0.0
    """Mean square of what deviates from `mean`."""

    def step(self, number: float, forget: float) -> tuple[float, float]:
        """(beyond the range, deviations), both with sign, of what was known before; then learn the number."""
        count = self.count = self.count + 1.0
        if count <= self.skip or count == 1.0:
            self.low = self.high = self.mean = number
            return 0.0, 0.0
        self.before = self.mean
        low, high, off = self.low, self.high, number - self.mean
        beyond = deviations = 0.0
        if count > self.warm:
            if number > high:
                beyond = min((number - high) / max(high - low, _TINY), _MOST)
            elif number < low:
                beyond = max((number - low) / max(high - low, _TINY), -_MOST)
            spread = math.sqrt(self.square)
            deviations = max(-_MOST, min(_MOST, off / spread)) if spread > 0.0 else 0.0
        weight = max(_HALF / _SPREAD_OVER, 1.0 / (count - self.skip))
        self.mean += weight * off
        self.square = (1.0 - weight) * (self.square + weight * off * off)
        self.low = min(number, low + forget * (self.mean - low))
        self.high = max(number, high + forget * (self.mean - high))
        return beyond, deviations

    def dump(self) -> tuple[float, ...]:
        """What it knows, as `load` takes it."""
        return self.count, self.low, self.high, self.mean, self.square

    def load(self, numbers: Iterator[float]) -> None:
        """Take back what `dump` gave."""
        self.count, self.low, self.high, self.mean, self.square = (next(numbers) for _ in range(5))


@dataclass(slots=True)
class Peaks:
    """Since when nothing as high was seen, in little room: times of the last highest numbers, each above the next."""

    room: int
    seen: list[tuple[float, float]] = field(default_factory=list)
    """(at_s, number), oldest and highest first."""

    def since(self, number: float) -> float | None:
        """When something as high as `number` was last seen; None: never. At the earliest then, never later."""
        for at_s, peak in reversed(self.seen):
            if peak >= number:
                return at_s
        return None

    def take(self, at_s: float, number: float) -> None:
        """Remember one; where room is short, a lower one's time is given to the higher one before it."""
        seen = self.seen
        while seen and seen[-1][1] <= number:
            seen.pop()
        seen.append((at_s, number))
        if len(seen) > self.room:
            closest = min(
                range(len(seen) - 2), key=lambda i: (seen[i + 1][0] - seen[i][0]) / (at_s - seen[i][0] + _TINY)
            )
            seen[closest : closest + 2] = [(seen[closest + 1][0], seen[closest][1])]
