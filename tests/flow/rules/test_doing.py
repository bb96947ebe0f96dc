"""What rules do: each kind of action, who goes first, and what is said when it cannot be done."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.core.commands import Order
from gateway.core.errors import Conflict, NotFound, Refused
from gateway.core.rules.firing import Act, Outcome
from gateway.core.rules.ranks import LASTING, Claim, Rank
from gateway.core.rules.rule import Mode
from gateway.core.scenes import SceneDraft

from .rule_site import DAMP, FAN_20, FAN_ON, RuleSite

FAN_OFF = {"kind": "command", "device": "fan", "verb": "turn_off"}
MINUTE_MS = 60_000


@pytest.fixture
async def site() -> RuleSite:
    site = await RuleSite().furnish()
    await site.measure(60)
    return site


async def firing(site: RuleSite, *then: dict[str, Any], mode: Mode = Mode.LIVE, **rule: Any) -> tuple[Act, ...]:
    """What became of these actions."""
    await site.rule({"when": DAMP, "hysteresis": 5, "then": list(then), **rule}, mode)
    await site.measure(74)
    return site.fired[-1].acts


async def ordered(site: RuleSite, verb: str, **args: object) -> None:
    """By a person."""
    await site.commands.ask(Order("fan", verb, args), "anna")
    await site.turn()


async def window(site: RuleSite) -> None:
    """The bathroom has one."""
    site.able.add("window", kind="window")
    await site.assignments.assign("window", "bathroom", "anna")
    site.join("window")


def test_who_goes_first_is_asked_at_one_place() -> None:
    asks = re.compile(r"from \S*ranks import [^\n]*\baward\b")
    found = {path.name for path in Path("gateway").rglob("*.py") if asks.search(path.read_text())}
    assert found == {"arbiter.py"}


async def test_a_command_for_an_asset_goes_to_its_one_device_that_can(site: RuleSite) -> None:
    (act,) = await firing(site, {"kind": "command", "asset": "bathroom", "verb": "turn_on"})
    assert (act.outcome, act.command) == (Outcome.DONE, f"r-{site.fired[-1].id}-0")
    assert site.nodes.done == [("fan", "turn_on")]


async def test_what_is_not_there_any_more_is_refused_in_words(site: RuleSite) -> None:
    await site.rule({"when": DAMP, "then": [{"kind": "command", "asset": "bathroom", "verb": "turn_on"}, FAN_20]})
    await site.assignments.unassign("fan", "anna")
    del site.able.known_devices["fan"]
    await site.measure(74)
    assert [act.detail for act in site.fired[-1].acts] == [
        "No device at bathroom can turn_on.",
        "There is no device fan any more.",
    ]
    assert site.outcomes() == [("then", "refused")]
    assert site.armed() == []


async def test_an_order_of_a_rule_grows_old_soon_and_what_takes_it_back_waits_for_its_node(site: RuleSite) -> None:
    await firing(site, FAN_20)
    await site.later(minutes=20)
    assert [ttl_ms // MINUTE_MS for ttl_ms in site.nodes.ttl_ms.values()] == [2, 7 * 1440]


async def test_what_could_not_be_asked_for_is_not_taken_back_either(
    site: RuleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crowded(*order: object) -> None:
        raise Conflict("fan has 16 open commands")

    monkeypatch.setattr(site.commands, "ask", crowded)
    await firing(site, FAN_20)
    assert site.outcomes() == [("then", "refused")]
    assert (site.armed(), site.arbiter.standing("fan")) == ([], [])


async def test_what_is_done_when_it_ends_waits_for_its_node_too(site: RuleSite) -> None:
    await site.rule({"when": DAMP, "hysteresis": 5, "then": [FAN_ON], "else": [FAN_OFF]})
    await site.measure(74)
    site.leave("fan")
    await site.measure(60)
    await site.later(minutes=30)
    site.join("fan")
    await site.turn()
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]


async def test_what_a_person_wanted_and_nobody_heard_yet_is_not_taken_back_by_a_rule(site: RuleSite) -> None:
    site.leave("fan")
    await ordered(site, "turn_on")
    await firing(site, FAN_OFF, priority=90)
    site.join("fan")
    await site.turn()
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]


async def test_what_a_rule_wanted_before_and_nobody_heard_is_taken_back_by_what_it_wants_now(site: RuleSite) -> None:
    site.leave("fan")
    await site.rule({"when": DAMP, "hysteresis": 5, "then": [FAN_ON], "else": [FAN_OFF]})
    await site.measure(74)
    await site.measure(60)
    site.join("fan")
    await site.turn()
    assert site.nodes.done == [("fan", "turn_off")]


async def test_a_person_holds_a_rule_off_and_is_named(site: RuleSite) -> None:
    await ordered(site, "turn_off")
    (act,) = await firing(site, FAN_20)
    assert (act.outcome, act.over) == (Outcome.HELD, "anna")
    assert "anna" in act.detail
    assert site.armed() == []
    assert site.nodes.done == [("fan", "turn_off")]
    assert "held" in site.reasons("rule.fired")[0]


async def test_a_rule_of_safety_goes_before_a_person(site: RuleSite) -> None:
    await ordered(site, "turn_off")
    (act,) = await firing(site, FAN_ON, priority=95)
    assert (act.outcome, act.over) == (Outcome.DONE, "anna")


async def test_a_rule_claims_what_it_moved_while_it_holds_and_a_weaker_one_waits_outside(site: RuleSite) -> None:
    await site.rule({"when": {**DAMP, "value": 72}, "then": [FAN_OFF], "priority": 40}, rule_id="weak")
    await firing(site, FAN_ON)
    held = next(one for one in site.fired if one.rule == "weak" and one.outcome is Outcome.HELD)
    assert (held.acts[0].over, site.nodes.done) == ("rule:bath", [("fan", "turn_on")])
    (claim,) = site.arbiter.standing("fan")
    assert (claim.actuator, claim.until_ms) == ("fan/power", LASTING)
    await site.kill(s=5)
    assert [one.who for one in site.arbiter.standing("fan")] == ["rule:bath"]
    await site.measure(60)
    assert site.arbiter.standing("fan") == []


async def test_what_a_rule_moved_for_a_time_it_claims_until_that_is_over_whether_it_holds_or_not(
    site: RuleSite,
) -> None:
    await firing(site, FAN_20)
    await site.measure(60)
    assert [one.who for one in site.arbiter.standing("fan")] == ["rule:bath"]
    await site.kill(minutes=5)
    assert [one.who for one in site.arbiter.standing("fan")] == ["rule:bath"]
    await site.later(minutes=15)
    assert site.arbiter.standing("fan") == []


async def test_a_switched_off_rule_lets_go_of_what_it_held(site: RuleSite) -> None:
    await firing(site, FAN_ON)
    assert site.arbiter.standing("fan")
    await site.book.enable("bath", Mode.OFF, "anna")
    assert site.arbiter.standing("fan") == []


async def test_a_window_is_opened_in_the_rules_name_until_its_time_is_over(site: RuleSite) -> None:
    await window(site)
    (act,) = await firing(site, {"kind": "window", "asset": "bathroom", "position": 40, "for_s": 600})
    assert site.nodes.done == [("window", "set_position 40")]
    assert site.commands.of("window")[0].who == "rule:bath"
    due_ms = site.clock() + 600_000
    assert site.wills.claimed == [(act.command, due_ms)]
    await site.later(minutes=10)
    assert site.wills.freed == [("window", "rule:bath")]
    assert len(site.nodes.done) == 1


async def test_a_window_that_is_held_while_its_rule_holds_is_let_go_with_it(site: RuleSite) -> None:
    await window(site)
    (act,) = await firing(site, {"kind": "window", "device": "window", "position": 40})
    assert site.wills.claimed == [(act.command, site.clock() + 7 * 86_400_000)]
    await site.measure(60)
    assert site.wills.freed == [("window", "rule:bath")]


async def test_every_window_of_a_room_has_an_outcome_of_its_own(site: RuleSite) -> None:
    await window(site)
    site.able.add("skylight", kind="window")
    await site.assignments.assign("skylight", "bathroom", "anna")
    site.join("skylight")
    site.arbiter.stand(Claim("skylight/position", Rank.PERSON, 0, "bert", site.clock(), site.clock() + 60_000, 0.0))
    acts = await firing(site, {"kind": "window", "asset": "bathroom", "position": 40})
    assert [(act.action.device, act.outcome) for act in acts] == [  # type: ignore[union-attr]
        ("skylight", Outcome.HELD),
        ("window", Outcome.DONE),
    ]
    assert site.outcomes() == [("then", "held")]


async def test_people_are_told_with_the_value_and_the_name(site: RuleSite) -> None:
    await firing(site, {"kind": "notify", "text": "{name}: {value} % is too damp", "level": "warning"}, name="Damp")
    (notice,) = site.notices
    assert (notice.text, notice.level, notice.rule) == ("Damp: 74 % is too damp", "warning", "bath")
    assert site.reasons("rule.notified") == ["Damp: 74 % is too damp"]


async def test_a_wish_goes_into_the_devices_shadow(site: RuleSite) -> None:
    await firing(site, {"kind": "shadow", "device": "climate", "desired": {"interval_s": 30}})
    assert site.shadows.get("climate").desired == {"interval_s": 30}
    assert site.shadows.get("climate").desired_by == "rule:bath"


async def test_a_scene_is_all_its_things_and_each_may_be_refused_alone(site: RuleSite) -> None:
    things = [FAN_ON, {"kind": "shadow", "device": "climate", "desired": {"interval_s": 30}}]
    scene = msgspec.convert({"name": "Fresh air", "then": things}, SceneDraft)
    await site.scene_book.put(scene, "anna", new=True)
    await ordered(site, "turn_off")
    acts = await firing(site, {"kind": "scene", "scene": "fresh-air"})
    assert [act.outcome for act in acts] == [Outcome.HELD, Outcome.DONE]
    with pytest.raises(Conflict, match="bath"):
        await site.scene_book.delete("fresh-air", "anna")


async def test_a_scene_that_a_person_runs_is_that_persons_will(site: RuleSite) -> None:
    scene = msgspec.convert({"name": "Fresh air", "then": [FAN_20]}, SceneDraft)
    await site.scene_book.put(scene, "anna", new=True)
    (act,) = await site.scene_book.run("fresh-air", "anna")
    await site.turn()
    assert (act.outcome, site.nodes.done) == (Outcome.DONE, [("fan", "turn_on")])
    assert site.commands.of("fan")[0].who == "anna"
    (held,) = await firing(site, FAN_OFF)
    assert held.outcome is Outcome.HELD
    await site.later(minutes=20)
    assert site.nodes.done[-1] == ("fan", "turn_off")
    with pytest.raises(NotFound):
        await site.scene_book.run("nothing", "anna")
    with pytest.raises(Refused, match="then"):
        await site.scene_book.put(
            msgspec.convert({"name": "Odd", "then": [{**FAN_ON, "device": "nobody"}]}, SceneDraft), "anna", new=True
        )


async def test_a_rule_that_fires_far_too_often_is_stopped_until_it_is_enabled_anew() -> None:
    site = await RuleSite(rules={"most_firings_per_hour": 3}).furnish()
    await site.rule({"when": DAMP, "hysteresis": 5, "then": [FAN_ON]})
    for humidity in (74, 60) * 6:
        await site.later(s=10)
        await site.measure(humidity)
    assert site.outcomes() == [("then", "done")] * 3 + [("then", "tripped")]
    assert site.book.get("bath").mode is Mode.TRIPPED
    assert site.reasons("rule.tripped") == ["Bathroom fan: 4 firings in an hour"]
    assert site.part.complaints()["rules"] == "Bathroom fan is tripped: 4 firings in an hour"
    await site.kill()
    assert site.part.complaints()["rules"] == "Bathroom fan is tripped: it fired too often"
    await site.book.enable("bath", Mode.LIVE, "anna")
    await site.later(s=10)
    await site.measure(74)
    assert site.outcomes()[-1] == ("then", "done")
    assert site.part.complaints()["rules"] == ""


async def test_rules_that_cause_each_other_without_end_are_stopped(site: RuleSite) -> None:
    on_done = {"kind": "command", "device": "fan", "status": "done"}
    await site.rule({"when": {**on_done, "verb": "turn_on"}, "then": [FAN_OFF]}, rule_id="off")
    await site.rule({"when": {**on_done, "verb": "turn_off"}, "then": [FAN_ON]}, rule_id="on")
    await ordered(site, "turn_on")
    site.people.release("fan/power")
    for _ in range(20):
        for command in site.commands.of("fan"):
            if command.open:
                site.ack(command, "done")
        await site.later(ms=10)
    assert len(site.fired) < 40
    assert Mode.TRIPPED in {kept.mode for kept in site.book.list()}
    assert "have caused each other" in site.reasons("rule.tripped")[0]


async def test_what_a_simulated_sensor_has_caused_is_marked() -> None:
    site = await RuleSite().furnish()
    site.able.add("sim", simulated=True, kind="climate")
    await site.rule({"when": {**DAMP, "asset": "", "device": "sim"}, "then": [FAN_20]})
    site.say("sim", humidity=80)
    await site.turn()
    assert site.fired[-1].simulated
    assert site.armed()[0].simulated


async def test_in_shadow_the_same_words_are_said_and_nothing_is_claimed(site: RuleSite) -> None:
    acts = await firing(site, FAN_ON, {"kind": "notify", "text": "damp"}, mode=Mode.SHADOW)
    assert [act.outcome for act in acts] == [Outcome.WOULD, Outcome.WOULD]
    assert (site.arbiter.standing(), site.notices, site.reasons("rule.fired")) == ([], [], [])


async def test_where_rules_are_switched_off_none_is_evaluated_and_what_runs_still_stops() -> None:
    site = await RuleSite().furnish()
    await site.rule({"when": DAMP, "hysteresis": 5, "then": [FAN_20]})
    await site.measure(74)
    site.settings = msgspec.structs.replace(
        site.settings, rules=msgspec.structs.replace(site.settings.rules, enabled=False)
    )
    await site.kill(minutes=1)
    await site.measure(60)
    await site.measure(80)
    await site.book.enable("bath", Mode.SHADOW, "anna")
    assert len(site.outcomes()) == 1
    await site.later(minutes=19)
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]
