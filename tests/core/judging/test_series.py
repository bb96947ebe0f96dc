"""One series: what is flagged, when, and what is not."""

from __future__ import annotations

import math
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.judging.kept import KeptSeries
from gateway.core.judging.rules import RULES, rule
from gateway.core.judging.series import SHIFT_VALUES, Series
from gateway.core.quality import IMPOSSIBLE, Quality

from .living import DAY_MS, MINUTE_MS, START_MS, Sensor


def test_a_living_sensor_is_never_flagged() -> None:
    assert Sensor().live(12) == {0}


@pytest.mark.parametrize("value", [-127.0, 150.0, 4095.0, 65_535.0, math.nan, math.inf, -math.inf])
def test_what_no_sensor_can_measure_is_out_of_range_from_the_first_value_on(value: float) -> None:
    sensor = Sensor()
    assert sensor.say(value) == Quality.OUT_OF_RANGE
    assert sensor.say(21.0) == 0


@pytest.mark.parametrize("value", [-127.0, 85.0, -243.13, 4095.0, math.nan, math.inf])
def test_a_second_sensor_outside_is_checked_like_the_first(value: float) -> None:
    for metric, level in (("outdoor_temperature", 12.0), ("outdoor_humidity", 60.0)):
        sensor = Sensor(metric, level=level)
        assert sensor.live(2) == {0}
        if (metric, value) != ("outdoor_humidity", 85.0):
            assert sensor.say(value) & Quality.OUT_OF_RANGE
            assert sensor.say(sensor.truth()) == 0


def test_the_power_on_value_is_out_of_range_however_long_it_stays() -> None:
    sensor = Sensor()
    assert sensor.say(85.0) == Quality.OUT_OF_RANGE
    sensor.live(2)
    assert {sensor.say(85.0) for _ in range(60)} == {Quality.OUT_OF_RANGE}


def test_a_tank_may_reach_85_degrees_step_by_step() -> None:
    sensor = Sensor(level=80.0)
    sensor.live(2)
    assert [sensor.say(value) for value in (82.0, 83.5, 84.5, 85.0, 85.0)] == [0] * 5


def test_a_value_far_outside_of_all_it_has_shown_is_out_of_range() -> None:
    sensor = Sensor("vibration", level=2.0, digits=3)
    sensor.live(2)
    assert sensor.say(90.0) & Quality.OUT_OF_RANGE


def test_a_flow_that_never_ran_backwards_does_not() -> None:
    sensor = Sensor("flow", level=8.0)
    sensor.live(2)
    assert sensor.say(-1.0) & Quality.OUT_OF_RANGE


def test_a_single_spike_is_a_jump_and_the_value_after_it_is_not() -> None:
    sensor = Sensor()
    sensor.live(2)
    assert sensor.say(sensor.truth() + 12.0) & Quality.JUMP
    assert sensor.live(0.1) == {0}


def test_a_level_shift_is_flagged_at_once_and_is_the_truth_within_six_readings() -> None:
    sensor = Sensor()
    sensor.live(2)
    said = [sensor.say(sensor.truth() + 7.0) for _ in range(SHIFT_VALUES + 3)]
    assert said[0] & Quality.JUMP
    assert said[SHIFT_VALUES - 1 :] == [0] * 4


def test_steps_a_machine_makes_every_day_are_no_jumps() -> None:
    sensor = Sensor("pressure", level=1500.0, noise=0.4, digits=1)
    for _ in range(100):
        sensor.live(0.014)
        for _ in range(10):
            assert sensor.say(2150.0 + sensor.truth() / 1000) == 0


def test_bursts_that_come_again_are_usual_for_what_bursts_by_nature() -> None:
    sensor = Sensor("bytes_written", level=100.0, noise=2.0)
    sensor.live(2)
    flagged = []
    for _ in range(5):
        flagged.append(sensor.say(5000.0) != 0)
        assert sensor.live(0.05) == {0}
    assert flagged == [True, True, True, False, False]


def test_spikes_that_come_again_stay_jumps_of_what_cannot_jump() -> None:
    sensor = Sensor()
    sensor.live(2)
    for _ in range(6):
        assert sensor.say(sensor.truth() + 12.0) & Quality.JUMP
        assert sensor.live(0.05) == {0}


def test_after_a_long_gap_a_step_is_no_jump() -> None:
    sensor = Sensor()
    sensor.live(2)
    sensor.time_ms += 6 * 3_600_000
    assert sensor.say(14.0) == 0


def test_a_counter_that_goes_back_is_a_jump() -> None:
    series = Series(rule("energy"))
    for index in range(3000):
        assert series.judge(round(100 + index * 0.01, 3), START_MS + index * MINUTE_MS) == 0
    assert series.judge(0.0, START_MS + 3000 * MINUTE_MS) & Quality.JUMP


def test_a_sensor_that_always_flickers_and_stops_is_stuck_within_ten_readings() -> None:
    sensor = Sensor()
    sensor.live(2)
    held = sensor.truth()
    said = [sensor.say(held) for _ in range(15)]
    assert Quality.STUCK in said[:11]
    assert sensor.live(0.1) == {0}


def test_a_calm_sensor_that_often_holds_a_value_is_given_more_time() -> None:
    sensor = Sensor(noise=0.0, digits=1)
    assert sensor.live(12) == {0}
    held = sensor.truth()
    said = [sensor.say(held) for _ in range(600)]
    assert said[60] == 0
    assert said[-1] == Quality.STUCK


def test_a_series_is_judged_by_how_it_holds_values_of_this_size() -> None:
    sensor = Sensor("light_level", level=500.0, noise=6.0, digits=0)
    for _ in range(3):
        sensor.live(0.5)
        assert {sensor.say(0.0) for _ in range(720)} == {0}
    sensor.live(0.5)
    assert Quality.STUCK in {sensor.say(480.0) for _ in range(15)}


@pytest.mark.parametrize("metric", ["position", "rain", "power", "battery"])
def test_what_rests_by_nature_is_never_stuck(metric: str) -> None:
    sensor = Sensor(metric, level=50.0)
    sensor.live(1.5)
    assert {sensor.say(40.0) for _ in range(20_000)} == {0}


def test_an_unknown_metric_that_never_changes_is_not_stuck() -> None:
    sensor = Sensor("error_code")
    assert {sensor.say(3.0) for _ in range(20_000)} == {0}


def test_an_unknown_metric_is_judged_by_what_it_was() -> None:
    sensor = Sensor("oven_load", level=300.0, noise=0.5)
    assert sensor.live(3) == {0}
    assert sensor.say(4095.0) & Quality.OUT_OF_RANGE
    assert sensor.say(sensor.series.last + 15.0) & IMPOSSIBLE


def test_a_slow_departure_is_drift_after_twelve_hours_away() -> None:
    sensor = Sensor()
    sensor.live(10)
    begin_ms = sensor.time_ms
    while sensor.say(round(sensor.truth() + 2.4 * (sensor.time_ms - begin_ms) / DAY_MS, 2)) != Quality.DRIFT:
        assert sensor.time_ms - begin_ms < 3 * DAY_MS


def test_a_drifted_level_is_learnt_after_a_week() -> None:
    sensor = Sensor()
    sensor.live(10)
    for index in range(9 * 1440):
        sensor.say(round(sensor.truth() + min(3.0, index / 720), 2))
    assert sensor.say(round(sensor.truth() + 3.0, 2)) == 0


def test_one_evening_with_an_open_window_is_no_drift() -> None:
    sensor = Sensor()
    sensor.live(10)
    said = {sensor.say(round(sensor.truth() - min(3.0, index / 30), 2)) for index in range(300)}
    said |= {sensor.say(round(sensor.truth() - max(0.0, 3.0 - index / 60), 2)) for index in range(300)}
    assert said | sensor.live(1) == {0}


def test_while_the_time_is_not_known_the_hour_of_the_day_teaches_nothing() -> None:
    sensor = Sensor("light_level", level=500.0)
    sensor.live(10)
    before = sensor.series.kept().means
    sensor.series.know_the_day(False)
    sensor.time_ms += DAY_MS // 2
    sensor.live(2)
    assert sensor.series.kept().means == before


def test_what_is_said_to_be_normal_is_not_flagged_again() -> None:
    sensor = Sensor()
    sensor.live(3)
    for _ in range(200):
        sensor.say(22.0)
    sensor.series.accept()
    assert {sensor.say(22.0) for _ in range(200)} == {0}
    sensor.live(0.2)
    assert {sensor.say(21.0) for _ in range(200)} == {0}


def test_a_clock_that_was_ahead_does_not_silence_the_judgement() -> None:
    sensor = Sensor()
    sensor.live(2)
    sensor.time_ms -= DAY_MS
    sensor.series.set_back(sensor.time_ms + MINUTE_MS)
    assert sensor.live(0.1) == {0}
    assert sensor.say(sensor.truth() + 12.0) & Quality.JUMP


def test_what_was_learnt_outlives_a_restart() -> None:
    sensor = Sensor()
    sensor.live(10)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(sensor.series.kept()), type=KeptSeries)
    sensor.series = Series.restored(rule("temperature"), kept)
    assert sensor.series.kept() == kept
    sensor.time_ms += 20 * MINUTE_MS
    assert sensor.live(1) == {0}
    assert Quality.STUCK in {sensor.say(21.0) for _ in range(12)}


FLOATS = st.floats() | st.sampled_from([0.0, -0.0, 5e-324, 1e308, -1e308, 85.0, 21.5, math.nan, math.inf])


@given(
    st.sampled_from([*RULES, "anything"]),
    st.lists(st.tuples(FLOATS, st.integers(-(10**6), 10**9)), max_size=60),
    st.integers(1, 400),
)
def test_it_takes_any_numbers_at_any_times_in_bounded_memory(
    metric: str, readings: list[tuple[float, int]], times: int
) -> None:
    series = Series(rule(metric))
    time_ms = START_MS
    for index in range(times):
        value, after_ms = readings[index % len(readings)] if readings else (1.0, 1000)
        time_ms += after_ms
        bits = series.judge(value, time_ms)
        assert 0 <= bits < 128
    state = series.kept()
    assert len(msgspec.msgpack.encode(state)) < 600
    Series.restored(rule(metric), state).judge(1.0, time_ms + 1)


def test_a_series_needs_less_than_two_kilobytes() -> None:
    sensor = Sensor()
    sensor.live(10)
    parts = [sensor.series, sensor.series.holds, sensor.series.profile, sensor.series.rhythm, sensor.series.usual]
    parts += [sensor.series.holds.longest, sensor.series.holds.seen, sensor.series.profile.means]
    floats = 24 * (len(sensor.series.holds.longest) + len(sensor.series.profile.means) + 20)
    assert sum(sys.getsizeof(part) for part in parts) + floats < 2048
