from __future__ import annotations

import math

import pytest

from gateway.core.errors import Refused
from gateway.core.health.indicator import Baseline, Day, Indicator, baseline_of, distinct_days, limit_of, worn_part


def test_a_baseline_is_the_median_and_one_bad_day_does_not_widen_it() -> None:
    found = baseline_of([10.0, 10.2, 9.8, 10.1, 9.9, 10.0, 500.0])
    assert found.centre == 10.0
    assert found.spread == pytest.approx(0.14826)


def test_a_baseline_of_equal_days_still_has_a_spread() -> None:
    assert baseline_of([10.0] * 7).spread == pytest.approx(0.02)


def test_six_days_are_no_baseline_and_neither_are_days_without_a_number() -> None:
    with pytest.raises(Refused, match="6 are there"):
        baseline_of([1.0] * 6 + [math.nan])


@pytest.mark.parametrize(
    ("worse", "limit", "is_"),
    [("higher", 4.0, "value"), ("lower", 0.5, "times_baseline"), ("lower", 0.5, "beyond_baseline")],
)
def test_a_part_is_0_as_new_and_1_at_its_limit(worse: str, limit: float, is_: str) -> None:
    base = Baseline(2.0, 0.1, 7)
    found = limit_of(Indicator("s", "l", "u", worse, limit, is_), base)  # type: ignore[arg-type]
    assert worn_part(2.0, base, found) == 0.0
    assert worn_part(found, base, found) == 1.0


def test_a_limit_that_the_new_machine_was_beyond_is_refused() -> None:
    with pytest.raises(Refused, match="already"):
        limit_of(Indicator("s", "vibration", "mm/s", "higher", 1.0), Baseline(2.0, 0.1, 7))


def test_days_come_in_order_once_each_and_as_numbers() -> None:
    days = [Day(2.0, 1.0), Day(1.0, 5.0), Day(2.0, 3.0), Day(3.0, math.nan)]
    assert distinct_days(days) == [Day(1.0, 5.0), Day(2.0, 3.0)]
