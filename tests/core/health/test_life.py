from __future__ import annotations

import math

import pytest

from gateway.core.health.indicator import Day, Indicator, Series
from gateway.core.health.life import FARTHEST, NEED_DAYS, Course, Lasting, NotEnough, NoWear, Reached, course_of

from .making import EFFICIENCY, QUIET, VIBRATION, scaled, series

FLOW = Indicator("pump, flow", "flow while it runs", "l/min", "lower", 0.8, "times_baseline")
SOUND = Indicator("fan, sound", "sound while it runs", "dB", "higher", 6.0, "beyond_baseline")


def today_of(one: Series, today: float | None = None) -> Course:
    return course_of(one.indicator, one.baseline, one.days, one.days[-1].day if today is None else today)


def test_steady_wear_has_a_range_with_the_truth_in_it() -> None:
    found = today_of(series(lambda day: 1.8 + max(0.0, day) * 0.03, 80))  # the limit, 5.4, after 120 days
    assert isinstance(found.life, Lasting)
    assert found.life.low_days < 41.0 < (found.life.high_days or math.inf)
    assert found.life.low_days <= found.life.likely_days
    assert found.part == pytest.approx(79 * 0.03 / 3.6, abs=0.05)


def test_what_falls_wears_as_what_rises() -> None:
    found = today_of(series(lambda day: 10.0 - max(0.0, day) * 0.02, 70, EFFICIENCY))
    assert isinstance(found.life, Lasting)
    assert found.part is not None
    assert 0.5 < found.part < 0.8


def test_the_same_machine_in_another_unit_lasts_as_long() -> None:
    one = series(lambda day: 10.0 - max(0.0, day) * 0.02, 70, EFFICIENCY)
    first, other = today_of(one).life, today_of(scaled(one, 1.8, 32.0)).life
    assert isinstance(first, Lasting)
    assert isinstance(other, Lasting)
    assert other.likely_days == pytest.approx(first.likely_days, rel=0.05)


def test_getting_better_is_no_wear() -> None:
    assert isinstance(today_of(series(lambda day: 1.8 - max(0.0, day) * 0.01, 60)).life, NoWear)


def test_no_number_is_beyond_twice_the_history_and_a_range_that_would_be_is_open() -> None:
    found = today_of(series(lambda day: 1.8 + max(0.0, day) * 0.008, 60, noise=0.01)).life
    assert isinstance(found, Lasting)
    assert found.high_days is None
    assert found.claim_days == FARTHEST * found.observed_days == FARTHEST * (60 + QUIET)
    assert max(found.low_days, found.likely_days) <= found.claim_days


@pytest.mark.parametrize("have", [0, 1, 6, 13])
def test_too_few_days_say_how_many_are_missing(have: int) -> None:
    one = series(lambda day: 1.8, 60)
    found = course_of(one.indicator, one.baseline, one.days[:have], one.days[have].day).life
    assert found == NotEnough("days", float(have), NEED_DAYS, NEED_DAYS - have)


def test_without_a_baseline_nothing_is_said() -> None:
    assert course_of(VIBRATION, None, series(lambda day: 1.8, 60).days, 60.0).life == NotEnough("baseline")


def test_a_limit_that_the_new_machine_was_at_is_said_not_raised() -> None:
    one = series(lambda day: 7.0, 60, EFFICIENCY)
    assert today_of(one).life == NotEnough("limit")


def test_a_sensor_silent_for_more_than_a_week_says_nothing() -> None:
    found = today_of(series(lambda day: 1.8 + max(0.0, day) * 0.03, 60), today=70.0).life
    assert isinstance(found, NotEnough)
    assert (found.reason, found.have_days) == ("stale", 11.0)


def test_days_after_today_are_not_known() -> None:
    one = series(lambda day: 1.8 + max(0.0, day) * 0.03, 80)
    assert today_of(one, 30.0) == course_of(one.indicator, one.baseline, one.days[: QUIET + 31], 30.0)


def test_at_the_limit_nothing_is_left() -> None:
    assert isinstance(today_of(series(lambda day: 1.8 + max(0.0, day) * 0.08, 60)).life, Reached)


def test_after_a_repair_the_trend_begins_anew() -> None:
    def way(day: float) -> float:
        return 1.8 + (max(0.0, day) * 0.05 if day < 50 else 0.0)

    soon, later = today_of(series(way, 58)), today_of(series(way, 75))
    assert soon.repaired_day == later.repaired_day == 50.0
    assert soon.life == NotEnough("days", 8.0, NEED_DAYS, 6.0)
    assert isinstance(later.life, NoWear)


@pytest.mark.parametrize(
    ("indicator", "new", "still"), [(VIBRATION, 1.8, 0.05), (FLOW, 18.0, 0.0), (SOUND, 48.0, 26.5)]
)
def test_a_machine_that_stands_still_is_not_as_good_as_new(indicator: Indicator, new: float, still: float) -> None:
    one = series(lambda day: new if day < 40 else still, 60, indicator)
    found = today_of(one).life
    assert isinstance(found, NotEnough)
    assert (found.reason, found.have_days) == ("idle", 20.0)


def test_days_off_between_do_not_count() -> None:
    running = series(lambda day: 1.8 + max(0.0, day) * 0.03, 80)
    seldom = series(lambda day: 0.05 if day % 7 == 3 else 1.8 + max(0.0, day) * 0.03, 80)
    first, other = today_of(running).life, today_of(seldom).life
    assert isinstance(first, Lasting)
    assert isinstance(other, Lasting)
    assert other.likely_days == pytest.approx(first.likely_days, rel=0.15)


def test_wear_of_the_last_weeks_is_seen_behind_a_long_quiet_time() -> None:
    found = today_of(series(lambda day: 1.8 + max(0.0, day - 126.0) * 0.06, 150))
    assert isinstance(found.life, Lasting)
    assert found.life.low_days < 37.0 < (found.life.high_days or math.inf)


def test_one_bad_day_is_neither_wear_nor_a_repair() -> None:
    one = series(lambda day: 1.8, 60)
    days = tuple(Day(day.day, 50.0) if day.day == 40.0 else day for day in one.days)
    found = course_of(one.indicator, one.baseline, days, 59.0)
    assert isinstance(found.life, NoWear)
    assert found.repaired_day is None


def test_wear_that_has_stopped_says_since_when_it_was_steady() -> None:
    found = today_of(series(lambda day: 1.8 + min(40.0, max(0.0, day)) * 0.02, 140))
    assert isinstance(found.life, NoWear)
    assert found.life.steady_days < found.life.days
    assert found.part == pytest.approx(0.8 / 3.6, abs=0.05)


def test_a_healthy_machine_asked_every_day_is_seldom_told_of_wear() -> None:
    claimed = [
        isinstance(course_of(one.indicator, one.baseline, one.days, float(today)).life, Lasting)
        for seed in range(8)
        for one in [series(lambda day: 1.8, 90, noise=0.1, seed=seed)]
        for today in range(10, 90, 4)
    ]
    assert sum(claimed) <= 0.02 * len(claimed)
