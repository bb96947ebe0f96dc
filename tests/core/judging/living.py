"""Series as sensors give them, for tests of the gate."""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import sin, tau

from gateway.core.judging.rules import rule
from gateway.core.judging.series import Series

START_MS = 1_768_435_200_000
DAY_MS = 86_400_000
MINUTE_MS = 60_000


class Sensor:
    """A sensor that is read every minute: a daily wave, noise, and two digits."""

    def __init__(self, metric: str = "temperature", level: float = 21.0, noise: float = 0.03, digits: int = 2) -> None:
        self.series = Series(rule(metric))
        self.time_ms = START_MS
        self._random = random.Random(metric)
        self._level, self._noise, self._digits = level, noise, digits

    def truth(self) -> float:
        """What it would say now if it were well."""
        wave = sin(tau * (self.time_ms % DAY_MS) / DAY_MS)
        return round(self._level + wave + self._random.gauss(0.0, self._noise), self._digits)

    def live(self, days: float) -> set[int]:
        """Be well for so long; what was said of it."""
        return {self.say(self.truth()) for _ in range(round(days * DAY_MS / MINUTE_MS))}

    def say(self, value: float) -> int:
        """The next reading."""
        self.time_ms += MINUTE_MS
        return self.series.judge(value, self.time_ms)


def minutes(count: int) -> Iterator[int]:
    """UTC ms, one a minute."""
    return iter(range(START_MS, START_MS + count * MINUTE_MS, MINUTE_MS))
