"""How a rule stands: every leaf says what it is, what it looked at, and what it saw."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.rules.engine import Engine, Setup
from gateway.core.rules.events import AlertHeard, AnomalyHeard, StateHeard, StatusHeard, TimerHeard
from gateway.core.rules.firing import Cause
from tests.core.rules.test_engine import ABOVE, HOUR, MINUTE, NOON, THEN, House, rule, seen_by

VALUE = {"device": "hall", "metric": "light"}
COMPARE = {"kind": "compare", **VALUE, "operator": ">", "value": 5}
LEAVES: list[tuple[dict[str, Any], str, Any]] = [
    (COMPARE, "true", 6.0),
    (COMPARE, "false", 5.0),
    (COMPARE, "unknown", None),
    ({"kind": "between", **VALUE, "low": 1, "high": 2}, "true", 1.0),
    ({"kind": "between", **VALUE, "low": 1, "high": 2}, "false", 2.0),
    ({"kind": "between", **VALUE, "low": 1, "high": 2}, "unknown", None),
]


@pytest.mark.parametrize(("leaf", "truth", "value"), LEAVES)
def test_a_comparison_names_its_series_its_value_and_when_that_was(
    leaf: dict[str, Any], truth: str, value: float | None
) -> None:
    house = House(rule(when=ABOVE, if_={"kind": "any", "of": [leaf]}))
    if value is not None:
        house.hear(3, "hall", light=value)
    cause = house.engine.why("fan", NOON + 10).causes[-1]
    assert (cause.path, cause.truth, cause.device, cause.metric) == ("if.of[0]", truth, "hall", "light")
    assert (cause.value, cause.time_ms) == (value, None if value is None else NOON + 3)


def test_a_comparison_that_has_grown_too_old_still_says_its_last_value() -> None:
    house = House(rule(if_=COMPARE))
    house.hear(0, "hall", light=6)
    why = house.engine.why("fan", NOON + HOUR)
    assert why.causes == (Cause("if", "unknown", "", 6, NOON, "hall", "light"),)
    assert why.trigger == "unknown"


@pytest.mark.parametrize(
    ("leaf", "event", "truth", "value"),
    [
        ({"kind": "state", "device": "fan", "is": "online"}, None, "unknown", None),
        ({"kind": "state", "device": "fan", "is": "online"}, StatusHeard("fan", "online", NOON), "true", "online"),
        ({"kind": "state", "device": "fan", "is": "online"}, StatusHeard("fan", "error", NOON), "false", "error"),
        (
            {"kind": "state", "device": "fan", "key": "level", "is": 2.0},
            StateHeard("fan", "level", 2.0, NOON),
            "true",
            2,
        ),
        ({"kind": "alert", "asset": "fern"}, None, "false", None),
        ({"kind": "alert", "asset": "fern"}, AlertHeard("fern", "soil", True, NOON), "true", None),
        ({"kind": "anomaly"}, AnomalyHeard("e", "a", "d", "sensor", True, NOON), "true", None),
        ({"kind": "timer", "timer": "dry"}, TimerHeard("fan", "dry", True, NOON), "true", True),
        ({"kind": "timer", "timer": "dry"}, None, "false", None),
        ({"kind": "time", "from": "11:00", "to": "13:00"}, None, "true", None),
        ({"kind": "time", "from": "13:00", "to": "14:00"}, None, "false", None),
    ],
)
def test_what_is_no_value_says_what_it_was_told(leaf: dict[str, Any], event: Any, truth: str, value: object) -> None:
    house = House(rule(if_={"kind": "not", "of": leaf}))
    if event is not None:
        house.engine.take(event)
    (cause,) = house.engine.why("fan", NOON + 1).causes
    assert (cause.path, cause.truth, cause.value) == ("if.of", truth, value)


def test_what_is_waited_for_is_said() -> None:
    house = House(rule(when=ABOVE, for_s=600, cooldown_s=7200))
    house.hear(0, humidity=75)
    why = house.engine.why("fan", NOON + MINUTE)
    assert (why.since_ms, why.waits_until_ms, why.holds) == (NOON, NOON + 10 * MINUTE, False)
    assert why.held is not None
    assert why.held.reason == "for"
    house.wait(11 * MINUTE)
    why = house.engine.why("fan", NOON + 12 * MINUTE)
    assert (why.holds, why.waits_until_ms, why.held) == (True, None, None)
    assert why.cooldown_until_ms == NOON + 10 * MINUTE + 2 * HOUR


def test_the_condition_that_holds_it_back_is_named_with_its_value_and_since_when() -> None:
    night = {"kind": "time", "from": "11:00", "to": "13:00"}
    cool = {"kind": "compare", "asset": "hall", "metric": "temperature", "operator": "<", "value": 20}
    house = House(rule(when=ABOVE, if_={"kind": "all", "of": [cool, {"kind": "not", "of": night}]}))
    house.hear(0, "hall", temperature=19)
    house.hear(MINUTE, humidity=75)
    held = house.engine.held("fan")
    assert held is not None
    assert (held.reason, held.time_ms) == ("condition", NOON + MINUTE)
    assert held.cause == Cause("if.of[1].of", "true")
    house.hear(2 * MINUTE, "hall", temperature=25)
    held = house.engine.held("fan")
    assert held is not None
    assert held.cause == Cause("if.of[0]", "false", "", 25, NOON + 2 * MINUTE, "hall", "temperature")


def test_what_holds_it_back_is_named_after_a_restart_too() -> None:
    night = {"kind": "time", "from": "11:00", "to": "13:00"}
    kept = rule(when=ABOVE, if_={"kind": "not", "of": night})
    house = House(kept)
    house.hear(0, humidity=75)
    again = Engine(Setup())
    again.put(kept, seen_by(kept, 1800), house.engine.memory("fan"), NOON + MINUTE)
    held = again.why("fan", NOON + 2 * MINUTE).held
    assert held is not None
    assert (held.reason, held.cause) == ("condition", Cause("if.of", "true"))
    assert again.held("fan") is None, "nothing was evaluated only because somebody asked"


def test_the_next_moment_of_a_schedule_is_said() -> None:
    house = House(rule(when={"kind": "time", "at": "13:00"}))
    assert house.engine.why("fan", NOON).next_ms == NOON + HOUR


def test_a_firing_says_what_fired_it_and_how_the_rest_stood() -> None:
    cool = {"kind": "compare", "asset": "hall", "metric": "temperature", "operator": "<", "value": 20}
    house = House(rule(when=ABOVE, if_=cool, for_s=60, else_=THEN))
    house.hear(0, "hall", temperature=19)
    house.hear(1, humidity=75)
    house.wait(HOUR // 2)
    (fired,) = house.fired
    assert fired.trace.trigger == Cause("when", "true", "", 75, NOON + 1, "bath", "humidity")
    assert fired.trace.causes == (Cause("if", "true", "", 19, NOON, "hall", "temperature"),)
    assert fired.trace.since_ms == NOON + 1
    house.hear(HOUR // 2, humidity=60)
    assert house.fired[-1].trace.trigger == Cause("when", "false", "", 60, NOON + HOUR // 2, "bath", "humidity")
