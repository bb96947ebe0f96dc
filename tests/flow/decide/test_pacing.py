from __future__ import annotations

import pytest

from gateway.core.window.change import Change
from gateway.flow.decide.pacing import TRAVEL_MS, TURN_MS, Pacing

WARMER = Change("temperature rose 0.6 °C")
RAIN = Change("it began to rain", urgent=True)


@pytest.fixture
def pacing() -> Pacing:
    return Pacing(5.0, 900.0, 5.0)


def test_the_first_change_does_not_wait(pacing: Pacing) -> None:
    assert pacing.due(0) is None
    pacing.want(WARMER)
    assert pacing.due(0) == WARMER


def test_the_next_one_waits_for_the_interval(pacing: Pacing) -> None:
    pacing.asked(0)
    pacing.want(WARMER)
    assert pacing.due(4_999) is None
    assert pacing.next_ms() == 5_000
    assert pacing.due(5_000) == WARMER
    pacing.asked(5_000)
    assert pacing.due(20_000) is None


def test_what_is_urgent_waits_a_second_at_most(pacing: Pacing) -> None:
    pacing.asked(0)
    pacing.want(RAIN)
    assert pacing.due(999) is None
    assert pacing.next_ms() == 1_000
    assert pacing.due(1_000) == RAIN


def test_what_is_urgent_is_not_overtaken(pacing: Pacing) -> None:
    pacing.asked(0)
    pacing.want(RAIN)
    pacing.want(WARMER)
    assert pacing.due(1_000) == RAIN
    pacing.want(Change("wind rose 4.0 m/s", urgent=True))
    assert pacing.due(1_000) == Change("wind rose 4.0 m/s", urgent=True)


def test_without_an_interval_nothing_waits() -> None:
    pacing = Pacing(0.0, 900.0, 5.0)
    pacing.asked(0)
    for change in (WARMER, RAIN):
        pacing.want(change)
        assert pacing.due(0) == change


def test_a_window_nobody_asks_about_is_asked_about_now_and_then(pacing: Pacing) -> None:
    assert pacing.next_ms() is None
    pacing.asked(0)
    assert pacing.next_ms() == 900_000
    assert pacing.due(899_999) is None
    assert pacing.due(900_000) == Change("for 15 min nothing was asked")


def test_what_is_within_the_deadband_is_left_alone(pacing: Pacing) -> None:
    assert pacing.near(44, 40.0, 0)
    assert not pacing.near(45, 40.0, 0)
    assert not pacing.near(35, 40.0, 0)


def test_a_window_of_which_nothing_is_known_is_moved(pacing: Pacing) -> None:
    assert not pacing.near(0, None, 0)


@pytest.mark.parametrize("end", [0, 100])
def test_shut_and_open_are_reached_to_the_end(pacing: Pacing, end: int) -> None:
    assert not pacing.near(end, abs(end - 3.0), 0)
    assert pacing.near(end, abs(end - 1.5), 0)


def test_a_limit_moves_what_the_deadband_would_leave(pacing: Pacing) -> None:
    assert pacing.near(10, 13.0, 0)
    assert not pacing.near(10, 13.0, 0, must=True)
    assert pacing.near(10, 11.0, 0, must=True)


def test_while_it_moves_where_it_was_sent_counts(pacing: Pacing) -> None:
    pacing.sent(60, 0.0, 0)
    assert pacing.near(62, 20.0, 5_000)
    assert not pacing.near(62, 20.0, TRAVEL_MS)


def test_of_a_window_that_never_says_where_it_is_the_last_order_counts(pacing: Pacing) -> None:
    pacing.sent(60, None, 0)
    assert pacing.near(62, None, 10 * TRAVEL_MS)
    assert not pacing.near(70, None, 10 * TRAVEL_MS)


def test_turning_back_soon_takes_twice_the_deadband(pacing: Pacing) -> None:
    pacing.sent(60, 20.0, 0)
    assert pacing.near(52, 60.0, TURN_MS - 1)
    assert not pacing.near(50, 60.0, TURN_MS - 1)
    assert not pacing.near(52, 60.0, TURN_MS)
    assert not pacing.near(66, 60.0, TURN_MS - 1)
    assert not pacing.near(52, 60.0, TURN_MS - 1, must=True)
    assert not pacing.near(52, 60.0, TURN_MS - 1, haste=True)


def test_an_order_that_failed_says_nothing_of_where_it_is(pacing: Pacing) -> None:
    pacing.sent(60, 0.0, 0)
    pacing.lost()
    assert not pacing.near(60, 5.0, 1_000)
    assert not pacing.near(60, None, 1_000)


def test_setting_the_clock_neither_hurries_nor_delays(pacing: Pacing) -> None:
    pacing.asked(0)
    pacing.sent(60, 0.0, 0)
    pacing.shift(1_000_000)
    pacing.want(WARMER)
    assert pacing.due(1_004_999) is None
    assert pacing.due(1_005_000) == WARMER
    assert pacing.near(60, 0.0, 1_000_000 + TRAVEL_MS - 1)
