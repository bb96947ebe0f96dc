from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.window.limits import NO_NUMBER, Bounds, Limited, limited, node_limits
from gateway.core.window.moment import Moment

USUAL = Bounds()


def moment(**known: Any) -> Moment:
    return Moment(time_ms=0, hour=12.0, day=200, **{"temperature_c": 22.0, **known})


@pytest.mark.parametrize("position", [0.0, 37.5, 100.0])
def test_what_nothing_forbids_is_left_as_it_is(position: float) -> None:
    assert limited(position, moment(), USUAL) == Limited(position)


@pytest.mark.parametrize(
    ("known", "at_most", "cut"),
    [
        ({"wind_m_s": 15.0}, 0, "storm 15 m/s: shut"),
        ({"rain_mm_h": 0.2}, 10, "rain 0.2 mm/h: at most 10 %"),
        ({"rain_mm_h": 1.2, "wind_m_s": 8.0}, 0, "rain 1.2 mm/h in wind 8 m/s: shut"),
        ({"temperature_c": 12.0}, 0, "the room has 12.0 °C: shut"),
        ({"outdoor_temperature_c": 0.0}, 15, "frost 0.0 °C: at most 15 %"),
        ({"outdoor_temperature_c": -5.0}, 5, "frost -5.0 °C: at most 5 %"),
    ],
)
def test_each_limit_cuts_and_says_so(known: dict[str, float], at_most: float, cut: str) -> None:
    assert limited(80.0, moment(**known), USUAL) == Limited(at_most, (cut,))
    assert limited(at_most, moment(**known), USUAL) == Limited(at_most)


@pytest.mark.parametrize(
    "known",
    [
        {"wind_m_s": 14.9},
        {"rain_mm_h": 0.19, "wind_m_s": 9.0},
        {"temperature_c": 12.1},
        {"outdoor_temperature_c": 0.1},
        {"co2_ppm": 1999.0},
        {"humidity_pct": 84.9, "outdoor_temperature_c": 5.0, "outdoor_humidity_pct": 40.0},
        {"humidity_pct": 95.0},
        {"humidity_pct": 95.0, "outdoor_temperature_c": 30.0, "outdoor_humidity_pct": 95.0},
    ],
)
def test_just_short_of_a_limit_nothing_is_cut(known: dict[str, float]) -> None:
    for position in (0.0, 80.0):
        assert limited(position, moment(**known), USUAL) == Limited(position)


@pytest.mark.parametrize(
    ("known", "cut"),
    [
        ({"co2_ppm": 2000.0}, "air 2000 ppm: at least 15 %"),
        (
            {"humidity_pct": 85.0, "outdoor_temperature_c": 5.0, "outdoor_humidity_pct": 80.0},
            "damp 85 %: at least 15 %",
        ),
    ],
)
def test_bad_air_is_let_out_however_loud_it_is(known: dict[str, float], cut: str) -> None:
    assert limited(0.0, moment(**known), USUAL) == Limited(15.0, (cut,))


def test_airing_gives_way_to_what_shuts() -> None:
    assert limited(50.0, moment(co2_ppm=3000.0, wind_m_s=20.0), USUAL).position_pct == 0
    assert limited(0.0, moment(co2_ppm=3000.0, rain_mm_h=5.0), USUAL).position_pct == 10
    assert limited(0.0, moment(co2_ppm=3000.0, outdoor_temperature_c=-9.0), USUAL).position_pct == 5


def test_only_limits_that_cut_deeper_are_told() -> None:
    cut = limited(80.0, moment(wind_m_s=20.0, rain_mm_h=3.0, outdoor_temperature_c=-9.0), USUAL)
    assert cut == Limited(0.0, ("storm 20 m/s: shut",))


def test_the_nodes_own_limits_come_last() -> None:
    bounds = Bounds(node_min_pct=20.0, node_max_pct=40.0)
    assert limited(80.0, moment(), bounds) == Limited(40.0, ("its own limit: at most 40 %",))
    assert limited(80.0, moment(wind_m_s=20.0), bounds) == Limited(
        20.0, ("storm 20 m/s: shut", "its own limit: at least 20 %")
    )


def test_the_owner_sets_how_far_it_opens_in_rain_frost_and_storm() -> None:
    bounds = Bounds(rain_max_pct=30.0, frost_max_pct=2.0, storm_m_s=6.0)
    assert limited(80.0, moment(rain_mm_h=1.0), bounds).position_pct == 30
    assert limited(80.0, moment(outdoor_temperature_c=-9.0), bounds).position_pct == 2
    assert limited(80.0, moment(wind_m_s=6.0), bounds).position_pct == 0


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_shut(nonsense: float) -> None:
    assert limited(nonsense, moment(), USUAL) == Limited(0.0, (NO_NUMBER,))


_values = st.none() | st.floats(-60, 60)


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.builds(
        Moment,
        time_ms=st.just(0),
        hour=st.floats(0, 24),
        day=st.integers(1, 366),
        temperature_c=_values,
        humidity_pct=st.none() | st.floats(0, 100),
        co2_ppm=st.none() | st.floats(0, 5000),
        outdoor_temperature_c=_values,
        outdoor_humidity_pct=st.none() | st.floats(0, 100),
        rain_mm_h=st.none() | st.floats(0, 90),
        wind_m_s=st.none() | st.floats(0, 50),
    ),
)
def test_every_position_is_a_position_and_moved_only_with_a_reason(position: float, known: Moment) -> None:
    cut = limited(position, known, USUAL)
    assert 0 <= cut.position_pct <= 100
    within = min(100.0, max(0.0, position)) if math.isfinite(position) else math.nan
    assert bool(cut.cuts) == (cut.position_pct != within)
    assert limited(cut.position_pct, known, USUAL) == Limited(cut.position_pct)
    if known.rain_mm_h is not None and known.rain_mm_h >= 0.2:
        assert cut.position_pct <= 10


def test_a_node_says_its_limits_and_else_what_it_was_told_counts() -> None:
    told, says = {"limits": {"position": {"min": 5, "max": 60}}}, {"limits": {"position": {"max": 40}}}
    assert node_limits({}, told) == (5.0, 60.0)
    assert node_limits(says, told) == (0.0, 40.0)
    assert node_limits() == (0.0, 100.0)


@pytest.mark.parametrize(
    "nonsense", [None, 7, {"position": 3}, {"position": {"min": "a", "max": True}}, {"position": {"max": math.nan}}]
)
def test_limits_that_make_no_sense_are_none(nonsense: object) -> None:
    assert node_limits({"limits": nonsense}) == (0.0, 100.0)


def test_limits_the_wrong_way_round_leave_one_position() -> None:
    assert node_limits({"limits": {"position": {"min": 80, "max": 20}}}) == (20.0, 20.0)
