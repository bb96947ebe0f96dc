"""Rules by sentence beside others: conflicts, names, and what a yes is worth."""

from __future__ import annotations

import pytest

from gateway.core.access import Scope
from gateway.core.rules.rule import Mode
from tests.flow.chat.chat_site import ChatSite, chat_site

DAMP = "if humidity in the bathroom is above 70 % run the bathroom fan"


@pytest.fixture
async def house() -> ChatSite:
    return await chat_site()


async def keep(house: ChatSite, text: str) -> None:
    reply = await house.ask(text)
    assert reply.proposal is not None, reply.text
    await house.ask("yes")


async def test_a_conflict_is_named_before_the_yes_and_the_yes_is_despite_it(house: ChatSite) -> None:
    await keep(house, DAMP)
    reply = await house.ask("if humidity in the bathroom is above 60 % turn off the bathroom fan")
    assert "It contradicts another rule:" in reply.text
    assert reply.text.endswith("Keep it and let it act despite that?")
    assert reply.rule is not None
    assert reply.rule.check.conflicts
    await house.ask("yes")
    assert [kept.mode for kept in house.book.list()] == [Mode.LIVE, Mode.LIVE]


async def test_a_rule_that_does_the_same_already_is_named(house: ChatSite) -> None:
    await keep(house, DAMP)
    reply = await house.ask("if humidity in the bathroom is above 75 % run the bathroom fan")
    assert "Turn on Bathroom fan when humidity in Bathroom is above 70 % does the same already." in reply.text


async def test_a_rule_of_a_sentence_runs(house: ChatSite) -> None:
    await keep(house, f"{DAMP} for 20 minutes")
    house.say("climate", humidity=74.0)
    await house.turn()
    assert house.nodes.done == [("bath-fan", "turn_on")]
    await house.later(minutes=20, s=1)
    assert house.nodes.done == [("bath-fan", "turn_on"), ("bath-fan", "turn_off")]


async def test_a_rule_is_found_by_its_name_and_switched_off_after_a_yes(house: ChatSite) -> None:
    await house.rule({"name": "Damp air", "when": _damp(), "then": [_fan()]}, rule_id="damp")
    reply = await house.ask("disable the damp air rule")
    assert reply.text.endswith("Switch it off?")
    assert house.book.get("damp").mode is Mode.LIVE
    await house.ask("yes")
    assert house.book.get("damp").mode is Mode.OFF


async def test_a_rule_is_deleted_after_a_yes_only(house: ChatSite) -> None:
    await house.rule({"name": "Damp air", "when": _damp(), "then": [_fan()]}, rule_id="damp")
    await house.ask("delete the rule damp air")
    await house.ask("no")
    assert house.book.list()
    await house.ask("delete the rule damp air")
    await house.ask("yes")
    assert house.book.list() == []


async def test_a_missing_place_is_asked_for_and_a_name_is_the_answer(house: ChatSite) -> None:
    house.able.add("living-climate", "Living climate", kind="climate")
    await house.assignments.assign("living-climate", "living-room", "anna")
    reply = await house.ask("set the boiler to 60 if humidity is above 70 %")
    assert (reply.kind, reply.intent.missing) == ("rule", ("place",))
    assert reply.proposal is None
    picked = await house.ask("bathroom")
    assert picked.proposal is not None
    assert picked.text.startswith("When humidity in Bathroom is above 70 %: set temperature of Boiler to 60 °C.")


async def test_an_order_between_a_proposal_and_a_yes_replaces_it(house: ChatSite) -> None:
    await house.ask(DAMP)
    await house.ask("turn on the bathroom fan")
    assert (await house.ask("yes")).kind == "none"
    assert house.book.list() == []


async def test_a_question_between_a_proposal_and_a_yes_leaves_it(house: ChatSite) -> None:
    await house.ask(DAMP)
    await house.ask("what is the humidity in the bathroom?")
    await house.ask("yes")
    assert len(house.book.list()) == 1


async def test_what_is_not_understood_between_a_proposal_and_a_yes_drops_the_yes(house: ChatSite) -> None:
    reply = await house.ask(DAMP)
    await house.ask("flibber the gadget")
    assert (await house.ask("yes")).kind == "none"
    assert house.book.list() == []
    assert reply.proposal is not None
    await house.ask("", choice=f"yes:{reply.proposal.id}")
    assert len(house.book.list()) == 1


async def test_who_may_only_read_keeps_no_rule(house: ChatSite) -> None:
    reply = await house.ask(DAMP, scope=Scope.READ)
    assert reply.proposal is None


def _damp() -> dict[str, object]:
    return {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70}


def _fan() -> dict[str, object]:
    return {"kind": "command", "asset": "bathroom-fan", "verb": "turn_on"}


async def test_it_is_the_rule_that_was_just_made(house: ChatSite) -> None:
    await keep(house, DAMP)
    reply = await house.ask("delete it")
    assert reply.text.endswith("Delete it?")
    await house.ask("yes")
    assert house.book.list() == []


async def test_a_read_back_over_simulated_sensors_is_marked(house: ChatSite) -> None:
    assert (await house.ask(DAMP)).simulated


async def test_a_command_is_found_by_the_sentence_that_caused_it(house: ChatSite) -> None:
    await house.ask("turn on the bathroom fan", id="tg-1-5")
    [command] = house.commands.of("bath-fan")
    assert command.correlation == "tg-1-5"
