"""What tells of a part's condition: one number a day, what it was when the machine was commissioned, and its limit."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from math import isfinite
from typing import Literal

import msgspec

from ..errors import Refused

BASELINE_DAYS = 7
"""Fewer days say nothing of how much a day differs from the next."""
_NORMAL = 1.4826
"""Median absolute deviation to standard deviation."""
_STOOD_STILL = {"higher": 0.4, "lower": 0.1}
"""Parts of the baseline; below, a machine did not run as it did when it was commissioned."""
_QUIETER = 2.0
"""Times the way to the limit, on the other side of the baseline: the same on a scale without a zero."""
_LEAST_SPREAD = 0.002
"""Of the centre: below it, rounding alone would look like wear."""


class Indicator(msgspec.Struct, frozen=True):
    """A condition indicator of one part, as its owner or the machine's kind states it."""

    sensor: str
    """The series that it is made of, as a person knows it: `cellar fan, vibration`."""
    label: str
    """What the number is: `vibration at full speed`."""
    unit: str
    worse: Literal["higher", "lower"]
    limit: float
    """Where the part should be seen to: a value in `unit`, times the baseline, or beyond it by so many `unit`."""
    limit_is: Literal["value", "times_baseline", "beyond_baseline"] = "value"


class Baseline(msgspec.Struct, frozen=True):
    """What was normal when the machine was commissioned; frozen until its owner asks for another."""

    centre: float
    """Median of the days, in the indicator's unit."""
    spread: float
    """Standard deviation of a day, from the median absolute deviation; never 0."""
    days: int


class Day(msgspec.Struct, frozen=True):
    """The indicator's value of one day, for example the median of it at the same speed."""

    day: float
    """Days since any fixed date, the same for all indicators of a machine."""
    value: float


class Series(msgspec.Struct, frozen=True):
    """An indicator with its days, flagged ones left out; without a baseline nothing is said of it."""

    indicator: Indicator
    baseline: Baseline | None
    days: tuple[Day, ...]


def baseline_of(values: Sequence[float]) -> Baseline:
    """From the daily values of commissioning. Raises Refused with fewer than `BASELINE_DAYS` numbers."""
    known = [value for value in values if isfinite(value)]
    if len(known) < BASELINE_DAYS:
        raise Refused(f"a baseline takes {BASELINE_DAYS} days; {len(known)} are there")
    centre = statistics.median(known)
    spread = _NORMAL * statistics.median(abs(value - centre) for value in known)
    return Baseline(centre, max(spread, _LEAST_SPREAD * abs(centre), 1e-9), len(known))


def limit_of(indicator: Indicator, baseline: Baseline) -> float:
    """The limit in the indicator's unit. Raises Refused when the baseline is at or beyond it."""
    limit = _limit(indicator, baseline.centre)
    ahead = limit - baseline.centre if indicator.worse == "higher" else baseline.centre - limit
    if not ahead > 0.0:
        raise Refused(
            f"the limit of {indicator.label} is {limit:g} {indicator.unit}, "
            f"and when it was new it was {baseline.centre:g} {indicator.unit} already"
        )
    return limit


def _limit(indicator: Indicator, centre: float) -> float:
    match indicator.limit_is:
        case "value":
            return indicator.limit
        case "times_baseline":
            return indicator.limit * centre
        case "beyond_baseline":
            return centre + (indicator.limit if indicator.worse == "higher" else -indicator.limit)


def stood_still(indicator: Indicator, baseline: Baseline, value: float) -> bool:
    """Whether a day's value is so far on the good side that the machine cannot have run, and the day tells nothing.

    A flow of next to nothing is one of a pump at rest too; a limit that is a plain value says nothing of where rest is.
    """
    match indicator.limit_is:
        case "times_baseline":
            return value < _STOOD_STILL[indicator.worse] * baseline.centre
        case "beyond_baseline":
            return worn_part(value, baseline, _limit(indicator, baseline.centre)) < -_QUIETER
        case "value":
            return False


def worn_part(value: float, baseline: Baseline, limit: float) -> float:
    """0 as when commissioned, 1 at the limit; below 0 when better than new. Units cancel."""
    return (value - baseline.centre) / (limit - baseline.centre)


def distinct_days(days: Sequence[Day]) -> list[Day]:
    """In order, finite, one value for each time (the last said)."""
    return sorted(
        {one.day: one for one in days if isfinite(one.value) and isfinite(one.day)}.values(), key=lambda one: one.day
    )
