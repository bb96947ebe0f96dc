"""A rule's walk through the API: written, checked, rehearsed, in shadow, live, asked why, and gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from gateway.core.access import Scope
from gateway.core.messages import Audited
from gateway.core.rules.engine import Held, Why
from gateway.core.rules.firing import Cause, Outcome
from gateway.core.timers import TimerState
from gateway.frontends.panel.rule_shown import ActOutcome
from tests.fakes import START_MS

from .house import House, living
from .rules import firing, timer

FAN: dict[str, Any] = {
    "name": "Bathroom fan",
    "when": {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70},
    "for_s": 600,
    "hysteresis": 5,
    "if": {"kind": "not", "of": {"kind": "time", "from": "22:00", "to": "06:00"}},
    "then": [{"kind": "command", "asset": "bathroom-fan", "verb": "turn_on", "for_s": 1200}],
}
DAY_MS = 86_400_000


async def furnished(house: House) -> dict[str, dict[str, str]]:
    """A bathroom with a sensor and a fan; the headers of a program of each scope."""
    callers = {scope.value: await house.token(scope) for scope in Scope}
    home = house.home
    operate = callers["operate"]
    for asset, kind in (("bathroom", "room"), ("bathroom-fan", "fan")):
        body = {"id": asset, "name": asset.replace("-", " ").title(), "kind": kind}
        assert (await house.call("POST", "/api/assets", headers=operate, body=body))[0] == 201
    sensor = (await house.device(metrics={"humidity": "%"})).device_id
    fan = (await house.device("aa:bb:cc:dd:ee:02", kind="fan")).device_id
    await house.registry.learn({sensor: {"humidity": START_MS}})
    await home.assignments.assign(sensor, "bathroom", "anna")
    await home.assignments.assign(fan, "bathroom-fan", "anna")
    return callers


async def made(house: House, headers: dict[str, str], **changes: object) -> Any:
    status, shown = await house.call("POST", "/api/rules", headers=headers, body={**FAN, **changes})
    assert status == 201, shown
    return shown


async def test_a_rule_is_made_changed_only_by_who_has_seen_it_and_deleted(house: House) -> None:
    operate = (await furnished(house))["operate"]
    shown = await made(house, operate)
    assert (shown["id"], shown["mode"], shown["version"], shown["state"]) == ("bathroom-fan", "off", 1, "off")
    assert shown["rule"] == FAN
    assert shown["text"].startswith("When humidity in Bathroom is above 70 %")
    assert shown["by"]
    assert (await house.call("GET", "/api/rules/bathroom-fan", headers=operate))[1] == shown
    assert (await house.call("GET", "/api/rules?mode=off&text=BATHROOM", headers=operate))[1] == {"rules": [shown]}
    assert (await house.call("GET", "/api/rules?mode=live", headers=operate))[1] == {"rules": []}
    assert (await house.call("GET", "/api/rules?text=kitchen", headers=operate))[1] == {"rules": []}
    path = "/api/rules/bathroom-fan"
    status, changed = await house.call("PUT", f"{path}?version=1", headers=operate, body={**FAN, "priority": 60})
    assert (status, changed["version"], changed["priority"]) == (200, 2, 60)
    assert (await house.call("PUT", f"{path}?version=1", headers=operate, body=FAN))[0] == 409
    assert (await house.call("DELETE", path, headers=operate))[0] == 204
    assert (await house.call("GET", path, headers=operate))[0] == 404
    kinds = [entry.kind for entry in house.changes(Audited) if entry.kind.startswith("rule.")]
    assert kinds == ["rule.created", "rule.changed", "rule.deleted"]


async def test_what_keeps_a_rule_from_being_one_is_named_all_of_it_with_its_path(house: House) -> None:
    operate = (await furnished(house))["operate"]
    wrong = {
        **FAN,
        "when": {**FAN["when"], "metric": "noise"},
        "then": [{"kind": "command", "asset": "bathroom-fan", "verb": "fly"}],
    }
    status, problem = await house.call("POST", "/api/rules", headers=operate, body=wrong)
    assert status == 409
    paths = [one["path"] for one in problem["problems"]]
    assert (paths[0], problem["key"]) == ("when.metric", "when.metric")
    assert any(path.startswith("then[0]") for path in paths)
    assert problem["detail"].startswith("when.metric: ")
    status, checked = await house.call("POST", "/api/rules/check", headers=operate, body=wrong)
    assert (status, checked["ok"]) == (200, False)
    assert checked["problems"] == problem["problems"]
    assert house.automation.rules.book.list() == []


async def test_what_is_not_of_its_type_is_named_as_any_other_problem_with_what_would_be_right(house: House) -> None:
    operate = (await furnished(house))["operate"]
    night = {"kind": "time", "from": "25:00", "to": "06:00"}
    status, problem = await house.call("POST", "/api/rules/check", headers=operate, body={**FAN, "if": night})
    reason = 'must be a time such as 06:00 or 22:00, not "25:00"'
    assert (status, problem["key"]) == (422, "if.from")
    assert problem["problems"] == [{"path": "if.from", "reason": reason}]
    assert problem["detail"] == f"if.from: {reason}."


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"then": [{"kind": "explode"}]}, "then[0].kind"),
        ({"if": {"kind": "not", "of": {"kind": "time", "from": "25:00", "to": "06:00"}}}, "if.of.from"),
        ({"when": {"kind": "value", "metric": "humidity", "operator": ">", "value": 1e300}}, "when.value"),
        ({"colour": "red"}, "colour"),
        ({"priority": 101}, "priority"),
    ],
)
async def test_what_is_not_as_described_is_named_by_its_path(house: House, change: Any, key: str) -> None:
    operate = (await furnished(house))["operate"]
    status, problem = await house.call("POST", "/api/rules", headers=operate, body={**FAN, **change})
    assert (status, problem["key"]) == (422, key), problem


@pytest.mark.parametrize("deep", [9, 60, 2_000, 20_000])
@pytest.mark.parametrize("path", ["/api/rules", "/api/rules/check", "/api/rules/backtest", "/api/rules/import"])
async def test_a_condition_nested_without_end_is_refused_in_words(house: House, path: str, deep: int) -> None:
    admin = (await furnished(house))["admin"]
    leaf = '{"kind":"sun","is":"up"}'
    condition = '{"kind":"not","of":' * deep + leaf + "}" * deep
    rule = json.dumps({**FAN, "if": "X"}).replace('"X"', condition)
    wrapped = {
        "/api/rules/backtest": f'{{"rule":{rule}}}',
        "/api/rules/import": f'{{"rules":[{{"id":"a","rule":{rule}}}]}}',
    }
    body = wrapped.get(path, rule).encode()
    status, problem = await house.call("POST", path, headers=admin, body=body)
    if len(body) > 64 * 1024 and path != "/api/rules/import":
        assert status == 413
    elif deep >= 2_000:
        assert (status, problem["detail"]) == (422, "The body is nested too deep.")
    elif path == "/api/rules/check":
        assert (status, [one["path"] for one in problem["problems"]]) == (200, ["if"])
    elif path != "/api/rules/backtest":
        assert status == 409
        assert problem["key"].endswith("if")


async def test_only_an_admin_writes_and_enables_rules_that_go_before_people(house: House) -> None:
    callers = await furnished(house)
    safety = {**FAN, "priority": 95}
    assert (await house.call("POST", "/api/rules", headers=callers["operate"], body=safety))[0] in (403, 409)
    assert (await house.call("POST", "/api/rules", headers=callers["admin"], body=safety))[0] == 201
    path, shadow = "/api/rules/bathroom-fan", {"mode": "shadow"}
    assert (await house.call("POST", path + "/enable", headers=callers["operate"], body=shadow))[0] in (403, 409)
    assert (await house.call("PUT", path, headers=callers["operate"], body=FAN))[0] in (403, 409)
    assert (await house.call("POST", path + "/enable", headers=callers["admin"], body=shadow))[1]["mode"] == "shadow"


async def test_a_rule_goes_from_off_to_shadow_to_live_and_back(house: House) -> None:
    operate = (await furnished(house))["operate"]
    await made(house, operate)
    for mode in ("shadow", "live", "off"):
        path = "/api/rules/bathroom-fan/enable"
        status, shown = await house.call("POST", path, headers=operate, body={"mode": mode})
        assert (status, shown["mode"]) == (200, mode)
        assert (shown["live_ms"] == house.clock()) == (mode == "live")
    assert (await house.call("POST", path, headers=operate, body={"mode": "tripped"}))[0] == 422
    assert (await house.call("POST", "/api/rules/nobody/enable", headers=operate, body={"mode": "live"}))[0] == 404


async def test_a_check_says_what_a_rule_looks_at_and_keeps_nothing(house: House) -> None:
    callers = await furnished(house)
    status, checked = await house.call("POST", "/api/rules/check", headers=callers["read"], body=FAN)
    assert (status, checked["ok"], checked["problems"]) == (200, True, [])
    assert [(look["path"], look["metric"]) for look in checked["series"]] == [("when", "humidity")]
    assert house.automation.rules.book.list() == []


async def test_a_rehearsal_takes_the_last_month_and_beside_others_not_the_rule_itself(house: House) -> None:
    operate = (await furnished(house))["operate"]
    await made(house, operate)
    await made(house, operate, name="Other")
    rehearse = "/api/rules/backtest"
    status, shown = await house.call("POST", rehearse, headers=operate, body={"rule": FAN})
    assert (status, shown["rule"], shown["readings"], shown["left"]) == (200, "Bathroom fan", 8640, {"flagged": 3})
    assert (shown["from_ms"], shown["to_ms"]) == (house.clock() - 30 * DAY_MS, house.clock())
    assert house.automation.rules.backtest.against == []
    span = {"rule": FAN, "from": "2026-09-01", "to": "2026-09-03T00:00:00Z", "against": True}
    _, shown = await house.call("POST", rehearse + "?id=bathroom-fan", headers=operate, body=span)
    assert shown["to_ms"] - shown["from_ms"] == 2 * DAY_MS
    assert house.automation.rules.backtest.against == ["other"]
    spelt = {"rule": FAN, "from": house.clock() - DAY_MS, "to": ""}
    assert (await house.call("POST", rehearse, headers=operate, body=spelt))[1]["to_ms"] == house.clock()
    whole = {"rule": FAN, "from": float(house.clock() - DAY_MS)}
    assert (await house.call("POST", rehearse, headers=operate, body=whole))[1]["from_ms"] == house.clock() - DAY_MS
    backwards = {"rule": FAN, "from": "2026-09-03", "to": "2026-09-01"}
    assert (await house.call("POST", rehearse, headers=operate, body=backwards))[1]["key"] == "from"
    assert (await house.call("GET", rehearse, headers=operate))[1] == {"progress": None}
    house.automation.rules.backtest.progress = 0.25
    assert (await house.call("GET", rehearse, headers=operate))[1] == {"progress": 0.25}


async def test_a_replay_is_of_the_last_day_and_says_when_nothing_is_known_of_then(house: House) -> None:
    read = (await furnished(house))["read"]
    status, shown = await house.call("GET", "/api/rules/replay", headers=read)
    assert (status, shown["same"], shown["to_ms"] - shown["from_ms"]) == (200, True, DAY_MS)
    status, problem = await house.call("GET", "/api/rules/replay?from=2001-01-01", headers=read)
    assert (status, problem["detail"]) == (409, "Nothing is taped of then.")


async def test_why_names_every_leaf_with_its_value_and_age_and_what_holds_the_rule_back(house: House) -> None:
    operate = (await furnished(house))["operate"]
    await made(house, operate)
    path = "/api/rules/bathroom-fan/why"
    _, off = await house.call("GET", path, headers=operate)
    assert (off["state"], off["causes"], off["trigger"]) == ("off", [], "unknown")
    await house.call("POST", "/api/rules/bathroom-fan/enable", headers=operate, body={"mode": "shadow"})
    now_ms = house.clock()
    night = Cause("if.of", "true")
    causes = (Cause("when", "true", value=74.2, time_ms=now_ms - 3000, device="node-1", metric="humidity"), night)
    held = Held("bathroom-fan", now_ms, "condition", night)
    house.automation.rules.live.whys["bathroom-fan"] = Why(False, "true", causes, now_ms, now_ms - 700_000, held=held)
    _, why = await house.call("GET", path, headers=operate)
    assert (why["holds"], why["state"], why["trigger"]) == (False, "held back", "true")
    assert [(one["path"], one["truth"], one["value"], one["age_s"]) for one in why["causes"]] == [
        ("when", "true", 74.2, 3.0),
        ("if.of", "true", None, None),
    ]
    assert "74.2" in why["causes"][0]["text"]
    assert "22:00" in why["reason"]
    assert "held back" not in why["reason"]
    assert (await house.call("GET", "/api/rules/bathroom-fan", headers=operate))[1]["reason"] == why["reason"]


@pytest.mark.parametrize(
    ("why", "state"),
    [
        (Why(True, "true", (), START_MS), "holds"),
        (Why(False, "true", (), START_MS, START_MS, START_MS + 600_000), "waiting"),
        (Why(False, "unknown", (), START_MS), "unknown"),
        (Why(False, "false", (), START_MS), "not true"),
    ],
)
async def test_a_list_says_how_each_rule_stands(house: House, why: Why, state: str) -> None:
    operate = (await furnished(house))["operate"]
    await made(house, operate)
    await house.call("POST", "/api/rules/bathroom-fan/enable", headers=operate, body={"mode": "shadow"})
    house.automation.rules.live.whys["bathroom-fan"] = why
    _, found = await house.call("GET", "/api/rules", headers=operate)
    assert [(rule["state"], rule["holds"]) for rule in found["rules"]] == [(state, why.holds)]


async def test_firings_are_listed_with_why_with_what_was_done_and_page_by_page(house: House) -> None:
    callers = await furnished(house)
    await made(house, callers["operate"])
    rules, now_ms = house.automation.rules, house.clock()
    for number in range(3):
        rules.tell(firing(f"{number:016x}", time_ms=now_ms - number * 1000, simulated=number == 0))
    rules.tell(firing("f" * 16, "gone", now_ms - 2 * DAY_MS))
    read = callers["read"]
    _, found = await house.call("GET", "/api/firings?limit=2", headers=read)
    assert ([one["id"][-1] for one in found["firings"]], found["more"]) == (["0", "1"], True)
    before = found["firings"][-1]["id"]
    _, older = await house.call("GET", f"/api/firings?before={before}", headers=read)
    assert ([one["rule_name"] for one in older["firings"]], older["more"]) == (["Bathroom fan", "gone"], False)
    _, of_rule = await house.call("GET", "/api/rules/bathroom-fan/firings", headers=read)
    assert len(of_rule["firings"]) == 3
    _, gone = await house.call("GET", "/api/firings?rule=gone", headers=read)
    assert [one["id"] for one in gone["firings"]] == ["f" * 16]
    _, one = await house.call("GET", f"/api/firings/{0:016x}", headers=read)
    assert (one["why"], one["outcome"], one["simulated"]) == ("humidity 74.2 % > 70 % since 14:02", "done", True)
    assert [cause["path"] for cause in one["causes"]] == ["when", "if.of"]
    assert [(act["text"], act["outcome"], act["kind"]) for act in one["acts"]] == [
        ("turn on Bathroom Fan for 20 min", "done", "command")
    ]
    assert (await house.call("GET", f"/api/firings/{9:016x}", headers=read))[0] == 404
    assert (await house.call("GET", "/api/firings?from=9&to=1", headers=read))[1]["key"] == "from"
    _, shown = await house.call("GET", "/api/rules/bathroom-fan", headers=read)
    assert (shown["last_fired_ms"], shown["firings_24h"]) == (now_ms, 3)


async def test_a_firing_says_where_its_command_is_now(house: House) -> None:
    operate = (await furnished(house))["operate"]
    await made(house, operate)
    fan = house.home.assignments.devices_at("bathroom-fan")[0]
    body = {"verb": "turn_on", "id": f"r-{1:016x}-0"}
    assert (await house.call("POST", f"/api/devices/{fan}/commands", headers=operate, body=body))[0] == 202
    house.automation.rules.tell(firing(f"{1:016x}"))
    _, one = await house.call("GET", f"/api/firings/{1:016x}", headers=operate)
    assert one["acts"][0]["command_status"] in ("queued", "sent")


async def test_timers_are_listed_the_next_first_and_one_is_cancelled_once(house: House) -> None:
    operate = (await furnished(house))["operate"]
    await made(house, operate)
    rules, now_ms = house.automation.rules, house.clock()
    rules.timers.arm(timer("a-0", time_ms=now_ms + 1000, name="second"))
    rules.timers.arm(timer("a-1", time_ms=now_ms))
    rules.keep(timer("b-0", state=TimerState.DONE, ended_ms=now_ms - 5, detail="done"))
    _, found = await house.call("GET", "/api/timers", headers=operate)
    assert [(one["id"], one["state"], one["left_s"]) for one in found["timers"]] == [
        ("a-1", "armed", 1200.0),
        ("a-0", "armed", 1201.0),
        ("b-0", "done", None),
    ]
    assert found["timers"][0]["text"] == "turn off Bathroom Fan"
    assert len((await house.call("GET", "/api/timers?state=armed", headers=operate))[1]["timers"]) == 2
    assert len((await house.call("GET", "/api/timers?state=ended", headers=operate))[1]["timers"]) == 1
    assert (await house.call("GET", "/api/timers?rule=other", headers=operate))[1]["timers"] == []
    status, problem = await house.call("DELETE", "/api/rules/bathroom-fan", headers=operate)
    assert status == 409
    assert "bathroom-fan turn_off" in problem["detail"]
    status, cancelled = await house.call("DELETE", "/api/timers/a-1", headers=operate)
    assert (status, cancelled["state"], cancelled["left_s"]) == (200, "cancelled", None)
    assert (await house.call("DELETE", "/api/timers/a-1", headers=operate))[0] == 409
    assert (await house.call("DELETE", "/api/timers/z-9", headers=operate))[0] == 404
    assert (await house.call("DELETE", "/api/rules/bathroom-fan?timers=cancel", headers=operate))[0] == 204
    assert rules.timers.armed() == []


async def test_a_scene_is_made_changed_run_and_deleted(house: House) -> None:
    operate = (await furnished(house))["operate"]
    off = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_off"}
    status, shown = await house.call("POST", "/api/scenes", headers=operate, body={"name": "Good night", "then": [off]})
    assert (status, shown["id"], shown["text"]) == (201, "good-night", "turn off Bathroom Fan")
    path = "/api/scenes/good-night"
    status, changed = await house.call("PUT", path, headers=operate, body={"name": "Night", "then": [off, off]})
    assert (status, changed["name"], len(changed["then"])) == (200, "Night", 2)
    assert (await house.call("GET", "/api/scenes", headers=operate))[1] == {"scenes": [changed]}
    assert (await house.call("GET", path, headers=operate))[1] == changed
    status, run = await house.call("POST", path + "/run", headers=operate)
    assert (status, [act["outcome"] for act in run["acts"]]) == (200, ["done", "done"])
    wrong = {"name": "Night", "then": [{**off, "verb": "fly"}]}
    for method, at in (("PUT", path), ("POST", "/api/scenes")):
        status, problem = await house.call(method, at, headers=operate, body=wrong)
        assert (status, problem["key"]) == (409, "then[0].verb")
        assert [one["path"] for one in problem["problems"]] == ["then[0].verb"]
    assert (await house.call("DELETE", path, headers=operate))[0] == 204
    assert (await house.call("GET", path, headers=operate))[0] == 404


async def test_what_is_exported_is_brought_into_another_house_whole_or_not_at_all(tmp_path: Path, house: House) -> None:
    callers = await furnished(house)
    await made(house, callers["operate"])
    off = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_off"}
    await house.call("POST", "/api/scenes", headers=callers["operate"], body={"name": "Night", "then": [off]})
    _, file = await house.call("GET", "/api/rules/export", headers=callers["read"])
    assert (file["format"], file["rules"], list(file["scenes"])) == (
        1,
        [{"id": "bathroom-fan", "rule": FAN}],
        ["night"],
    )
    (tmp_path / "other").mkdir()
    async with living(tmp_path / "other") as other:
        admin = (await furnished(other))["admin"]
        broken = {"id": "broken", "rule": {**FAN, "then": [{**off, "verb": "fly"}]}}
        both = {**file, "rules": [*file["rules"], broken]}
        status, problem = await other.call("POST", "/api/rules/import", headers=admin, body=both)
        assert status == 409
        assert problem["problems"][0]["path"].startswith("rules[1].")
        for nothing, key in (({"format": 2, "rules": []}, "format"), ({}, "rules")):
            status, problem = await other.call("POST", "/api/rules/import", headers=admin, body=nothing)
            assert (status, problem["key"]) == (422 if key == "format" else 409, key)
        assert other.automation.rules.book.list() == []
        body = {**file, "mode": "shadow"}
        status, brought = await other.call("POST", "/api/rules/import", headers=admin, body=body)
        assert (status, brought) == (200, {"rules": 1, "scenes": 1})
        _, again = await other.call("GET", "/api/rules/export", headers=admin)
        assert again == file
        assert (await other.call("GET", "/api/rules/bathroom-fan", headers=admin))[1]["mode"] == "shadow"


@pytest.mark.parametrize("path", ["backtest", "check", "export", "import", "replay"])
async def test_a_word_that_stands_in_the_place_of_a_rule_takes_only_what_it_is_for(house: House, path: str) -> None:
    admin = (await furnished(house))["admin"]
    async with house.http.put(f"{house.url}/api/rules/{path}", headers=admin, json=FAN) as answer:
        assert answer.status == 405
        assert "PUT" not in answer.headers["Allow"]
    status, problem = await house.call("POST", f"/api/rules?id={path}", headers=admin, body=FAN)
    assert (status, problem["key"]) == (409, "id")


def test_the_outcomes_that_are_shown_are_all_there_are() -> None:
    assert set(get_args(ActOutcome)) == {outcome.value for outcome in Outcome}


async def test_what_speaks_against_a_rule_says_how_it_is_let_go_all_the_same(house: House) -> None:
    operate = (await furnished(house))["operate"]
    off = {"name": "Silence", "then": [{"kind": "command", "asset": "bathroom-fan", "verb": "turn_off"}]}
    await made(house, operate)
    await made(house, operate, **off)
    path = "/api/rules/{}/enable"
    assert (await house.call("POST", path.format("bathroom-fan"), headers=operate, body={"mode": "live"}))[0] == 200
    status, problem = await house.call("POST", path.format("silence"), headers=operate, body={"mode": "live"})
    assert (status, problem["key"]) == (409, "despite")
    assert problem["detail"].endswith("To let it go all the same, say `despite` (on the command line `--despite`).")
    body = {"mode": "live", "despite": True}
    assert (await house.call("POST", path.format("silence"), headers=operate, body=body))[0] == 200
