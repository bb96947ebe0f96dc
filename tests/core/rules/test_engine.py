"""The evaluator: when a rule fires, and when it does not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.core.errors import NotFound, Refused
from gateway.core.rules.engine import Engine, Setup
from gateway.core.rules.events import Heard, LeafSeries, Series, Struck
from gateway.core.rules.firing import Fired
from gateway.core.rules.rule import KeptRule, Rule, measured

DAY_MS = 86_400_000
NOON = 1_700_000_000_000 // DAY_MS * DAY_MS + DAY_MS // 2
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
ABOVE = {"kind": "value", "asset": "bath", "metric": "humidity", "operator": ">", "value": 70}
THEN = [{"kind": "command", "asset": "fan", "verb": "turn_on"}]


def rule(**parts: Any) -> KeptRule:
    said = {"name": "Fan", "then": THEN, **{name.rstrip("_"): part for name, part in parts.items()}}
    return KeptRule(id="fan", rule=msgspec.convert(said, Rule))


def seen_by(kept: KeptRule, age_s: int = 1800) -> tuple[LeafSeries, ...]:
    """Every leaf looks at one device named after what it names: `bath`."""
    return tuple(
        LeafSeries(path, (Series(one.device or one.asset or one.zone, one.metric, age_s),))
        for path, one in measured(kept.rule)
    )


class House:
    """An engine, and what fired in it."""

    def __init__(self, *rules: KeptRule, age_s: int = 1800) -> None:
        self.engine = Engine(Setup())
        for kept in rules:
            self.engine.put(kept, seen_by(kept, age_s), None, NOON)
        self.fired: list[Fired] = []

    def hear(self, at_ms: int, device: str = "bath", **values: float) -> list[tuple[str, int]]:
        return self._note(self.engine.take(Heard(device, NOON + at_ms, values, arrived_ms=NOON + at_ms)))

    def wait(self, until_ms: int) -> list[tuple[str, int]]:
        """The wall clock goes on."""
        found: list[tuple[str, int]] = []
        while struck := self.engine.due(NOON + until_ms):
            for one in struck:
                found += self._note(self.engine.take(one))
        return found

    def _note(self, fired: tuple[Fired, ...]) -> list[tuple[str, int]]:
        self.fired += fired
        return [(one.part, one.time_ms - NOON) for one in fired]


def test_it_fires_once_while_it_holds_and_again_after_it_ended() -> None:
    house = House(rule(when=ABOVE))
    assert house.hear(0, humidity=60) == []
    assert house.hear(10, humidity=71) == [("then", 10)]
    assert house.hear(20, humidity=90) == []
    assert house.hear(30, humidity=70) == []
    assert house.hear(40, humidity=70.1) == [("then", 40)]


def test_hysteresis_keeps_it_true_until_the_value_is_that_much_below() -> None:
    house = House(rule(when=ABOVE, hysteresis=5))
    assert house.hear(10, humidity=71) == [("then", 10)]
    assert house.hear(20, humidity=65.1) == []
    assert house.hear(30, humidity=72) == []
    assert house.hear(40, humidity=65) == []
    assert house.hear(50, humidity=70) == []
    assert house.hear(60, humidity=70.5) == [("then", 60)]


def test_for_s_ends_to_the_ms_without_a_reading() -> None:
    house = House(rule(when=ABOVE, for_s=600))
    house.hear(0, humidity=75)
    assert house.wait(600 * SECOND - 1) == []
    assert house.engine.next_ms() == NOON + 600 * SECOND
    assert house.wait(601 * SECOND) == [("then", 600 * SECOND)]


def test_a_reading_at_the_last_moment_of_for_s_goes_first() -> None:
    house = House(rule(when=ABOVE, for_s=600))
    house.hear(0, humidity=75)
    assert house.hear(600 * SECOND, humidity=60) == []
    assert house.wait(HOUR) == []


def test_what_was_due_before_a_reading_is_done_before_it() -> None:
    house = House(rule(when=ABOVE, for_s=600, else_=THEN))
    house.hear(0, humidity=75)
    assert house.hear(601 * SECOND, humidity=60) == [("then", 600 * SECOND), ("else", 601 * SECOND)]


def test_a_break_begins_for_s_anew() -> None:
    house = House(rule(when=ABOVE, for_s=600))
    house.hear(0, humidity=75)
    house.hear(300 * SECOND, humidity=60)
    house.hear(301 * SECOND, humidity=75)
    assert house.wait(HOUR) == [("then", 901 * SECOND)]


def test_while_it_holds_it_fires_when_its_cooldown_ends() -> None:
    house = House(rule(when=ABOVE, cooldown_s=900))
    assert house.hear(0, humidity=75) == [("then", 0)]
    house.hear(10, humidity=60)
    assert house.hear(20, humidity=75) == []
    held = house.engine.held("fan")
    assert held is not None
    assert held.reason == "cooldown"
    assert house.wait(HOUR) == [("then", 900 * SECOND)]


def test_a_condition_that_becomes_true_while_the_trigger_is_fires_it() -> None:
    cool = {"kind": "compare", "asset": "hall", "metric": "temperature", "operator": "<", "value": 20}
    house = House(rule(when=ABOVE, if_=cool))
    house.hear(0, "hall", temperature=25)
    assert house.hear(10, humidity=75) == []
    assert house.hear(20, "hall", temperature=19) == [("then", 20)]
    assert house.hear(30, "hall", temperature=25) == []
    assert house.hear(40, "hall", temperature=19) == []


def test_what_was_damp_before_the_night_ended_fires_when_it_ends() -> None:
    night = {"kind": "not", "of": {"kind": "time", "from": "22:00", "to": "13:00"}}
    house = House(rule(when=ABOVE, if_=night), age_s=2 * 3600)
    assert house.hear(0, humidity=75) == []
    assert house.wait(2 * HOUR - 1) == [("then", HOUR)]


def test_what_is_not_known_never_fires() -> None:
    cool = {"kind": "compare", "asset": "hall", "metric": "temperature", "operator": "<", "value": 20}
    house = House(rule(when=ABOVE, if_={"kind": "not", "of": cool}, else_=THEN))
    assert house.hear(0, humidity=75) == []
    held = house.engine.held("fan")
    assert held is not None
    assert held.reason == "unknown"
    assert held.cause is not None
    assert held.cause.path == "if.of"


def test_a_series_that_falls_silent_breaks_for_s() -> None:
    house = House(rule(when=ABOVE, for_s=3600))
    house.hear(0, humidity=75)
    assert house.wait(30 * MINUTE + 1) == []
    assert house.engine.why("fan", NOON + 31 * MINUTE).trigger == "unknown"
    house.hear(31 * MINUTE, humidity=75)
    for minute in range(40, 100, 10):
        house.hear(minute * MINUTE, humidity=75)
    assert house.wait(91 * MINUTE) == [("then", 91 * MINUTE)]


def test_silence_is_no_edge() -> None:
    house = House(rule(when=ABOVE, else_=THEN))
    assert house.hear(0, humidity=75) == [("then", 0)]
    assert house.wait(HOUR) == []
    assert house.hear(61 * MINUTE, humidity=75) == []
    assert house.hear(62 * MINUTE, humidity=60) == [("else", 62 * MINUTE)]


def test_safe_is_done_when_a_rule_that_holds_no_longer_knows() -> None:
    house = House(rule(when=ABOVE, safe=THEN))
    house.hear(0, humidity=75)
    assert house.wait(HOUR) == [("safe", 30 * MINUTE + 1)]
    assert house.hear(61 * MINUTE, humidity=75) == [("then", 61 * MINUTE)]


def test_a_condition_alone_is_the_trigger() -> None:
    both = {
        "kind": "all",
        "of": [
            {"kind": "compare", "asset": "bath", "metric": "humidity", "operator": ">", "value": 70},
            {"kind": "between", "asset": "bath", "metric": "temperature", "low": 10, "high": 20},
        ],
    }
    house = House(rule(if_=both, for_s=10))
    house.hear(0, humidity=75, temperature=20)
    house.hear(5, temperature=19.9)
    assert house.wait(MINUTE) == [("then", 10_005)]


def test_time_triggers_ask_the_condition_then() -> None:
    house = House(rule(when={"kind": "time", "at": "13:00"}, if_={**ABOVE, "kind": "compare"}, else_=THEN))
    house.hear(50 * MINUTE, humidity=75)
    assert house.wait(2 * HOUR) == [("then", HOUR)]
    house.hear(24 * HOUR + 50 * MINUTE, humidity=60)
    assert house.wait(26 * HOUR) == [("else", 25 * HOUR)]


def test_the_same_firing_has_the_same_id() -> None:
    first, second = House(rule(when=ABOVE)), House(rule(when=ABOVE))
    for house in (first, second):
        house.hear(0, humidity=75)
    assert [one.id for one in first.fired] == [one.id for one in second.fired] != []


def test_a_reading_inside_the_band_moves_nothing_but_the_value() -> None:
    house = House(rule(when=ABOVE, hysteresis=5))
    house.hear(0, humidity=75)
    clock_ms = house.engine.clock("fan")
    house.hear(MINUTE, humidity=66)
    assert house.engine.clock("fan") == clock_ms
    cells = house.engine.cells("bath")
    assert cells is not None
    assert (cells["humidity"].value, cells["humidity"].time_ms) == (66, NOON + MINUTE)
    assert cells["humidity"].low < 66 < cells["humidity"].high


def test_a_rule_that_is_dropped_leaves_no_cell_behind() -> None:
    house = House(rule(when=ABOVE))
    house.engine.drop("fan")
    assert house.engine.cells("bath") is None
    assert house.engine.next_ms() is None
    assert house.engine.take(Struck("fan", NOON)) == ()
    with pytest.raises(NotFound, match="fan"):
        house.engine.memory("fan")


def test_a_rule_of_the_sun_without_a_place_is_refused_and_nothing_is_changed() -> None:
    house = House(rule(when=ABOVE))
    dusk = rule(when={**ABOVE, "asset": "hall"}, if_={"kind": "sun", "is": "down"})
    with pytest.raises(Refused, match="latitude"):
        house.engine.put(dusk, seen_by(dusk), None, NOON)
    assert house.engine.devices() == ("bath",)
    assert house.hear(0, humidity=75) == [("then", 0)]


@pytest.mark.parametrize(("silent_ms", "goes_on"), [(20 * MINUTE, True), (40 * MINUTE, False)])
def test_a_silence_since_what_is_remembered_breaks_for_s(silent_ms: int, goes_on: bool) -> None:
    house = House(rule(when=ABOVE, for_s=3600))
    house.hear(0, humidity=75)
    memory = house.engine.memory("fan")
    again = House(msgspec.structs.replace(rule(when=ABOVE), id="other"))
    again.hear(silent_ms, humidity=75)
    kept = rule(when=ABOVE, for_s=3600)
    again.engine.put(kept, seen_by(kept, 1800), memory, NOON + silent_ms)
    assert again.engine.memory("fan").since_ms == (NOON if goes_on else None)
