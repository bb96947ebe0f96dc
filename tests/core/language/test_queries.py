"""Questions: what is asked of which place, and what is missing."""

from __future__ import annotations

import pytest

from gateway.core.language.intent import Condition, Schedule

from .demo import device, in_house, read, room


def test_a_value_is_asked_of_a_place() -> None:
    intent = read("what's the temp in the bathroom?")
    assert (intent.kind, intent.action, intent.parameter, intent.place) == ("query", "value", "temperature", "bathroom")
    assert intent.missing == ()


def test_a_place_nobody_knows_keeps_the_question() -> None:
    intent = read("what's the temperature in the wine room?")
    assert (intent.kind, intent.parameter, intent.missing) == ("query", "temperature", ("place",))
    assert "wine" in intent.reply


def test_without_a_place_the_only_one_is_meant() -> None:
    made = in_house(room("bath", "Bath"))
    assert made.read("temperature").intent.place == "bath"
    assert read("temperature").missing == ("place",)
    assert len(read("temperature").candidates) > 1


def test_dry_is_the_soil_of_a_plant_and_the_air_of_a_room() -> None:
    assert read("how dry is the fern").parameter == "soil_moisture"
    assert read("how dry is it in the bedroom").parameter == "humidity"


def test_a_comparison_is_a_question_about_a_value() -> None:
    intent = read("is the humidity in the bathroom above 70?")
    assert intent.condition == Condition(parameter="humidity", operator=">", value=70.0, place="bathroom")
    assert read("is it warmer than 68 °F in the bedroom").condition == Condition(
        parameter="temperature", operator=">", value=20.0, place="bedroom"
    )


def test_several_are_asked_at_once() -> None:
    intent = read("temperature and humidity in the bathroom")
    assert [(one.parameter, one.place) for one in (intent, *intent.also)] == [
        ("temperature", "bathroom"),
        ("humidity", "bathroom"),
    ]
    rooms = read("temperature in all rooms")
    assert {one.place for one in (rooms, *rooms.also)} == {"living-room", "bedroom", "bathroom"}


@pytest.mark.parametrize(
    ("text", "value", "schedule"),
    [
        ("average humidity in the bathroom over the last 24 hours", "mean", Schedule(for_s=86_400)),
        ("highest humidity in the bathroom yesterday", "max", Schedule(from_="yesterday")),
        ("lowest humidity in the bathroom in the last hour", "min", Schedule(for_s=3600)),
        ("show me the humidity in the bathroom over the last week", "trend", Schedule(for_s=604_800)),
        ("what was the humidity in the bathroom last night", "trend", Schedule(from_="last night")),
        ("how humid did it get in the bathroom today", "max", Schedule(from_="today")),
    ],
)
def test_a_history_has_a_figure_and_a_time(text: str, value: str, schedule: Schedule) -> None:
    intent = read(text)
    assert (intent.action, intent.parameter, intent.place) == ("history", "humidity", "bathroom")
    assert (intent.value, intent.schedule) == (value, schedule)


def test_a_state_is_asked_of_the_device_that_does_it() -> None:
    window = read("is the bedroom window open?")
    assert (window.action, window.device, window.parameter, window.value) == (
        "state",
        "bedroom-window",
        "position",
        "open",
    )
    assert read("is the window open?").missing == ("place",)
    assert len(read("which windows are open?").candidates) == 2
    assert read("how long has the bathroom fan been on?").parameter == "since"


def test_what_moves_in_other_words_is_still_a_question() -> None:
    made = in_house(device("fan", "one", "Fan one"), device("fan", "two", "Fan two"))
    assert made.read("are the fans on").intent.kind == "query"


@pytest.mark.parametrize(
    ("text", "action", "place"),
    [
        ("how are my plants", "plants", ""),
        ("does the fern need water?", "plants", "fern"),
        ("how is the pump doing", "health", "circulation-pump"),
        ("is everything ok", "status", ""),
        ("list my plants", "list", ""),
    ],
)
def test_how_things_are(text: str, action: str, place: str) -> None:
    intent = read(text)
    assert (intent.kind, intent.action, intent.place) == ("query", action, place)


@pytest.mark.parametrize(
    ("text", "action", "device_id"),
    [
        ("why did the bedroom window open?", "why", "bedroom-window"),
        ("why isn't the bathroom fan running?", "why_not", "bathroom-fan"),
        ("should I open the bedroom window?", "advise", "bedroom-window"),
    ],
)
def test_why_and_whether(text: str, action: str, device_id: str) -> None:
    intent = read(text)
    assert (intent.kind, intent.action, intent.device) == ("explain", action, device_id)


def test_what_will_be_is_not_known() -> None:
    intent = read("will it rain tomorrow?")
    assert intent.kind == "none"
    assert "measured" in intent.reply
