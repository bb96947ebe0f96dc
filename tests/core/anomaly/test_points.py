"""The same interval gives the same point, whether its readings come one by one or from the history."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.anomaly.points import Point, Points, of_bucket
from gateway.core.ports.store import Bucket

MINUTE = 60_000
QUIET = (-10.0, 10.0)
believed = st.lists(st.floats(-10.0, 10.0), min_size=1, max_size=20)
hundredths = st.integers(-10_000, 10_000).map(lambda number: number / 100)
anything = st.lists(hundredths, min_size=1, max_size=20)


def bucket(values: list[float], time_ms: int = 0) -> Bucket:
    return Bucket(time_ms, min(values), max(values), sum(values) / len(values), len(values))


def live(values: list[float]) -> list[Point]:
    points = Points(MINUTE)
    found = [points.take(1000 * at, value, QUIET) for at, value in enumerate(values)]
    return [point for point in [*found, points.close()] if point is not None]


@given(believed)
def test_an_interval_without_a_record_gives_its_mean_either_way(values: list[float]) -> None:
    (point,) = live(values)
    kept = of_bucket(bucket(values), QUIET)
    assert point.value is not None
    assert (point.time_ms, point.value, point.mean) == pytest.approx((kept.time_ms, kept.value, kept.mean), abs=1e-9)


@given(anything)
def test_an_interval_with_a_record_gives_one_value_outside_what_is_usual_either_way(values: list[float]) -> None:
    record = any(abs(value) > 10.0 for value in values)
    told = [point.value for point in live(values) if point.value is not None]
    assert len(told) == 1
    kept = of_bucket(bucket(values), QUIET)
    assert kept.value is not None
    assert (abs(told[0]) > 10.001) == (abs(kept.value) > 10.001) == record


@given(anything, st.integers(0, 20))
def test_an_interval_that_a_kill_cut_in_two_gives_the_mean_of_the_whole(values: list[float], cut: int) -> None:
    before, after = values[: cut % len(values)], values[cut % len(values) :]
    points = Points(MINUTE)
    if before:
        points.resume(bucket(before), QUIET)
    for at, value in enumerate(after):
        points.take(30_000 + at, value, QUIET)
    point, whole = points.close(), live(values)[-1]
    assert point is not None
    assert point.mean == pytest.approx(whole.mean, abs=1e-9)
    assert (point.value is None) == (whole.value is None)


def test_a_record_is_judged_at_once_and_its_interval_not_again() -> None:
    points = Points(MINUTE)
    assert points.take(61_000, 1.0, QUIET) is None
    assert points.take(62_000, 50.0, QUIET) == Point(MINUTE, 50.0, None)
    assert points.take(63_000, 60.0, QUIET) is None
    assert points.close() == Point(MINUTE, None, 37.0)


def test_what_belongs_to_an_interval_that_is_over_is_left_out() -> None:
    points = Points(MINUTE)
    points.take(61_000, 1.0, QUIET)
    points.close()
    assert points.take(90_000, 99.0, QUIET) is None
    assert points.close() is None
    assert points.take(121_000, 3.0, QUIET) is None
    assert points.close() == Point(2 * MINUTE, 3.0, 3.0)
