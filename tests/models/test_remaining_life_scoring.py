from __future__ import annotations

import math

import numpy as np
import pytest

from models.remaining_life.scoring import capped, coverage, nasa_score, rmse


def test_the_error_is_the_root_of_the_mean_square() -> None:
    assert rmse(np.array([10.0, 20.0]), np.array([13.0, 16.0])) == pytest.approx(math.sqrt((9 + 16) / 2))


def test_the_score_is_that_of_the_challenge_worked_by_hand() -> None:
    # 13 early: e - 1; 10 late: e - 1; in time: 0.
    said, truth = np.array([87.0, 60.0, 40.0]), np.array([100.0, 50.0, 40.0])
    assert nasa_score(said, truth) == pytest.approx(2 * (math.e - 1))


def test_late_costs_more_than_early_and_is_a_sum() -> None:
    truth = np.array([50.0])
    assert nasa_score(truth + 20, truth) == pytest.approx(math.exp(2.0) - 1)  # 6.389
    assert nasa_score(truth - 20, truth) == pytest.approx(math.exp(20 / 13) - 1)  # 3.658
    assert nasa_score(np.tile(truth + 20, 3), np.tile(truth, 3)) == pytest.approx(3 * (math.exp(2.0) - 1))


def test_an_interval_holds_its_own_edges() -> None:
    low, high = np.array([1.0, 1.0, 1.0, 1.0]), np.array([2.0, 2.0, 2.0, 2.0])
    assert coverage(low, high, np.array([1.0, 2.0, 0.9, 2.1])) == 0.5


def test_a_cap_takes_the_same_from_truth_and_answer() -> None:
    assert list(capped(np.array([124.0, 125.0, 140.0]))) == [124.0, 125.0, 125.0]
