"""One series that rules look at, with the band inside which nothing can flip. Pure."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .series_leaves import Look


class Cell:
    """The newest believed value of a series.

    A reading is of no consequence but for `value` and `time_ms` when `low < value < high` and it comes not before the
    newest one and at most `age_ms` after it. The band follows from the series' own readings alone, in their order, so
    that those inside it may overtake others, or be left out, and nothing fires otherwise.
    """

    __slots__ = (
        "age_ms",
        "device",
        "high",
        "lag_ms",
        "looks",
        "low",
        "metric",
        "put_ms",
        "simulated",
        "time_ms",
        "value",
    )

    def __init__(self, device: str, metric: str) -> None:
        self.device = device
        self.metric = metric
        self.value = 0.0
        self.time_ms = 0
        """0: never heard."""
        self.low = inf
        """With `high`: an empty band while the value is not known, so that the next reading is looked at."""
        self.high = -inf
        self.age_ms = 0
        """The shortest time after which any look at it does not know it any more."""
        self.lag_ms = 0
        """How late the newest reading came."""
        self.simulated = False
        self.put_ms = 0
        """When a rule began to look at it: what was measured before that is looked at whatever its value."""
        self.looks: list[Look] = []

    def inside(self, value: float, time_ms: int) -> bool:
        """Whether nothing can flip by this reading."""
        return self.low < value < self.high and 0 <= time_ms - self.time_ms <= self.age_ms

    def open(self) -> None:
        """Look at the next reading whatever its value."""
        self.low, self.high = inf, -inf

    def settle(self) -> None:
        """Work the band out anew."""
        if self.time_ms <= self.put_ms:
            self.open()
            return
        low, high = -inf, inf
        for look in self.looks:
            below, above = look.band()
            low, high = max(low, below), min(high, above)
        self.low, self.high = low, high

    def join(self, look: Look, now_ms: int) -> None:
        """One more looks at it."""
        self.looks.append(look)
        self._changed(now_ms)

    def leave(self, look: Look, now_ms: int) -> None:
        """One fewer does."""
        self.looks.remove(look)
        self._changed(now_ms)

    def _changed(self, now_ms: int) -> None:
        self.age_ms = min((look.age_ms for look in self.looks), default=0)
        self.put_ms = max(self.put_ms, now_ms)
        self.open()
