from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Refused
from gateway.core.window.features import BUMPS, MEASURED, NAMES, UNITS, features, hour_bumps
from gateway.core.window.moment import Character, Moment

_FULL = Moment(
    time_ms=0,
    hour=18.0,
    day=180,
    temperature_c=26.0,
    humidity_pct=65.0,
    sound_db=62.0,
    character=Character.VOICES,
    co2_ppm=1300.0,
    outdoor_temperature_c=20.0,
    outdoor_humidity_pct=50.0,
    outdoor_mean_c=20.0,
    rain_mm_h=1.0,
    wind_m_s=5.0,
    shut_h=4.0,
)


def _by_name(moment: Moment) -> dict[str, float]:
    return dict(zip(NAMES, features(moment), strict=True))


def test_the_order_is_the_models_contract() -> None:
    assert NAMES == (
        "temperature", "above_comfort", "humidity", "humidity_known", "sound", "sound_over_limit", "sound_known",
        "outdoor_temperature", "warmer_than_outside", "damper_than_outside", "outdoor_known", "outdoor_mean",
        "outdoor_mean_known", "co2", "co2_known", "rain", "wind", "shut", "hour_sin", "hour_cos", "half_day_sin",
        "half_day_cos", "year_sin", "year_cos",
    )  # fmt: skip
    assert len(UNITS) == len(NAMES) == 24


def test_a_moment_of_which_all_is_known() -> None:
    row = _by_name(_FULL)
    assert row["temperature"] == pytest.approx(1.0)
    assert row["above_comfort"] == pytest.approx(0.3)
    assert row["humidity"] == pytest.approx(1.0)
    assert row["sound"] == pytest.approx(1.0)
    assert row["sound_over_limit"] == pytest.approx(0.375)
    assert row["outdoor_temperature"] == pytest.approx(1.0)
    assert row["warmer_than_outside"] == pytest.approx(1.5)
    assert row["damper_than_outside"] == pytest.approx(2.425, abs=0.3)
    assert row["outdoor_mean"] == pytest.approx(1.0)
    assert row["co2"] == pytest.approx(1.0)
    assert row["rain"] == pytest.approx(1.3466, abs=1e-4)
    assert row["wind"] == row["shut"] == 1.0
    assert row["hour_sin"] == pytest.approx(-1.0)
    assert row["hour_cos"] == pytest.approx(0.0, abs=1e-12)
    assert [row[name] for name in NAMES if name.endswith("_known")] == [1.0] * 5


def test_a_moment_of_which_only_the_temperature_is_known_is_zero_elsewhere() -> None:
    row = _by_name(Moment(time_ms=0, hour=0.0, day=1, temperature_c=24.0))
    assert row.pop("temperature") == pytest.approx(0.5)
    assert row.pop("above_comfort") == pytest.approx(0.5)
    assert row.pop("hour_cos") == row.pop("half_day_cos") == 1.0
    assert row.pop("year_sin") == pytest.approx(0.0172, abs=1e-4)
    assert row.pop("year_cos") == pytest.approx(0.99985, abs=1e-5)
    assert set(row.values()) == {0.0}


def test_far_values_are_clipped_for_the_trunk_and_kept_for_the_distance() -> None:
    hot = Moment(time_ms=0, hour=0.0, day=1, temperature_c=62.0)
    assert features(hot)[0] == 4.0
    assert features(hot, clip=False)[0] == pytest.approx(10.0)


def test_without_a_temperature_there_are_none() -> None:
    with pytest.raises(Refused):
        features(Moment(time_ms=0, hour=0.0, day=1))


def test_each_measured_column_points_at_its_own_mask() -> None:
    assert [(NAMES[column], NAMES[mask] if mask is not None else "") for column, mask in MEASURED] == [
        ("temperature", ""),
        ("above_comfort", ""),
        ("humidity", "humidity_known"),
        ("sound", "sound_known"),
        ("outdoor_temperature", "outdoor_known"),
        ("warmer_than_outside", "outdoor_known"),
        ("damper_than_outside", "outdoor_known"),
        ("outdoor_mean", "outdoor_mean_known"),
        ("co2", "co2_known"),
        ("wind", ""),
    ]


@given(st.floats(0.0, 24.0))
def test_the_bumps_of_the_hour_are_shares_of_one_and_run_round_the_clock(hour: float) -> None:
    bumps = hour_bumps(hour)
    assert len(bumps) == BUMPS
    assert sum(bumps) == pytest.approx(1.0)
    assert bumps == pytest.approx(hour_bumps(hour + 24.0))
    assert hour_bumps(hour + 1.0) == pytest.approx(bumps[-1:] + bumps[:-1])
