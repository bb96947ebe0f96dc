"""What people say moves the score that an episode needs by decades, within bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.anomaly.needs import (
    FALSE_A_WEEK,
    MOST,
    MOST_OF_A_MACHINE,
    base_need,
    machine_need,
    series_need,
)
from gateway.core.anomaly.scoring import episode_threshold

counts = st.integers(0, 50)


def test_the_more_series_a_place_has_the_more_each_of_them_needs() -> None:
    assert base_need(1, 60.0) == base_need(0, 60.0) == episode_threshold(FALSE_A_WEEK, 60.0)
    assert base_need(10, 60.0) == pytest.approx(base_need(1, 60.0) + 0.1)


def test_normal_asks_for_a_tenth_of_the_chance_and_right_for_less_score() -> None:
    assert series_need(0.5, normal=2) == pytest.approx(0.7)
    assert series_need(0.5, right=1) == pytest.approx(0.45)
    assert machine_need(0.7, normal=1) == pytest.approx(0.75)
    assert machine_need(0.7, right=1) == pytest.approx(0.68)


@given(counts, counts, counts)
def test_no_word_makes_a_series_deaf_or_hysterical(normal: int, right: int, recent: int) -> None:
    assert 0.4 - 1e-9 <= series_need(0.5, normal, right, recent) <= MOST
    assert 0.6 - 1e-9 <= machine_need(0.7, normal, right, recent) <= MOST_OF_A_MACHINE


def test_what_was_told_for_nothing_this_week_does_not_hide_a_new_fault_for_ever() -> None:
    assert series_need(0.5, recent=100) == pytest.approx(0.7)
    assert machine_need(0.7, recent=100) == pytest.approx(0.85)
