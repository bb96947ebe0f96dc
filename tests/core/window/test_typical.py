from __future__ import annotations

from msgspec.structs import replace

from gateway.core.window.moment import Moment
from gateway.core.window.typical import typical

KNOWN = Moment(
    time_ms=0,
    hour=14.0,
    day=325,
    temperature_c=23.0,
    humidity_pct=45.0,
    sound_db=41.0,
    outdoor_temperature_c=9.0,
    outdoor_humidity_pct=80.0,
    outdoor_mean_c=8.0,
)


def test_of_a_moment_that_is_known_nothing_is_made_up() -> None:
    assert typical(KNOWN) == ()
    assert typical(replace(KNOWN, co2_ppm=900.0, rain_mm_h=0.0, wind_m_s=3.0, position_pct=40.0)) == ()


def test_without_a_temperature_there_is_nothing_to_imagine() -> None:
    assert typical(replace(KNOWN, temperature_c=None)) == ()


def test_only_what_is_missing_is_filled_in() -> None:
    (dry,) = typical(replace(KNOWN, humidity_pct=None))
    assert dry == replace(KNOWN, humidity_pct=50.0)
    (outside,) = typical(replace(KNOWN, outdoor_humidity_pct=None))
    assert outside == replace(KNOWN, outdoor_humidity_pct=70.0)
    (mean,) = typical(replace(KNOWN, outdoor_mean_c=None))
    assert mean == replace(KNOWN, outdoor_mean_c=9.0)


def test_what_is_not_heard_is_quiet_by_day_and_by_night() -> None:
    unheard = replace(KNOWN, sound_db=None)
    assert [one.sound_db for one in typical(unheard)] == [45.0]
    assert [one.sound_db for one in typical(replace(unheard, hour=3.0))] == [35.0]


def test_outside_it_may_be_as_it_was_lately_or_else_anything_from_mild_to_winter() -> None:
    unknown = replace(KNOWN, outdoor_temperature_c=None, outdoor_humidity_pct=None)
    assert [one.outdoor_temperature_c for one in typical(unknown)] == [3.0, 13.0]
    assert {one.outdoor_mean_c for one in typical(unknown)} == {8.0}
    new = typical(replace(unknown, outdoor_mean_c=None))
    assert [(one.outdoor_temperature_c, one.outdoor_mean_c) for one in new] == [(20.0, 20.0), (3.0, 3.0)]
    assert {one.outdoor_humidity_pct for one in new} == {70.0}
