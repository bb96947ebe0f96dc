from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.window.change import SOUND_MS, Aggregate, Change, Thresholds

USUAL = Thresholds()
CALM = {
    "temperature": 21.0,
    "humidity": 50.0,
    "co2": 600.0,
    "sound": 40.0,
    "outdoor_temperature": 12.0,
    "rain": 0.0,
    "wind": 1.0,
}


def asked(values: dict[str, float] = CALM) -> Aggregate:
    aggregate = Aggregate()
    for name, value in values.items():
        aggregate.take(name, value, 0)
    aggregate.asked()
    return aggregate


def moved(name: str, value: float, time_ms: int = 60_000) -> Change | None:
    aggregate = asked()
    aggregate.take(name, value, time_ms)
    return aggregate.changed(USUAL)


def test_the_first_values_are_worth_asking() -> None:
    aggregate = Aggregate()
    assert aggregate.changed(USUAL) is None
    aggregate.take("humidity", 50, 0)
    assert aggregate.changed(USUAL) == Change("first values")


def test_a_room_that_has_not_said_a_word_is_not_asked_about_for_the_weather() -> None:
    aggregate = Aggregate()
    for name in ("outdoor_temperature", "rain", "wind"):
        aggregate.take(name, 50.0, 0)
    assert aggregate.changed(USUAL) is None


def test_nothing_new_is_not_worth_asking() -> None:
    assert asked().changed(USUAL) is None


@pytest.mark.parametrize(
    ("name", "value", "cause"),
    [
        ("temperature", 21.5, "temperature rose 0.5 °C"),
        ("temperature", 20.4, "temperature fell 0.6 °C"),
        ("humidity", 54.0, "humidity rose 4 %"),
        ("co2", 720.0, "co2 rose 120 ppm"),
        ("sound", 46.0, "sound rose 6 dB"),
        ("outdoor_temperature", 11.0, "outdoor temperature fell 1.0 °C"),
    ],
)
def test_a_step_is_worth_asking_and_says_how_large_it_was(name: str, value: float, cause: str) -> None:
    assert moved(name, value) == Change(cause)


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", 21.4), ("humidity", 46.5), ("co2", 719.0), ("sound", 45.9), ("outdoor_temperature", 12.9)],
)
def test_less_than_a_step_is_not(name: str, value: float) -> None:
    assert moved(name, value) is None


def test_small_steps_add_up_until_it_is_asked() -> None:
    aggregate = asked()
    for step in range(1, 5):
        aggregate.take("temperature", 21 + step / 10, step)
        assert aggregate.changed(USUAL) is None
    aggregate.take("temperature", 21.5, 5)
    assert aggregate.changed(USUAL) == Change("temperature rose 0.5 °C")
    aggregate.asked()
    assert aggregate.changed(USUAL) is None


def test_what_changed_most_is_the_cause() -> None:
    aggregate = asked()
    aggregate.take("temperature", 21.6, 1)
    aggregate.take("humidity", 70.0, 1)
    assert aggregate.changed(USUAL) == Change("humidity rose 20 %", urgent=True)


@pytest.mark.parametrize(("value", "urgent"), [(22.4, False), (22.5, True), (29.0, True), (13.0, True)])
def test_three_steps_at_once_do_not_wait(value: float, urgent: bool) -> None:
    change = moved("temperature", value)
    assert change is not None
    assert change.urgent is urgent


@pytest.mark.parametrize(
    ("name", "value", "cause"),
    [
        ("rain", 0.1, "it began to rain"),
        ("outdoor_temperature", 0.0, "it freezes outside"),
        ("wind", 4.0, "wind rose 3.0 m/s"),
    ],
)
def test_rain_frost_and_wind_are_urgent(name: str, value: float, cause: str) -> None:
    assert moved(name, value) == Change(cause, urgent=True)


def test_that_they_are_over_is_no_hurry() -> None:
    aggregate = asked({**CALM, "rain": 2.0, "wind": 12.0, "outdoor_temperature": -1.0})
    aggregate.take("rain", 0.0, 1)
    assert aggregate.changed(USUAL) == Change("the rain has stopped")
    aggregate.asked()
    aggregate.take("wind", 6.0, 2)
    assert aggregate.changed(USUAL) == Change("wind fell 6.0 m/s")


def test_a_value_that_was_not_known_before_is_worth_asking() -> None:
    aggregate = asked({"temperature": 21.0})
    aggregate.take("humidity", 50.0, 1)
    assert aggregate.changed(USUAL) == Change("humidity is known now")


def test_that_there_is_a_temperature_now_does_not_wait() -> None:
    aggregate = asked({"humidity": 50.0})
    aggregate.take("temperature", 21.0, 1)
    assert aggregate.changed(USUAL) == Change("temperature is known now", urgent=True)


def test_wind_that_was_not_known_before_has_not_risen() -> None:
    aggregate = asked({"temperature": 21.0})
    aggregate.take("wind", 12.0, 1)
    assert aggregate.changed(USUAL) == Change("wind is known now")


def test_that_the_temperature_is_lost_is_worth_asking_once() -> None:
    aggregate = asked()
    aggregate.drop("temperature")
    assert aggregate.changed(USUAL) == Change("the temperature is not known any more")
    aggregate.asked()
    assert aggregate.changed(USUAL) is None


def test_other_values_may_be_lost_in_silence() -> None:
    aggregate = asked()
    for name in ("humidity", "co2", "sound", "rain", "wind", "outdoor_temperature"):
        aggregate.drop(name)
    assert aggregate.changed(USUAL) is None


def test_rain_that_nobody_measures_any_more_has_not_stopped() -> None:
    aggregate = asked({**CALM, "rain": 2.0})
    aggregate.drop("rain")
    assert aggregate.changed(USUAL) is None


def test_sound_is_the_energy_mean_of_the_last_seconds() -> None:
    aggregate = Aggregate()
    aggregate.take("sound", 40.0, 0)
    aggregate.take("sound", 60.0, 10_000)
    assert aggregate.value("sound") == pytest.approx(10 * math.log10((1e4 + 1e6) / 2))
    aggregate.take("sound", 40.0, SOUND_MS)
    aggregate.take("sound", 40.0, SOUND_MS + 10_000)
    assert aggregate.value("sound") == pytest.approx(40.0)


def test_one_sound_counts_once_however_often_it_is_looked_at() -> None:
    aggregate = Aggregate()
    aggregate.take("sound", 80.0, 0)
    for _ in range(5):
        aggregate.take("sound", 40.0, 10_000)
    assert aggregate.value("sound") == pytest.approx(10 * math.log10((1e8 + 1e4) / 2))


def test_a_sound_from_between_two_is_left_out() -> None:
    aggregate = Aggregate()
    aggregate.take("sound", 40.0, 5_000)
    aggregate.take("sound", 40.0, 10_000)
    aggregate.take("sound", 90.0, 7_000)
    assert aggregate.value("sound") == pytest.approx(40.0)


def test_after_a_clock_was_set_back_sound_is_heard_on() -> None:
    aggregate = Aggregate()
    aggregate.take("sound", 40.0, 3_600_000)
    aggregate.take("sound", 60.0, 10_000)
    assert aggregate.value("sound") == pytest.approx(60.0)


def test_when_the_gateways_clock_is_set_the_mean_begins_anew_and_the_value_stays() -> None:
    aggregate = Aggregate()
    aggregate.take("sound", 40.0, 3_600_000)
    aggregate.clock_set()
    assert aggregate.value("sound") == pytest.approx(40.0)
    aggregate.take("sound", 60.0, 10_000)
    assert aggregate.value("sound") == pytest.approx(60.0)


@given(st.dictionaries(st.sampled_from(sorted(CALM)), st.floats(-1e4, 1e4), min_size=1), st.floats(-1e4, 1e4))
def test_once_asked_nothing_is_new(values: dict[str, float], other: float) -> None:
    aggregate = asked(values)
    assert aggregate.changed(USUAL) is None
    aggregate.take("temperature", other, 1)
    aggregate.asked()
    assert aggregate.changed(USUAL) is None
