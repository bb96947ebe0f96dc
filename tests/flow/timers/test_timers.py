"""Timers: due, missed, cancelled, moved with the clock."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from gateway.core.commands import Order
from gateway.core.errors import Conflict, NotFound, StoreError
from gateway.core.messages import ClockSet, DeviceChanged
from gateway.core.rules.actions import CatchUp
from gateway.core.rules.rule import Mode
from gateway.core.timers import MISSED_MS, Timer, TimerState, at_start, moved
from tests.flow.rules.rule_site import DAMP, FAN_20, FAN_ON, RuleSite

POLICIES: tuple[CatchUp, ...] = ("late", "skip", "safe")
SAFE = [{"kind": "command", "device": "fan", "verb": "set_speed", "args": {"speed": 10}}]
MINUTE_MS = 60_000
DUE_MS = 20 * MINUTE_MS


def timer(catch_up: CatchUp = "late", armed_ms: int = 0, due_ms: int = DUE_MS) -> Timer:
    return Timer(id="f-0", name="x", rule="r", firing="f", armed_ms=armed_ms, due_ms=due_ms, then=(), catch_up=catch_up)


async def airing(catch_up: str = "late") -> RuleSite:
    """The fan runs for 20 minutes."""
    site = await RuleSite().furnish()
    await site.measure(60)
    await site.rule({"when": DAMP, "hysteresis": 5, "then": [FAN_20], "catch_up": catch_up, "safe": SAFE})
    await site.measure(74)
    site.nodes.done.clear()
    return site


def verbs(site: RuleSite) -> list[str]:
    return [verb for _, verb in site.nodes.done]


@pytest.mark.parametrize("catch_up", POLICIES)
def test_what_is_at_most_5_s_late_is_done_and_what_is_later_is_missed(catch_up: CatchUp) -> None:
    armed = timer(catch_up)
    assert at_start(armed, DUE_MS - 1) == "wait"
    assert at_start(armed, DUE_MS) == "now"
    assert at_start(armed, DUE_MS + MISSED_MS) == "now"
    assert at_start(armed, DUE_MS + MISSED_MS + 1) == catch_up


def test_when_the_clock_is_set_what_was_armed_in_this_run_moves_and_the_rest_stays() -> None:
    learnt = ClockSet(1_000_000, 9_000_000, 500_000, True, True, "")
    here, before = timer(armed_ms=600_000, due_ms=1_800_000), timer(armed_ms=400_000, due_ms=1_600_000)
    assert (moved(here, learnt).armed_ms, moved(here, learnt).due_ms) == (8_600_000, 9_800_000)
    assert moved(before, learnt) == before
    small = ClockSet(1_000_000, 1_000_400, 500_000, False, False, "")
    assert moved(here, small) == here


@pytest.mark.parametrize("catch_up", POLICIES)
@pytest.mark.parametrize("off_s", [0, 2, 21 * 60, 3 * 86_400])
async def test_after_a_power_cut_it_is_due_as_it_was_or_made_good_as_the_rule_says(catch_up: str, off_s: int) -> None:
    site = await airing(catch_up)
    await site.kill(s=off_s)
    if off_s < 1200:
        assert verbs(site) == []
        await site.later(s=1200 - off_s)
        assert verbs(site) == ["turn_off"]
        assert not site.reasons("timer.missed")
    else:
        assert verbs(site) == {"late": ["turn_off"], "skip": [], "safe": ["set_speed"]}[catch_up]
        assert len(site.reasons("timer.missed")) == 1
    assert site.armed() == []
    await site.kill(minutes=30)
    assert len(verbs(site)) == (0 if catch_up == "skip" and off_s >= 1200 else 1)


async def test_due_while_it_was_off_for_less_than_5_s_is_not_missed_whatever_the_policy() -> None:
    for catch_up in POLICIES:
        site = await airing(catch_up)
        await site.later(minutes=19, s=58)
        await site.kill(s=6)
        assert verbs(site) == ["turn_off"]


async def test_a_node_that_is_away_when_it_is_due_hears_of_it_when_it_is_back_days_later() -> None:
    site = await airing()
    site.leave("fan")
    await site.later(minutes=20)
    await site.later(days=3)
    assert verbs(site) == []
    site.join("fan")
    await site.turn()
    assert verbs(site) == ["turn_off"]


async def test_a_small_correction_of_the_clock_leaves_the_moment_where_it_is() -> None:
    site = await airing()
    due_ms = site.armed()[0].due_ms
    site.set_clock(400, redates=False)
    assert site.armed()[0].due_ms == due_ms


async def test_when_the_time_is_learnt_a_timer_of_this_run_keeps_its_length_and_one_of_before_is_made_good() -> None:
    site = await airing()
    await site.kill(minutes=5)
    site.since_ms = site.clock()
    await site.later(minutes=1)
    await site.measure(60)
    await site.measure(75)
    (again,) = site.armed()
    assert again.due_ms == site.clock() + DUE_MS
    site.nodes.done.clear()
    site.set_clock(86_400_000)
    assert site.armed()[0].due_ms == site.clock() + DUE_MS
    await site.turn()
    assert verbs(site) == []
    old = await airing("skip")
    old.since_ms = old.clock() + 1
    old.set_clock(86_400_000)
    await old.turn()
    assert (verbs(old), len(old.reasons("timer.missed"))) == ([], 1)


async def test_armed_anew_by_the_same_rule_it_begins_again() -> None:
    site = await RuleSite().furnish()
    await site.rule({"when": DAMP, "hysteresis": 5, "then": [FAN_20]})
    await site.measure(74)
    await site.later(minutes=10)
    await site.measure(60)
    await site.measure(74)
    assert [one.state for one in site.moved] == [TimerState.ARMED, TimerState.REPLACED, TimerState.ARMED]
    await site.later(minutes=15)
    assert verbs(site) == ["turn_on", "turn_on"]
    await site.later(minutes=5)
    assert verbs(site) == ["turn_on", "turn_on", "turn_off"]


async def test_one_that_is_cancelled_does_nothing_also_after_a_restart() -> None:
    site = await airing()
    (armed,) = site.armed()
    cancelled = await site.timers.cancel(armed.id, "anna")
    assert (cancelled.state, cancelled.detail) == (TimerState.CANCELLED, "cancelled by anna")
    assert "timer.cancelled" in site.audit()
    with pytest.raises(Conflict, match="has ended: cancelled"):
        await site.timers.cancel(armed.id, "anna")
    with pytest.raises(NotFound):
        await site.timers.cancel("nobody-0", "anna")
    await site.kill(minutes=30)
    assert verbs(site) == []


async def test_one_whose_cancelling_the_disk_could_not_take_runs_on() -> None:
    site = await airing()
    site.storage.error = StoreError("the disk is full")
    with pytest.raises(StoreError):
        await site.timers.cancel(site.armed()[0].id, "anna")
    site.storage.error = None
    assert (len(site.armed()), site.moved[-1].state) == (1, TimerState.ARMED)
    assert site.timers.ended[TimerState.CANCELLED] == 0
    await site.later(minutes=20)
    assert verbs(site) == ["turn_off"]


async def test_a_person_who_has_the_fan_keeps_it_when_the_rules_time_is_over() -> None:
    site = await airing()
    await site.later(minutes=10)
    await ordered(site, "turn_off")
    await ordered(site, "turn_on")
    await site.later(minutes=10)
    assert verbs(site) == ["turn_off", "turn_on"]
    assert "held" in site.reasons("timer.done")[0]


async def test_what_a_full_disk_could_not_take_is_tried_again_and_is_not_missed_by_that() -> None:
    site = await airing("skip")
    site.storage.error = StoreError("the disk is full")
    await site.later(minutes=20)
    assert verbs(site) == []
    await site.later(s=30)
    site.storage.error = None
    await site.later(s=10)
    assert verbs(site) == ["turn_off"]
    assert site.armed() == []


async def test_what_is_tried_again_does_not_do_anew_what_is_done_already(monkeypatch: pytest.MonkeyPatch) -> None:
    site = await RuleSite().furnish()
    then = [{"kind": "notify", "text": "aired"}, {**FAN_20, "verb": "turn_on"}]
    await site.rule({"when": DAMP, "then": [{"kind": "timer", "timer": "soon", "after_s": 60, "then": then}]})
    await site.measure(74)

    async def crowded(*order: object) -> None:
        raise Conflict("fan has 16 open commands")

    with monkeypatch.context() as patch:
        patch.setattr(site.commands, "ask", crowded)
        for _ in range(30):
            await site.later(s=4)
    await site.later(s=10)
    assert (len(site.notices), verbs(site), [one.name for one in site.armed()]) == (1, ["turn_on"], ["fan turn_off"])
    # It runs for as long as was asked from when it was done, not from the first try.
    await site.later(minutes=19, s=50)
    assert verbs(site) == ["turn_on"]
    await site.later(s=10)
    assert verbs(site) == ["turn_on", "turn_off"]


async def test_a_disk_that_is_full_for_hours_is_asked_every_5_s_and_no_more_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = await airing()
    asked: list[int] = []

    async def full(timer: Timer) -> str:
        asked.append(site.clock())
        raise StoreError("the disk is full")

    site.storage.error = StoreError("the disk is full")
    monkeypatch.setattr(site.part.doing, "began", full)
    await site.later(minutes=20)
    for _ in range(800):
        await site.later(s=1)
    assert min(after - before for before, after in pairwise(asked)) == 5_000
    monkeypatch.undo()
    site.storage.error = None
    await site.later(s=10)
    assert (verbs(site), site.armed()) == (["turn_off"], [])


async def test_a_device_that_is_deleted_takes_its_timers_with_it() -> None:
    site = await airing()
    site.bus.publish(DeviceChanged("fan", None))
    assert site.armed() == []
    assert site.moved[-1].detail == "fan was deleted"


async def test_a_timer_of_its_own_does_what_is_in_it_and_may_be_cancelled_by_the_rule() -> None:
    nested: dict[str, Any] = {
        "kind": "timer",
        "timer": "first",
        "after_s": 60,
        "then": [FAN_ON, {"kind": "timer", "timer": "second", "after_s": 60, "then": [{**FAN_ON, "verb": "turn_off"}]}],
    }
    site = await RuleSite().furnish()
    await site.rule({"when": DAMP, "hysteresis": 5, "then": [nested], "else": [{"kind": "cancel", "timer": "second"}]})
    await site.measure(74)
    assert [one.name for one in site.armed()] == ["first"]
    await site.later(s=60)
    assert (verbs(site), [one.name for one in site.armed()]) == (["turn_on"], ["second"])
    await site.kill(s=5)
    await site.measure(60)
    assert site.armed() == []
    await site.later(minutes=5)
    assert verbs(site) == ["turn_on"]


async def test_one_in_shadow_runs_and_asks_nobody() -> None:
    site = await RuleSite().furnish()
    await site.rule({"when": DAMP, "then": [FAN_20]}, Mode.SHADOW)
    await site.measure(74)
    await site.later(minutes=20)
    assert (verbs(site), site.moved[-1].state, site.moved[-1].detail) == (
        [],
        TimerState.DONE,
        "in shadow: nothing was done",
    )


@pytest.mark.parametrize("catch_up", POLICIES)
async def test_before_the_time_is_known_nothing_is_early_and_then_what_is_overdue_is_made_good(catch_up: str) -> None:
    site = await airing(catch_up)
    site.time_known = False
    await site.kill(s=1)
    site.since_ms = site.clock()
    await site.later(minutes=10)
    assert verbs(site) == []
    site.set_clock(3_600_000, learnt=True)
    await site.turn()
    assert verbs(site) == {"late": ["turn_off"], "skip": [], "safe": ["set_speed"]}[catch_up]
    assert site.armed() == []


async def ordered(site: RuleSite, verb: str) -> None:
    """By a person."""
    await site.commands.ask(Order("fan", verb), "anna")
    await site.turn()
