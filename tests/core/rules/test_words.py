"""Rules in words, to the letter."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any, get_args

import msgspec
import pytest

from gateway.core.rules.actions import Then
from gateway.core.rules.rule import AllIf, AnyIf, If, OneWhen, Rule
from gateway.core.rules.terms import span
from gateway.core.rules.words import clause, deed, sentence

DAMP = {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70}
NIGHT = {"kind": "time", "from": "22:00", "to": "06:00"}
FAN = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_on", "for_s": 1200}
BATHROOM: dict[str, Any] = {
    "name": "Bathroom fan",
    "when": DAMP,
    "for_s": 600,
    "if": {"kind": "not", "of": NIGHT},
    "then": [FAN],
}


class House:
    """What people call things here."""

    site_zone: tzinfo = UTC

    def __init__(self) -> None:
        self._known = {"bathroom": "Bathroom", "bathroom-fan": "Bathroom fan", "upstairs": "Upstairs", "ficus": "Ficus"}

    def asset(self, asset_id: str) -> str:
        return self._known.get(asset_id, asset_id)

    device = zone = scene = asset


def rule(**said: Any) -> Rule:
    return msgspec.convert({"name": "A rule", **said}, Rule)


def told(**said: Any) -> str:
    return sentence(rule(**said), House())


def test_the_rule_of_the_bathroom_fan_reads_as_a_person_would_say_it() -> None:
    assert told(**BATHROOM) == (
        "When humidity in Bathroom is above 70 % for 10 min and it is not between 22:00 and 06:00: "
        "turn on Bathroom fan for 20 min."
    )


def test_what_else_a_rule_says_follows_in_sentences_of_its_own() -> None:
    text = told(
        **BATHROOM,
        hysteresis=5,
        cooldown_s=1800,
        catch_up="skip",
        priority=95,
        safe=[{"kind": "command", "asset": "bathroom-fan", "verb": "turn_off"}],
        **{"else": [{"kind": "notify", "text": "dry again"}]},
    )
    assert text == (
        "When humidity in Bathroom is above 70 % for 10 min and it is not between 22:00 and 06:00: "
        'turn on Bathroom fan for 20 min. When that ends: tell people "dry again". '
        "When it cannot know: turn off Bathroom fan. Hysteresis 5. Not again within 30 min. "
        "What was missed is left out. It goes before people."
    )


def test_a_moment_is_told_with_its_condition_as_an_if() -> None:
    text = told(
        when={"kind": "time", "at": "07:30", "days": ["mon", "tue", "wed", "thu", "fri"]},
        **{"if": {"kind": "between", "zone": "upstairs", "metric": "temperature", "low": 10, "high": 18.5}},
        then=[{"kind": "command", "device": "heater-1", "verb": "set_temperature", "args": {"temperature": 55}}],
    )
    assert text == (
        "At 07:30 on weekdays, if mean temperature in Upstairs is between 10 and 18.5 °C: "
        "set temperature of heater-1 to 55 °C."
    )


def test_several_triggers_are_joined_by_or() -> None:
    text = told(
        when={"kind": "any", "of": [{"kind": "sun", "event": "sunset", "offset_s": -1800}, DAMP]},
        then=[{"kind": "window", "asset": "bathroom", "position": 0}, {"kind": "scene", "scene": "evening"}],
    )
    assert text == (
        "30 min before sunset or when humidity in Bathroom is above 70 %: shut Bathroom and run scene evening."
    )


def test_a_rule_of_conditions_alone_is_told_as_they_are_joined() -> None:
    dry = {
        "kind": "compare",
        "asset": "ficus",
        "metric": "soil_moisture",
        "operator": "<",
        "value": 20,
        "window_s": 3600,
        "aggregate": "mean",
    }
    either = {"kind": "any", "of": [NIGHT, {"kind": "sun", "is": "down"}]}
    text = told(
        **{"if": {"kind": "all", "of": [dry, either]}},
        for_s=90,
        then=[{"kind": "timer", "timer": "stop", "after_s": 60, "then": [{"kind": "cancel", "timer": "stop"}]}],
    )
    assert text == (
        "When mean soil moisture of Ficus over 1 h is below 20 % and (it is between 22:00 and 06:00 or the sun is "
        "down), for 1 min 30 s: after 1 min (timer stop) stop timer stop."
    )


def test_what_else_takes_back_is_told_with_the_action() -> None:
    text = told(
        when={"kind": "device", "device": "pump-1", "status": "offline"},
        then=[
            {
                "kind": "command",
                "device": "fan-1",
                "verb": "set_speed",
                "args": {"speed": 60},
                "for_s": 300,
                "back": [{"kind": "command", "device": "fan-1", "verb": "set_speed", "args": {"speed": 20}}],
            }
        ],
    )
    assert text == ("When pump-1 is offline: set speed of fan-1 to 60 % for 5 min, then set speed of fan-1 to 20 %.")


SAMPLES: list[tuple[dict[str, Any], str]] = [
    ({"kind": "change", "device": "meter", "metric": "power", "by": 500}, "power of meter changes by 500 W"),
    ({"kind": "time", "every_s": 900}, "every 15 min"),
    ({"kind": "sun", "event": "sunrise", "days": ["sat", "sun"]}, "at sunrise at weekends"),
    (
        {"kind": "alert", "asset": "ficus", "metric": "soil_moisture"},
        "soil moisture of Ficus is outside its thresholds",
    ),
    ({"kind": "anomaly", "asset": "ficus", "nature": "sensor"}, "something is wrong in its sensor at Ficus"),
    ({"kind": "command", "device": "fan-1", "verb": "turn_on", "status": "failed"}, "turn on of fan-1 has failed"),
]


@pytest.mark.parametrize(("said", "words"), SAMPLES)
def test_a_trigger_has_words(said: dict[str, Any], words: str) -> None:
    assert clause(msgspec.convert(said, OneWhen), House()) == words


NOTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "compare", "zone": "upstairs", "metric": "co2", "of": "any", "operator": ">=", "value": 1000},
     "co2 anywhere in Upstairs is not at least 1000 ppm"),
    ({"kind": "state", "device": "fan-1", "is": "offline"}, "fan-1 is not offline"),
    ({"kind": "state", "device": "fan-1", "key": "audio", "is": True}, "audio of fan-1 is not on"),
    ({"kind": "sun", "is": "up", "offset_s": 600}, "the sun is not up (sunrise and sunset 10 min later)"),
    ({"kind": "timer", "timer": "stop"}, "timer stop does not run"),
    ({"kind": "anomaly"}, "something is not wrong"),
    ({"kind": "any", "of": [NIGHT, NIGHT]}, "not (it is between 22:00 and 06:00 or it is between 22:00 and 06:00)"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "words"), NOTS)
def test_the_opposite_of_a_condition_has_words(said: dict[str, Any], words: str) -> None:
    assert clause(msgspec.convert({"kind": "not", "of": said}, If), House()) == words


def test_every_kind_of_trigger_condition_and_action_has_words() -> None:
    fillers = {"metric": "humidity", "operator": ">", "value": 1.0, "by": 1.0, "low": 1.0, "high": 2.0, "at": "07:00",
               "event": "sunset", "device": "fan-1", "status": "online", "from_": "07:00", "to": "08:00", "is_": "up",
               "key": "status", "asset": "", "timer": "stop", "of": (), "verb": "turn_on", "position": 40.0,
               "text": "hello", "desired": {"audio": True}, "after_s": 60, "then": (), "scene": "evening"}  # fmt: skip
    seen = set()
    for kind in (*get_args(OneWhen), *get_args(If), *get_args(Then)):
        needed = {field.name: fillers[field.name] for field in msgspec.structs.fields(kind) if field.required}
        if kind in (AllIf, AnyIf):
            needed["of"] = (msgspec.convert(NIGHT, If),)
        elif "of" in needed:
            needed["of"] = msgspec.convert(NIGHT, If)
        one = kind(**({"at": "07:00"} if kind.__name__ == "TimeWhen" else {}), **needed)
        text = deed(one, House()) if kind in get_args(Then) else clause(one, House())
        assert text
        assert "{" not in text
        seen.add(kind)
    assert len(seen) == len((*get_args(OneWhen), *get_args(If), *get_args(Then)))


def test_what_is_nested_beyond_all_measure_is_told_without_its_inside() -> None:
    deep: Any = NIGHT
    for _ in range(60):
        deep = {"kind": "not", "of": {"kind": "any", "of": [deep]}}
    assert "…" in clause(msgspec.convert(deep, If), House())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (5400, "1 h 30 min"), (86_400, "1 day"), (180_061, "2 days 2 h 1 min 1 s")],
)
def test_a_span_is_exact(seconds: int, words: str) -> None:
    assert span(seconds) == words
