"""What a model proposes, as a sentence that the gateway's own reader understands in the demo's house."""

from __future__ import annotations

import pytest

from gateway.core.language.grammar import Grammar
from gateway.core.language.understand import Reader
from gateway.flow.chat.families import families
from gateway.frontends.assistant.proposed import Action, Kind, Proposed, Times, When
from gateway.frontends.assistant.wording import agrees, sentence
from gateway.simulator.site import demo_site
from gateway.simulator.site_house import house_of

HOUSE = house_of(demo_site())
READER = Reader(HOUSE, Grammar(families()))


def proposed(kind: Kind, action: Action = "", device: str = "", **more: object) -> Proposed:
    usual: dict[str, object] = {"place": "", "parameter": "", "value": None, "condition": None, "schedule": None}
    return Proposed(kind=kind, action=action, device=device, **{**usual, **more})  # type: ignore[arg-type]


def when(parameter: str, value: float, place: str, operator: str = ">", for_s: int = 0) -> When:
    return When(parameter=parameter, operator=operator, value=value, for_s=for_s, place=place)  # type: ignore[arg-type]


def times(**said: object) -> Times:
    return Times(**{"for_s": 0, "after_s": 0, "at": "", "not_from": "", "not_to": "", **said})  # type: ignore[arg-type]


HUMID = when("humidity", 70, "bathroom", for_s=600)
SAID = [
    (proposed("query", "value", place="bathroom", parameter="temperature"), "what is the temperature in the Bathroom"),
    (proposed("query", "value", place="fern", parameter="soil_moisture"), "what is the soil moisture of the Fern"),
    (proposed("query", "value", place="upper-floor", parameter="humidity"), "what is the humidity in the Upper floor"),
    (proposed("query", "state", "bedroom-window"), "how is the Bedroom window"),
    (proposed("query", "plants"), "how are my plants"),
    (proposed("command", "turn_on", "circulation-pump"), "turn on the Circulation pump"),
    (proposed("command", "turn_off", "ventilation"), "turn off the Ventilation"),
    (proposed("command", "set_position", "bedroom-window", value=30), "set the Bedroom window to 30 percent"),
    (proposed("command", "set_position", "living-room-window", value=0), "set the Living room window to 0 percent"),
    (proposed("command", "set_temperature", "water-heater", value=55), "set the Water heater to 55 degrees"),
    (proposed("command", "set_speed", "bathroom-fan", value=40), "set the Bathroom fan to 40 percent"),
    (proposed("command", "resume", "bedroom-window"), "set the Bedroom window back to automatic"),
    (proposed("command", "mute_alerts", value=45), "mute the alerts for 45 minutes"),
    (proposed("command", "unmute_alerts"), "unmute the alerts"),
    (
        proposed("command", "turn_on", "bathroom-fan", schedule=times(for_s=1200)),
        "turn on the Bathroom fan for 20 minutes",
    ),
    (
        proposed("command", "turn_off", "ventilation", schedule=times(after_s=7200)),
        "turn off the Ventilation in 2 hours",
    ),
    (
        proposed("rule", "turn_on", "bathroom-fan", condition=HUMID, schedule=times(for_s=1200)),
        "if the humidity in the Bathroom is above 70 for 10 minutes, turn on the Bathroom fan for 20 minutes",
    ),
    (
        proposed(
            "rule",
            "set_position",
            "bedroom-window",
            value=40,
            condition=when("co2", 1000, "bedroom", ">="),
            schedule=times(not_from="22:00", not_to="07:00"),
        ),
        "if the co2 in the Bedroom is at least 1000, set the Bedroom window to 40 percent, "
        "but not between 22:00 and 07:00",
    ),
    (
        proposed("rule", "notify", condition=when("soil_moisture", 25, "fern", "<")),
        "tell me when the soil moisture of the Fern is below 25",
    ),
    (
        proposed("rule", "turn_on", "circulation-pump", schedule=times(at="06:30", for_s=900)),
        "every day at 06:30 turn on the Circulation pump for 15 minutes",
    ),
]


@pytest.mark.parametrize(("said", "text"), SAID, ids=[text for _, text in SAID])
def test_what_can_be_proposed_is_understood_as_what_it_is(said: Proposed, text: str) -> None:
    assert sentence(said, HOUSE) == text
    understood = READER.read(text)
    assert agrees(said, understood.intent), understood


@pytest.mark.parametrize(
    "said",
    [
        proposed("none"),
        proposed("command", "turn_on"),
        proposed("command", "turn_on", "fern"),
        proposed("command", "set_position", "bedroom-window"),
        proposed("command", "turn_on", "bathroom-fan", condition=HUMID),
        proposed("command", "notify"),
        proposed("rule", "turn_on", "bathroom-fan"),
        proposed("rule", "turn_on", "bathroom-fan", condition=HUMID, schedule=times(after_s=60)),
        proposed("rule", "turn_on", "bathroom-fan", condition=HUMID, schedule=times(at="06:30")),
        proposed("rule", "turn_on", "bathroom-fan", condition=when("co2", 1, "bathroom")),
        proposed("rule", "turn_on", "bathroom-fan", condition=when("humidity", 1, "attic")),
        proposed("rule", "notify", schedule=times(at="06:30")),
        proposed("query", "value", place="bathroom", parameter="happiness"),
        proposed("query", "value", parameter="temperature"),
    ],
)
def test_what_makes_no_sense_has_no_words(said: Proposed) -> None:
    assert sentence(said, HOUSE) is None


def test_the_opposite_or_another_device_is_not_what_was_proposed() -> None:
    said = proposed("command", "turn_on", "circulation-pump")
    for text in (
        "turn off the pump",
        "turn on the ventilation",
        "is the pump on",
        "turn on the pump and the ventilation",
    ):
        assert not agrees(said, READER.read(text).intent)
    rule = proposed("rule", "turn_on", "bathroom-fan", condition=HUMID)
    other = "if the humidity in the bathroom is above 71 for 10 minutes, turn on the bathroom fan"
    assert not agrees(rule, READER.read(other).intent)
    assert not agrees(rule, READER.read("every day at 7 turn on the bathroom fan").intent)


def test_limits_and_abilities_are_the_readers_to_judge() -> None:
    for said in (
        proposed("command", "set_temperature", "water-heater", value=140),
        proposed("command", "set_position", "bedroom-window", value=-5),
        proposed("command", "set_position", "bedroom-window", value=0.4),
    ):
        text = sentence(said, HOUSE)
        assert text is not None
        assert not agrees(said, READER.read(text).intent)
