"""Whatever numbers sensors send, there is a position within 0 to 100 % and a line of words for it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.window.features import NAMES, features
from gateway.core.window.limits import Bounds, limited
from gateway.core.window.moment import Character, Moment
from gateway.core.window.teacher import teach, vapour_g_m3
from gateway.core.window.words import MOST_CHARS, why

FINITE = st.floats(allow_nan=False, allow_infinity=False)
MEASURED = (
    "humidity_pct", "sound_db", "co2_ppm", "outdoor_temperature_c", "outdoor_humidity_pct", "outdoor_mean_c",
    "rain_mm_h", "wind_m_s", "position_pct",
)  # fmt: skip
POLE_C = -243.12
"""Where the Magnus formula divides by zero."""


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    near = st.one_of(FINITE, st.floats(-300.0, 300.0), st.floats(POLE_C - 1e-3, POLE_C + 1e-3))
    values: dict[str, Any] = {name: draw(st.none() | near) for name in MEASURED}
    return Moment(
        time_ms=0,
        hour=draw(st.floats(0.0, 24.0)),
        day=draw(st.integers(1, 366)),
        temperature_c=draw(near),
        character=draw(st.none() | st.sampled_from(Character)),
        shut_h=draw(st.none() | st.floats(0.0, 1e6)),
        **values,
    )


def _odd(**values: Any) -> Moment:
    return Moment(time_ms=0, hour=12.0, day=180, temperature_c=22.0, **values)


@given(moments(), FINITE)
@example(_odd(humidity_pct=50.0, outdoor_temperature_c=-243.13, outdoor_humidity_pct=50.0), 50.0)
@example(_odd(humidity_pct=90.0, outdoor_temperature_c=POLE_C, outdoor_humidity_pct=50.0), 50.0)
def test_any_finite_moment_can_be_decided_on(moment: Moment, opinion: float) -> None:
    by_rule = teach(moment)
    assert 0.0 <= by_rule <= 100.0
    row = features(moment)
    assert len(row) == len(NAMES)
    assert all(math.isfinite(value) for value in row)
    for position in (by_rule, opinion):
        cut = limited(position, moment, Bounds())
        assert 0.0 <= cut.position_pct <= 100.0
        assert len(why(moment, cut.position_pct, cut.cuts)) <= MOST_CHARS


@pytest.mark.parametrize("humidity", [0.0, 50.0, 100.0])
@pytest.mark.parametrize("outside_c", [-243.121, POLE_C, -273.15, -1e308, 1e308])
def test_air_that_cannot_be_holds_no_endless_water(outside_c: float, humidity: float) -> None:
    assert 0.0 <= vapour_g_m3(outside_c, humidity) < 2500.0
