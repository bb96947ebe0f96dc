"""What a baseline counts with, against values from elsewhere."""

from __future__ import annotations

import math
import random

import pytest

from gateway.core.anomaly.machine_statistics import Ruler, correlation, decay, deviation, independent, quantile, usual


def autoregressive(count: int, memory: float, seed: int = 1) -> list[float]:
    chance, value, series = random.Random(seed), 0.0, []
    for _ in range(count):
        value = memory * value + chance.gauss(0, 1)
        series.append(value)
    return series


def test_after_its_half_life_an_average_has_forgotten_half() -> None:
    left = 1.0
    for _ in range(4):
        left *= 1.0 - decay(4.0)
    assert left == pytest.approx(0.5)


def test_values_without_memory_are_worth_their_number() -> None:
    assert independent(autoregressive(400, 0.0)) == pytest.approx(400, rel=0.15)


def test_values_with_memory_are_worth_what_theory_says() -> None:
    # An autoregression of .9 is worth (1 - .9) / (1 + .9) of its rows.
    assert independent(autoregressive(4000, 0.9)) == pytest.approx(4000 * 0.1 / 1.9, rel=0.4)


def test_a_drift_is_worth_a_handful() -> None:
    assert independent([at / 100 for at in range(400)]) < 6


def test_long_series_are_worth_as_much_in_blocks() -> None:
    assert independent(autoregressive(8000, 0.0)) > 4000
    assert independent([5.0] * 100) == 100.0


@pytest.mark.parametrize(
    ("t", "freedom", "normal"),
    # From tables: t(.975; 4) = 2.776, t(.995; 10) = 3.169, t(.9995; 30) = 3.646, t(.975; 1) = 12.706.
    [(2.776, 4, 1.960), (3.169, 10, 2.576), (3.646, 30, 3.291), (12.706, 1, 1.960)],
)
def test_deviations_become_those_of_a_normal_variable(t: float, freedom: float, normal: float) -> None:
    assert math.sqrt(Ruler(1.0, freedom).squared(t)) == pytest.approx(normal, rel=0.06)
    assert math.sqrt(Ruler(2.0, freedom).squared(2 * t)) == pytest.approx(normal, rel=0.06)


def test_quantiles_lie_between_neighbours() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([0.0, 10.0], 0.99) == pytest.approx(9.9)
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_an_outlier_does_not_widen_the_usual_spread() -> None:
    chance = random.Random(2)
    series = [chance.gauss(20, 0.5) for _ in range(400)]
    mean, spread = usual([*series, 9e6])
    assert mean == pytest.approx(20, abs=0.1)
    assert spread == pytest.approx(deviation(series), rel=0.05)


def test_correlation_is_about_nought_and_none_where_nothing_moves() -> None:
    assert correlation([1.0, -2.0, 3.0], [2.0, -4.0, 6.0]) == pytest.approx(1.0)
    assert correlation([1.0, -1.0], [1.0, 1.0]) == 0.0
    assert correlation([0.0, 0.0], [1.0, 2.0]) == 0.0
