"""Power cuts between any two things that rules write down: what was begun is done once, and ends."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.core.ports.orders import CommandKept
from gateway.core.ports.rules import RuleRemembered
from gateway.core.rules.memory import Memory

from .rule_site import DAMP, FAN_20, RuleSite

RULE: dict[str, Any] = {"when": DAMP, "hysteresis": 5, "then": [FAN_20]}


async def running() -> RuleSite:
    """A bathroom that is dry, and its rule."""
    site = await RuleSite().furnish()
    await site.measure(60)
    await site.rule(RULE)
    await site.later(s=5)
    return site


async def submissions(of_end: bool) -> int:
    """How many there are from the reading that fires, or from the end of the timer, until all is quiet."""
    site = await running()
    before = site.storage.submissions
    await site.measure(74)
    if of_end:
        before = site.storage.submissions
        await site.later(minutes=20)
    return site.storage.submissions - before


async def test_a_power_cut_after_any_submission_of_a_firing_leaves_one_start_and_one_stop() -> None:
    count = await submissions(of_end=False)
    assert count >= 3
    for left in range(count + 1):
        site = await running()
        site.storage.left = left
        await site.measure(74)
        await site.kill(s=3)
        await site.measure(74)
        await site.later(s=5)
        assert [verb for _, verb in site.nodes.done] == ["turn_on"], left
        assert len(site.armed()) == 1, left
        await site.later(minutes=20)
        assert [verb for _, verb in site.nodes.done] == ["turn_on", "turn_off"], left
        assert site.armed() == [], left
        assert all(outcome == "done" for _, outcome in site.outcomes()), left


@pytest.mark.parametrize("catch_up", ["late", "skip", "safe"])
async def test_a_power_cut_after_any_submission_of_a_timers_end_leaves_one_end(catch_up: str) -> None:
    count = await submissions(of_end=True)
    assert count >= 2
    for left in range(count + 1):
        site = await RuleSite().furnish()
        await site.measure(60)
        safe = [{"kind": "command", "device": "fan", "verb": "set_speed", "args": {"speed": 10}}]
        await site.rule({**RULE, "catch_up": catch_up, "safe": safe})
        await site.measure(74)
        site.storage.left = left
        await site.later(minutes=20)
        asked = [change.id for change in site.storage.changes if isinstance(change, CommandKept)]
        begun = any(command_id.startswith("t-") for command_id in asked)
        await site.kill(minutes=3)
        await site.later(s=5)
        done = [verb for _, verb in site.nodes.done]
        # What was on the disk before the cut counts; else the policy says what becomes of it.
        end = {"late": ["turn_off"], "skip": [], "safe": ["set_speed"]}[catch_up]
        if begun:
            end = ["turn_off"]
        assert done == ["turn_on", *end], left
        assert site.armed() == [], left


async def test_a_firing_that_was_cut_off_long_ago_is_not_done_any_more() -> None:
    site = await running()
    site.storage.left = 1
    await site.measure(74)
    site.nodes.done.clear()
    site.nodes.ids.clear()
    await site.kill(minutes=10)
    assert site.outcomes() == [("then", "interrupted")]
    await site.later(minutes=20)
    assert [verb for _, verb in site.nodes.done] == []


async def test_the_end_of_a_hold_or_of_a_wait_is_written_before_the_next_reading() -> None:
    site = await running()
    await site.rule({**RULE, "name": "Patient", "for_s": 600}, rule_id="patient")
    await site.measure(74)
    await site.later(s=40)
    before = noted(site)
    assert before["patient"].since_ms is not None
    assert [memory.holds for memory in before.values()] == [True, False]
    await site.measure(60)
    after = noted(site)
    assert [memory.since_ms for memory in after.values()] == [None, None]
    assert not any(memory.holds for memory in after.values())
    written = sum(isinstance(change, RuleRemembered) for change in site.storage.changes)
    for humidity in (61, 62, 61):
        await site.measure(humidity)
    assert sum(isinstance(change, RuleRemembered) for change in site.storage.changes) == written


def noted(site: RuleSite) -> dict[str, Memory]:
    """What the disk says that rules go on from."""
    found = [change for change in site.storage.changes if isinstance(change, RuleRemembered)]
    kept = {one.rule: one.memory for one in found if one.memory and not one.rule.startswith("*")}
    return {rule: msgspec.msgpack.decode(memory, type=Memory) for rule, memory in kept.items()}
