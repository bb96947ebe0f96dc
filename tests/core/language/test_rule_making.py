"""Rules by sentence, to the letter; and that nothing that is made cannot be."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.language.grammar import Grammar
from gateway.core.language.intent import Intent
from gateway.core.language.understand import Reader
from gateway.core.rules import check
from gateway.core.rules.rule import Rule
from gateway.flow.chat.families import families
from gateway.simulator.site import demo_site
from gateway.simulator.site_house import house_of


@lru_cache(maxsize=1)
def reader() -> Reader:
    return Reader(house_of(demo_site()), Grammar(families()))


def read(text: str) -> Intent:
    return reader().read(text).intent


def made(text: str) -> dict[str, Any]:
    """The rule as JSON has it, without its name."""
    rule = read(text).rule
    assert rule is not None, read(text)
    shown: dict[str, Any] = json.loads(msgspec.json.encode(rule))
    del shown["name"]
    return shown


DAMP = {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70.0}
FAN = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_on"}
NIGHT = {"kind": "time", "from": "22:00", "to": "06:00"}


def test_the_sentence_of_the_bathroom_is_this_rule() -> None:
    text = "If humidity in the bathroom is above 70 % for 10 minutes, run the fan for 20 minutes, but not at night"
    assert made(text) == {
        "when": DAMP,
        "if": {"kind": "not", "of": NIGHT},
        "for_s": 600,
        "hysteresis": 3.0,
        "then": [{**FAN, "for_s": 1200}],
    }
    intent = read(text)
    assert intent.reply == (
        "When humidity in Bathroom is above 70 % for 10 min and it is not between 22:00 and 06:00: "
        "turn on Bathroom fan for 20 min. Hysteresis 3. Night is 22:00 to 06:00."
    )
    assert intent.confirm
    assert msgspec.to_builtins(intent)["schedule"] == {"for_s": 1200, "not": ("22:00", "06:00")}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "when co2 in the bedroom goes over 1000 ppm, open the bedroom window to 40 percent",
            {
                "when": {"kind": "value", "asset": "bedroom", "metric": "co2", "operator": ">", "value": 1000.0},
                "hysteresis": 50.0,
                "then": [{"kind": "window", "device": "bedroom-window", "position": 40.0}],
            },
        ),
        (
            "run the bathroom fan as long as humidity in the bathroom is above 70 %",
            {"when": DAMP, "hysteresis": 3.0, "then": [FAN], "else": [{**FAN, "verb": "turn_off"}]},
        ),
        (
            "every weekday at 06:30 turn on the bathroom fan",
            {"when": {"kind": "time", "at": "06:30", "days": ["mon", "tue", "wed", "thu", "fri"]}, "then": [FAN]},
        ),
        (
            "run the bathroom fan for 5 minutes every 2 hours",
            {"when": {"kind": "time", "every_s": 7200}, "then": [{**FAN, "for_s": 300}]},
        ),
        (
            "30 minutes after sunset turn on the bathroom fan",
            {"when": {"kind": "sun", "event": "sunset", "offset_s": 1800}, "then": [FAN]},
        ),
        (
            "if the bathroom is warmer than 77 °F, turn on the bathroom fan",
            {
                "when": {"kind": "value", "asset": "bathroom", "metric": "temperature", "operator": ">", "value": 25.0},
                "hysteresis": 0.5,
                "then": [FAN],
            },
        ),
        (
            "if humidity in the bathroom is above 70 % turn on the bathroom fan in 5 minutes",
            {
                "when": DAMP,
                "hysteresis": 3.0,
                "then": [{"kind": "timer", "timer": "turn-on-later", "after_s": 300, "then": [FAN]}],
            },
        ),
        (
            "warn me when humidity in the bathroom is above 70 %",
            {
                "when": DAMP,
                "hysteresis": 3.0,
                "then": [
                    {
                        "kind": "notify",
                        "text": "Humidity in Bathroom is above 70 %: it is {value}",
                        "level": "warning",
                    }
                ],
            },
        ),
        (
            "let me know when the pump goes offline",
            {
                "when": {"kind": "device", "device": "circulation-pump", "status": "offline"},
                "then": [{"kind": "notify", "text": "Circulation pump is offline"}],
            },
        ),
        (
            "tell me when the fern needs water",
            {
                "when": {"kind": "alert", "asset": "fern", "metric": "soil_moisture"},
                "then": [{"kind": "notify", "text": "Soil moisture of Fern is outside its thresholds"}],
            },
        ),
        (
            "if humidity in the bathroom is above 70 %, run the bathroom fan, but only between 8:00 and 20:00",
            {
                "when": DAMP,
                "if": {"kind": "time", "from": "08:00", "to": "20:00"},
                "hysteresis": 3.0,
                "then": [FAN],
            },
        ),
        (
            "if humidity in the bathroom is between 60 and 80 %, run the bathroom fan",
            {
                "if": {"kind": "between", "asset": "bathroom", "metric": "humidity", "low": 60.0, "high": 80.0},
                "then": [FAN],
            },
        ),
        (
            "if humidity in the bathroom is above 70 % run the bathroom fan until it is below 60 %",
            {"when": DAMP, "hysteresis": 10.0, "then": [FAN], "else": [{**FAN, "verb": "turn_off"}]},
        ),
        (
            "turn on the bathroom fan when humidity is above 70%",
            {"when": DAMP, "hysteresis": 3.0, "then": [FAN]},
        ),
    ],
)
def test_a_sentence_is_exactly_this_rule(text: str, rule: dict[str, Any]) -> None:
    assert made(text) == rule


def test_two_conditions_are_one_that_is_waited_for_and_one_that_must_hold_beside_it() -> None:
    rule = made(
        "if temperature in the bedroom is above 25 and co2 is above 1000 for 10 minutes, open the bedroom window"
    )
    assert rule["when"]["metric"] == "co2"
    assert rule["for_s"] == 600
    assert rule["if"]["metric"] == "temperature"


def test_a_rule_without_a_place_asks_for_it_and_cannot_be_kept() -> None:
    intent = read("turn off the fan if humidity > 70")
    assert (intent.kind, intent.rule, intent.missing) == ("rule", None, ("place",))
    assert intent.reply.startswith("Humidity where?")
    assert len(intent.candidates) > 1


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("if humidity in the bathroom is above 70 %", "And then? Say what should be done."),
        ("turn on the pump on monday at 19:00", "Every week on that day, or only the next one?"),
        (
            "if humidity in the bathroom is above 140 %, run the bathroom fan",
            "Humidity is between 0 and 100 %. Which value?",
        ),
        (
            "if humidity in the bathroom is above 30 degrees, run the bathroom fan",
            "Humidity is measured in %, not in °. Which value?",
        ),
        ("run the pump every second", "That is very often; once a minute is the most. How often?"),
        (
            "turn on the bathroom fan until humidity in the bathroom is below 60 %",
            "For how long? Or say while instead of until: it ends when that ends.",
        ),
        (
            "set the boiler to 50 degrees for 20 minutes",
            "And after 20 min, what should it be set to?",
        ),
    ],
)
def test_what_cannot_be_told_is_asked(text: str, reply: str) -> None:
    intent = read(text)
    assert (intent.kind, intent.reply) == ("question", reply)


_WORDS = (
    *("if", "when", "unless", "but", "not", "and", "or", "then", "for", "at", "night", "every", "day", "70", "%", "10"),
    *("minutes", "25", "degrees", "the", "bathroom", "humidity", "is", "above", "below", "fan", "window", "bedroom"),
    *("run", "open", "turn", "on", "off", "to", ",", "until", "while", "otherwise", "only", "it", "boiler"),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), min_size=3, max_size=22))
def test_every_rule_that_is_made_of_a_salad_of_words_can_be(words: list[str]) -> None:
    intent = read(" ".join(words))
    if intent.kind != "rule":
        return
    assert intent.confirm
    if intent.rule is None:
        assert intent.missing
        return
    assert check.problems(intent.rule, None) == []
    assert msgspec.json.decode(msgspec.json.encode(intent.rule), type=Rule) == intent.rule
