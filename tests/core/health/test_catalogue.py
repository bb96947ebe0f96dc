from __future__ import annotations

import random

import pytest

from gateway.core.health.catalogue import LEAST_MINUTES, Recipe, day_value, indicator, recipes
from gateway.core.health.indicator import baseline_of, limit_of
from gateway.core.home import AssetKind

PUMP = {"flow", "pressure", "vibration", "current"}
RUN, REST = 20, 10


def pump_day(scale: float = 1.0, worn: float = 1.0, seed: int = 1) -> list[dict[str, float]]:
    """A day of 20 minutes on, 10 off; `worn` times the vibration."""
    rng = random.Random(seed)
    day = []
    for minute in range(1440):
        on = minute % (RUN + REST) < RUN
        noise = rng.gauss(1.0, 0.03)
        day.append(
            {
                "vibration": scale * (1.4 * worn * noise if on else 0.08),
                "current": 0.85 if on else 0.02,
                "flow": scale * (18.0 if on else 0.0),
                "pressure": scale * (2150.0 if on else 1500.0),
            }
        )
    return day


def recipe(key: str, kind: AssetKind = AssetKind.PUMP, metrics: set[str] = PUMP) -> Recipe:
    return next(one for one in recipes(kind, metrics) if one.key == key)


def test_a_pump_is_judged_only_while_it_runs() -> None:
    assert day_value(recipe("vibration-running"), pump_day()) == pytest.approx(1.4, rel=0.01)
    assert day_value(recipe("flow-running"), pump_day()) == 18.0


def test_what_it_adds_to_the_pressure_leaves_the_pipes_own_out() -> None:
    assert day_value(recipe("pressure-added"), pump_day()) == pytest.approx(650.0)


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_units_cancel(scale: float) -> None:
    for one in recipes(AssetKind.PUMP, PUMP):
        plain, other = day_value(one, pump_day(worn=2.0)), day_value(one, pump_day(scale, worn=2.0))
        assert plain is not None
        assert other == pytest.approx(plain * (1.0 if one.metric == "current" else scale))


def test_a_machine_that_always_runs_is_judged_by_all_of_the_day() -> None:
    day = [minute | {"current": 0.85, "vibration": 1.4} for minute in pump_day()]
    assert day_value(recipe("vibration-running"), day) == 1.4


def test_a_short_day_or_one_without_the_metric_has_no_number() -> None:
    one = recipe("vibration-running")
    assert day_value(one, pump_day()[: 4 * LEAST_MINUTES - 1]) is None
    assert day_value(one, [{"current": minute["current"]} for minute in pump_day()]) is None
    assert day_value(one, []) is None


def test_a_machine_that_ran_for_a_quarter_of_an_hour_has_no_number() -> None:
    seldom = [minute | {"current": 0.85 if at < 29 else 0.02} for at, minute in enumerate(pump_day())]
    assert day_value(recipe("vibration-running"), seldom) is None


def heater_day(hot_w: float, loss: float = 0.5) -> list[dict[str, float]]:
    """On for an hour of four, warmer by the minute; above 55 °C it gets `hot_w`."""
    day, heat = [], 50.0
    for minute in range(1440):
        on = minute % 240 < 60
        heat += 10.0 / 60.0 if on else -loss / 60.0
        heat = min(heat, 60.0) if minute % 240 != 239 else 50.0
        day.append({"temperature": heat, "power": (hot_w if heat > 55.0 else 2200.0) if on else 1.5})
    return day


def test_a_scaled_element_gets_less_power_when_the_water_is_hot() -> None:
    one = recipe("heating-power-hot", AssetKind.WATER_HEATER, {"temperature", "power", "energy"})
    assert day_value(one, heater_day(2200.0)) == 2200.0
    assert day_value(one, heater_day(1600.0)) == 1600.0


def test_a_tank_that_cools_faster_has_lost_insulation() -> None:
    one = recipe("standing-loss", AssetKind.WATER_HEATER, {"temperature", "power"})
    assert day_value(one, heater_day(2200.0, 0.5)) == pytest.approx(0.5)
    assert day_value(one, heater_day(2200.0, 0.8)) == pytest.approx(0.8)


def test_an_hour_is_an_hour_however_often_a_node_speaks() -> None:
    one, day = recipe("standing-loss", AssetKind.WATER_HEATER, {"temperature", "power"}), heater_day(2200.0, 0.5)
    for every in (1, 2, 5, 10):
        at = list(range(0, 1440, every))
        assert day_value(one, [day[minute] for minute in at], at) == pytest.approx(0.5, rel=0.01)


def test_what_was_not_seen_is_no_hour_of_standing() -> None:
    one, day = recipe("standing-loss", AssetKind.WATER_HEATER, {"temperature", "power"}), heater_day(2200.0, 0.5)
    # Of every four hours the half that has the heating in it is missing.
    at = [minute for minute in range(1440) if 90 <= minute % 240 < 230]
    cold = [dict(day[minute], power=2200.0 if minute == 100 else 1.5) for minute in at]
    assert day_value(one, [*cold, *[{"temperature": 1.0, "power": 2200.0}] * 40], [*at, *range(2000, 2040)]) == (
        pytest.approx(0.5)
    )


def test_a_heater_that_was_off_all_day_has_no_number() -> None:
    for one in recipes(AssetKind.WATER_HEATER, {"temperature", "power"}):
        assert day_value(one, [{"temperature": 40.0, "power": 1.5}] * 1440) is None


def test_other_makers_names_are_known() -> None:
    assert recipe("heating-power-hot", AssetKind.WATER_HEATER, {"water_temp_f", "heating_kw"}).needs == (
        "heating_kw", "heating_kw", "water_temp_f",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "metrics"),
    [
        (AssetKind.ROOM, {"temperature", "sound_level"}),
        (AssetKind.PLANT, {"soil_moisture"}),
        (AssetKind.OUTDOOR, {"wind"}),
        (AssetKind.PUMP, {"pressure"}),
        (AssetKind.WATER_HEATER, {"temperature", "duty"}),
        (AssetKind.FAN, set[str]()),
    ],
)
def test_what_tells_of_no_wear_has_no_recipe(kind: AssetKind, metrics: set[str]) -> None:
    assert recipes(kind, metrics) == ()


def test_current_and_power_are_one_friction_and_counted_once() -> None:
    keys = {one.key for one in recipes(AssetKind.FAN, {"current", "power", "vibration"})}
    assert keys == {"current-running", "vibration-running"}


def test_every_recipe_has_an_indicator_whose_limit_lies_ahead() -> None:
    every = [
        *recipes(AssetKind.PUMP, PUMP),
        *recipes(AssetKind.FAN, {"power", "sound_level"}),
        *recipes(AssetKind.WATER_HEATER, {"temperature", "power"}),
    ]
    baseline = baseline_of([20.0] * 7)
    for one in every:
        made = indicator(one, "Pump, x", "u")
        ahead = limit_of(made, baseline) - 20.0
        assert (ahead > 0) == (made.worse == "higher")
    assert (
        indicator(recipe("standing-loss", AssetKind.WATER_HEATER, {"temperature", "power"}), "x", "°C").unit == "°C/h"
    )
