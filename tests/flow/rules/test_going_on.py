"""What rules go on from when something around them is other than it was."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gateway.core.ports.rules import RuleRemembered
from gateway.core.rules.memory import LeafMemory, Memory
from gateway.core.rules.rule import Mode
from gateway.flow.latest import Latest
from gateway.flow.rules.remembering import remembered

from .rule_site import DAMP, FAN_20, FAN_ON, RuleSite

OFF = {**FAN_ON, "verb": "turn_off"}
WARM = {"kind": "value", "device": "climate", "metric": "temperature", "operator": ">", "value": 25}
HUMID: dict[str, Any] = {"when": DAMP, "hysteresis": 5, "then": [FAN_ON]}


async def bathroom(**also: Any) -> RuleSite:
    """Dry, with a rule that turns the fan on."""
    site = await RuleSite(rules=also.pop("rules", {})).furnish()
    await site.measure(60)
    await site.rule({**HUMID, **also})
    return site


def verbs(site: RuleSite) -> list[str]:
    return [verb for _, verb in site.nodes.done]


async def test_one_that_was_stopped_does_what_it_is_for_when_it_is_enabled_while_it_holds() -> None:
    site = await bathroom(rules={"most_firings_per_hour": 3}, **{"else": [OFF]})
    for humidity in (80, 60, 80, 60):
        await site.measure(humidity)
        await site.later(s=1)
    assert site.book.get("bath").mode is Mode.TRIPPED
    site.nodes.done.clear()
    await site.measure(80)
    await site.book.enable("bath", Mode.LIVE, "anna")
    await site.turn()
    assert (verbs(site), site.outcomes()[-1]) == (["turn_on"], ("then", "done"))


_LEAF = LeafMemory("when", "", 1, slots=b"\xc1")
_WINDOW = LeafMemory("when", "", 1, slots=msgspec.msgpack.encode([[1, 2.0, None, False, [b"odd", b""]]]))


@pytest.mark.parametrize(
    "odd",
    [{"leaves": (_LEAF,)}, {"leaves": (_WINDOW,)}, {"words": {"alert:fern": "3"}}, {"words": {"anomaly": "{"}}],
)
async def test_a_memory_that_cannot_be_read_is_left_out_and_its_rule_begins_anew(odd: dict[str, Any]) -> None:
    site = await bathroom()
    await site.stop()
    last = [change for change in site.storage.changes if isinstance(change, RuleRemembered)][-1]
    memory = replace(msgspec.msgpack.decode(last.memory, type=Memory), **odd)
    site.storage.submit([replace(last, memory=msgspec.msgpack.encode(memory))])
    await site.kill(s=5)
    await site.measure(80)
    assert verbs(site) == ["turn_on"]


async def test_where_its_sensor_is_taken_away_it_does_what_is_safe_without_another_reading() -> None:
    site = await bathroom(safe=[OFF])
    await site.measure(80)
    await site.later(s=30)
    await site.assignments.unassign("climate", "anna")
    await site.turn()
    assert (verbs(site), site.outcomes()[-1]) == (["turn_on", "turn_off"], ("safe", "done"))
    assert site.fired[-1].time_ms == site.clock()


async def test_what_it_was_doing_at_a_power_cut_it_claims_again_while_it_holds() -> None:
    site = await bathroom(priority=60)
    await site.rule({"when": WARM, "then": [OFF], "priority": 40}, rule_id="warm")
    await site.later(s=5)
    site.storage.left = 1
    await site.measure(80, temperature=20.0)
    await site.kill(s=3)
    assert verbs(site) == ["turn_on"]
    await site.measure(80, temperature=30.0)
    assert site.outcomes("warm") == [("then", "held")]
    assert verbs(site) == ["turn_on"]


async def test_what_began_in_a_backlog_and_still_holds_is_done_after_a_restart_too() -> None:
    site = await bathroom()
    await site.later(minutes=20)
    await site.measure(80, ago_ms=600_000)
    assert site.outcomes() == [("then", "late")]
    await site.stop()
    await site.kill(s=5)
    assert verbs(site) == []
    await site.measure(80)
    await site.later(s=5)
    assert (verbs(site), site.outcomes()) == (["turn_on"], [("then", "late"), ("then", "done")])


async def test_a_rules_time_that_is_over_does_not_take_from_a_later_one_what_it_still_claims() -> None:
    site = await bathroom(then=[FAN_20])
    await site.rule({"when": WARM, "then": [FAN_20]}, rule_id="warm")
    await site.measure(80, temperature=20.0)
    await site.later(minutes=10)
    await site.measure(60, temperature=30.0)
    await site.later(minutes=10)
    assert verbs(site) == ["turn_on", "turn_on"]
    assert "held by rule warm (50)" in site.reasons("timer.done")[0]
    await site.later(minutes=10)
    assert verbs(site) == ["turn_on", "turn_on", "turn_off"]


async def test_what_was_put_off_is_not_done_again_after_its_rule_was_switched_off_and_on() -> None:
    site = await bathroom()
    await site.later(minutes=20)
    await site.measure(80, ago_ms=600_000)
    site.say("climate", humidity=80)
    await site.book.enable("bath", Mode.OFF, "anna")
    await site.book.enable("bath", Mode.LIVE, "anna")
    await site.later(s=5)
    assert site.outcomes() == [("then", "late"), ("then", "done")]


async def test_a_long_wait_goes_on_after_a_power_cut_however_long_ago_it_began() -> None:
    site = await bathroom(for_s=3600)
    for _ in range(50):
        await site.measure(80)
        await site.later(minutes=1)
    await site.kill(s=10)
    for _ in range(9):
        await site.measure(80)
        await site.later(minutes=1)
    assert verbs(site) == []
    await site.later(minutes=1)
    assert verbs(site) == ["turn_on"]


@pytest.mark.parametrize(("minutes", "goes_on"), [(10, True), (40, False)])
async def test_what_came_while_nobody_looked_does_not_count_for_a_wait(minutes: int, goes_on: bool) -> None:
    site = await bathroom(for_s=3600)
    await site.measure(80)
    await site.stop()
    kept, memory = site.book.get("bath"), site.live._running.engine.memory("bath")
    series = site.live._running.rules["bath"].series
    newest = {"humidity": Latest(80.0, site.clock() + minutes * 60_000)}
    known = remembered(kept, memory, series, lambda device: newest)
    assert (known.since_ms is not None, known.cells[0].time_ms) == (goes_on, newest["humidity"].time_ms)


async def test_what_was_cut_off_is_not_gone_on_with_where_its_rule_was_switched_off_meanwhile() -> None:
    site = await bathroom(then=[FAN_20])
    await site.later(s=5)
    site.storage.left = 1
    await site.measure(80)
    site.nodes.done.clear()
    site.nodes.ids.clear()
    await site.book.enable("bath", Mode.SHADOW, "anna")
    await site.kill(s=5)
    assert (verbs(site), site.armed(), site.outcomes()[0]) == ([], [], ("then", "interrupted"))
