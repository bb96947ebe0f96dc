"""What rules go on from when something around them is other than it was."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gateway.core.ports.rules import RuleRemembered
from gateway.core.rules.memory import LeafMemory, Memory
from gateway.core.rules.rule import Mode

from .rule_site import DAMP, FAN_ON, RuleSite

OFF = {**FAN_ON, "verb": "turn_off"}
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
