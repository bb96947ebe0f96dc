"""Sentences by the API: who says them in which conversation, and what is answered."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from gateway.core.access import Scope
from gateway.core.language.intent import Condition, Intent, Schedule
from gateway.core.rules.rule import Rule
from gateway.flow.chat.said import Acted, FollowUp, Proposal, Reply, RuleProposal
from tests.fakes import START_MS

from .house import House, living
from .test_live import connect, heard
from .test_rules import FAN, furnished

ORDER = Intent(kind="command", action="turn_on", device="fan-1", schedule=Schedule(for_s=1200, not_=("22:00", "06:00")))
RULE = msgspec.convert(FAN, Rule)
SAID = Intent(
    kind="rule",
    action="turn_on",
    device="bathroom-fan",
    place="bathroom",
    parameter="humidity",
    condition=Condition(parameter="humidity", operator=">", value=70, for_s=600),
    schedule=Schedule(for_s=1200, not_=("22:00", "06:00")),
    rule=RULE,
    confirm="a rule acts by itself",
)


async def test_an_answer_has_the_intents_keys_and_what_was_set_going(house: House) -> None:
    operate = await house.token(Scope.OPERATE)
    house.outward.chat.reply = Reply(
        kind="command",
        text="Sent to Fan.",
        intent=ORDER,
        acted=(Acted(command="r-say-1-0", device="fan-1", verb="turn_on", status="queued", timer="say-1-0"),),
        series=(("fan-1", "power"),),
        simulated=True,
    )
    status, shown = await house.call("POST", "/api/chat", headers=operate, body={"text": "fan on", "id": "say-1"})
    schedule = {"for_s": 1200, "not": ["22:00", "06:00"]}
    assert (status, shown) == (
        200,
        {
            "id": "say-1", "kind": "command", "action": "turn_on", "device": "fan-1", "schedule": schedule,
            "reply": "Sent to Fan.",
            "intent": {"kind": "command", "action": "turn_on", "device": "fan-1", "schedule": schedule},
            "proposal": None, "rule": None, "simulated": True, "series": [{"device": "fan-1", "metric": "power"}],
            "acted": [{"command": "r-say-1-0", "device": "fan-1", "verb": "turn_on", "status": "queued",
                       "timer": "say-1-0"}],
        },
    )  # fmt: skip


async def test_each_session_each_token_and_each_name_is_a_conversation_of_its_own(house: House) -> None:
    chat = house.outward.chat
    read, operate = await house.token(Scope.READ), await house.token(Scope.OPERATE)
    await house.call("POST", "/api/chat", headers=read, body={"text": "one"})
    await house.call("POST", "/api/chat", headers=operate, body={"text": "two", "talk": "kitchen"})
    await house.sign_in()
    await house.call("POST", "/api/chat", body={"choice": "pick:p-1:2"})
    first, second, third = chat.said
    assert (first.talk, first.way, first.scope) == (f"token/{first.who}", "api", Scope.READ)
    assert (second.talk, second.scope) == (f"token/{second.who}/kitchen", Scope.OPERATE)
    assert first.who != second.who
    assert (third.way, third.who, third.scope) == ("page", "operator", Scope.ADMIN)
    assert (third.text, third.choice, third.at_ms) == ("", "pick:p-1:2", START_MS)
    assert third.talk.startswith("page/")
    assert len({one.id for one in chat.said}) == 3
    assert all(one.id.startswith("say-") for one in chat.said)


async def test_the_command_line_says_it_over_the_socket(house: House) -> None:
    reader, writer = await asyncio.open_unix_connection(str(house.data / "gateway.sock"))
    body = b'{"text":"is it warm"}'
    writer.write(b"POST /api/chat HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
    writer.write(body)
    assert b"200" in await reader.readline()
    await reader.read()
    writer.close()
    await writer.wait_closed()
    (said,) = house.outward.chat.said
    assert (said.talk, said.way, said.who, said.scope) == ("local", "cli", "local", Scope.ADMIN)


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x" * 301},
        {"text": "hello", "id": "Not an id"},
        {"text": "hello", "talk": "a/b"},
        {"choice": "yes"},
        {"choice": "pick:p-1:many"},
        {"text": "hello", "else": 1},
        {"text": 5},
    ],
)
async def test_what_is_not_as_described_is_refused_before_anybody_reads_it(house: House, body: object) -> None:
    assert (await house.call("POST", "/api/chat", headers=await house.token(Scope.READ), body=body))[0] == 422
    assert house.outward.chat.said == []


async def test_nothing_said_and_nothing_chosen_is_refused(house: House) -> None:
    for body in ({}, {"text": "   "}):
        status, problem = await house.call("POST", "/api/chat", headers=await house.token(Scope.READ), body=body)
        assert (status, problem["key"]) == (409, "text")


async def test_a_rule_is_read_back_with_what_is_known_of_it(house: House) -> None:
    operate = (await furnished(house))["operate"]
    rules = house.automation.rules
    report = await rules.backtest.of(RULE, START_MS - 1000, START_MS)
    house.outward.chat.reply = Reply(
        kind="rule",
        text="Shall I?",
        intent=SAID,
        proposal=Proposal(id="p-1", text="Shall I?", until_ms=START_MS + 300_000, intent=SAID),
        rule=RuleProposal(text="When …", check=rules.book.check(RULE, ""), backtest=report),
    )
    _, shown = await house.call("POST", "/api/chat", headers=operate, body={"text": "if humidity …"})
    assert shown["proposal"] == {
        "id": "p-1", "text": "Shall I?", "choices": [],
        "until": "2026-01-07T12:05:00.000Z", "until_ms": START_MS + 300_000,
    }  # fmt: skip
    assert (shown["rule"]["text"], shown["rule"]["check"]["ok"]) == ("When …", True)
    assert shown["rule"]["backtest"]["readings"] == 8640
    assert shown["condition"] == {"parameter": "humidity", "operator": ">", "value": 70, "for_s": 600}
    assert shown["intent"]["rule"] == FAN
    house.outward.chat.reply = replace(house.outward.chat.reply, proposal=None, rule=None)
    _, shown = await house.call("POST", "/api/chat", headers=operate, body={"text": "if humidity …"})
    assert (shown["proposal"], shown["rule"]) == (None, None)


async def test_a_sentence_is_parsed_as_a_rule_and_nothing_is_kept(house: House) -> None:
    callers = await furnished(house)
    house.outward.chat.intents = {
        "when it is damp run the fan": SAID,
        "run the fan when it is damp": Intent(kind="rule", action="turn_on", missing=("value",), reply="How damp?"),
    }
    read, path = callers["read"], "/api/rules/parse"
    status, shown = await house.call("POST", path, headers=read, body={"text": "when it is damp run the fan"})
    assert (status, shown["rule"], shown["check"]["ok"]) == (200, FAN, True)
    assert shown["text"].startswith("When humidity in Bathroom is above 70 %")
    assert shown["intent"]["kind"] == "rule"
    status, problem = await house.call("POST", path, headers=read, body={"text": "run the fan when it is damp"})
    assert (status, problem["detail"], problem["key"]) == (409, "How damp?", "text")
    status, problem = await house.call("POST", path, headers=read, body={"text": "is the window open"})
    assert (status, problem["detail"]) == (409, "I did not understand that.")
    assert (await house.call("POST", path, headers=read, body={"text": ""}))[0] == 422
    assert (await house.call("GET", path, headers=read))[0] == 405
    assert (await house.call("GET", "/api/rules", headers=read))[1] == {"rules": []}
    assert house.outward.chat.said == []


async def test_what_became_of_an_order_is_told_to_who_gave_it_and_to_nobody_else(house: House) -> None:
    mine, other = await house.token(Scope.OPERATE), await house.token(Scope.READ)
    await house.call("POST", "/api/chat", headers=mine, body={"text": "fan on"})
    talk = house.outward.chat.said[0].talk
    for query in ("?channels=chat,alerts", "?channels=chat&batch=true"):
        async with await connect(house, query, mine) as live, await connect(house, query, other) as others:
            await heard(live)
            await heard(others)
            for where in (talk, f"{talk}/kitchen", f"{talk}x", "local"):
                house.bus.publish(FollowUp(talk=where, said="say-1", text="Fan is on.", done=True))
            house.bus.publish(FollowUp(talk=f"token/{Scope.READ.value}", said="say-2", text="theirs", done=False))
            told = [await heard(live)] if "batch" in query else [[await heard(live), await heard(live)]]
            assert [(one["type"], one["talk"], one["text"], one["done"]) for one in told[0]] == [
                ("followup", talk, "Fan is on.", True),
                ("followup", f"{talk}/kitchen", "Fan is on.", True),
            ]
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(others.receive_str(), 0.3)


async def test_the_live_feed_without_that_channel_tells_nobody_what_was_said(house: House) -> None:
    mine = await house.token(Scope.OPERATE)
    async with await connect(house, "?channels=alerts", mine) as live:
        await heard(live)
        await house.call("POST", "/api/chat", headers=mine, body={"text": "fan on"})
        house.bus.publish(FollowUp(talk=house.outward.chat.said[0].talk, said="say-1", text="x", done=True))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(live.receive_str(), 0.3)


async def test_without_the_part_that_speaks_with_people_there_is_nothing_of_it(tmp_path: Path) -> None:
    async with living(tmp_path, outward=False) as house:
        admin = await house.token(Scope.ADMIN)
        for method, path in (
            ("POST", "/api/chat"),
            ("POST", "/api/rules/parse"),
            ("GET", "/api/alerts"),
            ("GET", "/api/channels"),
            ("GET", "/api/settings/llm"),
            ("POST", "/hooks/telegram"),
        ):
            async with house.http.request(method, house.url + path, headers=admin, data=json.dumps({})) as answer:
                assert answer.status in (404, 405), path
