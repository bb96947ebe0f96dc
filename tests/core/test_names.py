from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.names import METRIC_WORDS, Named, Names, metric_of, question, readings, spellings, words
from gateway.core.units import UNITS

ZONE_B = Named("zone", "zone-b", "Zone B")
ZONE_A = Named("zone", "zone-a", "Zone A")
KITCHEN = Named("asset", "kitchen", "Küche")
ANNA = Named("asset", "anna", "Anna's room")
BATH = Named("asset", "bathroom", "Bathroom")
HEATER = Named("asset", "water-heater", "Water heater")
KITCHEN_HEATER = Named("asset", "kitchen-heater", "Kitchen heater")
GARDEN = Named("zone", "garden", "Garden")
OUTDOORS = Named("asset", "outdoors", "Outdoors")
WINDOW = Named("device", "window-a1b2c3", "Bathroom window")
DEN = Named("asset", "den", "The Den")

NAMES = Names(
    [
        (ZONE_A, ["zone-a", "Zone A"]),
        (ZONE_B, ["zone-b", "Zone B", "the back"]),
        (KITCHEN, ["kitchen", "Küche"]),
        (ANNA, ["anna", "Anna's room"]),
        (BATH, ["bathroom", "Bathroom", "bath"]),
        (HEATER, ["water-heater", "Water heater", "boiler", "hot water"]),
        (KITCHEN_HEATER, ["kitchen-heater", "Kitchen heater", "kitchen boiler"]),
        (GARDEN, ["garden", "Garden"]),
        (OUTDOORS, ["outdoors", "Outdoors", "outside", "garden"]),
        (WINDOW, ["window-a1b2c3", "Bathroom window"]),
        (DEN, ["den", "The Den"]),
    ]
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Zone-B", ("zone", "b")),
        ("zone_b", ("zone", "b")),
        ("  ZONE   b? ", ("zone", "b")),
        ("Anna's Küche", ("anna", "kuche")),
        ("Anna\u2019s room", ("anna", "room")),
        ("Anna`s room", ("anna", "room")),
        ("the kids' room", ("the", "kids", "room")),
        ("CO₂", ("co2",)),
        ("Straße 5", ("strasse", "5")),
        ("Ⅳ. étage", ("iv", "etage")),
        ("o'neill-1", ("o", "neill", "1")),
        ("バルコニー", ("バルコニー",)),
        ("🌱!?", ()),
        ("", ()),
    ],
)
def test_a_text_becomes_its_words(text: str, said: tuple[str, ...]) -> None:
    assert words(text) == said


def test_a_name_may_be_spelled_in_several_ways() -> None:
    assert ("kueche",) in spellings("Küche")
    assert ("kueche",) in spellings("Ku\u0308che")
    assert ("annas", "room") in spellings("Anna's room")
    assert ("den",) in spellings("The Den")
    assert spellings("Zone A") == {("zone", "a")}
    assert spellings("...") == set()


ZONE_B_TEMPERATURE = [
    "temp zone b",
    "Zone-B temperature",
    "What's the temp in Zone B?",
    "zone_b TEMP",
    "temperature zone-b",
    "temperature of zone b",
    "What is the temperature in Zone B?",
    "whats the current temperature in zone b",
    "What is the current temp of Zone B right now, please?",
    "zone b's temperature",
    "Zone B\u2019s temp",
    "ZONE B: TEMPERATURE?",
    "how warm is it in zone b?",
    "How hot is Zone B",
    "how cold is it in zone-b today",
    "Is it cold in zone b?",
    "tell me the temperature in zone b",
    "Can you show me the zone b temperature, please",
    "please get temp for zone b",
    "give me the air temperature of Zone B",
    "I want to know the temperature in Zone B",
    "hey, what temperature is it in zone b now?",
    "how many degrees is it in zone b",
    "Temperatur Zone B",
    "Wie warm ist es in Zone B?",
    "Wie kalt ist es gerade in der Zone B",
    "Zone-B-Temperatur",
    "Lufttemperatur in Zone B bitte",
    "Zeig mir die Temperatur von Zone B",
    "wie heiß ist es in zone b",
    "Wie heiss ist es in Zone B?",
    "wie viel Grad hat Zone B",
    "temp: zone b",
    "temp@zone-b",
    "zone/b/temperature",
    "zone.b.temp",
    "  zone   B   temperature  ",
    "Ｚｏｎｅ Ｂ temperature",
    "zone b temps",
    "temperatures in zone b",
    "What\u00b4s the temp in Zone B",
    "Hello! What is the Zone B temperature?",
]


@pytest.mark.parametrize("text", ZONE_B_TEMPERATURE)
def test_one_question_however_it_is_asked(text: str) -> None:
    assert question(text) == (("zone", "b"), "temperature")


def test_there_are_enough_ways_of_asking() -> None:
    assert len(set(ZONE_B_TEMPERATURE)) >= 40


@pytest.mark.parametrize(
    ("text", "place", "metric"),
    [
        ("bathroom humidity", ("bathroom",), "humidity"),
        ("Luftfeuchtigkeit im Bad", ("bad",), "humidity"),
        ("relative humidity bathroom", ("bathroom",), "humidity"),
        ("RH in the bathroom", ("bathroom",), "humidity"),
        ("fern soil moisture", ("fern",), "soil_moisture"),
        ("soil_moisture of the fern", ("fern",), "soil_moisture"),
        ("Bodenfeuchte vom Farn", ("farn",), "soil_moisture"),
        ("how dry is the fern", ("fern",), "soil_moisture"),
        ("CO2 in the bedroom", ("bedroom",), "co2"),
        ("CO₂ bedroom", ("bedroom",), "co2"),
        ("carbon dioxide bedroom", ("bedroom",), "co2"),
        ("Luftqualität Schlafzimmer", ("schlafzimmer",), "co2"),
        ("Luftqualitaet Schlafzimmer", ("schlafzimmer",), "co2"),
        ("how bright is it in the lounge", ("lounge",), "light_level"),
        ("Helligkeit Wohnzimmer", ("wohnzimmer",), "light_level"),
        ("noise level in the kitchen", ("kitchen",), "sound_level"),
        ("sound volume kitchen", ("kitchen",), "sound_level"),
        ("Wie laut ist es in der Küche?", ("kuche",), "sound_level"),
        ("air pressure outside", ("outside",), "pressure"),
        ("wind speed in the garden", ("garden",), "wind"),
        ("how much rain in the garden", ("garden",), "rain"),
        ("boiler power consumption", ("boiler",), "power"),
        ("Stromverbrauch Boiler", ("boiler",), "energy"),
        ("pump flow rate", ("pump",), "flow"),
        ("pump current", ("pump",), "current"),
        ("current pump pressure", ("pump",), "pressure"),
        ("current draw of the pump", ("pump",), "current"),
        ("how far open is the bedroom window", ("bedroom", "window"), "position"),
        ("battery of the bedroom window", ("bedroom", "window"), "battery"),
        ("temp zone a", ("zone", "a"), "temperature"),
        ("temp in a bedroom", ("bedroom",), "temperature"),
        ("temp in zone a?", ("zone", "a"), "temperature"),
        ("right wing temperature right now", ("right", "wing"), "temperature"),
        ("hot water temperature", ("hot", "water"), "temperature"),
        ("is the bathroom humid?", ("bathroom",), "humidity"),
        ("Is the fern dry?", ("fern",), "soil_moisture"),
        ("is it dark in the cellar", ("cellar",), "light_level"),
        ("Ist es laut in der Küche?", ("kuche",), "sound_level"),
        ("is the bedroom window open", ("bedroom", "window"), "position"),
        ("dark room humidity", ("dark", "room"), "humidity"),
        ("temp in the den", ("den",), "temperature"),
        ("temperature", (), "temperature"),
        ("bathroom", ("bathroom",), None),
        ("", (), None),
        ("???", (), None),
    ],
)
def test_place_and_metric_of_a_question(text: str, place: tuple[str, ...], metric: str | None) -> None:
    assert question(text) == (place, metric)


def test_a_misspelled_metric_is_the_last_guess() -> None:
    assert list(readings("bathroom temprature")) == [
        (("bathroom", "temprature"), None),
        (("bathroom",), "temperature"),
    ]
    assert list(readings("powder room")) == [(("powder", "room"), None), (("room",), "power")]
    assert list(readings("the fern")) == [(("fern",), None)]


def test_metrics_that_only_devices_know_can_be_asked_for() -> None:
    assert question("soil ph of the fern", ["soil_ph"]) == (("fern",), "soil_ph")
    assert question("soil temperature fern", ["soil_temperature"]) == (("fern",), "soil_temperature")


@pytest.mark.parametrize("metric", sorted(UNITS))
def test_every_metric_of_the_protocol_is_understood_by_its_own_name(metric: str) -> None:
    assert metric_of(metric) == metric
    assert metric_of(metric.replace("_", " ").upper()) == metric
    assert question(f"{metric} in the bathroom") == (("bathroom",), metric)


def test_metrics_are_called_by_words() -> None:
    assert all(words(" ".join(said)) == said for said in METRIC_WORDS)
    assert metric_of("bogus") is None


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("zone b", [ZONE_B]),
        ("b zone", [ZONE_B]),
        ("zoneb", [ZONE_B]),
        ("the back", [ZONE_B]),
        ("zone a", [ZONE_A]),
        ("zone", [ZONE_A, ZONE_B]),
        ("Küche", [KITCHEN]),
        ("kuche", [KITCHEN]),
        ("kueche", [KITCHEN]),
        ("KÜCHE", [KITCHEN]),
        ("annas room", [ANNA]),
        ("Anna's room", [ANNA]),
        ("bath room", [BATH]),
        ("bath", [BATH]),
        ("boiler", [HEATER]),
        ("heater", [HEATER, KITCHEN_HEATER]),
        ("boiler kitchen", [KITCHEN_HEATER]),
        ("garden", [GARDEN, OUTDOORS]),
        ("window", [WINDOW]),
        ("a1b2c3", [WINDOW]),
        ("den", [DEN]),
        ("the den", [DEN]),
        ("bathroom sensor", [BATH]),
        ("garden zone", [GARDEN, OUTDOORS]),
        ("nowhere", []),
        ("", []),
        ("zone c", []),
    ],
)
def test_names_are_found_in_every_spelling(said: str, found: list[Named]) -> None:
    assert NAMES.find(words(said)) == found


def test_a_misspelled_name_has_neighbours() -> None:
    assert NAMES.near(words("bathrom")) == [BATH]
    assert NAMES.near(words("qqqqqq")) == []


@given(st.text(max_size=200))
def test_no_text_is_too_strange_to_be_asked(text: str) -> None:
    place, metric = question(text)
    assert all(word and word == word.casefold() for word in place)
    assert metric is None or metric in METRIC_WORDS.values()
    assert question(" ".join(words(text)))[1] == metric
    NAMES.find(place)
    NAMES.near(place)


@given(st.text(max_size=40))
def test_the_words_of_words_are_the_same(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)
