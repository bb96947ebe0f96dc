"""What was learnt is said as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.window.lesson_words import HOURS, learnt, probes
from gateway.core.window.moment import Moment

FLAT = [42.0] * HOURS


def shifted(by_hour: dict[int, float], elsewhere: float = 0.0) -> list[float]:
    return [FLAT[hour] + by_hour.get(hour, elsewhere) for hour in range(HOURS)]


def test_one_stretch_of_the_day_is_told_with_both_positions() -> None:
    after = shifted(dict.fromkeys(range(18, 22), 19.0), elsewhere=2.4)
    assert (
        learnt(FLAT, after, 19.2)
        == "Between 18 and 22 h I open 61 % instead of 42 % when it is like this; other hours move by less than 3."
    )


@pytest.mark.parametrize(
    ("hours", "lesson_hour", "said"),
    [
        ((22, 23, 0, 1), 23.9, "Between 22 and 2 h I open 22 %"),
        ((20, 21, 22, 23), 22.0, "Between 20 and 24 h I open 22 %"),
        ((0, 1), 0.0, "Between 0 and 2 h I open 22 %"),
        (tuple(range(HOURS)), 7.0, "At any hour I open 22 % instead of 42 % when it is like this."),
        ((7,), 24.0, "Between 7 and 8 h I open 22 %"),
    ],
)
def test_a_stretch_may_go_over_midnight_or_be_all_day(hours: tuple[int, ...], lesson_hour: float, said: str) -> None:
    assert learnt(FLAT, shifted(dict.fromkeys(hours, -20.0)), lesson_hour).startswith(said)


def test_hours_that_move_the_other_way_are_not_counted_among_them() -> None:
    said = learnt(FLAT, shifted({18: 20.0, 19: 20.0, 20: -11.5}), 18.5)
    assert said.startswith("Between 18 and 20 h I open 62 %")
    assert said.endswith("other hours move by up to 12.")


def test_what_changes_nothing_worth_saying_says_so() -> None:
    said = learnt(FLAT, shifted({18: 4.2}), 18.5)
    assert said == "Little changes: when it is like this, no hour moves by 5 %."


def test_what_changes_nothing_at_all_is_said_to_be_remembered() -> None:
    assert learnt(FLAT, FLAT, 18.5) == "It is remembered, and changes nothing yet."


def test_probes_differ_in_nothing_but_the_hour() -> None:
    moment = Moment(time_ms=5, hour=19.25, day=40, temperature_c=24.0, co2_ppm=900.0)
    asked = probes(moment)
    assert [probe.hour for probe in asked] == [hour + 0.5 for hour in range(HOURS)]
    assert {(probe.temperature_c, probe.co2_ppm, probe.day, probe.time_ms) for probe in asked} == {(24.0, 900.0, 40, 5)}


POSITIONS = st.lists(st.floats(0, 100), min_size=HOURS, max_size=HOURS)


@given(POSITIONS, POSITIONS, st.floats(0, 24))
def test_there_are_always_words_and_few(before: list[float], after: list[float], hour: float) -> None:
    said = learnt(before, after, hour)
    assert said.endswith(".")
    assert len(said) <= 160
