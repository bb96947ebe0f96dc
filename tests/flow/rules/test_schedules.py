"""Moments of the wall clock: on time, missed, jumped over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.core.rules.rule import Mode

from .rule_site import DAMP, FAN_ON, RuleSite

DAILY: dict[str, Any] = {"when": {"kind": "time", "at": "14:00"}, "then": [FAN_ON]}
SAFE = [{"kind": "command", "device": "fan", "verb": "turn_off"}]


async def at(local: str, **rule: Any) -> RuleSite:
    """A site in Berlin at this time of 2026-01-07, with its rule."""
    site = RuleSite()
    hour, minute = map(int, local.split(":"))
    site.clock.now_ms = round(datetime(2026, 1, 7, hour - 1, minute, tzinfo=UTC).timestamp() * 1000)
    await site.furnish()
    await site.measure(60)
    await site.rule({**DAILY, **rule})
    return site


def verbs(site: RuleSite) -> list[str]:
    return [verb for _, verb in site.nodes.done]


async def test_a_time_of_day_comes_once_a_day_and_not_for_the_moment_before_it_was_enabled() -> None:
    site = await at("14:01")
    await site.later(minutes=2)
    assert verbs(site) == []
    site = await at("13:59")
    for _ in range(120):
        await site.later(s=1)
    assert verbs(site) == ["turn_on"]
    assert (site.fired[0].time_ms // 1000) % 3600 == 0


@pytest.mark.parametrize(("catch_up", "done"), [("late", ["turn_on"]), ("skip", []), ("safe", ["turn_off"])])
async def test_a_moment_that_came_while_it_was_off_is_made_good_as_the_rule_says(
    catch_up: str, done: list[str]
) -> None:
    site = await at("13:30", catch_up=catch_up, safe=SAFE)
    await site.stop()
    await site.kill(minutes=90)
    assert verbs(site) == done
    assert site.outcomes() == [("safe" if catch_up == "safe" else "then", "skipped" if catch_up == "skip" else "done")]
    await site.kill(minutes=2)
    assert (verbs(site), len(site.outcomes())) == (done, 1)


async def test_of_several_days_only_the_last_moment_counts_and_none_of_more_than_a_day_ago() -> None:
    site = await at("13:30")
    await site.stop()
    await site.kill(days=3, minutes=60)
    assert site.outcomes() == [("then", "done")]
    assert site.clock() - site.fired[0].time_ms == 30 * 60_000
    other = await at("13:30", when={"kind": "time", "at": "14:00", "days": ["wed"]})
    await other.stop()
    await other.kill(days=3)
    assert other.outcomes() == []


async def test_what_was_done_on_time_is_not_made_good_after_a_power_cut() -> None:
    site = await at("13:59")
    await site.later(minutes=1)
    assert verbs(site) == ["turn_on"]
    await site.kill(minutes=5)
    assert (verbs(site), len(site.outcomes())) == (["turn_on"], 1)


async def test_a_moment_at_the_very_ms_at_which_it_stopped_is_made_good() -> None:
    site = await at("13:59")
    site.clock.now_ms += 60_000
    site.say("climate", humidity=60.0)
    assert site.outcomes() == []
    await site.stop()
    await site.kill(minutes=5)
    assert (verbs(site), site.outcomes()) == (["turn_on"], [("then", "done")])


@pytest.mark.parametrize("redates", [False, True])
async def test_a_clock_set_forward_over_the_moment_makes_it_good_once_and_one_set_back_does_not_repeat_it(
    redates: bool,
) -> None:
    site = await at("13:30")
    site.set_clock(3_600_000, redates=redates)
    await site.turn()
    assert verbs(site) == ["turn_on"]
    site.set_clock(-3_600_000, redates=redates)
    for _ in range(3):
        await site.later(minutes=25)
    assert len(site.outcomes()) == 1


async def test_without_a_known_time_no_moment_comes_and_what_came_meanwhile_is_made_good() -> None:
    site = RuleSite()
    site.time_known = site.keeper.known = False
    site.clock.now_ms = round(datetime(2026, 1, 7, 12, 30, tzinfo=UTC).timestamp() * 1000)
    await site.furnish()
    await site.rule(DAILY)
    await site.later(minutes=35)
    assert verbs(site) == []
    await site.rule({"when": DAMP, "then": [{**FAN_ON, "verb": "identify"}]}, rule_id="damp")
    await site.measure(80, quality={"humidity": 64})
    assert verbs(site) == ["identify"]
    site.set_clock(86_400_000, learnt=True)
    await site.turn()
    assert verbs(site) == ["identify", "turn_on"]


async def test_asleep_over_an_hour_of_every_minute_it_does_not_make_up_for_each() -> None:
    site = await at("13:30", when={"kind": "time", "every_s": 60})
    for _ in range(5):
        await site.later(s=60)
    assert len(site.outcomes()) == 5
    await site.later(minutes=60)
    assert len(site.outcomes()) <= 6
    await site.later(s=60)
    assert site.outcomes()[-1] == ("then", "done")


async def test_a_missed_moment_in_shadow_is_only_said() -> None:
    site = await at("13:30")
    await site.book.enable("bath", Mode.SHADOW, "anna")
    await site.stop()
    await site.kill(minutes=60)
    assert (verbs(site), site.outcomes()) == ([], [("then", "would")])


async def test_a_missed_moment_is_made_good_though_a_status_is_heard_before_the_clock_strikes() -> None:
    well = {"kind": "not", "of": {"kind": "state", "device": "climate", "is": "error"}}
    site = await at("13:30", **{"if": well})
    await site.stop()
    await site.kill(minutes=90)
    assert verbs(site) == ["turn_on"]


async def test_a_span_of_the_clock_that_began_or_ended_while_it_was_off_is_caught_up_with() -> None:
    span = {"if": {"kind": "time", "from": "14:00", "to": "16:00"}, "else": SAFE}
    site = await at("13:30", when=None, **span)
    await site.stop()
    await site.kill(minutes=60)
    await site.later(s=2)
    assert verbs(site) == ["turn_on"]
    await site.stop()
    await site.kill(minutes=120)
    await site.later(s=2)
    assert verbs(site) == ["turn_on", "turn_off"]
