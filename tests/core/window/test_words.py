from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from gateway.core.errors import Refused
from gateway.core.window.moment import Character, Missing, Moment
from gateway.core.window.words import MOST_CHARS, fallback, is_told, why

WARM_MEAN_C = (24.5 - 18.8) / 0.33
"""Outside, over the last days: 24.5 °C is comfortable then."""


def moment(hour: float = 15.0, **known: Any) -> Moment:
    usual = {
        "temperature_c": 26.4,
        "humidity_pct": 50.0,
        "sound_db": 42.0,
        "outdoor_temperature_c": 18.2,
        "outdoor_mean_c": WARM_MEAN_C,
    }
    return Moment(time_ms=0, day=200, hour=hour, **{**usual, **known})


def test_a_warm_quiet_room_is_told_in_one_line() -> None:
    assert why(moment(), 55.0) == "26.4 °C is 1.9 above comfort, outside 18.2 °C, quiet: 55 %"


def test_comfort_has_three_words() -> None:
    assert why(moment(temperature_c=20.0), 0).startswith("20.0 °C is 4.5 below comfort, ")
    assert why(moment(temperature_c=24.52), 0).startswith("24.5 °C is comfortable, ")


def test_the_outside_may_be_unknown() -> None:
    assert ", outside unknown, " in why(moment(outdoor_temperature_c=None), 55)


@pytest.mark.parametrize(
    ("hour", "known", "clause"),
    [
        (15.0, {"sound_db": 55.0}, "quiet"),
        (15.0, {"sound_db": 62.4}, "62 dB"),
        (23.0, {"sound_db": 52.0}, "52 dB at night"),
        (15.0, {"sound_db": 62.0, "character": Character.TRAFFIC}, "62 dB of traffic"),
        (23.0, {"sound_db": 62.0, "character": Character.VOICES}, "62 dB of voices at night"),
        (15.0, {"co2_ppm": 1450.0}, "air 1450 ppm"),
        (15.0, {"humidity_pct": 74.0, "outdoor_humidity_pct": 40.0}, "damp 74 %, drier outside"),
        (15.0, {"rain_mm_h": 1.0}, "rain"),
        (15.0, {"outdoor_temperature_c": -2.0}, "frost"),
        (15.0, {"wind_m_s": 12.0}, "wind 12 m/s"),
    ],
)
def test_what_moves_it_has_a_clause(hour: float, known: dict[str, Any], clause: str) -> None:
    assert f", {clause}" in why(moment(hour, **known), 40)


def test_the_strongest_reason_comes_first() -> None:
    said = why(moment(co2_ppm=900.0, rain_mm_h=2.0), 10)
    assert said.index("rain") < said.index("air 900 ppm")


def test_what_owners_taught_is_told_from_five_points_on() -> None:
    assert "learnt from you" not in why(moment(), 55, learnt_pp=4.9)
    for learnt_pp in (5.0, -5.0):
        assert ", learnt from you: 55 %" in why(moment(), 55, learnt_pp=learnt_pp)


def test_who_decided_is_told_when_it_was_no_model() -> None:
    assert why(moment(), 55, source="teacher").endswith("quiet, by the plain rule: 55 %")
    assert why(moment(), 55, source="external").endswith("quiet, as another service answered: 55 %")


def test_cuts_and_guesses_are_told() -> None:
    said = why(moment(humidity_pct=None), 10, ["rain 1.2 mm/h: at most 10 %"], [Missing("humidity", "unknown")])
    assert said.endswith("rain 1.2 mm/h: at most 10 %, humidity unknown, taken as dry: 10 %")


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (Missing("humidity", "unknown"), True),
        (Missing("sound", "unknown"), True),
        (Missing("co2", "unknown"), False),
        (Missing("co2", "stale", "2 h old"), True),
        (Missing("outdoor_temperature", "unknown"), False),
        (Missing("outdoor_temperature", "doubtful", "drift"), True),
        (Missing("time", "doubtful"), True),
    ],
)
def test_what_a_home_never_had_is_not_told_each_time(missing: Missing, told: bool) -> None:
    assert is_told(missing) is told
    assert (fallback(missing) in why(moment(), 55, missing=[missing])) is told


def test_nothing_is_decided_and_nothing_said_without_a_temperature() -> None:
    with pytest.raises(Refused):
        why(moment(temperature_c=None), 0)


def test_it_is_never_longer_than_a_line_and_never_loses_the_cuts() -> None:
    cuts = ["storm 20 m/s: shut", "its own limit: at least 20 %"]
    missing = [Missing(name, "stale", "2 h old") for name in ("humidity", "sound", "co2", "rain", "wind")]
    for sound_db, co2_ppm, rain, source in product((None, 80.0), (None, 2500.0), (None, 3.0), ("teacher", "external")):
        known = moment(23.0, sound_db=sound_db, co2_ppm=co2_ppm, rain_mm_h=rain, wind_m_s=20.0, humidity_pct=90.0)
        said = why(known, 20, cuts, missing, source, 9.0)  # type: ignore[arg-type]
        assert len(said) <= MOST_CHARS
        assert said.startswith("26.4 °C is 1.9 above comfort")
        assert all(cut in said for cut in cuts)
        assert said.endswith(": 20 %")
