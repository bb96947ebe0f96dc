"""Every kind of trigger and condition in the evaluator, and whose time it is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest

from gateway.core.rules.engine import Engine, Setup
from gateway.core.rules.events import (
    AlertHeard,
    AnomalyHeard,
    ClockKnown,
    CommandHeard,
    Event,
    Heard,
    LeafSeries,
    Series,
    StateHeard,
    StatusHeard,
    Struck,
    TimerHeard,
)
from gateway.core.rules.memory import Memory
from tests.core.rules.test_engine import ABOVE, HOUR, MINUTE, NOON, SECOND, THEN, House, rule, seen_by

DAY = 24 * HOUR


def tell(house: House, event: Event) -> list[tuple[str, int]]:
    return house._note(house.engine.take(event))


def zone(of: str, *devices: str, **parts: object) -> House:
    """A rule over several devices."""
    kept = rule(when={**ABOVE, "asset": "", "zone": "all", "of": of}, **parts)
    house = House()
    house.engine.put(
        kept, (LeafSeries("when", tuple(Series(device, "humidity", 1800) for device in devices)),), None, NOON
    )
    return house


def test_a_change_is_counted_from_where_the_value_last_was() -> None:
    house = House(rule(when={"kind": "change", "asset": "bath", "metric": "humidity", "by": 5}))
    steps = [(0, 50.0), (1, 54.9), (2, 55.0), (3, 59.0), (4, 51.0), (5, 50.0)]
    assert [house.hear(at, humidity=value) != [] for at, value in steps] == [False, False, True, False, False, True]


def test_what_was_not_known_in_between_is_no_change() -> None:
    house = House(rule(when={"kind": "change", "asset": "bath", "metric": "humidity", "by": 5}))
    house.hear(0, humidity=50)
    assert house.hear(HOUR, humidity=90) == []
    assert house.hear(HOUR + 1, humidity=95) == [("then", HOUR + 1)]


def test_a_command_that_ends_is_a_moment_and_says_how_deep_it_came() -> None:
    house = House(rule(when={"kind": "command", "device": "fan", "verb": "turn_on", "status": "failed"}))
    assert tell(house, CommandHeard("fan", "turn_on", "done", NOON + 1)) == []
    assert tell(house, CommandHeard("fan", "turn_off", "failed", NOON + 2)) == []
    assert tell(house, CommandHeard("fan", "turn_on", "failed", NOON + 3, 3)) == [("then", 3)]
    assert tell(house, CommandHeard("fan", "turn_on", "failed", NOON + 3, 3)) == [("then", 3)]
    assert [one.depth for one in house.fired] == [3, 3]
    assert [one.count for one in house.fired] == [0, 1]
    assert len({one.id for one in house.fired}) == 2


def test_a_status_is_a_level_and_a_device_that_is_gone_is_not_known() -> None:
    house = House(rule(when={"kind": "device", "device": "boiler", "status": "offline"}, for_s=60, safe=THEN))
    assert tell(house, StatusHeard("boiler", "offline", NOON)) == []
    assert house.wait(2 * MINUTE) == [("then", MINUTE)]
    assert tell(house, StatusHeard("boiler", "", NOON + 3 * MINUTE)) == [("safe", 3 * MINUTE)]
    assert house.engine.why("fan", NOON + 4 * MINUTE).trigger == "unknown"


@pytest.mark.parametrize(
    ("said", "wanted", "truth"),
    [("on", "on", "true"), ("off", "on", "false"), (None, "on", "unknown"), (True, 1.0, "false"), (1.0, 1.0, "true")],
)
def test_a_reported_state_is_compared_as_what_it_is(said: str | float | None, wanted: object, truth: str) -> None:
    house = House(rule(if_={"kind": "state", "device": "fan", "key": "mode", "is": wanted}))
    tell(house, StateHeard("fan", "mode", "other", NOON))
    tell(house, StateHeard("fan", "mode", said, NOON + 1))
    assert house.engine.why("fan", NOON + 2).trigger == truth


def test_an_alert_of_any_metric_lasts_until_the_last_is_over() -> None:
    house = House(rule(when={"kind": "alert", "asset": "fern"}, else_=THEN))
    assert tell(house, AlertHeard("fern", "soil", True, NOON)) == [("then", 0)]
    assert tell(house, AlertHeard("fern", "light", True, NOON + 1)) == []
    assert tell(house, AlertHeard("fern", "soil", False, NOON + 2)) == []
    assert tell(house, AlertHeard("fern", "light", False, NOON + 3)) == [("else", 3)]


def test_an_anomaly_is_open_while_one_that_is_meant_is() -> None:
    house = House(rule(when={"kind": "anomaly", "device": "pump", "nature": "machine"}, else_=THEN))
    assert tell(house, AnomalyHeard("e1", "", "pump", "sensor", True, NOON)) == []
    assert tell(house, AnomalyHeard("e2", "", "pump", "machine", True, NOON + 1)) == [("then", 1)]
    assert tell(house, AnomalyHeard("e1", "", "pump", "sensor", False, NOON + 2)) == []
    assert tell(house, AnomalyHeard("e2", "", "pump", "machine", False, NOON + 3)) == [("else", 3)]


def test_a_timer_is_the_rules_own() -> None:
    house = House(rule(when=ABOVE, if_={"kind": "timer", "timer": "dry", "running": True}))
    house.hear(0, humidity=75)
    assert tell(house, TimerHeard("other", "dry", True, NOON + 1)) == []
    assert tell(house, TimerHeard("fan", "dry", True, NOON + 2)) == [("then", 2)]


def test_the_sun_is_where_the_site_is() -> None:
    kept = rule(when={"kind": "sun", "event": "sunset"})
    engine = Engine(Setup(zone=ZoneInfo("Europe/Berlin"), latitude=52.52, longitude=13.4))
    engine.put(kept, (), None, NOON)
    next_ms = engine.next_ms()
    assert next_ms is not None
    # Sunset in Berlin on 14 November 2023 was at 16:15.
    assert abs(next_ms - (NOON + 3 * HOUR + 15 * MINUTE)) < 2 * MINUTE


def test_any_of_several_series_is_not_known_to_be_false_while_one_is_silent() -> None:
    house = zone("any", "one", "two")
    house.hear(0, "one", humidity=50)
    assert house.engine.why("fan", NOON + 1).trigger == "unknown"
    assert house.hear(1, "two", humidity=50) == []
    assert house.engine.why("fan", NOON + 2).trigger == "false"
    assert house.hear(2, "one", humidity=75) == [("then", 2)]
    assert house.hear(3, "two", humidity=75) == []
    assert house.hear(4, "one", humidity=60) == []


def test_all_of_several_series_needs_each() -> None:
    house = zone("all", "one", "two")
    assert house.hear(0, "one", humidity=75) == []
    assert house.hear(1, "two", humidity=75) == [("then", 1)]


def test_a_mean_is_of_those_that_are_known_and_changes_when_one_falls_silent() -> None:
    house = zone("mean", "one", "two", else_=THEN)
    house.hear(0, "one", humidity=90)
    assert house.wait(1) == []
    house.hear(20 * MINUTE, "two", humidity=40)
    assert [one.part for one in house.fired] == ["then", "else"]
    house.hear(25 * MINUTE, "two", humidity=75)
    house.hear(26 * MINUTE, "two", humidity=60)
    assert [one.time_ms - NOON for one in house.fired[2:]] == [25 * MINUTE]
    assert house.wait(HOUR) == [("else", 30 * MINUTE + 1)]


def test_one_that_falls_silent_makes_a_figure_of_the_others_true_at_once() -> None:
    house = zone("min", "one", "two")
    house.hear(0, "one", humidity=40)
    house.hear(20 * MINUTE, "two", humidity=75)
    assert house.wait(HOUR) == [("then", 30 * MINUTE + 1)]


def test_a_figure_of_several_stays_true_by_its_hysteresis_while_nobody_asks_for_it() -> None:
    condition = {"kind": "compare", "zone": "all", "metric": "temperature", "operator": ">", "value": 25.0}
    house = House()
    leaves = (
        LeafSeries("when", (Series("one", "humidity", 1800),)),
        LeafSeries("if", tuple(Series(device, "temperature", 1800) for device in ("one", "two"))),
    )
    house.engine.put(rule(when=ABOVE, if_={**condition, "hysteresis": 3}), leaves, None, NOON)
    house.hear(0, "one", humidity=50, temperature=26)
    house.hear(1, "two", temperature=26)
    house.hear(MINUTE, "one", temperature=22)
    assert house.hear(2 * MINUTE, "one", humidity=80) == [("then", 2 * MINUTE)]


def test_a_window_fires_by_its_figure() -> None:
    rising = {"kind": "value", "asset": "bath", "metric": "humidity", "window_s": 600, "aggregate": "rise"}
    house = House(rule(when={**rising, "operator": ">", "value": 8}))
    fired = [house.hear(minute * MINUTE, humidity=50 + minute) for minute in range(12)]
    assert [number for number, one in enumerate(fired) if one] == [9]


def test_a_window_that_was_not_known_for_a_while_is_the_same_episode_still() -> None:
    house = House(rule(when={**ABOVE, "window_s": 600, "aggregate": "mean", "hysteresis": 5}))
    for minute in range(10):
        house.hear(minute * MINUTE, humidity=75)
    assert house.fired
    for minute in range(60, 70):
        house.hear(minute * MINUTE, humidity=68)
    house.hear(70 * MINUTE, humidity=100)
    assert [one.time_ms - NOON for one in house.fired] == [5 * MINUTE]


def test_a_recording_fires_at_its_own_times_however_old_it_is() -> None:
    house = House(rule(when=ABOVE, for_s=600))
    now_ms = NOON + 30 * DAY
    for minute in range(0, 60, 5):
        house._note(
            house.engine.take(
                Heard("bath", NOON + minute * MINUTE, {"humidity": 75 if minute < 40 else 60}, arrived_ms=now_ms)
            )
        )
    assert [one.time_ms - NOON for one in house.fired] == [10 * MINUTE]


def test_the_wall_clock_strikes_late_readings_only_when_they_have_come_past_the_moment() -> None:
    house = House(rule(when=ABOVE, for_s=600))
    now_ms = NOON + 30 * DAY

    def hear(minute: int) -> None:
        house._note(house.engine.take(Heard("bath", NOON + minute * MINUTE, {"humidity": 75}, arrived_ms=now_ms)))

    hear(0)
    assert house.engine.due(now_ms) == []
    hear(9)
    assert house.engine.due(now_ms) == []
    hear(11)
    assert house.engine.due(now_ms) == [Struck("fan", NOON + 10 * MINUTE)]
    assert house._note(house.engine.take(Struck("fan", NOON + 10 * MINUTE))) == [("then", 10 * MINUTE)]


def test_a_backlog_far_behind_changes_values_and_the_rule_only_when_it_has_caught_up() -> None:
    cool = {"kind": "compare", "asset": "hall", "metric": "temperature", "operator": "<", "value": 20}
    house = House(rule(when=ABOVE, if_=cool))
    house.hear(0, "hall", temperature=25)
    house.hear(20 * MINUTE, humidity=75)
    now_ms = NOON + 21 * MINUTE

    def hall(minute: int, value: float) -> list[tuple[str, int]]:
        heard = Heard("hall", NOON + minute * MINUTE, {"temperature": value}, arrived_ms=now_ms)
        return house._note(house.engine.take(heard))

    assert hall(5, 19) == []
    assert house.engine.due(now_ms) == []
    assert hall(10, 25) == []
    assert hall(19, 18) == [("then", 20 * MINUTE)]


def test_without_the_time_clock_triggers_are_silent_and_readings_are_not() -> None:
    night = {"kind": "time", "from": "11:00", "to": "13:00"}
    house = House(
        rule(when=ABOVE, if_={"kind": "not", "of": night}),
        msgspec.structs.replace(rule(when={"kind": "time", "at": "12:30"}), id="daily"),
        msgspec.structs.replace(rule(when=ABOVE), id="plain"),
        age_s=2 * 3600,
    )
    tell(house, ClockKnown(False, NOON))
    house.hear(1, humidity=75)
    assert [one.rule for one in house.fired] == ["plain"]
    assert house.wait(HOUR + 2) == []
    tell(house, ClockKnown(True, NOON + HOUR + 2))
    assert [one.rule for one in house.fired] == ["plain", "fan"]


def test_missed_moments_are_told_by_the_last_one_only() -> None:
    house = House(rule(when={"kind": "time", "at": "13:00"}))
    assert house.engine.missed("fan", NOON, NOON + 3 * DAY) == NOON + 2 * DAY + HOUR
    assert house.engine.missed("fan", NOON, NOON + MINUTE) is None
    assert house._note(house.engine.take(Struck("fan", NOON + HOUR))) == [("then", HOUR)]
    # However often the clock strikes then, it is one moment.
    assert house._note(house.engine.take(Struck("fan", NOON + HOUR))) == []


def test_a_moment_at_which_a_rule_goes_on_from_its_memory_is_still_before_it_and_comes_once() -> None:
    house = House(rule(when={"kind": "time", "at": "13:00"}))
    kept, memory = rule(when={"kind": "time", "at": "13:00"}), house.engine.memory("fan")
    house.engine.put(kept, seen_by(kept), memory, NOON + HOUR)
    assert house._note(house.engine.run_to(NOON + HOUR + 1)) == [("then", HOUR)]
    house.engine.put(kept, seen_by(kept), house.engine.memory("fan"), NOON + HOUR)
    assert house._note(house.engine.run_to(NOON + HOUR + 1)) == []


def test_a_rule_that_goes_wrong_is_taken_out_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(rule(when=ABOVE), msgspec.structs.replace(rule(when=ABOVE), id="other"))
    bad = house.engine._units["fan"]
    bad.compiled.level = "nonsense"  # type: ignore[assignment]
    assert house.hear(0, humidity=75) == [("then", 0)]
    assert "AttributeError" in house.engine.broken["fan"]
    assert house.hear(1, humidity=60) == house.wait(HOUR) == []
    assert house.hear(HOUR, humidity=75) == [("then", HOUR)]
    assert {one.rule for one in house.fired} == {"other"}


def test_a_changed_rule_begins_anew_with_the_values_that_are_known() -> None:
    kept = rule(when=ABOVE)
    house = House(kept)
    house.hear(0, humidity=75)
    changed = msgspec.structs.replace(kept, version=2)
    house.engine.put(changed, seen_by(changed), house.engine.memory("fan"), NOON + SECOND)
    assert house.wait(2 * SECOND) == [("then", 0)]


def test_a_rule_that_is_compiled_anew_because_a_sensor_joined_does_not_fire_again() -> None:
    house = zone("any", "one")
    assert house.hear(0, "one", humidity=75) == [("then", 0)]
    memory = house.engine.memory("fan")
    series = (LeafSeries("when", tuple(Series(device, "humidity", 1800) for device in ("one", "two"))),)
    house.engine.put(house.engine._units["fan"].kept, series, memory, NOON + SECOND)
    assert house.wait(2 * SECOND) == []
    assert house.hear(3 * SECOND, "two", humidity=80) == []
    assert house.engine.holds("fan")


def test_what_flipped_while_it_was_off_fires_at_start_under_its_own_time() -> None:
    kept = rule(when=ABOVE)
    house = House(kept)
    house.hear(0, humidity=60)
    memory = house.engine.memory("fan")
    newer = msgspec.structs.replace(
        memory, cells=(msgspec.structs.replace(memory.cells[0], value=75, time_ms=NOON + MINUTE),)
    )
    after = House()
    after.engine.put(kept, seen_by(kept), newer, NOON + 2 * MINUTE)
    assert after.wait(2 * MINUTE) == [("then", MINUTE)]


def test_a_memory_survives_being_written_down() -> None:
    both = {"kind": "all", "of": [{"kind": "alert", "asset": "fern"}, {"kind": "anomaly"}]}
    house = House(rule(when=ABOVE, if_=both, for_s=60, hysteresis=5))
    house.hear(0, humidity=75)
    tell(house, AlertHeard("fern", "soil", True, NOON + 1))
    tell(house, AnomalyHeard("e1", "a", "b", "sensor", True, NOON + 2))
    house.hear(3, humidity=66)
    memory = msgspec.msgpack.decode(msgspec.msgpack.encode(house.engine.memory("fan")), type=Memory)
    assert memory == house.engine.memory("fan")
    after = House()
    after.engine.put(house.engine._units["fan"].kept, seen_by(house.engine._units["fan"].kept), memory, NOON + 4)
    assert after.wait(HOUR) == [("then", MINUTE)]


def test_what_a_rule_goes_on_from_is_to_be_written_when_it_changes() -> None:
    house = House(rule(when=ABOVE, for_s=600))
    house.hear(0, humidity=60)
    assert house.engine.dirty == set()
    house.hear(1, humidity=75)
    assert house.engine.dirty == {"fan"}
