from __future__ import annotations

import msgspec
import pytest

from gateway.core.health.condition import Health, assess
from gateway.core.health.indicator import Series
from gateway.core.health.life import Lasting, NotEnough, NoWear

from .making import EFFICIENCY, VIBRATION, series


def worn(per_day: float, days: int = 80) -> Series:
    return series(lambda day: 1.8 + max(0.0, day) * per_day, days)


def test_a_new_machine_has_nearly_100_and_lasts_nobody_knows_how_long() -> None:
    found = assess("Fan", [worn(0.0)], 79.0)
    assert found.index is not None
    assert found.index > 95.0
    assert isinstance(found.life, NoWear)


def test_the_worst_sensor_drives_it_and_its_points_make_the_index() -> None:
    healthy = series(lambda day: 10.0, 80, EFFICIENCY)
    found = assess("Fan", [healthy, worn(0.03)], 79.0)
    assert found.drivers[0].indicator == VIBRATION
    assert isinstance(found.life, Lasting)
    assert found.index == pytest.approx(100.0 - (found.drivers[0].points or 0.0))
    assert found.trend is not None
    assert found.trend.low <= found.trend.per_month <= found.trend.high < 0.0
    assert found.trend.per_month == pytest.approx(-100 * 30 * 0.03 / 3.6, rel=0.1)


def test_of_two_ranges_the_sooner_counts() -> None:
    slow, fast = worn(0.01), worn(0.03)
    found = assess("Fan", [slow, fast], 79.0)
    assert found.life == assess("Fan", [fast], 79.0).life


def test_an_index_is_between_0_and_100() -> None:
    assert assess("Fan", [worn(0.2)], 79.0).index == 0.0
    assert assess("Fan", [worn(-0.01)], 79.0).index == 100.0


def test_a_silent_sensor_makes_no_index() -> None:
    found = assess("Fan", [worn(0.03)], 100.0)
    assert found.index is None
    assert isinstance(found.life, NotEnough)


def test_a_machine_that_stopped_for_good_has_no_index_either() -> None:
    seized = series(lambda day: 1.8 + max(0.0, day) * 0.03 if day < 60 else 0.05, 80)
    assert assess("Fan", [seized], 79.0).index is None


def test_without_sensors_nothing_is_said() -> None:
    assert assess("Fan", [], 0.0) == Health("Fan", None, NotEnough("baseline"), None, ())


@pytest.mark.parametrize("per_day", [0.0, 0.03, 0.2])
def test_health_survives_being_stored(per_day: float) -> None:
    found = assess("Fan", [worn(per_day)], 79.0)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Health) == found
