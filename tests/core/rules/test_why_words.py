"""Why a rule fired and what holds one back, to the letter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
import pytest

from gateway.core.rules.engine import Engine, Held, Setup, Why
from gateway.core.rules.events import Heard, LeafSeries, Series
from gateway.core.rules.firing import Cause, Fired, Part, Trace, Truth
from gateway.core.rules.rule import KeptRule, Mode, Rule
from gateway.core.rules.why_words import cause_words, why_fired, why_not
from tests.core.rules.test_words import BATHROOM, NIGHT, House

NOW = int(datetime(2026, 6, 21, 14, 12, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000
RULE: dict[str, Any] = {
    **BATHROOM,
    "if": {
        "kind": "all",
        "of": [
            {"kind": "not", "of": NIGHT},
            {"kind": "compare", "asset": "bathroom", "metric": "temperature", "operator": "<", "value": 26},
        ],
    },
}


def rule(**said: Any) -> Rule:
    said = {key.rstrip("_"): value for key, value in said.items()}
    return msgspec.convert({**RULE, **said}, Rule)


def damp(value: float | None = 74.2, truth: Truth = "true", ago: int = 0, path: str = "when") -> Cause:
    return Cause(path, truth, "", value, None if value is None else NOW - ago, device="bath-1", metric="humidity")


WARM = Cause("if.of[1]", "true", "", 22.0, NOW, device="bath-1", metric="temperature")
DAY, DARK = Cause("if.of[0].of", "false"), Cause("if.of[0].of", "true")


def fired(trigger: Cause, *causes: Cause, part: Part = "then", since: int | None = None, **said: Any) -> str:
    trace = Trace(trigger, causes, None if since is None else NOW - since)
    return why_fired(rule(**said), Fired("r", 1, part, NOW, trace), House())


def why(trigger: Truth, *causes: Cause, **said: Any) -> Why:
    return Why(holds=said.pop("holds", False), trigger=trigger, causes=causes, clock_ms=NOW, **said)


def not_(found: Why, **said: Any) -> str:
    return why_not(rule(**said), found, House(), NOW)


def held(reason: Any, cause: Cause | None = None, ago: int = 0) -> Held:
    return Held("r", NOW - ago, reason, cause)


def test_a_firing_tells_the_value_the_limit_and_since_when() -> None:
    assert fired(damp(), since=10 * MINUTE, if_=None) == "humidity 74.2 % > 70 % since 14:02"


def test_conditions_are_told_with_their_values() -> None:
    assert (
        fired(damp(), DAY, WARM)
        == "humidity 74.2 % > 70 %, it is not between 22:00 and 06:00, temperature 22 °C < 26 °C"
    )


def test_what_ends_is_told_as_over() -> None:
    assert fired(damp(62.0, "false"), part="else", if_=None) == "no longer: humidity 62 % is not > 70 %"


def test_what_is_safe_is_done_because_something_is_not_known() -> None:
    said = fired(damp(71.0, "unknown", 25 * MINUTE), WARM, part="safe")
    assert said == "humidity in Bathroom is not known: 25 min old"


def test_moments_are_told_as_moments() -> None:
    assert fired(Cause("when", "true"), WARM, when={"kind": "time", "at": "14:12"}, for_s=0) == (
        "it was 14:12, temperature 22 °C < 26 °C"
    )
    assert fired(Cause("when", "true"), when={"kind": "sun", "event": "sunset"}, for_s=0) == "at sunset"
    change = {"kind": "change", "device": "meter", "metric": "power", "by": 500}
    assert fired(Cause("when", "true", "", 712.0, NOW), when=change, for_s=0) == "power of meter has changed to 712 W"


CAUSES: list[tuple[dict[str, Any], Cause, str]] = [
    ({}, damp(), "humidity 74.2 % > 70 %"),
    ({}, damp(62.0, "false"), "humidity 62 % is not > 70 %"),
    ({"hysteresis": 5}, damp(68.0), "humidity 68 %, not far enough away from > 70 % yet"),
    ({}, damp(71.0, "unknown", 25 * MINUTE), "humidity in Bathroom is not known: 25 min old"),
    ({}, damp(71.0, "unknown", 45_000), "humidity in Bathroom is not known: 45 s old"),
    ({}, damp(None, "unknown"), "humidity in Bathroom is not known: never measured"),
    ({}, Cause("when", "unknown"), "humidity in Bathroom is not known: nothing measures it"),
    ({}, DARK, "it is between 22:00 and 06:00"),
    ({}, DAY, "it is not between 22:00 and 06:00"),
    ({}, Cause("if.of[0].of", "unknown"), "what time it is is not known"),
    ({"if": {"kind": "state", "device": "fan-1", "is": "online"}}, Cause("if", "false", "", "offline"),
     "fan-1 is not online but offline"),
    ({"if": {"kind": "state", "device": "fan-1", "is": "online"}}, Cause("if", "unknown"),
     "whether fan-1 is online is not known"),
    ({"if": {"kind": "between", "asset": "bathroom", "metric": "co2", "low": 400, "high": 900}},
     Cause("if", "true", "", 612.0, NOW), "co2 612 ppm is between 400 and 900 ppm"),
    ({"if": {"kind": "between", "asset": "bathroom", "metric": "co2", "low": 400, "high": 900}},
     Cause("if", "false", "", 1200.0, NOW), "co2 1200 ppm is not between 400 and 900 ppm"),
    ({"if": {"kind": "compare", "zone": "upstairs", "metric": "co2", "of": "any", "operator": ">", "value": 900}},
     Cause("if", "true", "", 1200.0, NOW, device="bath-1"), "co2 of bath-1 1200 ppm > 900 ppm"),
    ({"when": {"kind": "device", "device": "fan-1", "status": "offline"}}, Cause("when", "false", "", "online"),
     "fan-1 is not offline"),
    ({}, Cause("if.of[7]", "true"), "if.of[7] is true"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "cause", "words"), CAUSES)
def test_a_leaf_is_told_with_its_value(said: dict[str, Any], cause: Cause, words: str) -> None:
    assert cause_words(rule(**said), cause, House(), NOW) == words


WHYS: list[tuple[Why, str]] = [
    (why("true", damp(), holds=True), ""),
    (why("false", damp(62.0, "false"), DARK), "humidity 62 % is not > 70 %"),
    (why("unknown", damp(71.0, "unknown", 25 * MINUTE)), "humidity in Bathroom is not known: 25 min old"),
    (why("true", damp(), waits_until_ms=NOW + 3 * MINUTE), "it must last for 10 min, 3 min left"),
    (why("true", damp(), held=held("condition", DARK)), "held back: it is between 22:00 and 06:00, until 06:00"),
    (why("true", damp(), held=held("condition", Cause("if.of[1]", "false", "", 27.0, NOW), 20 * MINUTE)),
     "held back: temperature 27 °C is not < 26 °C, since 13:52"),
    (why("true", damp(), held=held("unknown", Cause("if.of[1]", "unknown", "", 22.0, NOW - 40 * MINUTE))),
     "held back: temperature in Bathroom is not known: 40 min old"),
    (why("true", damp(), held=held("cooldown"), cooldown_until_ms=NOW + 3 * MINUTE - 500), "cooldown, 3 min left"),
    (why("true", damp(), held=held("late")), "what would have caused it came too late to act on"),
    (why("true", damp(), held=held("off")), "the rule is off"),
    (why("true", damp()), ""),
]  # fmt: skip


@pytest.mark.parametrize(("found", "words"), WHYS)
def test_what_holds_a_rule_back_is_told(found: Why, words: str) -> None:
    assert not_(found) == words


TEMPERATURE = {"kind": "compare", "asset": "bathroom", "metric": "temperature", "operator": "<", "value": 26}
LEVELS: list[tuple[dict[str, Any], Why, str]] = [
    (RULE["if"], why("false", DARK, WARM), "it is between 22:00 and 06:00"),
    (RULE["if"], why("false", DAY, Cause("if.of[1]", "false", "", 27.0, NOW)), "temperature 27 °C is not < 26 °C"),
    ({"kind": "any", "of": [NIGHT, TEMPERATURE]},
     why("false", Cause("if.of[0]", "false"), Cause("if.of[1]", "false", "", 27.0, NOW)),
     "it is not between 22:00 and 06:00; temperature 27 °C is not < 26 °C"),
    ({"kind": "not", "of": {"kind": "any", "of": [NIGHT, TEMPERATURE]}},
     why("false", Cause("if.of.of[0]", "false"), Cause("if.of.of[1]", "true", "", 22.0, NOW)),
     "temperature 22 °C < 26 °C"),
    ({"kind": "not", "of": {"kind": "all", "of": [NIGHT, TEMPERATURE]}},
     why("unknown", Cause("if.of.of[0]", "true"), Cause("if.of.of[1]", "unknown", "", None, None, "bath-1")),
     "it is between 22:00 and 06:00; temperature in Bathroom is not known: never measured"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "found", "words"), LEVELS)
def test_of_conditions_alone_those_are_told_that_keep_it_from_being_true(
    condition: dict[str, Any], found: Why, words: str
) -> None:
    assert not_(found, when=None, for_s=0, if_=condition) == words


def test_a_schedule_tells_when_it_is_next_and_what_held_it_back_last() -> None:
    daily = {"kind": "time", "at": "07:00"}
    morning = NOW + 1008 * MINUTE
    assert not_(why("false", Cause("when", "false"), next_ms=morning), when=daily, for_s=0) == "next: Mon 07:00"
    missed = why("false", held=held("condition", DARK, 432 * MINUTE), next_ms=morning)
    assert not_(missed, when=daily, for_s=0) == "held back: it is between 22:00 and 06:00, until 06:00; next: Mon 07:00"


def test_every_reason_there_is_has_words() -> None:
    reasons = get_args(Held.__annotations__["reason"]) or ("condition", "unknown", "cooldown", "for", "late", "off")
    for reason in reasons:
        assert isinstance(not_(why("true", damp(), held=held(reason, DARK))), str)


def test_what_would_be_too_long_is_cut() -> None:
    many = {"kind": "all", "of": [{"kind": "not", "of": NIGHT}] * 16}
    causes = [Cause(f"if.of[{number}].of", "false") for number in range(16)]
    assert len(fired(damp(), *causes, if_=many)) <= 400


def test_the_evaluator_and_the_words_tell_a_night_in_the_bathroom() -> None:
    engine = Engine(Setup())
    kept = KeptRule(
        id="bath", rule=rule(if_={"kind": "not", "of": NIGHT}, hysteresis=5, cooldown_s=1800), mode=Mode.LIVE
    )
    night = int(datetime(2026, 6, 21, 23, 0, tzinfo=UTC).timestamp() * 1000)
    engine.put(kept, (LeafSeries("when", (Series("bath-1", "humidity", 1800),)),), None, night - MINUTE)

    def at(minutes: int, humidity: float) -> list[str]:
        now_ms = night + minutes * MINUTE
        fired = [*engine.take(Heard("bath-1", now_ms, {"humidity": humidity}, arrived_ms=now_ms))]
        for struck in engine.due(now_ms):
            fired += engine.take(struck)
        said = [why_fired(kept.rule, one, House()) for one in fired]
        return [*said, why_not(kept.rule, engine.why("bath", now_ms), House(), now_ms)]

    assert at(0, 60.0) == ["humidity 60 % is not > 70 %"]
    assert at(1, 74.2) == ["it must last for 10 min, 10 min left"]
    assert at(6, 74.0) == ["it must last for 10 min, 5 min left"]
    assert at(11, 73.0) == ["held back: it is between 22:00 and 06:00, until 06:00"]
    for minutes in range(21, 420, 10):
        assert at(minutes, 72.0) == ["held back: it is between 22:00 and 06:00, until 06:00"]
    assert at(421, 72.0) == ["humidity 72 % > 70 % since Sun 23:01, it is not between 22:00 and 06:00", ""]
    assert at(431, 60.0) == ["humidity 60 % is not > 70 %"]
