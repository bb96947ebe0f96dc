"""Rules that feed themselves."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.core.rules.loops import Loop, loops
from gateway.core.rules.rule import KeptRule, Mode, Rule
from gateway.core.scenes import Scene
from tests.core.rules.rule_house import RuleHouse

FAN: dict[str, Any] = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_on"}
FAN_OFF: dict[str, Any] = {**FAN, "verb": "turn_off"}
DAMP: dict[str, Any] = {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70}
DRY: dict[str, Any] = {**DAMP, "operator": "<", "value": 60}


def kept(rule_id: str, when: dict[str, Any] | None, *then: dict[str, Any], **said: Any) -> KeptRule:
    said = {key.rstrip("_"): value for key, value in said.items()}
    rule = msgspec.convert({"name": rule_id.capitalize(), "when": when, "then": list(then), **said}, Rule)
    return KeptRule(id=rule_id, rule=rule, mode=Mode.LIVE)


def after(device: str, verb: str = "", status: str = "done") -> dict[str, Any]:
    return {"kind": "command", "device": device, "verb": verb, "status": status}


def found(one: KeptRule, *others: KeptRule, house: RuleHouse | None = None) -> list[Loop]:
    return loops(one, others, house or RuleHouse())


def test_a_rule_that_does_what_starts_it_is_a_certain_loop() -> None:
    (loop,) = found(kept("again", after("bath-fan", "turn_on"), FAN))
    assert (loop.rules, loop.certain) == (("again",), True)
    assert loop.text == "Again feeds itself: its turn_on of bath-fan starts Again."


def test_another_verb_of_the_same_device_is_no_loop() -> None:
    assert found(kept("once", after("bath-fan", "turn_off"), FAN)) == []
    assert [loop.certain for loop in found(kept("any", after("bath-fan"), FAN))] == [True]


def test_two_rules_that_start_each_other_are_one_loop() -> None:
    ping = kept("ping", after("bath-fan", "turn_off"), FAN)
    pong = kept("pong", after("bath-fan", "turn_on"), FAN_OFF)
    bystander = kept("bystander", after("bath-fan", "turn_on"), {"kind": "notify", "text": "on"})
    (loop,) = found(ping, pong, bystander)
    assert (loop.rules, loop.certain) == (("ping", "pong"), True)
    assert found(bystander, ping, pong) == []


def test_what_a_timer_takes_back_counts() -> None:
    (loop,) = found(kept("off", after("bath-fan", "turn_off"), {**FAN, "for_s": 60}))
    assert loop.certain
    later = {"kind": "timer", "timer": "later", "after_s": 60, "then": [FAN_OFF]}
    assert [one.certain for one in found(kept("off", after("bath-fan", "turn_off"), later))] == [True]


def test_a_timer_that_starts_its_own_rule_is_a_certain_loop() -> None:
    idle = {"kind": "timer", "timer": "tick", "running": False}
    (loop,) = found(kept("tick", None, {"kind": "timer", "timer": "tick", "after_s": 60, "then": [FAN]}, if_=idle))
    assert (loop.certain, loop.text) == (True, "Tick feeds itself: its timer tick starts it.")


def test_a_configuration_that_is_another_rules_condition_is_a_certain_link() -> None:
    loud = kept("loud", {"kind": "command", "device": "bath-fan", "verb": "turn_on"},
                {"kind": "shadow", "device": "bath-climate", "desired": {"audio": True}})  # fmt: skip
    listens = kept("listens", None, FAN, if_={"kind": "state", "device": "bath-climate", "key": "audio", "is": True})
    assert [loop.rules for loop in found(loud, listens)] == [("loud", "listens")]
    deaf = kept("deaf", None, FAN, if_={"kind": "state", "device": "bath-climate", "key": "audio", "is": False})
    assert found(loud, deaf) == []


def test_what_a_scene_orders_counts() -> None:
    house = RuleHouse()
    house.scenes = {"evening": Scene(id="evening", name="Evening", then=kept("x", DAMP, FAN).rule.then)}  # type: ignore[arg-type]
    (loop,) = found(kept("again", after("bath-fan"), {"kind": "scene", "scene": "evening"}), house=house)
    assert loop.certain


def test_a_fan_that_dries_the_room_that_started_it_may_switch_to_and_fro() -> None:
    (loop,) = found(kept("damp", DAMP, FAN, else_=[FAN_OFF]))
    assert (loop.rules, loop.certain) == (("damp",), False)
    assert loop.text == ("Damp may switch to and fro: its turn_on moves humidity; a hysteresis of 3 % stops that.")


def test_hysteresis_or_patience_stops_it() -> None:
    for said in ({"hysteresis": 5}, {"for_s": 600}, {"cooldown_s": 600}):
        assert found(kept("damp", DAMP, FAN, else_=[FAN_OFF], **said)) == []
    assert found(kept("damp", {**DAMP, "hysteresis": 3}, FAN, else_=[FAN_OFF])) == []
    assert found(kept("damp", DAMP, {**FAN, "for_s": 1200})) == []


def test_a_window_that_is_given_back_at_once_may_go_to_and_fro() -> None:
    stale = {**DAMP, "metric": "co2", "value": 1000}
    (loop,) = found(kept("stale", stale, {"kind": "window", "asset": "bathroom", "position": 60}))
    assert "a hysteresis of 50 ppm stops that" in loop.text
    assert found(kept("stale", stale, {"kind": "window", "asset": "bathroom", "position": 60, "for_s": 600})) == []


def test_two_rules_that_push_a_value_to_and_fro_are_a_possible_loop() -> None:
    damp = kept("damp", {**DAMP, "value": 61}, FAN)
    dry = kept("dry", DRY, FAN_OFF)
    (loop,) = found(damp, dry)
    assert (loop.rules, loop.certain) == (("damp", "dry"), False)
    assert "its turn_on of bath-fan lowers humidity, which starts Dry" in loop.text
    assert "its turn_off of bath-fan raises humidity, which starts Damp" in loop.text


def test_two_thresholds_far_enough_apart_are_how_it_is_done() -> None:
    assert found(kept("damp", DAMP, FAN), kept("dry", DRY, FAN_OFF)) == []


def test_a_pump_moves_what_it_feeds() -> None:
    water = {"kind": "command", "asset": "pump", "verb": "turn_on"}
    thirsty = {"kind": "value", "asset": "ficus", "metric": "soil_moisture", "operator": "<", "value": 20}
    (loop,) = found(kept("thirsty", thirsty, water, else_=[{**water, "verb": "turn_off"}]))
    assert "a hysteresis of 3 % stops that" in loop.text


def test_without_a_house_only_certain_loops_are_found() -> None:
    assert loops(kept("damp", DAMP, FAN, else_=[FAN_OFF]), [], None) == []
    by_device = {**FAN, "asset": "", "device": "bath-fan"}
    assert [one.certain for one in loops(kept("again", after("bath-fan"), by_device), [], None)] == [True]


def test_a_house_in_which_everything_starts_everything_is_walked_through_in_bounded_steps() -> None:
    rules = [kept(f"r{number}", after("bath-fan"), FAN) for number in range(60)]
    told = found(rules[0], *rules[1:])
    assert told[0].rules == ("r0",)
    assert all(loop.certain for loop in told)
