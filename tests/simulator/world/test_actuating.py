"""Machines do what they are told, and go on as before until then."""

from __future__ import annotations

import pytest

from gateway.core.errors import NotFound, Refused
from gateway.simulator.site import demo_site
from gateway.simulator.world.world import World

SITE = demo_site()
START = 1_768_000_000_000
DEVICES = {device.id: device for device in SITE.devices}


class Place:
    """A world and its time."""

    def __init__(self) -> None:
        self.now = START
        self.world = World(SITE, 3, START)

    def after(self, seconds: int, device: str, metric: str) -> float:
        self.now += seconds * 1000
        return self.world.measure(DEVICES[device], self.now)[metric]


def test_a_fan_stops_runs_at_a_speed_and_for_a_time() -> None:
    place = Place()
    place.world.actuate("ventilation", "turn_off", {})
    assert place.after(300, "ventilation", "current") < 0.02
    place.world.actuate("ventilation", "set_speed", {"speed": 50})
    half = place.after(300, "ventilation", "current")
    place.world.actuate("ventilation", "run_for", {"seconds": 120})
    assert place.after(110, "ventilation", "current") > 2 * half
    assert place.after(300, "ventilation", "current") == pytest.approx(half, rel=0.1)
    place.world.actuate("ventilation", "turn_on", {})
    assert place.after(300, "ventilation", "current") > 2 * half


def test_a_pump_rests_when_it_is_told_and_runs_through_its_rests() -> None:
    place = Place()
    place.world.actuate("circulation-pump", "turn_off", {})
    place.after(300, "circulation-pump", "flow")
    assert max(place.after(60, "circulation-pump", "flow") for _ in range(40)) < 0.1
    place.world.actuate("circulation-pump", "turn_on", {})
    place.after(300, "circulation-pump", "flow")
    assert min(place.after(60, "circulation-pump", "flow") for _ in range(40)) > 5


def test_a_heater_follows_its_new_temperature_and_cools_down_when_it_is_off() -> None:
    place = Place()
    place.world.actuate("water-heater", "set_temperature", {"temperature": 70})
    assert place.after(4 * 3600, "water-heater", "temperature") > 61
    place.world.actuate("water-heater", "turn_off", {})
    assert place.after(600, "water-heater", "power") < 5
    assert place.after(24 * 3600, "water-heater", "temperature") < 50
    place.world.actuate("water-heater", "turn_on", {})
    assert place.after(60, "water-heater", "power") > 1000


@pytest.mark.parametrize(
    ("asset", "verb", "args"),
    [
        ("fern", "turn_on", {}),
        ("water-heater", "set_speed", {"speed": 5}),
        ("circulation-pump", "set_speed", {"speed": 5}),
        ("ventilation", "set_speed", {}),
        ("ventilation", "dance", {}),
        ("water-heater", "set_temperature", {"temperature": "hot"}),
    ],
)
def test_what_a_machine_cannot_do_is_refused(asset: str, verb: str, args: dict[str, object]) -> None:
    with pytest.raises(Refused):
        Place().world.actuate(asset, verb, args)


def test_a_machine_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        Place().world.actuate("nothing", "turn_on", {})
