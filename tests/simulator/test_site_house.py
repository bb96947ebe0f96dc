"""A site file as the house in which a sentence is read."""

from __future__ import annotations

import pytest

from gateway.core.language.house import House, Thing
from gateway.core.language.intent import CandidateKind
from gateway.simulator.site import demo_site, parse_site
from gateway.simulator.site_house import house_of

_TWO_IN_ONE = """
[site]
name = "Shed"
[[zones]]
id = "yard"
name = "Yard"
[[assets]]
kind = "room"
id = "shed"
name = "Shed"
zone = "yard"
[[devices]]
id = "left-window"
name = "Left window"
kind = "window"
asset = "shed"
metrics = ["position"]
[[devices]]
id = "right-window"
name = "Right window"
kind = "window"
asset = "shed"
metrics = ["position"]
[[devices]]
id = "gauge"
name = "Gauge"
kind = "barometer"
asset = "shed"
metrics = ["temperature"]
[synonyms]
yard = ["court"]
"""


@pytest.fixture
def demo() -> House:
    return house_of(demo_site())


def _thing(house: House, what: CandidateKind, thing_id: str) -> Thing:
    found = house.thing(what, thing_id)
    assert found is not None
    return found


def test_an_asset_is_called_what_people_call_it_and_is_done_by_its_device(demo: House) -> None:
    boiler = _thing(demo, "asset", "water-heater")
    assert boiler.called == ("Water heater", "boiler", "hot water", "water-heater")
    assert (boiler.kind, boiler.devices, boiler.metrics) == (
        "water_heater",
        ("water-heater",),
        {"temperature", "power", "energy"},
    )
    assert boiler.actors["set_temperature"] == "water-heater"
    assert boiler.verbs["set_temperature"].args["temperature"].max == 75


def test_a_room_is_moved_by_the_window_that_stands_in_it(demo: House) -> None:
    assert _thing(demo, "asset", "bedroom").actors["set_position"] == "bedroom-window"
    assert "turn_on" not in _thing(demo, "asset", "bathroom").actors


def test_a_thing_knows_its_zone_its_room_and_what_it_serves(demo: House) -> None:
    assert _thing(demo, "asset", "bathroom-fan").around == {("zone", "upper-floor"), ("asset", "bathroom")}
    assert _thing(demo, "device", "fern").around == {
        ("zone", "ground-floor"),
        ("asset", "living-room"),
        ("asset", "fern"),
    }
    assert _thing(demo, "zone", "cellar").around == frozenset()


def test_a_zone_measures_what_is_in_it_and_does_nothing(demo: House) -> None:
    garden = _thing(demo, "zone", "garden")
    assert garden.metrics == {"temperature", "humidity", "light_level", "pressure", "rain", "wind"}
    assert (garden.devices, garden.verbs) == (("garden-weather",), {})


def test_a_device_measures_what_the_site_says_not_what_its_kind_may(demo: House) -> None:
    assert _thing(demo, "device", "bathroom-climate").metrics == {"temperature", "humidity"}


def test_rules_and_all_metrics_are_known(demo: House) -> None:
    assert demo.rules == (("bathroom-fan", "Bathroom fan"), ("bedroom-air", "Bedroom air"))
    assert {"co2", "soil_moisture", "duty", "wind"} <= demo.metrics
    assert demo.sun


def test_what_two_devices_of_an_asset_can_do_neither_of_them_does_for_it() -> None:
    house = house_of(parse_site(_TWO_IN_ONE))
    shed = _thing(house, "asset", "shed")
    assert (shed.verbs, shed.actors) == ({}, {})
    assert _thing(house, "device", "left-window").actors["set_position"] == "left-window"
    assert _thing(house, "zone", "yard").called == ("Yard", "court", "yard")


def test_a_device_of_an_unknown_kind_can_do_nothing() -> None:
    house = house_of(parse_site(_TWO_IN_ONE))
    assert _thing(house, "device", "gauge").verbs == {}
