"""What came when no rule looked at it any more, or twice, is told apart by a replay."""

from __future__ import annotations

from typing import Any

from gateway.core.ports.rules import RuleTaped
from gateway.core.rules.events import Heard
from gateway.flow.rules.report import ReplayReport
from gateway.flow.rules.tape import EVENTS_TAPED, Again, Left, read

from .rule_site import DAMP, RuleSite

NOTE = {"kind": "notify", "text": "x"}
MINUTE = 60_000


async def house(when: dict[str, Any] = DAMP) -> tuple[RuleSite, int]:
    """Two rules look at the bathroom's air."""
    site = await RuleSite().furnish()
    began_ms = site.clock()
    await site.measure(60, temperature=20.0)
    await site.rule({"when": when, "then": [NOTE]}, rule_id="damp")
    await site.rule({"when": {**DAMP, "metric": "temperature", "value": 30}, "then": [NOTE]}, rule_id="hot")
    await site.later(minutes=5)
    return site, began_ms


async def replayed(site: RuleSite, began_ms: int) -> ReplayReport:
    site.live.turn()
    return await site.part.parts().replay.of(began_ms, site.clock() + 1)


def taped(site: RuleSite) -> list[Heard | Left]:
    """Readings on the tape."""
    rows = [one for one in site.storage.changes if isinstance(one, RuleTaped) and one.kind == EVENTS_TAPED]
    return [event for _, event, _ in read(rows) if isinstance(event, Heard | Left)]


async def all_dropped(site: RuleSite) -> None:
    for rule in ("damp", "hot"):
        await site.book.delete(rule, "anna")
    await site.turn()


async def test_what_comes_after_a_power_cut_of_a_device_that_no_rule_looks_at_any_more_fires_in_no_replay() -> None:
    site, began_ms = await house()
    await all_dropped(site)
    await site.kill(s=3600)
    await site.measure(90, ago_ms=62 * MINUTE)
    assert (await replayed(site, began_ms)).same
    assert site.store._firings() == []


async def test_late_ones_neither_nor_after_something_newer_was_heard() -> None:
    site, began_ms = await house()
    await all_dropped(site)
    await site.kill(s=3600)
    await site.measure(60)
    await site.measure(90, ago_ms=62 * MINUTE, late=True)
    report = await replayed(site, began_ms)
    assert report.same, report


async def test_of_a_device_that_others_look_at_what_the_rule_looked_at_that_went() -> None:
    site, began_ms = await house()
    await site.book.delete("damp", "anna")
    await site.turn()
    await site.later(minutes=5)
    await site.measure(90, ago_ms=7 * MINUTE, temperature=20.0)
    await site.measure(90, ago_ms=6 * MINUTE)
    report = await replayed(site, began_ms)
    assert report.same, report


async def test_what_a_rule_lost_sight_of_in_a_power_cut() -> None:
    site, began_ms = await house()
    await site.measure(61, temperature=20.0)
    await site.stop()
    assignment = site.assignments.of_device("climate")
    assert assignment is not None
    await site.assignments.unassign("climate", "anna")
    # Nobody was there to hear of it.
    await site.kill(s=600)
    await site.measure(90, ago_ms=11 * MINUTE)
    report = await replayed(site, began_ms)
    assert report.same, report


async def test_a_backlog_is_on_the_tape_only_as_far_as_a_rule_would_have_looked_at_it() -> None:
    site, began_ms = await house()
    await all_dropped(site)
    await site.later(minutes=60)
    site.able.add("other", kind="climate")
    for minute in range(70, -1, -1):
        site.say("climate", humidity=90.0, ago_ms=minute * MINUTE)
        site.say("other", humidity=90.0, ago_ms=minute * MINUTE)
        site.say("other", humidity=90.0, ago_ms=80 * MINUTE, late=True)
    site.say("climate", humidity=90.0, ago_ms=30 * MINUTE, late=True)
    site.say("climate", humidity=90.0, ago_ms=63 * MINUTE, late=True)
    report = await replayed(site, began_ms)
    assert report.same, report
    found = taped(site)
    assert [event.device for event in found] == ["climate"] * 12
    heard = [event for event in found if isinstance(event, Heard)]
    assert max(event.time_ms for event in heard) == site.clock() - 60 * MINUTE
    assert [event.times_ms for event in found if isinstance(event, Left)] == [(site.clock() - 63 * MINUTE,)]


async def test_what_is_looked_at_again_does_not_linger() -> None:
    site, began_ms = await house()
    await site.book.delete("damp", "anna")
    await site.turn()
    await site.rule({"when": DAMP, "then": [NOTE]}, rule_id="damp")
    await site.later(minutes=1)
    await site.measure(90, temperature=20.0)
    assert [firing.rule for firing in site.store._firings()] == ["damp"]
    await site.kill(s=60)
    await site.measure(91, temperature=20.0)
    report = await replayed(site, began_ms)
    assert (report.live, report.same) == (1, True)
    assert not any(one.rule.startswith("*") for one in await site.store.remembered())


async def test_of_two_alike_of_one_ms_the_second_is_the_one_on_the_tape() -> None:
    site = await RuleSite().furnish()
    began_ms = site.clock()
    site.able.add("second", kind="climate")
    await site.assignments.assign("second", "bathroom", "anna")
    await site.measure(60)
    site.say("second", humidity=60.0)
    await site.rule({"when": {**DAMP, "of": "any"}, "then": [NOTE]}, rule_id="damp")
    await site.later(minutes=1)
    site.say("climate", humidity=74.0)
    site.say("second", humidity=90.0, ago_ms=40_000)
    # Another rule begins: all that was measured up to now is looked at.
    await site.rule({"when": DAMP, "for_s": 600, "then": [NOTE]}, rule_id="waits")
    site.say("climate", humidity=74.0)
    await site.turn()
    assert [firing.time_ms for firing in site.store._firings()] == [site.clock()]
    assert [(type(event), event.device) for event in taped(site)] == [(Heard, "second"), (Again, "climate")]
    report = await replayed(site, began_ms)
    assert report.same, report


async def test_which_of_one_ms_is_meant_does_not_depend_on_what_the_rules_of_one_run_look_at() -> None:
    site, began_ms = await house()
    await site.book.delete("damp", "anna")
    await site.turn()
    await site.kill(s=60)
    await site.later(minutes=1)
    await site.measure(60, temperature=40.0)
    # Late, and without what this run's only rule looks at.
    await site.later(minutes=1)
    await site.measure(90, ago_ms=MINUTE, late=True)
    report = await replayed(site, began_ms)
    assert (report.live, report.same) == (1, True), report
