from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Refused
from gateway.core.window.moment import Character, Moment
from gateway.core.window.teacher import comfort_c, limit_db, running_mean, teach, vapour_g_m3, wants


def _moment(**known: object) -> Moment:
    noon = {"time_ms": 0, "hour": 12.0, "day": 180, "temperature_c": 26.0, "outdoor_temperature_c": 18.0}
    return Moment(**{**noon, **known})  # type: ignore[arg-type]


def test_comfort_follows_the_running_mean_outside_between_10_and_30_degrees() -> None:
    assert comfort_c(20.0) == pytest.approx(25.4)
    assert comfort_c(-5.0) == comfort_c(10.0) == pytest.approx(22.1)
    assert comfort_c(40.0) == comfort_c(30.0) == pytest.approx(28.7)
    assert comfort_c(None) == 23.0


def test_the_running_mean_keeps_four_fifths_of_what_was() -> None:
    assert running_mean(None, 12.0) == 12.0
    assert running_mean(10.0, 20.0) == pytest.approx(12.0)


def test_air_at_20_degrees_and_half_damp_holds_8_7_grams_of_water() -> None:
    assert vapour_g_m3(20.0, 50.0) == pytest.approx(8.65, abs=0.05)


def test_without_a_temperature_there_is_no_answer() -> None:
    with pytest.raises(Refused, match="temperature of the room is not known"):
        teach(_moment(temperature_c=None))


def test_a_warm_room_opens_only_when_it_is_cooler_outside() -> None:
    assert teach(_moment(temperature_c=28.0)) > 90.0
    assert teach(_moment(temperature_c=28.0, outdoor_temperature_c=33.0)) < 1.0


def test_a_comfortable_room_stays_shut() -> None:
    assert teach(_moment(temperature_c=22.0)) == 0.0


@pytest.mark.parametrize(
    ("known", "reason", "share"),
    [
        ({"co2_ppm": 1400.0}, "air", 1.0),
        ({"co2_ppm": 1100.0}, "air", 0.5),
        ({"shut_h": 4.0}, "air", 0.15),
        ({"shut_h": 3.9}, "air", 0.0),
        ({"shut_h": 6.0, "hour": 3.0}, "air", 0.0),
        ({"shut_h": 6.0, "co2_ppm": 500.0}, "air", 0.0),
        ({"humidity_pct": None}, "dry", 0.0),
        ({"temperature_c": 17.0}, "cold", 0.85),
        ({"outdoor_temperature_c": -5.0}, "frost", 0.7),
        ({"outdoor_temperature_c": None}, "frost", 0.0),
        ({"sound_db": 65.0}, "noise", 0.45),
        ({"sound_db": 65.0, "hour": 23.0}, "noise", 0.9),
        ({"sound_db": 65.0, "character": Character.VOICES}, "noise", 0.27),
        ({"sound_db": 65.0, "character": Character.TRAFFIC}, "noise", 0.585),
        ({"sound_db": None}, "noise", 0.0),
        ({"rain_mm_h": 0.1}, "rain", 0.85),
        ({"rain_mm_h": 0.0}, "rain", 0.0),
        ({"wind_m_s": 11.5}, "wind", 0.5),
    ],
)
def test_each_reason_says_by_itself_how_much_it_wants(known: dict[str, object], reason: str, share: float) -> None:
    assert getattr(wants(_moment(**known)), reason) == pytest.approx(share)


def test_damp_air_opens_only_when_it_is_drier_outside() -> None:
    damp = {"temperature_c": 22.0, "humidity_pct": 80.0}
    assert wants(_moment(**damp, outdoor_temperature_c=5.0, outdoor_humidity_pct=80.0)).dry > 0.95
    assert wants(_moment(**damp, outdoor_temperature_c=24.0, outdoor_humidity_pct=90.0)).dry < 0.05


def test_an_unknown_outside_counts_as_three_kelvin_cooler_and_a_little_drier() -> None:
    assert wants(_moment(temperature_c=28.0, outdoor_temperature_c=None)).cool == pytest.approx(0.958, abs=1e-3)
    assert wants(_moment(humidity_pct=80.0, outdoor_temperature_c=None)).dry == pytest.approx(0.881, abs=1e-3)


def test_night_is_ten_decibels_stricter() -> None:
    assert limit_db(12.0, None) - limit_db(23.0, None) == 10.0
    assert limit_db(6.9, None) == limit_db(22.0, None) == 45.0


_maybe = st.none() | st.floats(-30.0, 60.0)


@given(
    inside=st.floats(-10.0, 45.0),
    outside=_maybe,
    humidity=st.none() | st.floats(0.0, 100.0),
    sound=st.none() | st.floats(0.0, 130.0),
    hour=st.floats(0.0, 24.0),
    rain=st.none() | st.floats(0.0, 50.0),
)
def test_whatever_is_known_the_answer_is_a_percentage(
    inside: float, outside: float | None, humidity: float | None, sound: float | None, hour: float, rain: float | None
) -> None:
    moment = _moment(
        temperature_c=inside,
        outdoor_temperature_c=outside,
        humidity_pct=humidity,
        outdoor_humidity_pct=humidity,
        sound_db=sound,
        hour=hour,
        rain_mm_h=rain,
    )
    assert 0.0 <= teach(moment) <= 100.0
