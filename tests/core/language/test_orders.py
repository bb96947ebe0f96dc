"""Orders: the right thing, the right verb, a value that fits, or a question."""

from __future__ import annotations

import pytest

from .demo import device, in_house, read, room


@pytest.mark.parametrize(
    ("text", "action", "device_id", "value", "unit"),
    [
        ("turn on the bathroom fan", "turn_on", "bathroom-fan", None, ""),
        ("open the bedroom window to 40 percent", "set_position", "bedroom-window", 40, "%"),
        ("set the boiler to 50", "set_temperature", "water-heater", 50, "°C"),
        ("set the boiler to 122 °F", "set_temperature", "water-heater", 50, "°C"),
        ("set the bathroom fan to 60 %", "set_speed", "bathroom-fan", 60, "%"),
        ("close the window in the living room", "set_position", "living-room-window", 0, "%"),
    ],
)
def test_an_order_is_to_the_letter(text: str, action: str, device_id: str, value: float | None, unit: str) -> None:
    intent = read(text)
    assert (intent.kind, intent.action, intent.device) == ("command", action, device_id)
    assert (intent.value, intent.unit) == (value, unit)
    assert intent.reply


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("set the boiler to 140", "30 to 75"),
        ("set the boiler to 50 percent", "°C"),
        ("open the bedroom window to 20 degrees", "percent"),
        ("open the bedroom window to 0.4", "40"),
        ("open the bedroom window a bit", "To what"),
        ("turn the boiler up by 5 degrees", "To what"),
        ("turn of the bathroom fan", "On or off"),
        ("turn on the bathroom", "cannot"),
        ("turn on the sauna", "sauna"),
        ("open the window in the bathroom", "no such window"),
        ("turn off everything", "one by one"),
        ("turn off all devices", "one by one"),
    ],
)
def test_what_is_not_plain_is_asked(text: str, words: str) -> None:
    intent = read(text)
    assert intent.kind == "question"
    assert words in intent.reply


def test_the_fan_that_serves_a_room_is_the_fan_in_it() -> None:
    assert read("turn off the fan in the bathroom").device == "bathroom-fan"
    assert read("turn off the fan in the bathroom").confirm == ""


def test_all_of_a_kind_are_one_order_that_is_asked_about() -> None:
    intent = read("close all windows")
    assert {one.device for one in (intent, *intent.also)} == {"living-room-window", "bedroom-window"}
    assert intent.confirm


def test_too_many_at_once_are_asked_about() -> None:
    made = in_house(*(device("fan", f"fan-{number}", f"Blower {number}") for number in range(13)))
    assert made.read("turn off all fans").intent.kind == "question"


def test_an_ambiguous_number_is_taken_when_only_one_way_fits() -> None:
    made = in_house(device("heater", "h", "Kettle"))
    intent = made.read("set the kettle to 50,5").intent
    assert intent.value == 50.5
    assert made.read("set the kettle to 1,500").intent.kind == "question"


def test_where_one_is_enough_its_kind_is_a_name() -> None:
    made = in_house(device("pump", "well", "Grundfos"), room("bath", "Bath"))
    intent = made.read("turn on the pump").intent
    assert (intent.device, intent.confirm) == ("well", "")


def test_two_orders_to_one_device_are_asked_about() -> None:
    assert read("turn on the pump and turn off the pump").kind == "question"


def test_different_orders_stand_side_by_side() -> None:
    intent = read("turn on the pump, close the bedroom window and set the boiler to 50")
    assert [(one.action, one.device) for one in (intent, *intent.also)] == [
        ("turn_on", "circulation-pump"),
        ("set_position", "bedroom-window"),
        ("set_temperature", "water-heater"),
    ]
    assert intent.confirm


def test_the_model_may_decide_again() -> None:
    assert read("put the bedroom window back to automatic").action == "resume"
    assert read("put the window back to automatic").kind == "question"
    assert read("restart the basil").device == "basil"
