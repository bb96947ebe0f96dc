"""One series that rules look at, with the band inside which nothing can flip. Pure."""

from __future__ import annotations

from math import inf


class Cell:
    """The newest believed value of a series. Every leaf that looks at it flips only outside (low, high)."""

    __slots__ = ("device", "high", "lag_ms", "low", "metric", "time_ms", "value")

    def __init__(self, device: str, metric: str) -> None:
        self.device = device
        self.metric = metric
        self.value = 0.0
        self.time_ms = 0
        self.low = inf
        """With `high`: an empty band while the value is not known, so that the next reading is looked at."""
        self.high = -inf
        self.lag_ms = 0
        """How late the newest reading came."""
