"""What a machine's baseline counts with: evidence, memory of a series, quantiles. No unit survives in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

_MOST_BLOCKS = 400
"""Longer series are averaged down to so many before their memory is measured: it costs the square of that."""
_FORGOTTEN = 0.05
_OUTLIER = 4.0
_ROUNDS = 30
_SETTLED = 0.999


def decay(half_life: float) -> float:
    """The weight of a new row in an average that forgets half of what it knows in `half_life` rows."""
    return 1.0 - math.pow(0.5, 1.0 / half_life)


def independent(series: Sequence[float]) -> float:
    """How many independent values a series of n is worth, in [1, n], from the sum of its autocorrelations.

    A channel that still drifts is worth three or four, however many rows of it there are.
    """
    size = max(1, math.ceil(len(series) / _MOST_BLOCKS))
    blocks = [sum(series[at : at + size]) / size for at in range(0, len(series) - size + 1, size)]
    count = len(blocks)
    mean = math.fsum(blocks) / count
    off = [one - mean for one in blocks]
    power = math.fsum(map(mul, off, off))
    if power <= 0.0:
        return float(len(series))
    total = 1.0
    for lag in range(1, count):
        alike = sum(map(mul, off[lag:], off)) / power
        if alike < _FORGOTTEN:
            break
        total += 2.0 * alike
    # Blocks that remember nothing of each other may still hide rows that do: then a block counts as one.
    return min(float(len(series)), max(1.0, count / total) * (size if size > 1 and total == 1.0 else 1))


def deviation(series: Sequence[float]) -> float:
    """Root mean square about the mean."""
    centre = math.fsum(series) / len(series)
    return math.sqrt(math.fsum((one - centre) ** 2 for one in series) / len(series))


def usual(values: Sequence[float]) -> tuple[float, float]:
    """(Mean, spread) of what is left when values beyond `_OUTLIER` spreads are drawn in to there.

    One spike among commissioning rows would else widen the spread for good, and hide what is smaller than it.
    """
    mean, spread = math.fsum(values) / len(values), deviation(values)
    for _ in range(_ROUNDS):
        low, high = mean - _OUTLIER * spread, mean + _OUTLIER * spread
        drawn_in = [min(high, max(low, value)) for value in values]
        before, mean, spread = spread, math.fsum(drawn_in) / len(drawn_in), deviation(drawn_in)
        if spread >= _SETTLED * before:
            break
    return mean, spread


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed, between neighbours in proportion. Raises ValueError for none."""
    if not values:
        raise ValueError("no values")
    ranked = sorted(values)
    at = share * (len(ranked) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (at - low) * (ranked[high] - ranked[low])


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Of two series about nought, in [-1, 1]; 0 where one does not move."""
    power = math.fsum(map(mul, first, first)) * math.fsum(map(mul, second, second))
    return math.fsum(map(mul, first, second)) / math.sqrt(power) if power > 0.0 else 0.0


class Ruler:
    """Turns deviations into those of a normal variable that are as seldom, knowing how little the scale is known.

    Student's t with `freedom` degrees, by Wallace's approximation (Biometrika 46, 1959), right to some percent.
    """

    __slots__ = ("freedom", "scale", "weight")

    def __init__(self, scale: float, freedom: float) -> None:
        self.scale = scale
        self.freedom = freedom
        self.weight = freedom * ((8.0 * freedom + 1.0) / (8.0 * freedom + 3.0)) ** 2

    def squared(self, deviation: float) -> float:
        """The square of the normal deviation."""
        far = deviation / self.scale
        return self.weight * math.log1p(far * far / self.freedom)
