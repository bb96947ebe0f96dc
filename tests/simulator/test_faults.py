"""Sensor faults as facts."""

import statistics

import pytest

from gateway.simulator.faults import HOUR_MS, FaultKind, FaultySensors, SensorFault, apply, typical
from gateway.simulator.fleet import Stage
from gateway.simulator.site import demo_site
from gateway.simulator.world.sensor import SENSORS
from gateway.simulator.world.world import World

STEP_MS = 10_000


def fault(kind: FaultKind, size: float = 0.0, share: float = 1.0, metric: str = "temperature") -> SensorFault:
    return SensorFault(kind, metric, 100_000, 100_000 + HOUR_MS, size, share)


def said(this: SensorFault, truth: float = 21.37, seed: int = 1, steps: int = 360) -> list[float | None]:
    sensors = FaultySensors((this,), seed)
    times = range(this.start_ms, this.start_ms + steps * STEP_MS, STEP_MS)
    return [sensors.read(at, {this.metric: truth + at / 1e7}).get(this.metric) for at in times]


def numbers(this: SensorFault, truth: float = 21.37, seed: int = 1) -> list[float]:
    return [value for value in said(this, truth, seed) if value is not None]


def test_a_stuck_sensor_repeats_what_it_said_first() -> None:
    assert set(said(fault(FaultKind.STUCK))) == {21.38}


def test_a_stuck_sensor_may_flicker_by_its_last_bit() -> None:
    assert set(said(fault(FaultKind.STUCK, 0.01))) == {21.37, 21.38, 21.39}


def test_a_spike_goes_up_or_down_by_its_size() -> None:
    values = numbers(fault(FaultKind.SPIKE, 12.0))
    assert {round(value - 21.4) for value in values} == {-12, 12}


def test_a_share_of_the_readings_is_touched() -> None:
    touched = sum(abs(value - 21.4) > 6 for value in numbers(fault(FaultKind.SPIKE, 12.0, 0.2)))
    assert 0.1 < touched / 360 < 0.3


def test_a_drift_starts_at_nothing_and_reaches_its_size_in_an_hour() -> None:
    drifting = fault(FaultKind.DRIFT, 2.0)
    assert apply(drifting, drifting.start_ms, 20.0, 20.0, 1) == 20.0
    assert apply(drifting, drifting.start_ms + HOUR_MS // 2, 20.0, 20.0, 1) == 21.0
    assert apply(drifting, drifting.start_ms + HOUR_MS, 20.0, 20.0, 1) == 22.0


def test_a_level_shift_moves_everything_alike() -> None:
    assert apply(fault(FaultKind.LEVEL_SHIFT, -3.0), 200_000, 20.0, 0.0, 1) == 17.0


def test_rubbish_is_the_value_itself_beyond_any_limit() -> None:
    assert set(said(fault(FaultKind.OUT_OF_RANGE, -127.0))) == {-127.0}


def test_noise_has_the_deviation_it_says() -> None:
    values = numbers(fault(FaultKind.NOISE, 2.0))
    assert 1.5 < statistics.stdev(values) < 2.5


def test_a_dropout_says_nothing_and_the_other_metrics_go_on() -> None:
    sensors = FaultySensors((fault(FaultKind.DROPOUT),), 1)
    assert sensors.read(150_000, {"temperature": 20.0, "humidity": 50.0}) == {"humidity": 50.0}


def test_what_is_bent_keeps_the_limits_and_the_resolution_of_the_sensor() -> None:
    assert apply(fault(FaultKind.LEVEL_SHIFT, 80.0, metric="humidity"), 200_000, 45.0, 0.0, 1) == 100.0
    assert apply(fault(FaultKind.DRIFT, 1.0), 100_000 + 1234567, 20.0, 0.0, 1) == 20.34


def test_before_and_after_a_fault_the_sensor_is_well() -> None:
    this = fault(FaultKind.LEVEL_SHIFT, 5.0)
    sensors = FaultySensors((this,), 1)
    times = (this.start_ms - 1, this.start_ms, this.end_ms - 1, this.end_ms)
    assert [sensors.read(at, {"temperature": 20.0})["temperature"] for at in times] == [20.0, 25.0, 25.0, 20.0]


def test_two_faults_of_one_metric_add_up() -> None:
    both = (fault(FaultKind.LEVEL_SHIFT, 5.0), fault(FaultKind.DRIFT, 1.0))
    end_ms = both[0].end_ms - HOUR_MS // 2
    assert FaultySensors(both, 1).read(end_ms, {"temperature": 20.0}) == {"temperature": 25.5}


@pytest.mark.parametrize("kind", list(FaultKind))
def test_the_same_seed_gives_the_same_values_and_another_one_others(kind: FaultKind) -> None:
    by_chance = kind in (FaultKind.SPIKE, FaultKind.NOISE, FaultKind.DROPOUT)
    this = fault(kind, typical(kind, "temperature"), 0.5 if by_chance else 1.0)
    assert said(this, seed=3) == said(this, seed=3)
    assert (said(this, seed=3) != said(this, seed=4)) == by_chance


@pytest.mark.parametrize("metric", sorted(SENSORS))
def test_every_metric_has_a_typical_size_of_every_kind(metric: str) -> None:
    for kind in FaultKind:
        size = typical(kind, metric, 5)
        assert (size == 0.0) == (kind in (FaultKind.STUCK, FaultKind.DROPOUT)) or kind is FaultKind.OUT_OF_RANGE


def test_a_fleet_with_sick_sensors_sends_what_they_say_on_the_worlds_time() -> None:
    site = demo_site()
    fern = next(device for device in site.devices if device.id == "fern")
    start_ms = 1_768_435_200_000
    shift = SensorFault(FaultKind.LEVEL_SHIFT, "soil_moisture", 600_000, 2**62, 20.0).later(start_ms)
    world = World(site, 1, start_ms)
    well = Stage(world, start_ms, 60.0)
    sick = Stage(world, start_ms, 60.0, {"fern": FaultySensors((shift,), 1)})
    for after_s, expected in ((5, 0.0), (15, 20.0)):
        now_ms = start_ms + after_s * 1000
        difference = sick.measure(fern, now_ms)["soil_moisture"] - well.measure(fern, now_ms)["soil_moisture"]
        assert difference == pytest.approx(expected)
