from __future__ import annotations

import pytest

from gateway.core.health.condition import assess
from gateway.core.health.indicator import Series
from gateway.core.health.words import measure, sentence, span

from .making import EFFICIENCY, series


def said(*made: Series, today: float = 79.0) -> str:
    return sentence(assess("Fan bearing", made, today))


def test_a_range_names_its_confidence_and_the_sensor_with_its_numbers() -> None:
    text = said(series(lambda day: 1.8 + max(0.0, day) * 0.03, 80))
    assert text.startswith("Fan bearing: 3")
    assert " at 90 % confidence, likely " in text
    assert "because vibration at full speed rises (cellar fan, vibration: 4." in text
    assert "1.8 when new, limit 5.4" in text


def test_what_gets_worse_by_falling_falls() -> None:
    assert "heat per kWh falls" in said(series(lambda day: 10.0 - max(0.0, day) * 0.015, 80, EFFICIENCY))


def test_an_open_range_says_that_history_says_no_more() -> None:
    text = said(series(lambda day: 1.8 + max(0.0, day) * 0.008, 60, noise=0.01), today=59.0)
    assert "longer than" in text
    assert "weeks of history say no more" in text


def test_no_wear_is_no_promise() -> None:
    text = said(series(lambda day: 1.8, 80))
    assert "no wear seen in 3 months of vibration" in text
    assert "how long it lasts is not known" in text


def test_wear_that_stopped_is_said_as_such() -> None:
    text = said(series(lambda day: 1.8 + min(40.0, max(0.0, day)) * 0.02, 140), today=139.0)
    assert "no certain trend in" in text


def test_too_little_history_says_how_much_is_missing() -> None:
    one = series(lambda day: 1.8, 80)
    young = Series(one.indicator, one.baseline, one.days[:9])
    assert "not enough history: vibration at full speed has 9 of 14 days, 5 more days needed" in said(young, today=-5.0)
    assert "has no commissioning baseline yet" in said(Series(one.indicator, None, one.days))
    assert "has said nothing for 3 weeks" in said(one, today=100.0)
    stopped = series(lambda day: 1.8 if day < 60 else 0.05, 80)
    assert "it has not run as when it was new for 3 weeks" in said(stopped)
    assert "nothing is measured" in said()


def test_at_the_limit_it_says_what_to_do() -> None:
    assert "is at its limit" in said(series(lambda day: 1.8 + max(0.0, day) * 0.08, 80))


def test_another_sensor_that_costs_more_is_named_too() -> None:
    stopped = series(lambda day: 10.0 - min(30.0, max(0.0, day)) * 0.04, 140, EFFICIENCY)
    text = said(series(lambda day: 1.8 + max(0.0, day) * 0.005, 140), stopped, today=139.0)
    assert "; heat per kWh takes " in text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (3.14159, "3.14"), (1234.5, "1234"), (0.001234, "0.00123"), (-20.0, "-20")]
)
def test_three_digits_are_enough(value: float, text: str) -> None:
    assert measure(value) == text


@pytest.mark.parametrize(
    ("days", "text"), [(0.2, "1 day"), (5.4, "5 days"), (21.0, "3 weeks"), (90.0, "3 months"), (7.0, "7 days")]
)
def test_days_are_said_as_a_person_counts_them(days: float, text: str) -> None:
    assert span(days) == text
