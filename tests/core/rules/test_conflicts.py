"""Rules that want different things of one actuator."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.core.rules.conflicts import Conflict, conflicts
from gateway.core.rules.rule import KeptRule, Mode, Rule
from gateway.core.scenes import Scene
from tests.core.rules.rule_house import RuleHouse

ON: dict[str, Any] = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_on", "for_s": 1200}
OFF: dict[str, Any] = {"kind": "command", "device": "bath-fan", "verb": "turn_off"}
SLOW: dict[str, Any] = {"kind": "command", "device": "bath-fan", "verb": "set_speed", "args": {"speed": 20}}
FAST: dict[str, Any] = {**SLOW, "args": {"speed": 80}}
OPEN: dict[str, Any] = {"kind": "window", "asset": "bathroom", "position": 40}
SHUT: dict[str, Any] = {"kind": "command", "device": "bath-window", "verb": "set_position", "args": {"position": 0}}
DAMP: dict[str, Any] = {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70}
HOT: dict[str, Any] = {"kind": "value", "asset": "bathroom", "metric": "temperature", "operator": ">", "value": 26}
DRY: dict[str, Any] = {**DAMP, "operator": "<", "value": 60}


def kept(rule_id: str, then: dict[str, Any], when: dict[str, Any] | None = DAMP, **said: Any) -> KeptRule:
    said = {key.rstrip("_"): value for key, value in said.items()}
    rule = msgspec.convert({"name": rule_id.capitalize(), "when": when, "then": [then], **said}, Rule)
    return KeptRule(id=rule_id, rule=rule, mode=Mode.LIVE)


def found(one: KeptRule, *others: KeptRule, house: RuleHouse | None = None) -> list[Conflict]:
    return conflicts(one, others, house or RuleHouse())


def test_the_rule_with_the_higher_priority_has_its_way() -> None:
    (one,) = found(kept("damp", ON), kept("hot", OFF, HOT, priority=60))
    assert (one.other, one.actuator, one.wants, one.other_wants, one.wins) == (
        "hot",
        "bath-fan/power",
        "on",
        "off",
        "hot",
    )
    assert one.text == "Damp wants bath-fan/power on, Hot wants it off, and both can be at once: Hot (60) has its way."


def test_of_equal_priority_nobody_is_named_as_the_winner() -> None:
    (one,) = found(kept("damp", ON), kept("hot", OFF, HOT))
    assert one.wins == ""
    assert "the later has its way" in one.text


PAIRS: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, str, str]]]] = [
    (ON, OFF, [("bath-fan/power", "on", "off")]),
    (ON, ON, []),
    (SLOW, FAST, [("bath-fan/speed", "at 20 %", "at 80 %")]),
    (SLOW, ON, []),
    (SLOW, OFF, [("bath-fan/power", "on", "off")]),
    ({**SLOW, "args": {"speed": 0}}, ON, [("bath-fan/power", "off", "on")]),
    (OPEN, SHUT, [("bath-window/position", "at 40 %", "at 0 %")]),
    (OPEN, {**SHUT, "args": {"position": 40}}, []),
    (OPEN, OFF, []),
    ({**OFF, "verb": "identify"}, {**OFF, "verb": "restart"}, []),
    ({"kind": "command", "device": "boiler-1", "verb": "set_temperature", "args": {"temperature": 50}},
     {"kind": "command", "asset": "boiler", "verb": "set_temperature", "args": {"temperature": 60}},
     [("boiler-1/setpoint", "at 50 °C", "at 60 °C")]),
    ({"kind": "notify", "text": "damp"}, OFF, []),
    ({"kind": "timer", "timer": "later", "after_s": 60, "then": [ON]}, OFF, []),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_what_is_wanted_of_each_actuator_is_compared(
    one: dict[str, Any], other: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    told = found(kept("one", one), kept("other", other, HOT))
    assert [(conflict.actuator, conflict.wants, conflict.other_wants) for conflict in told] == expected


APART: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"when": DAMP}, {"when": DRY}),
    ({"when": DAMP, "if": {"kind": "time", "from": "06:00", "to": "22:00"}},
     {"when": HOT, "if": {"kind": "time", "from": "22:00", "to": "06:00"}}),
    ({"when": {"kind": "time", "at": "07:00", "days": ["sat"]}},
     {"when": {"kind": "time", "at": "07:00", "days": ["sun"]}}),
    ({"when": {"kind": "device", "device": "pump-1", "status": "online"}},
     {"when": {"kind": "device", "device": "pump-1", "status": "offline"}}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), APART)
def test_rules_that_can_not_both_hold_are_left_alone(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert found(kept("one", ON, **one), kept("other", OFF, **other)) == []
    assert found(kept("one", ON, **one), kept("other", OFF)) != []


def test_what_one_does_at_its_end_may_contradict_what_another_still_wants() -> None:
    airing = kept("damp", ON, else_=[OFF])
    stale = kept("stale", ON, {**HOT, "metric": "co2", "value": 1000})
    (one,) = found(airing, stale)
    assert one.text.startswith("Damp at its end wants bath-fan/power off, Stale wants it on")
    assert found(airing, kept("damper", ON, {**DAMP, "value": 80})) == []


def test_what_a_scene_wants_counts() -> None:
    house = RuleHouse()
    house.scenes = {"evening": Scene(id="evening", name="Evening", then=kept("x", OFF).rule.then)}  # type: ignore[arg-type]
    (one,) = found(kept("damp", ON), kept("late", {"kind": "scene", "scene": "evening"}, HOT), house=house)
    assert one.actuator == "bath-fan/power"


def test_without_a_house_devices_and_assets_are_compared_by_their_names() -> None:
    assert [one.actuator for one in conflicts(kept("a", ON), [kept("b", {**ON, "verb": "turn_off"}, HOT)], None)] == [
        "bathroom-fan/power"
    ]
    assert conflicts(kept("a", ON), [kept("b", OFF, HOT)], None) == []


def test_a_rule_is_not_in_conflict_with_its_former_self() -> None:
    assert found(kept("damp", ON), kept("damp", OFF)) == []


def test_where_there_are_too_many_ways_to_try_both_may_hold() -> None:
    groups = [{"kind": "any", "of": [{"kind": "alert", "asset": f"p{a}-{b}"} for b in range(12)]} for a in range(5)]
    many = kept("many", OFF, None, if_={"kind": "all", "of": groups})
    assert [one.other for one in found(kept("damp", ON), many)] == ["many"]
