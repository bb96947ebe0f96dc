"""The book of rules: documents with versions and modes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gateway.core.errors import Conflict, NotAllowed, NotFound, Refused, StoreError
from gateway.core.rules.rule import Mode
from gateway.core.scenes import SceneDraft
from gateway.flow.rules.book import Carried, RuleFile, RuleProblems
from gateway.flow.rules.ids import free_id

from .rule_site import DAMP, FAN_20, FAN_ON, RuleSite, written

RULE: dict[str, Any] = {"name": "Bathroom fan", "when": DAMP, "hysteresis": 5, "then": [FAN_20]}
FAN_OFF = {"kind": "command", "device": "fan", "verb": "turn_off"}


@pytest.fixture
async def site() -> RuleSite:
    site = await RuleSite().furnish()
    await site.measure(60)
    return site


async def test_a_new_rule_is_off_has_an_id_from_its_name_and_is_there_after_a_restart(site: RuleSite) -> None:
    kept = await site.book.put(written(RULE), "anna", new=True)
    again = await site.book.put(written(RULE), "anna", new=True)
    assert (kept.id, kept.mode, kept.version, kept.by) == ("bathroom-fan", Mode.OFF, 1, "anna")
    assert again.id == "bathroom-fan-2"
    await site.kill()
    assert site.book.get("bathroom-fan") == kept
    assert [one.id for one in site.book.list()] == ["bathroom-fan", "bathroom-fan-2"]
    await site.measure(90)
    assert site.outcomes() == []


async def test_what_cannot_be_is_refused_with_every_reason_and_nothing_is_kept(site: RuleSite) -> None:
    wrong = written({**RULE, "when": {**DAMP, "asset": "kitchen"}, "then": [{**FAN_ON, "verb": "fly"}]})
    with pytest.raises(RuleProblems) as refused:
        await site.book.put(wrong, "anna", new=True)
    assert {problem.path.split(".")[0] for problem in refused.value.problems} == {"when", "then[0]"}
    assert site.book.list() == []
    for taken in ("backtest", "Import", "a" * 41, "-x"):
        with pytest.raises(RuleProblems, match=r"^id: "):
            await site.book.put(written(RULE), "anna", taken, new=True)


async def test_a_change_has_a_new_version_and_only_of_the_one_that_was_read(site: RuleSite) -> None:
    await site.rule(RULE)
    rule = site.book.get("bath").rule
    with pytest.raises(Conflict, match="has version 1 by now"):
        await site.book.put(replace(rule, for_s=10), "anna", "bath", version=2)
    kept = await site.book.put(replace(rule, for_s=10), "bert", "bath", version=1)
    assert (kept.version, kept.mode, kept.live_ms, kept.by) == (2, Mode.SHADOW, None, "bert")
    with pytest.raises(NotFound):
        await site.book.put(rule, "anna", "nobody")
    with pytest.raises(Conflict, match="already"):
        await site.book.put(rule, "anna", "bath", new=True)


async def test_rules_that_go_before_people_are_an_administrators_business(site: RuleSite) -> None:
    safety = written({**RULE, "priority": 95})
    with pytest.raises(NotAllowed):
        await site.book.put(safety, "anna", "safe", new=True, admin=False)
    await site.book.put(safety, "root", "safe", new=True)
    with pytest.raises(NotAllowed):
        await site.book.put(replace(safety, priority=50), "anna", "safe", admin=False)
    with pytest.raises(NotAllowed):
        await site.book.enable("safe", Mode.LIVE, "anna", admin=False)


async def test_a_rule_against_another_of_equal_priority_goes_live_only_despite_it(site: RuleSite) -> None:
    await site.rule({**RULE, "then": [FAN_ON]})
    await site.book.put(written({**RULE, "name": "Silence", "then": [FAN_OFF]}), "anna", "silence", new=True)
    with pytest.raises(Conflict, match="fan"):
        await site.book.enable("silence", Mode.LIVE, "anna")
    await site.book.enable("silence", Mode.SHADOW, "anna")
    assert (await site.book.enable("silence", Mode.LIVE, "anna", despite=True)).mode is Mode.LIVE
    await site.book.enable("silence", Mode.OFF, "anna")
    await site.book.put(replace(site.book.get("silence").rule, priority=60), "anna", "silence")
    assert (await site.book.enable("silence", Mode.LIVE, "anna")).mode is Mode.LIVE
    with pytest.raises(Refused):
        await site.book.enable("silence", Mode.TRIPPED, "anna")


async def test_what_has_become_impossible_cannot_be_enabled(site: RuleSite) -> None:
    await site.book.put(written(RULE), "anna", "bath", new=True)
    await site.home.put_asset(replace(site.home.asset("bathroom"), name="Bath"), new=False)
    await site.assignments.unassign("climate", "anna")
    with pytest.raises(RuleProblems, match=r"^when"):
        await site.book.enable("bath", Mode.LIVE, "anna")


async def test_a_rule_with_running_timers_goes_only_when_it_is_said_what_becomes_of_them(site: RuleSite) -> None:
    await site.rule(RULE)
    await site.measure(74)
    with pytest.raises(Conflict, match="fan turn_off"):
        await site.book.delete("bath", "anna")
    await site.book.delete("bath", "anna", "finish")
    with pytest.raises(NotFound):
        site.book.get("bath")
    await site.later(minutes=20)
    assert site.nodes.done == [("fan", "turn_on"), ("fan", "turn_off")]
    await site.measure(60)
    await site.rule(RULE)
    await site.measure(74)
    await site.book.delete("bath", "anna", "cancel")
    assert site.armed() == []
    await site.kill()
    assert site.book.list() == []


async def test_a_disk_that_fails_leaves_everything_as_it_was(site: RuleSite) -> None:
    kept = await site.rule(RULE)
    site.documents.fail_after = 0
    for change in (
        site.book.put(replace(kept.rule, for_s=9), "anna", "bath"),
        site.book.enable("bath", Mode.OFF, "anna"),
        site.book.delete("bath", "anna"),
        site.book.put(kept.rule, "anna", new=True),
    ):
        with pytest.raises(StoreError):
            await change
    assert site.book.list() == [kept]


async def test_what_is_exported_is_brought_in_elsewhere_and_is_off(site: RuleSite) -> None:
    scene = msgspec.convert({"name": "Fresh air", "then": [FAN_ON]}, SceneDraft)
    await site.scene_book.put(scene, "anna", new=True)
    await site.rule({**RULE, "then": [{"kind": "scene", "scene": "fresh-air"}]})
    file = msgspec.json.decode(msgspec.json.encode(site.book.export()), type=RuleFile)
    other = await RuleSite().furnish()
    await other.measure(60)
    assert await other.book.bring_in(file, "anna") == 1
    assert (other.book.get("bath").rule, other.book.get("bath").mode) == (site.book.get("bath").rule, Mode.OFF)
    assert other.scene_book.get("fresh-air").name == "Fresh air"
    assert await other.book.bring_in(file, "anna", Mode.SHADOW) == 1
    assert (other.book.get("bath").version, other.book.get("bath").mode) == (2, Mode.SHADOW)


async def test_a_file_with_one_wrong_rule_brings_in_none_and_says_which(site: RuleSite) -> None:
    right, wrong = written(RULE), written({**RULE, "then": [{**FAN_ON, "device": "nobody"}]})
    file = RuleFile(rules=(Carried(id="a", rule=right), Carried(id="b", rule=wrong), Carried(id="a", rule=right)))
    with pytest.raises(RuleProblems) as refused:
        await site.book.bring_in(file, "anna")
    paths = [problem.path for problem in refused.value.problems]
    assert any(path.startswith("rules[1].rule.then[0]") for path in paths)
    assert "rules[2].id" in paths
    assert site.book.list() == []


async def test_a_document_that_nobody_can_read_is_left_out_and_its_id_is_not_given_away(site: RuleSite) -> None:
    await site.rule(RULE)
    site.documents.collections["rules"]["odd"] = {"rule": {"name": "x"}}
    await site.kill()
    assert [kept.id for kept in site.book.list()] == ["bath"]
    with pytest.raises(RuleProblems, match="unreadable"):
        await site.book.put(written(RULE), "anna", "odd", new=True)
    assert (await site.book.put(written({**RULE, "name": "odd"}), "anna", new=True)).id == "odd-2"


async def test_a_check_says_what_is_known_and_keeps_nothing(site: RuleSite) -> None:
    await site.rule({**RULE, "then": [FAN_ON]})
    report = site.book.check(written({**RULE, "name": "Silence", "then": [FAN_OFF]}))
    assert report.problems == ()
    assert [conflict.other for conflict in report.conflicts] == ["bath"]
    assert report.series == (("when", "climate", "humidity"),)
    assert "Bathroom" in report.text
    assert [kept.id for kept in site.book.list()] == ["bath"]


def test_an_id_is_made_of_the_words_of_a_name_and_is_free() -> None:
    assert free_id("Anna's Bathroom!", (), "rule") == "anna-bathroom"
    assert free_id("Bad", {"bad", "bad-2"}, "rule") == "bad-3"
    assert free_id("\u6d74\u5ba4", (), "rule") == "rule"
    assert len(free_id("x" * 80, {"x" * 40}, "rule")) == 40
