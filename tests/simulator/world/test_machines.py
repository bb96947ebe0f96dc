import itertools
import statistics

import msgspec
import pytest

from gateway.simulator.world.fan import Fan, FanShape
from gateway.simulator.world.heater import Heater, HeaterShape
from gateway.simulator.world.makers import MAKERS
from gateway.simulator.world.model import Model, Moment
from gateway.simulator.world.pump import Pump, PumpShape
from gateway.simulator.world.sensor import SENSORS
from gateway.simulator.world.wear import damage, life_h
from gateway.simulator.world.weather import Sky

SKY = Sky(10.0, 60.0, 0.0, 0.0, 1.0, 1013.0)


def course(model: Model, minutes: int, metric: str, shower: bool = False) -> list[float]:
    values = []
    for step in range(minutes * 6):
        model.step(Moment(step * 10_000, 7.0, SKY, 50.0, shower, 0.0), 10.0)
        values.append(model.values()[metric])
    return values


def test_a_heater_goes_through_cycles_within_its_limits() -> None:
    heater = Heater(HeaterShape())
    power = course(heater, 3 * 1440, "power")
    starts = sum(before < 100.0 < after for before, after in itertools.pairwise(power))
    assert starts >= 2
    assert 52.0 < heater.values()["temperature"] < 61.0


def test_a_shower_cools_the_tank_and_costs_energy() -> None:
    heater = Heater(HeaterShape())
    before = heater.values()
    course(heater, 15, "power", shower=True)
    after = heater.values()
    assert after["temperature"] < before["temperature"] - 10.0
    assert after["power"] > 2000.0
    assert after["energy"] > before["energy"]


def test_energy_is_power_over_time() -> None:
    heater = Heater(HeaterShape(power_w=3600.0))
    course(heater, 10, "power", shower=True)
    energy = heater.values()["energy"]
    power = course(heater, 60, "power", shower=True)
    assert heater.values()["energy"] - energy == pytest.approx(sum(power) * 10.0 / 3.6e6)


def test_a_pump_runs_and_rests_and_everything_follows_its_shaft() -> None:
    pump = Pump(PumpShape(run_min=20, rest_min=10))
    flow = course(pump, 20, "flow")
    running = pump.values()
    assert flow[0] < flow[1] < 18.0
    assert running["flow"] == pytest.approx(18.0, abs=0.1)
    for step in range(60):
        pump.step(Moment((1200 + step * 10) * 1000, 7.0, SKY, 50.0, False, 0.0), 10.0)
    resting = pump.values()
    assert resting["flow"] < 0.1
    assert all(resting[metric] < running[metric] for metric in running)


def minutes_to_heat(heater: Heater) -> int:
    """After a long draw, until the thermostat is content."""
    course(heater, 15, "power", shower=True)
    return next(minute for minute in range(1, 2000) if course(heater, 1, "power")[-1] < 10.0)


def test_what_goes_into_the_tank_comes_out_as_warm_water_or_through_its_walls() -> None:
    heater = Heater(HeaterShape(loss_w_k=2.0))
    course(heater, 1440, "energy")
    start = heater.values()
    course(heater, 3 * 1440, "energy")
    end = heater.values()
    stored_kwh = 120.0 * 4186.0 * (end["temperature"] - start["temperature"]) / 3.6e6
    lost_kwh = 2.0 * (56.5 - 17.0) * 72.0 / 1000
    standby_kwh = 1.5 * 72.0 / 1000
    assert end["energy"] - start["energy"] == pytest.approx(stored_kwh + lost_kwh + standby_kwh, rel=0.05)


def test_limescale_makes_heating_slower_and_never_stronger() -> None:
    soft, hard = (minutes_to_heat(Heater(HeaterShape(age_years=8.0, scale_mm_year=mm))) for mm in (0.05, 0.6))
    assert hard > 1.2 * soft
    scaled = Heater(HeaterShape(age_years=10.0, scale_mm_year=0.6))
    power = [watt for watt in course(scaled, 60, "power", shower=True) if watt > 100.0]
    assert max(power) <= 2201.6
    assert max(power) - min(power) > 100.0


def test_a_heater_that_ages_faster_scales_faster() -> None:
    fast, slow = (Heater(HeaterShape(ageing=times)) for times in (365.0, 1.0))
    for heater in (fast, slow):
        course(heater, 10 * 1440, "power")
    assert minutes_to_heat(fast) > minutes_to_heat(slow)


def test_a_sensor_high_up_notices_a_shower_later_than_one_near_the_element() -> None:
    high, low = (Heater(HeaterShape(sensor_height=height)) for height in (0.9, 0.1))
    assert course(high, 3, "temperature", shower=True)[-1] > course(low, 3, "temperature", shower=True)[-1] + 5.0


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_every_maker_builds_a_heater_that_keeps_water_hot_and_reports_it(name: str) -> None:
    maker = MAKERS[name]
    heater = Heater(maker.shape, "heater", 3)
    course(heater, 1440, "temperature")
    temperature = course(heater, 1440, "temperature")
    assert maker.shape.on_below_c - 3.0 < min(temperature)
    assert max(temperature) < maker.shape.off_above_c + 3.0
    assert set(maker.metrics) <= set(heater.values()) & set(SENSORS)


def test_makers_report_the_same_in_their_own_units() -> None:
    values = Heater(HeaterShape()).values()
    assert values["water_temp_f"] == pytest.approx(values["temperature"] * 1.8 + 32.0)
    assert values["heating_kw"] == pytest.approx(values["power"] / 1000)


def test_two_heaters_of_one_series_differ_a_little_and_repeatably() -> None:
    ones = [course(Heater(HeaterShape(), name, 3), 60, "power", shower=True) for name in ("a", "b", "a")]
    assert ones[0] == ones[2] != ones[1]


def test_nine_of_ten_bearings_outlive_their_rating_and_lives_differ() -> None:
    lives = [life_h(seed, "pump", 20_000.0) for seed in range(1000)]
    assert 0.85 < sum(life > 20_000.0 for life in lives) / 1000 < 0.95
    assert max(lives) > 5 * min(lives)


def test_a_bearing_is_quiet_for_most_of_its_life() -> None:
    parts = [damage(hours, 1000.0) for hours in (0.0, 550.0, 860.0, 1000.0, 2000.0)]
    assert parts[0] == 0.0
    assert parts[1] < 0.12
    assert parts[2] == pytest.approx(0.5, abs=0.05)
    assert parts[3:] == [1.0, 1.0]


def running_pump(shape: PumpShape) -> dict[str, float]:
    pump = Pump(msgspec.structs.replace(shape, run_min=60, rest_min=0), "pump", 1)
    course(pump, 5, "flow")
    return pump.values()


def test_a_worn_pump_shakes_more_moves_less_and_draws_more_for_it() -> None:
    life = life_h(1, "pump", 30_000.0)
    new, worn = (running_pump(PumpShape(age_h=part * life, clogs_in_h=1e9)) for part in (0.0, 0.95))
    assert worn["vibration"] > 2 * new["vibration"]
    assert worn["flow"] < new["flow"]
    assert worn["current"] / worn["flow"] > 1.15 * new["current"] / new["flow"]


def test_a_clogged_pump_cavitates_it_shakes_moves_less_and_draws_less() -> None:
    clean, clogged = (running_pump(PumpShape(age_h=hours, clogs_in_h=1000.0, l10_h=1e9)) for hours in (0.0, 740.0))
    assert clogged["vibration"] > 1.3 * clean["vibration"]
    assert clogged["flow"] < 0.92 * clean["flow"]
    assert clogged["current"] < clean["current"]


def test_the_strainer_is_cleaned_again_and_again() -> None:
    pump = Pump(PumpShape(ageing=2000.0, clogs_in_h=1000.0, l10_h=1e9, run_min=60, rest_min=0), "pump", 1)
    flow = course(pump, 2 * 60, "flow")[6:]
    assert sum(after > before + 1.0 for before, after in itertools.pairwise(flow)) >= 3


def test_a_pump_whose_bearing_has_failed_stands_still() -> None:
    assert running_pump(PumpShape(age_h=1e9))["flow"] < 0.01


def fan_after(shape: FanShape, minutes: int = 120) -> dict[str, float]:
    fan = Fan(shape, "fan", 1)
    course(fan, minutes, "power")
    return fan.values()


def test_a_fan_with_a_worn_bearing_shakes_rubs_gets_warm_and_loud() -> None:
    life = life_h(1, "fan", 20_000.0)
    new, worn = (fan_after(FanShape(age_h=part * life, dust_h=1e9)) for part in (0.0, 0.95))
    assert worn["vibration"] > 2 * new["vibration"]
    assert all(worn[metric] > new[metric] + 1.0 for metric in ("power", "temperature", "sound_level"))


def test_a_slower_fan_shakes_and_draws_much_less() -> None:
    fast, slow = (fan_after(FanShape(from_hour=hour)) for hour in (6.0, 12.0))
    assert slow["power"] < 0.4 * fast["power"]
    assert slow["vibration"] < 0.5 * fast["vibration"]


def test_dust_unbalances_a_fan_until_it_is_cleaned() -> None:
    fan = Fan(FanShape(dust_h=100.0, ageing=600.0, l10_h=1e9), "fan", 1)
    vibration = course(fan, 40, "vibration")[12:]
    assert max(vibration) > 1.4 * min(vibration)
    assert statistics.fmean(vibration) < max(vibration)
