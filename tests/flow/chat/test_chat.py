from __future__ import annotations

import pytest

from gateway.core.access import Scope
from gateway.core.commands import CommandStatus
from gateway.core.rules.rule import Mode
from tests.flow.chat.chat_site import ChatSite, chat_site

BATHROOM = "If humidity in the bathroom is above 70 % for 10 minutes, run the fan for 20 minutes, but not at night"


@pytest.fixture
async def house() -> ChatSite:
    return await chat_site()


async def test_a_value_is_answered_with_unit_place_age_and_simulated(house: ChatSite) -> None:
    house.say("climate", humidity=64.2)
    house.clock.advance(s=12)
    reply = await house.ask("what is the humidity in the bathroom?")
    assert reply.kind == "query"
    assert reply.text == "Humidity: 64.2 % in Bathroom, 12 s ago, SIMULATED."
    assert reply.simulated
    assert reply.series == (("climate", "humidity"),)


async def test_an_order_is_sent_at_once_and_its_end_is_told_later(house: ChatSite) -> None:
    reply = await house.ask("turn on the bathroom fan")
    assert (reply.kind, reply.text) == ("command", "Sent to Bathroom fan: turn on Bathroom fan.")
    [command] = house.commands.of("bath-fan")
    assert reply.acted[0].command == command.id
    assert house.nodes.done == [("bath-fan", "turn_on")]
    assert house.heard == []
    house.ack(command, "done")
    [told] = house.heard
    assert (told.talk, told.text, told.done) == ("token/anna", "Bathroom fan is on.", True)


async def test_a_sentence_that_is_said_again_under_its_id_does_nothing_twice(house: ChatSite) -> None:
    first = await house.ask("turn on the bathroom fan", id="tg-1-7")
    again = await house.ask("turn on the bathroom fan", id="tg-1-7")
    assert again == first
    assert len(house.commands.of("bath-fan")) == 1


async def test_an_order_for_a_time_is_taken_back_by_a_durable_timer(house: ChatSite) -> None:
    reply = await house.ask("turn on the bathroom fan for 20 minutes")
    assert reply.acted[0].timer
    [timer] = house.armed()
    assert timer.due_ms - house.clock() == 20 * 60_000
    await house.kill(minutes=21)
    assert [verb for _, verb in house.nodes.done] == ["turn_on", "turn_off"]


async def test_an_order_for_later_asks_first(house: ChatSite) -> None:
    reply = await house.ask("turn off the bathroom fan in 10 minutes")
    assert reply.proposal is not None
    assert house.nodes.done == []
    assert (await house.ask("yes")).kind == "command"
    assert len(house.armed()) == 1
    await house.later(minutes=10, s=1)
    assert house.nodes.done == [("bath-fan", "turn_off")]


async def test_the_rule_of_the_bathroom_is_read_back_and_live_after_a_yes(house: ChatSite) -> None:
    reply = await house.ask(BATHROOM)
    assert reply.kind == "rule"
    assert reply.text.splitlines() == [
        "When humidity in Bathroom is above 70 % for 10 min and it is not between 22:00 and 06:00: "
        "turn on Bathroom fan for 20 min. Hysteresis 3. Night is 22:00 to 06:00.",
        "There are no readings of the last 30 days to try it on.",
        "Keep it and let it act?",
    ]
    assert reply.rule is not None
    assert reply.proposal is not None
    assert house.book.list() == []
    yes = await house.ask("yes")
    assert yes.text.endswith("is live.")
    [kept] = house.book.list()
    assert kept.mode is Mode.LIVE


async def test_a_no_keeps_nothing(house: ChatSite) -> None:
    await house.ask(BATHROOM)
    assert (await house.ask("no")).text == "Dropped. Nothing was done."
    assert house.book.list() == []
    assert (await house.ask("yes")).kind == "none"


async def test_a_yes_counts_only_in_its_own_conversation(house: ChatSite) -> None:
    await house.ask(BATHROOM)
    await house.ask("yes", talk="token/ben", who="ben")
    assert house.book.list() == []


async def test_a_button_is_for_its_own_proposal(house: ChatSite) -> None:
    first = await house.ask(BATHROOM)
    second = await house.ask("turn off the bathroom fan in 10 minutes")
    assert first.proposal is not None
    assert second.proposal is not None
    await house.ask("", choice=f"yes:{first.proposal.id}")
    assert house.book.list() == []
    await house.ask("", choice=f"yes:{second.proposal.id}")
    assert len(house.armed()) == 1


async def test_a_proposal_is_too_old_after_five_minutes(house: ChatSite) -> None:
    reply = await house.ask(BATHROOM)
    assert reply.proposal is not None
    house.clock.advance(minutes=6)
    late = await house.ask("", choice=f"yes:{reply.proposal.id}")
    assert late.text.startswith("That is too long ago")
    assert house.book.list() == []


async def test_who_may_only_read_moves_nothing(house: ChatSite) -> None:
    reply = await house.ask("turn on the bathroom fan", scope=Scope.READ)
    assert reply.kind == "question"
    assert house.commands.of("bath-fan") == []


async def test_two_windows_are_a_question_and_the_one_that_is_picked_moves(house: ChatSite) -> None:
    reply = await house.ask("open the window")
    assert reply.kind == "question"
    assert {one.name for one in reply.intent.candidates} == {"Bedroom window", "Living room window"}
    assert house.nodes.done == []
    picked = await house.ask("the bedroom window")
    assert picked.kind == "command"
    assert house.nodes.done == [("bedroom-window", "set_position 100")]


async def test_it_is_what_was_spoken_of_and_asks_first(house: ChatSite) -> None:
    await house.ask("turn on the bathroom fan")
    reply = await house.ask("turn it off")
    assert reply.proposal is not None
    await house.ask("yes")
    assert [verb for _, verb in house.nodes.done] == ["turn_on", "turn_off"]


async def test_cancel_that_takes_back_what_was_not_sent_yet(house: ChatSite) -> None:
    house.leave("bath-fan")
    reply = await house.ask("turn on the bathroom fan")
    assert "is away" in reply.text or house.done("bath-fan")[0][2] is CommandStatus.QUEUED
    undone = await house.ask("cancel that")
    assert undone.text == "Taken back: it had not been done yet."
    assert house.done("bath-fan")[0][2] is CommandStatus.FAILED


async def test_cancel_that_offers_the_opposite_of_what_is_done(house: ChatSite) -> None:
    await house.ask("turn on the bathroom fan")
    house.ack(house.commands.of("bath-fan")[0], "done")
    reply = await house.ask("cancel that")
    assert reply.text == "It is done already. Shall I turn off Bathroom fan again?"
    await house.ask("yes")
    assert [verb for _, verb in house.nodes.done] == ["turn_on", "turn_off"]


async def test_cancel_that_switches_a_new_rule_off(house: ChatSite) -> None:
    await house.ask(BATHROOM)
    await house.ask("yes")
    await house.ask("cancel that")
    assert [kept.mode for kept in house.book.list()] == [Mode.OFF]


async def test_without_rules_orders_go_out_and_rules_are_refused(house: ChatSite) -> None:
    house.chat = house.made(rules=None)
    assert (await house.ask("turn on the bathroom fan")).kind == "command"
    assert house.nodes.done == [("bath-fan", "turn_on")]
    assert (await house.ask(BATHROOM)).text == "Rules are switched off here."
    assert (await house.ask("turn on the bathroom fan for 20 minutes")).kind == "question"


@pytest.mark.parametrize(
    "text",
    [
        "don't turn on the fan",
        "should I open the bedroom window?",
        "Anna said turn on the fan",
        "turn of the fan",
        "set the boiler to 140",
        "",
        "\u202e\x00" * 40,
        "turn on " * 40,
    ],
)
async def test_what_is_no_plain_order_moves_nothing(house: ChatSite, text: str) -> None:
    reply = await house.ask(text)
    assert reply.kind not in ("command", "rule")
    assert house.nodes.done == []
