"""A component's health: an index from 0 to 100, where it goes, how long it may last, and which sensor says so."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .indicator import Indicator, Series
from .life import Course, Lasting, Life, NotEnough, NoWear, Reached, course_of
from .trend import Trend

_MONTH_DAYS = 30.0


class Driver(msgspec.Struct, frozen=True):
    """What one sensor says of the component, worst first in `Health.drivers`."""

    indicator: Indicator
    value: float | None
    """Median of the last week, in the indicator's unit."""
    baseline: float | None
    limit: float | None
    points: float | None
    """Of 100 that it takes from the index."""
    life: Life
    repaired_day: float | None = None
    """When it got better at once; its trend begins there."""


class IndexTrend(msgspec.Struct, frozen=True):
    """Points of the index in 30 days, negative is worse, with the range it lies in nine times of ten."""

    per_month: float
    low: float
    high: float


class Health(msgspec.Struct, frozen=True):
    """A component today."""

    component: str
    index: float | None
    """100 as commissioned, 0 at the limit; None when nothing can be said."""
    life: Life
    trend: IndexTrend | None
    """Of the sensor that `life` is from; None without one."""
    drivers: tuple[Driver, ...]


def assess(component: str, series: Sequence[Series], today: float) -> Health:
    """The component by all its indicators: the worst one makes the index, the soonest end the remaining life.

    `today` in days, as `Day.day`. The soonest of several ranges is a little early: its promise is for one indicator.
    """
    courses = [(one, course_of(one.indicator, one.baseline, one.days, today)) for one in series]
    told = sorted(courses, key=lambda one: _urgency(one[1]))
    drivers = tuple(_driver(one, course) for one, course in told)
    points = [driver.points for driver in drivers if driver.points is not None and not _is_silent(driver.life)]
    first = told[0][1] if told else None
    return Health(
        component,
        round(100.0 - max(points), 1) if points else None,
        first.life if first is not None else NotEnough("baseline"),
        _index_trend(first.trend) if first is not None and first.trend is not None else None,
        drivers,
    )


def _urgency(course: Course) -> tuple[int, float]:
    """What is said of the component comes from the smallest."""
    worn = -(course.part or 0.0)
    match course.life:
        case Reached():
            return 0, worn
        case Lasting(likely_days=days):
            return 1, days
        case NoWear():
            return 2, worn
        case NotEnough(missing_days=missing):
            return 3, missing


def _is_silent(life: Life) -> bool:
    """Nothing is known of how it is today."""
    return isinstance(life, NotEnough) and life.reason in ("idle", "stale")


def _driver(series: Series, course: Course) -> Driver:
    points = None if course.part is None else round(100.0 * min(1.0, max(0.0, course.part)), 1)
    centre = None if series.baseline is None else series.baseline.centre
    return Driver(series.indicator, course.value, centre, course.limit, points, course.life, course.repaired_day)


def _index_trend(trend: Trend) -> IndexTrend:
    month = -100.0 * _MONTH_DAYS
    return IndexTrend(round(trend.per_day * month, 1), round(trend.high * month, 1), round(trend.low * month, 1))
