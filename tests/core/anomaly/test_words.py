"""Reasons as people read them, to the letter."""

from __future__ import annotations

import math

import pytest

from gateway.core.anomaly.machine import Judged, Pair, Share
from gateway.core.anomaly.scoring import Kind, Part, Scored
from gateway.core.anomaly.words import MOST, machine_reason, moved_channels, sensor_reason, series_reason

DAY_S = 86_400.0


def scored(value: float, *parts: Part) -> Scored:
    return Scored(0.0, value, 0.9, parts, ready=True)


def share(metric: str, *, moved: bool, value: float = 3.1, low: float = 1.2, high: float = 1.6) -> Share:
    return Share(f"pump-1/{metric}", value, low, high, 5.0 if moved else 1.0, 4.0 if moved else 0.5)


def judged(*shares: Share, pairs: tuple[Pair, ...] = ()) -> Judged:
    return Judged(0.9, 0.9, True, shares, pairs, (), 0)


@pytest.mark.parametrize(
    ("metric", "value", "part", "text"),
    [
        (
            "temperature",
            31.4,
            Part(Kind.LEVEL, 0.9, 2.0, 29.4, 19.4 * DAY_S),
            "temperature 31.4 °C, highest in 19 days",
        ),
        (
            "temperature",
            -8.0,
            Part(Kind.LEVEL, 0.9, -2.0, -6.0, 4.2 * DAY_S, first=True),
            "temperature -8 °C, lowest in all 4 days that it is known",
        ),
        ("temperature", 31.4, Part(Kind.JUMP, 0.9, 6.2), "temperature jumped by 6.2 °C within a minute"),
        (
            "soil_moisture",
            20.0,
            Part(Kind.SEASON, 0.9, -12.0, 32.0),
            "soil moisture 12 % lower than usual at this time of day",
        ),
        ("co2", 900.0, Part(Kind.SPREAD, 0.9, math.log(3.0)), "co2 swings 3 times as much as usual"),
        ("pressure", 1013.0, Part(Kind.FLAT, 0.9, 5 * 3600.0), "pressure has not moved for 5 h"),
        ("torque", 5.0, Part(Kind.SHIFT, 0.9, 2.0, 3.0), "torque is 2 higher than before, when it was about 3"),
        ("torque", 5.0, Part(Kind.PATTERN, 0.9, 2.0), "torque takes a course that it did not take before"),
    ],
)
def test_what_a_series_did_is_said_in_words(metric: str, value: float, part: Part, text: str) -> None:
    assert series_reason(metric, scored(value, part)) == text


def test_what_a_person_sees_on_the_chart_is_said_before_what_only_figures_show() -> None:
    found = scored(31.4, Part(Kind.PATTERN, 0.9, 2.0), Part(Kind.LEVEL, 0.5, 2.0, 29.4, 3 * DAY_S))
    assert series_reason("temperature", found) == "temperature 31.4 °C, highest in 3 days"


def test_a_clear_record_is_told_before_the_time_of_day_and_a_slight_one_is_not() -> None:
    season = Part(Kind.SEASON, 0.8, 9.0, 22.0)
    record = Part(Kind.LEVEL, 0.5, 2.0, 29.4, 3 * DAY_S)
    assert series_reason("temperature", scored(31.4, season, record)) == "temperature 31.4 °C, highest in 3 days"
    slight = Part(Kind.LEVEL, 0.1, 2.0, 29.4, 3 * DAY_S)
    text = "temperature 9 °C higher than usual at this time of day"
    assert series_reason("temperature", scored(31.4, season, slight)) == text


def test_channels_that_moved_together_are_named_and_so_is_the_one_that_did_not() -> None:
    shares = share("flow", moved=True), share("vibration", moved=True), share("pressure", moved=False)
    assert machine_reason(judged(*shares)) == "flow and vibration moved together, pressure did not"


def test_a_channel_that_wanders_a_little_beside_one_that_is_far_off_did_not_move_with_it() -> None:
    far = Share("fan/vibration", 3.1, 1.2, 1.6, 20.0, 9.0)
    near = [Share(f"fan/{name}", 1.0, 0.5, 0.9, 4.0, 2.0) for name in ("current", "sound_level", "temperature")]
    text = "vibration 3.1 mm/s where it is usually 1.2 to 1.6; the other 3 are as usual: its sensor or where it sits"
    assert machine_reason(judged(far, *near), step=True) == text
    assert moved_channels(judged(far, *near)) == [far]


def test_a_channel_that_moved_alone_leaves_open_whether_it_is_its_sensor() -> None:
    shares = share("vibration", moved=True), *(share(name, moved=False) for name in ("flow", "current", "pressure"))
    usual = "vibration 3.1 mm/s where it is usually 1.2 to 1.6; the other 3 are as usual"
    assert machine_reason(judged(*shares), part="bearing") == f"{usual}: its sensor, or its bearing"
    assert machine_reason(judged(*shares), step=True) == f"{usual}: its sensor or where it sits"


def test_channels_of_the_same_metric_are_told_apart_by_their_device() -> None:
    other = Share("pump-2/flow", 3.0, 1.0, 2.0, 4.0, 4.0)
    assert (
        machine_reason(judged(share("flow", moved=True), other)) == "flow of pump-1 and flow of pump-2 moved together"
    )


def test_channels_that_have_parted_are_named() -> None:
    found = judged(share("flow", moved=False), pairs=(Pair("pump-1/flow", "pump-1/pressure", 0.9, 0.1),))
    assert machine_reason(found) == "flow and pressure no longer move together as they did when it was commissioned"


@pytest.mark.parametrize(
    ("flagged", "text"),
    [
        (
            "temperature has said exactly 21.4 for 6 h; it usually changes within 10 min",
            "temperature is a sensor's fault: said exactly 21.4 for 6 h",
        ),
        ("temperature said -127: no sensor can measure that", "temperature said -127: no sensor can measure that"),
        (
            "temperature has been 2 above what it usually is at this time of the day for 30 h",
            "temperature is a sensor's fault: it has been 2 above what it usually is at this time of the day for 30 h",
        ),
        ("", "temperature is a sensor's fault"),
    ],
)
def test_a_flag_of_the_quality_gate_is_told_as_the_sensors_fault(flagged: str, text: str) -> None:
    assert sensor_reason("temperature", flagged) == text


def test_no_reason_is_longer_than_a_line() -> None:
    shares = [Share(f"{'d' * 60}-{at}/flow", 1.0, 0.0, 0.5, 9.0, 9.0) for at in range(8)]
    assert len(machine_reason(judged(*shares))) == MOST
