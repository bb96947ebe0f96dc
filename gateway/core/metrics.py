"""Figures about the gateway's own running, as values: who measures them need not know who shows them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

import msgspec

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Bounds for what should take milliseconds and may take seconds on a worn card."""


class Distribution(msgspec.Struct, frozen=True):
    """How often a measured value was at most each of `bounds`; the last of `counts` is of those above all."""

    bounds: Sequence[float]
    counts: Sequence[int]
    """Per bucket, not cumulative; one more than bounds."""
    total: float
    """The sum of all values."""


class Histogram:
    """Counts values into buckets. One thread observes; any may look."""

    __slots__ = ("_bounds", "_counts", "_total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._total = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def snapshot(self) -> Distribution:
        """What was counted until now."""
        return Distribution(self._bounds, tuple(self._counts), self._total)


Samples = Iterable[tuple[Mapping[str, str], float | Distribution]]
"""A sample is (labels, value). It may be worked out when it is shown: a table is looked at once."""
Metric = tuple[str, str, Samples]
"""(`counter`, `gauge` or `histogram`, help, samples)."""
MetricTable = Mapping[str, Metric]
"""Prometheus metrics by name."""


def gauge(text: str, value: float) -> Metric:
    """One that goes up and down, without labels."""
    return "gauge", text, [({}, value)]


def counter(text: str, value: float) -> Metric:
    """One that only rises, without labels; its name ends in `_total`."""
    return "counter", text, [({}, value)]


def histogram(text: str, value: Distribution) -> Metric:
    """A distribution without labels."""
    return "histogram", text, [({}, value)]
