"""Rules while they run, from a reading to what a node is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gateway import ruling
from gateway.core.quality import Quality
from gateway.core.rules.firing import Firing
from gateway.core.rules.rule import Mode
from gateway.flow.rules.planning import Plan

from .rule_site import DAMP, FAN_20, FAN_ON, RuleSite


async def damp(rule: object = None, mode: Mode = Mode.LIVE) -> RuleSite:
    """A bathroom with its rule."""
    site = await RuleSite().furnish()
    await site.measure(60)
    await site.rule({"when": DAMP, "hysteresis": 5, "then": [FAN_20], **(rule or {})}, mode)  # type: ignore[dict-item]
    return site


async def test_a_reading_beyond_the_limit_turns_the_fan_on_and_its_timer_turns_it_off() -> None:
    site = await damp()
    await site.measure(74)
    assert site.nodes.done == [("fan", "turn_on")]
    assert [(timer.name, timer.actuator) for timer in site.armed()] == [("fan turn_off", "fan/power")]
    await site.later(minutes=19)
    assert len(site.nodes.done) == 1
    await site.later(minutes=1)
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]
    assert site.outcomes() == [("then", "done")]


async def test_it_fires_once_while_it_holds_and_again_when_it_was_over() -> None:
    site = await damp()
    for humidity in (74, 75, 69, 73, 64, 72):
        await site.later(s=10)
        await site.measure(humidity)
    assert site.outcomes() == [("then", "done")] * 2


async def test_a_rule_that_waits_fires_by_the_clock_without_another_reading() -> None:
    site = await damp({"for_s": 600})
    await site.measure(74)
    await site.later(minutes=9, s=59)
    assert site.nodes.done == []
    await site.later(s=1)
    assert site.nodes.done == [("fan", "turn_on")]


async def test_in_shadow_it_says_what_it_would_do_and_asks_nobody() -> None:
    site = await damp(mode=Mode.SHADOW)
    await site.measure(74)
    assert site.outcomes() == [("then", "would")]
    assert [timer.shadow for timer in site.armed()] == [True]
    await site.later(minutes=20)
    assert (site.nodes.done, site.armed()) == ([], [])


async def test_what_it_only_would_have_done_it_does_when_it_goes_live_and_still_holds() -> None:
    site = await damp(mode=Mode.SHADOW)
    await site.measure(74)
    await site.later(minutes=5)
    await site.book.enable("bath", Mode.LIVE, "anna")
    await site.turn()
    assert site.nodes.done == [("fan", "turn_on")]
    assert [timer.shadow for timer in site.armed()] == [False]


async def test_a_rule_that_is_enabled_while_it_is_damp_fires_though_the_reading_is_minutes_old() -> None:
    site = await RuleSite().furnish()
    await site.measure(80)
    await site.later(minutes=5)
    await site.rule({"when": DAMP, "then": [FAN_ON]})
    assert site.nodes.done == [("fan", "turn_on")]


async def test_flagged_and_late_values_move_nothing_and_one_of_uncertain_time_does() -> None:
    for bit in Quality:
        site = await damp()
        await site.measure(90, quality={"humidity": int(bit)})
        assert bool(site.nodes.done) is (bit is Quality.TIME), bit.name
    site = await damp()
    await site.measure(90, late=True)
    assert site.nodes.done == []


async def test_what_is_poured_in_with_old_timestamps_fires_at_its_own_time_and_moves_nothing() -> None:
    site = await RuleSite().furnish()
    await site.rule({"when": DAMP, "then": [FAN_ON]})
    await site.measure(60, ago_ms=7_200_000)
    await site.measure(80, ago_ms=7_000_000)
    assert site.outcomes() == [("then", "late")]
    assert site.fired[-1].time_ms == site.clock() - 7_000_000
    assert site.nodes.done == []


async def test_a_power_cut_while_it_waits_costs_nothing_of_what_was_written_down() -> None:
    site = await damp({"for_s": 600})
    await site.measure(74)
    await site.stop()
    await site.kill(minutes=2)
    await site.later(minutes=7, s=59)
    assert site.nodes.done == []
    await site.later(s=1)
    assert site.nodes.done == [("fan", "turn_on")]


async def test_what_holds_at_a_power_cut_does_not_fire_again() -> None:
    site = await damp()
    await site.measure(74)
    await site.kill(minutes=1)
    await site.measure(75)
    assert site.outcomes() == [("then", "done")]
    assert site.nodes.done == [("fan", "turn_on")]


async def test_a_changed_rule_begins_anew_in_shadow_and_its_fan_still_stops() -> None:
    site = await damp()
    await site.measure(74)
    kept = await site.book.put(replace(site.book.get("bath").rule, for_s=60), "anna", "bath")
    assert (kept.version, kept.mode) == (2, Mode.SHADOW)
    await site.later(minutes=1)
    await site.later(minutes=19)
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]
    assert site.outcomes() == [("then", "done"), ("then", "would")]


async def test_a_rule_that_is_only_renamed_stays_live_and_does_not_fire_again() -> None:
    site = await damp()
    await site.measure(74)
    kept = await site.book.put(replace(site.book.get("bath").rule, name="Fan"), "anna", "bath")
    await site.turn()
    assert (kept.mode, kept.version, site.outcomes()) == (Mode.LIVE, 2, [("then", "done")])


async def test_what_began_in_a_backlog_and_still_holds_is_done_when_the_sensor_is_back() -> None:
    site = await damp()
    await site.later(minutes=30)
    for ago_s in (1500, 1200, 600):
        await site.measure(74, ago_ms=ago_s * 1000)
    assert (site.outcomes(), site.nodes.done) == ([("then", "late")], [])
    await site.measure(75)
    assert site.outcomes() == [("then", "late"), ("then", "done")]
    assert site.nodes.done == [("fan", "turn_on")]
    await site.later(s=30)
    await site.measure(76)
    assert len(site.outcomes()) == 2


async def test_what_is_over_when_the_sensor_is_back_is_not_done() -> None:
    site = await damp()
    await site.later(minutes=30)
    await site.measure(74, ago_ms=1_500_000)
    await site.measure(60, ago_ms=600_000)
    await site.measure(60)
    assert (site.outcomes(), site.nodes.done) == ([("then", "late")], [])


async def test_the_end_of_what_was_done_counts_however_late_it_is_noticed() -> None:
    off = {**FAN_ON, "verb": "turn_off"}
    site = await damp({"then": [FAN_ON], "else": [off]})
    await site.measure(74)
    await site.kill(minutes=60)
    await site.measure(60, ago_ms=1_800_000)
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]


async def test_a_heater_whose_sensor_died_while_the_gateway_was_off_is_made_safe_at_the_start() -> None:
    site = await damp({"then": [FAN_ON], "safe": [{**FAN_ON, "verb": "turn_off"}]})
    await site.measure(74)
    await site.kill(minutes=60)
    await site.turn()
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]
    assert site.outcomes() == [("then", "done"), ("safe", "done")]


async def test_the_same_when_it_began_long_before_the_newest_firings_of_the_house(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ruling, "_RECALLED", 3)
    site = await damp({"then": [FAN_ON], "safe": [{**FAN_ON, "verb": "turn_off"}]})
    await site.rule({"when": {"kind": "time", "every_s": 60}, "then": [FAN_ON]}, Mode.SHADOW, "busy")
    await site.measure(74)
    for _ in range(5):
        await site.later(s=60)
    await site.kill(minutes=60)
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]


async def test_after_a_clock_that_was_far_ahead_a_rule_hears_again() -> None:
    site = await damp({"then": [FAN_ON], "else": [{**FAN_ON, "verb": "turn_off"}]})
    await site.measure(74)
    site.since_ms = site.clock() - 86_400_000
    site.set_clock(-3_600_000)
    await site.later(s=10)
    await site.measure(60)
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]


async def test_a_recording_that_is_poured_into_a_live_rule_moves_nothing_at_its_end_either() -> None:
    site = await RuleSite().furnish()
    await site.rule({"when": DAMP, "then": [FAN_ON], "else": [{**FAN_ON, "verb": "turn_off"}]})
    for ago_ms, humidity in ((7_200_000, 60), (7_000_000, 80), (6_000_000, 60)):
        await site.measure(humidity, ago_ms=ago_ms)
    assert (site.outcomes(), site.nodes.done) == ([("then", "late"), ("else", "late")], [])


async def test_a_mistake_in_one_rule_stops_that_one_and_not_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site = await damp()
    await site.rule({"when": DAMP, "then": [{**FAN_ON, "verb": "identify"}], "priority": 70}, rule_id="odd")
    plan = site.part.doing.plan

    def wrong(firing: Firing, *args: Any, **kwargs: Any) -> Plan:
        if firing.rule == "odd":
            raise ZeroDivisionError
        return plan(firing, *args, **kwargs)

    monkeypatch.setattr(site.part.doing, "plan", wrong)
    await site.measure(74)
    assert site.nodes.done == [("fan", "turn_on")]
    assert "ZeroDivisionError" in caplog.text
    assert site.book.get("odd").mode is Mode.TRIPPED
    assert "a mistake in the gateway" in site.part.complaints()["rules"]
