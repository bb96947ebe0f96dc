"""Theil-Sen: the median of all slopes between two days, which three bad days in ten do not move, and how sure it is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import combinations, pairwise
from math import sqrt

import msgspec

_MOST_POINTS = 120
"""Slopes grow with the square of the points; more days are thinned to every second, third, …"""
_MOST_AKIN = 0.9


class Trend(msgspec.Struct, frozen=True):
    """A slope in units a day with the interval it lies in nine times of ten, and the line's value on the last day."""

    per_day: float
    low: float
    high: float
    now: float
    noise: float
    """Standard deviation of a day about the line, from the median absolute deviation."""
    points: int
    """Days that count, as if each one were independent of the day before."""


def theil_sen(times: Sequence[float], values: Sequence[float], z: float = 1.645) -> Trend:
    """Of three points or more at rising times; `z` of the interval, two-sided (1.645: 90 %).

    Sen (1968), its variance widened for what each day has in common with the day before: n becomes
    n (1 - r) / (1 + r), r the residuals' lag-1 autocorrelation. Raises ValueError.
    """
    if len(times) < 3 or len(times) != len(values):
        raise ValueError(f"{len(times)} times and {len(values)} values are no trend")
    step = -(-len(times) // _MOST_POINTS)
    # Thinned from the end, so that the last day is always in.
    xs, ys = list(times)[::-1][::step][::-1], list(values)[::-1][::step][::-1]
    slopes = sorted((ys[b] - ys[a]) / (xs[b] - xs[a]) for a, b in combinations(range(len(xs)), 2))
    slope = statistics.median(slopes)
    offset = statistics.median(y - slope * x for x, y in zip(xs, ys, strict=True))
    residuals = [y - slope * x - offset for x, y in zip(xs, ys, strict=True)]
    count = len(xs)
    akin = _akin(residuals)
    wider = sqrt((1.0 + akin) / (1.0 - akin))
    away = z * wider * sqrt(count * (count - 1) * (2 * count + 5) / 18.0)
    low = slopes[max(0, int((len(slopes) - away) / 2))]
    high = slopes[min(len(slopes) - 1, int((len(slopes) + away) / 2))]
    noise = 1.4826 * statistics.median(abs(one) for one in residuals)
    return Trend(slope, low, high, slope * xs[-1] + offset, noise, max(3, int(count / wider**2)))


def _akin(residuals: Sequence[float]) -> float:
    """Lag-1 autocorrelation, 0 to `_MOST_AKIN`."""
    power = sum(one * one for one in residuals)
    if power <= 0.0:
        return 0.0
    shared = sum(a * b for a, b in pairwise(residuals))
    return min(_MOST_AKIN, max(0.0, shared / power))
