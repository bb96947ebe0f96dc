from __future__ import annotations

import random

import pytest

from gateway.core.health.trend import theil_sen


def test_a_straight_line_is_found_exactly_and_for_certain() -> None:
    found = theil_sen(range(10), [3.0 + 0.5 * day for day in range(10)])
    assert (found.per_day, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    assert found.now == pytest.approx(7.5)
    assert found.noise == pytest.approx(0.0, abs=1e-12)


def test_three_bad_days_of_ten_do_not_move_it() -> None:
    values = [0.5 * day for day in range(20)]
    for day in (2, 5, 9, 11, 16):
        values[day] = 1e6
    assert theil_sen(range(20), values).per_day == pytest.approx(0.5)


def test_the_slope_is_per_day_whatever_days_are_missing() -> None:
    days = [0.0, 1.0, 5.0, 6.0, 20.0, 21.5, 40.0]
    assert theil_sen(days, [2.0 * day for day in days]).per_day == pytest.approx(2.0)


@pytest.mark.parametrize("akin", [0.0, 0.5])
def test_the_interval_holds_the_truth_about_nine_times_of_ten(akin: float) -> None:
    rng = random.Random(7)
    held = 0
    for _ in range(300):
        level, values = rng.gauss(0.0, 1.0), []
        for day in range(40):
            level = akin * level + rng.gauss(0.0, (1 - akin**2) ** 0.5)
            values.append(0.1 * day + level)
        found = theil_sen(range(40), values)
        held += found.low <= 0.1 <= found.high
    assert 0.82 <= held / 300 <= 0.97


def test_many_days_are_thinned_and_the_last_is_kept() -> None:
    found = theil_sen(range(1000), [float(day) for day in range(1000)])
    assert found.now == pytest.approx(999.0)
    assert found.points <= 120


@pytest.mark.parametrize(("days", "values"), [([0.0, 1.0], [0.0, 1.0]), ([0.0, 1.0, 2.0], [0.0, 1.0])])
def test_less_than_three_points_are_no_trend(days: list[float], values: list[float]) -> None:
    with pytest.raises(ValueError, match="no trend"):
        theil_sen(days, values)
