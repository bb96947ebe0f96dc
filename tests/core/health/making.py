"""Series of days for the tests."""

from __future__ import annotations

import random
from collections.abc import Callable

from gateway.core.health.indicator import Day, Indicator, Series, baseline_of

VIBRATION = Indicator("cellar fan, vibration", "vibration at full speed", "mm/s", "higher", 3.0, "times_baseline")
EFFICIENCY = Indicator("boiler, power", "heat per kWh", "K/kWh", "lower", 8.0)
QUIET = 14


def series(
    way: Callable[[float], float], days: int, indicator: Indicator = VIBRATION, noise: float = 0.03, seed: int = 1
) -> Series:
    """`way` by day; the first `QUIET` days are the commissioning and have day numbers below 0."""
    rng = random.Random(seed)
    noisy = [(float(day), way(float(day)) + rng.gauss(0.0, noise)) for day in range(-QUIET, days)]
    return Series(
        indicator, baseline_of([value for day, value in noisy if day < 0]), tuple(Day(*pair) for pair in noisy)
    )


def scaled(one: Series, times: float, plus: float) -> Series:
    """The same machine in another unit."""
    indicator = Indicator("x", "x", "u", one.indicator.worse, one.indicator.limit * times + plus)
    days = tuple(Day(day.day, day.value * times + plus) for day in one.days)
    return Series(indicator, baseline_of([day.value for day in days if day.day < 0]), days)
