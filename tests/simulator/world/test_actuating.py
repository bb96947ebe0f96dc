"""Machines do what they are told, and go on as before until then."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from gateway.core.errors import NotFound, Refused
from gateway.simulator.site import demo_site
from gateway.simulator.world.happenings import Happening, What
from gateway.simulator.world.world import World

SITE = demo_site()
START = 1_768_000_000_000
DEVICES = {device.id: device for device in SITE.devices}


class Place:
    """A world and its time."""

    def __init__(self, happenings: Iterable[Happening] = ()) -> None:
        self.now = START
        self.world = World(SITE, 3, START, happenings)

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


def test_a_fan_that_waits_for_orders_airs_the_room_it_serves() -> None:
    shower = [Happening("bathroom", What.DAMP, 0.7, every_min=1440, at_min=START / 60_000 % 1440, for_min=3)]
    aired, shut = Place(shower), Place(shower)
    assert aired.after(300, "bathroom-fan", "power") < 2
    aired.world.actuate("bathroom-fan", "turn_on", {})
    damp, dry = shut.after(900, "bathroom-climate", "humidity"), aired.after(600, "bathroom-climate", "humidity")
    assert damp - dry > 15
    assert aired.after(0, "bathroom-fan", "power") > 15


def test_a_room_is_the_same_to_the_bit_with_a_fan_that_stands_still() -> None:
    assets = tuple(asset for asset in SITE.assets if asset.id != "bathroom-fan")
    without = World(replace(SITE, assets=assets), 3, START)
    with_it = World(SITE, 3, START)
    times = range(START, START + 7_200_000, 60_000)
    for name in ("bathroom-climate", "living-room-window", "ventilation"):
        device = DEVICES[name]
        assert [without.measure(device, at) for at in times] == [with_it.measure(device, at) for at in times]


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
