"""What keeps a rule from being kept, each with its path and reason."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rules.check import problems, scene_problems, warnings
from gateway.core.rules.rule import CompareIf, Rule
from gateway.core.scenes import SceneDraft
from tests.core.rules.rule_house import RuleHouse

DAMP: dict[str, Any] = {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70}
COMPARE: dict[str, Any] = {**DAMP, "kind": "compare"}
FAN: dict[str, Any] = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_on", "for_s": 1200}
BATHROOM: dict[str, Any] = {
    "name": "Bathroom fan",
    "when": DAMP,
    "for_s": 600,
    "hysteresis": 5,
    "if": {"kind": "not", "of": {"kind": "time", "from": "22:00", "to": "06:00"}},
    "then": [FAN],
    "catch_up": "late",
}


def rule(**said: Any) -> Rule:
    return msgspec.convert({**BATHROOM, **said}, Rule)


def found(house: RuleHouse | None = None, /, **said: Any) -> list[tuple[str, str]]:
    return [(one.path, one.reason) for one in problems(rule(**said), house or RuleHouse())]


def timer(depth: int, name: str = "stop") -> dict[str, Any]:
    inner = timer(depth - 1, f"{name}x") if depth else FAN
    return {"kind": "timer", "timer": name, "after_s": 60, "then": [inner]}


def nested(depth: int) -> dict[str, Any]:
    return {"kind": "not", "of": nested(depth - 1)} if depth else COMPARE


def test_the_rule_of_the_bathroom_fan_can_be() -> None:
    assert found() == []
    assert problems(rule(), None) == []


def test_what_says_all_that_can_be_said_can_be() -> None:
    zone = {"kind": "compare", "zone": "upstairs", "metric": "humidity", "of": "any", "operator": "<=", "value": 40,
            "window_s": 3600, "aggregate": "mean"}  # fmt: skip
    assert not found(
        when={"kind": "any", "of": [DAMP, {"kind": "alert", "asset": "ficus"}]},
        **{"if": {"kind": "all", "of": [
            zone,
            {"kind": "sun", "is": "down"},
            {"kind": "state", "device": "bath-fan", "is": "online"},
            {"kind": "anomaly", "asset": "pump"},
            {"kind": "timer", "timer": "stop"},
        ]}},
        then=[
            {"kind": "window", "asset": "bathroom", "position": 40, "for_s": 600},
            {"kind": "shadow", "device": "bath-climate", "desired": {"interval_s": 10}},
            {"kind": "scene", "scene": "evening"},
            timer(1),
            {"kind": "command", "device": "bath-fan", "verb": "set_speed", "args": {"speed": 50}, "for_s": 60,
             "back": [{"kind": "command", "device": "bath-fan", "verb": "turn_off"}]},
        ],
        safe=[{"kind": "cancel", "timer": "stop"}],
        catch_up="safe",
        priority=95,
    )  # fmt: skip


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"when": None, "if": None, "for_s": 0}, "when", "needs a trigger"),
    ({"when": {**DAMP, "asset": ""}}, "when", "exactly one of device, asset and zone"),
    ({"when": {**DAMP, "device": "bath-climate"}}, "when", "not device and asset"),
    ({"when": {**DAMP, "asset": "sauna"}}, "when.asset", "there is no asset sauna"),
    ({"when": {**DAMP, "asset": "", "device": "nobody"}}, "when.device", "there is no device nobody"),
    ({"when": {**DAMP, "asset": "", "zone": "attic"}}, "when.zone", "there is no zone attic"),
    ({"when": {**DAMP, "asset": "", "zone": "cellar"}}, "when.zone", "no device measures anything in cellar"),
    ({"when": {**DAMP, "metric": "soil_moisture"}}, "when.metric", "co2, humidity, position, sound_level, temperature"),
    ({"when": {"kind": "any", "of": [DAMP, {**DAMP, "metric": "rain"}]}}, "when.of[1].metric", "nothing measures rain"),
    ({"when": {**DAMP, "operator": "=="}}, "hysteresis", "means nothing with =="),
    ({"when": {**DAMP, "hysteresis": 5, "operator": "!="}}, "when.hysteresis", "means nothing with !="),
    ({"hysteresis": 200}, "hysteresis", "never 200 apart"),
    ({"when": {**DAMP, "aggregate": "mean"}}, "when.window_s", "looks back over window_s"),
    ({"when": {**DAMP, "aggregate": "rate"}}, "when.window_s", "rate looks back"),
    ({"when": {**DAMP, "window_s": 600}}, "when.aggregate", "needs to know what"),
    ({"when": {**DAMP, "window_s": 59, "aggregate": "max"}}, "when.window_s", "at least 60 s"),
    ({"when": {"kind": "change", "device": "bath-fan", "metric": "power", "by": 5}}, "for_s", "when is a moment"),
    ({"when": {"kind": "change", "device": "bath-fan", "metric": "power", "by": 5, "hysteresis": 1}, "for_s": 0},
     "when.hysteresis", "by says how far"),
    ({"when": {"kind": "time"}, "for_s": 0}, "when", "either at"),
    ({"when": {"kind": "time", "at": "07:00", "every_s": 600}, "for_s": 0}, "when", "either at"),
    ({"when": {"kind": "device", "device": "gone", "status": "offline"}}, "when.device", "there is no device gone"),
    ({"when": {"kind": "command", "device": "bath-fan", "verb": "dance"}, "for_s": 0}, "when.verb", "cannot dance"),
    ({"when": {"kind": "alert", "asset": "bathroom"}}, "when.asset", "only plants have thresholds"),
    ({"when": {"kind": "alert", "asset": "rose"}}, "when.asset", "there is no asset rose"),
    ({"when": {"kind": "anomaly", "asset": "rose"}}, "when.asset", "there is no asset rose"),
    ({"when": {"kind": "anomaly", "device": "gone"}}, "when.device", "there is no device gone"),
    ({"if": {"kind": "time", "from": "22:00", "to": "22:00"}}, "if.from", "both 22:00"),
    ({"if": {"kind": "not", "of": {"kind": "between", "asset": "bathroom", "metric": "co2", "low": 5, "high": 5}}},
     "if.of.low", "5 is not below high, 5"),
    ({"if": {"kind": "between", "asset": "bathroom", "metric": "co2", "low": 5, "high": 9, "hysteresis": 4}},
     "if.hysteresis", "as wide as the band"),
    ({"if": {"kind": "state", "device": "bath-fan", "is": "asleep"}}, "if.is", "one of provisioning"),
    ({"if": {"kind": "timer", "timer": "stop"}}, "if.timer", "no action of this rule starts"),
    ({"if": nested(9)}, "if", "at most 8 deep"),
    ({"if": {"kind": "all", "of": [{"kind": "any", "of": [COMPARE] * 16}] * 4}}, "if", "64 things"),
    ({"then": []}, "then", "nothing to be done"),
    ({"then": [FAN] * 17}, "then", "17 actions"),
    ({"then": [{**FAN, "asset": ""}]}, "then[0]", "exactly one of device and asset"),
    ({"then": [{**FAN, "asset": "sauna"}]}, "then[0].asset", "there is no asset sauna"),
    ({"then": [{**FAN, "asset": "", "device": "gone"}]}, "then[0].device", "there is no device gone"),
    ({"then": [{**FAN, "asset": "ficus"}]}, "then[0].verb", "no device of ficus can turn_on; there is identify"),
    ({"then": [{**FAN, "asset": "cellar-room"}]}, "then[0].verb", "no device belongs to it"),
    ({"then": [{**FAN, "asset": "bathroom", "verb": "restart", "for_s": 0}]}, "then[0].asset", "name the device"),
    ({"then": [{**FAN, "asset": "", "device": "bath-fan", "verb": "set_temperature", "for_s": 0}]}, "then[0].verb",
     "cannot set_temperature"),
    ({"then": [{**FAN, "verb": "set_speed", "args": {"speed": 120}, "for_s": 0}]}, "then[0].args", "above 100 %"),
    ({"then": [{**FAN, "verb": "set_speed", "for_s": 0}]}, "then[0].args", "needs speed"),
    ({"then": [{**FAN, "args": {"a": {"b": {"c": {"d": {"e": {}}}}}}}]}, "then[0].args", "nested"),
    ({"then": [{**FAN, "verb": "set_speed", "args": {"speed": 20}}]}, "then[0].back", "set_speed has no opposite"),
    ({"then": [{**FAN, "for_s": 0, "back": [FAN]}]}, "then[0].back", "for_s is left out"),
    ({"then": [{"kind": "window", "asset": "ficus", "position": 5}]}, "then[0].asset", "ficus has no window"),
    ({"then": [{"kind": "window", "asset": "rose", "position": 5}]}, "then[0].asset", "there is no asset rose"),
    ({"then": [{"kind": "window", "device": "bath-fan", "position": 5}]}, "then[0].device", "is no window"),
    ({"then": [{"kind": "window", "device": "gone", "position": 5}]}, "then[0].device", "there is no device gone"),
    ({"then": [{"kind": "window", "position": 5}]}, "then[0]", "which window"),
    ({"then": [{"kind": "shadow", "device": "gone", "desired": {"audio": True}}]}, "then[0].device", "there is no"),
    ({"then": [{"kind": "shadow", "device": "bath-fan", "desired": {}}]}, "then[0].desired", "nothing to wish for"),
    ({"then": [{"kind": "shadow", "device": "bath-fan", "desired": {"tune": 1}}]}, "then[0].desired", "no setting"),
    ({"then": [{"kind": "scene", "scene": "party"}]}, "then[0].scene", "there is no scene party"),
    ({"then": [timer(0), timer(0)]}, "then[1].timer", "timer stop is there already"),
    ({"then": [timer(3)]}, "then", "at most 3 deep"),
    ({"then": [{**timer(0), "then": []}]}, "then[0].then", "nothing to be done when it ends"),
    ({"then": [{**timer(0), "then": [{**FAN, "asset": "sauna"}]}]}, "then[0].then[0].asset", "there is no asset sauna"),
    ({"then": [{"kind": "cancel", "timer": "stop"}]}, "then[0].timer", "no action of this rule starts"),
    ({"else": [{**FAN, "asset": "sauna"}]}, "else[0].asset", "there is no asset sauna"),
    ({"catch_up": "safe"}, "safe", "nothing says what that is"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "path", "reason"), REFUSED)
def test_each_problem_names_its_place_and_its_reason(said: dict[str, Any], path: str, reason: str) -> None:
    told = found(**said)
    assert any(where == path and reason in why for where, why in told), told


def test_all_problems_are_told_at_once() -> None:
    paths = [
        path for path, _ in found(when={**DAMP, "asset": "sauna"}, then=[{**FAN, "asset": "sauna"}], catch_up="safe")
    ]
    assert paths == ["when.asset", "safe", "then[0].asset"]


def test_the_sun_needs_a_place() -> None:
    house = RuleHouse()
    house.place = None
    ((path, reason),) = found(house, **{"if": {"kind": "sun", "is": "up"}})
    assert path == "if"
    assert "[site] latitude" in reason


def test_only_who_administers_writes_rules_that_go_before_people() -> None:
    (problem,) = problems(rule(priority=90), RuleHouse(), admin=False)
    assert problem.path == "priority"
    assert problems(rule(priority=89), RuleHouse(), admin=False) == []


def test_numbers_that_are_none_are_told() -> None:
    broken = CompareIf(asset="bathroom", metric="humidity", operator=">", value=math.nan)
    (problem,) = problems(msgspec.structs.replace(rule(), if_=broken), RuleHouse())
    assert problem.path == "if.value"


def test_a_device_that_told_nothing_of_its_verbs_is_passed_anything() -> None:
    house = RuleHouse()
    house.stand("cellar-room", "thing-1", "gadget")
    assert found(house, then=[{**FAN, "asset": "cellar-room"}]) == []


def test_without_a_house_only_the_rule_itself_is_looked_at() -> None:
    lost = rule(when={**DAMP, "asset": "sauna"}, then=[{**FAN, "asset": "sauna"}, {"kind": "scene", "scene": "party"}])
    assert problems(lost, None) == []
    assert [one.path for one in problems(rule(when={**DAMP, "asset": ""}), None)] == ["when"]


def test_a_scene_is_checked_like_the_actions_of_a_rule() -> None:
    draft = msgspec.convert({"name": "Evening", "then": [FAN, {**FAN, "asset": "sauna"}]}, SceneDraft)
    assert [one.path for one in scene_problems(draft.then, RuleHouse())] == ["then[1].asset"]


DOUBTED: list[tuple[dict[str, Any], str, str]] = [
    ({"when": {"kind": "time", "every_s": 30}, "for_s": 0, "hysteresis": 0}, "when.every_s", "soon stopped"),
    ({"then": [{"kind": "notify", "text": "{name}: {humidity} %"}]}, "then[0].text", "{humidity} is told as it stands"),
    ({"when": {"kind": "time", "at": "07:00"}, "for_s": 0}, "hysteresis", "no comparison of the trigger"),
    ({"when": {"kind": "time", "at": "07:00"}, "if": None, "else": [FAN]}, "else", "nothing else can be"),
    ({"when": {"kind": "time", "at": "07:00"}, "safe": [FAN]}, "safe", "never done"),
    ({"then": [FAN, {"kind": "command", "device": "bath-fan", "verb": "turn_off"}]}, "then", "bath-fan/power at once"),
]


@pytest.mark.parametrize(("said", "path", "reason"), DOUBTED)
def test_what_can_come_to_nothing_is_warned_of(said: dict[str, Any], path: str, reason: str) -> None:
    told = warnings(rule(**said), RuleHouse())
    assert any(one.path == path and reason in one.reason for one in told), told


def test_who_would_not_hear_an_order_now_is_named() -> None:
    house = RuleHouse()
    assert warnings(rule(), house) == []
    house.offline |= {"bath-fan", "bath-window"}
    told = warnings(rule(then=[FAN, {"kind": "window", "asset": "bathroom", "position": 5}]), house)
    assert [(one.path, one.reason.split()[0]) for one in told] == [("then[0]", "bath-fan"), ("then[1]", "bath-window")]


def test_more_series_than_are_looked_at_are_warned_of() -> None:
    house = RuleHouse()
    for number in range(64):
        house.stand("bathroom", f"extra-{number:02}", "climate")
    (told,) = warnings(rule(), house)
    assert told.path == "when"
    assert "65 devices" in told.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.floats(allow_nan=False) | st.sampled_from(
        ["value", "not", "all", "time", "command", "bathroom", "22:00", "humidity", ">", "turn_on", ""]
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["kind", "asset", "of", "metric", "operator", "value", "from", "to", "verb", "then", "is"]),
        inner,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("when", "if", "then", "else", "safe", "for_s", "priority"), JSON))
)
def test_whatever_is_posted_is_a_rule_or_is_refused(said: dict[str, Any]) -> None:
    try:
        made = msgspec.convert({"name": "A rule", "then": [FAN], **said}, Rule, strict=True)
    except msgspec.ValidationError:
        return
    for one in problems(made, RuleHouse()):
        assert one.path.split(".")[0].split("[")[0] in (
            "when",
            "if",
            "then",
            "else",
            "safe",
            "for_s",
            "priority",
            "hysteresis",
        )
        assert one.reason
