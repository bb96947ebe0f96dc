"""A whole bot against a Bot API as Telegram's: who is heard, what is answered, and what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.core.access import Scope
from gateway.core.language.intent import Intent
from gateway.core.messages import Happened
from gateway.core.ports.alerts import MarkKept
from gateway.core.rules.actions import Level
from gateway.flow.chat.said import Said
from tests.frontends.telegram.kit import ANNA, BEN, GROUP, PNG, STRANGER, Site, alert, answer, until
from tests.telegram_fake import TelegramFake
from tests.telegram_steps import Answered, Reset, Stall, away, too_many

ORDER = Intent(kind="command", action="turn_on", device="fan")


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[TelegramFake]:
    async with TelegramFake() as fake:
        yield fake


@pytest_asyncio.fixture
async def site(fake: TelegramFake) -> AsyncIterator[Site]:
    site = await Site(fake).start()
    yield site
    await site.close()


async def test_somebody_who_says_the_code_is_paired_and_heard(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    fake.write(ANNA, "how warm is it in the bathroom")
    (said,) = await site.heard(1)
    assert (said.text, said.who, said.scope, said.way) == (
        "how warm is it in the bathroom",
        "telegram:Anna",
        Scope.OPERATE,
        "telegram",
    )
    assert said.id.startswith("tg-123456789-")
    assert said.talk == f"telegram/{ANNA}/{ANNA}"
    await site.told("You said: how warm")


async def test_strangers_hear_nothing_and_say_nothing(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    for text in ("turn on the fan", "/start", "/pair AAAAAAAA", "/alerts", "/help"):
        fake.write(STRANGER, text)
    await site.settled()
    assert site.chat.said == []
    assert fake.texts(STRANGER) == []
    assert site.trail.kinds().count("telegram.refused") == 5


async def test_a_sentence_that_is_given_twice_is_handled_once(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    fake.repeat_updates = 5
    for number in range(3):
        fake.write(ANNA, f"sentence {number}")
        await site.told(f"You said: sentence {number}")
    await site.settled()
    assert [said.text for said in site.chat.said] == ["sentence 0", "sentence 1", "sentence 2"]


async def test_what_was_handled_before_a_kill_is_not_handled_again(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    fake.always("getUpdates", "ok")
    fake.script("getUpdates", "ok")
    fake.write(ANNA, "turn on the fan")
    await site.heard(1)
    # The next question, which would confirm it, never gets there.
    fake.always("getUpdates", Stall(30))
    await until(lambda: len(site._with("You said", ANNA)) == 1)
    await until(lambda: sum(isinstance(one, MarkKept) and "updates" in one.name for one in site.writer.changes) >= 2)
    await site.kill()
    fake.always("getUpdates", "ok")
    await site.restart()
    fake.write(ANNA, "and now")
    await site.told("You said: and now")
    assert [said.text for said in site.chat.said] == ["turn on the fan", "and now"]


async def test_what_was_not_handled_before_a_kill_is_handled_after_it_under_the_same_name(
    site: Site, fake: TelegramFake
) -> None:
    await site.pair()
    gate = asyncio.Event()

    def stop(said: Said) -> None:
        raise asyncio.CancelledError

    site.chat.before = stop
    fake.write(ANNA, "turn on the fan")
    await until(lambda: site.leaf is not None and any("updates" in str(call) for call in fake.calls))
    await asyncio.sleep(0.05)
    await site.kill()
    assert site.chat.said == []
    site.chat.before = lambda said: gate.set()
    await site.restart()
    (said,) = await site.heard(1)
    assert said.text == "turn on the fan"


async def test_updates_go_on_at_any_number_after_a_week_of_silence(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    await site.settled()
    await site.kill()
    fake.jump_ids(17)
    await site.restart()
    fake.write(ANNA, "still there")
    await site.told("You said: still there")
    fake.write(ANNA, "and again")
    await site.told("You said: and again")
    await site.settled()
    assert [said.text for said in site.chat.said] == ["still there", "and again"]


async def test_what_the_node_did_is_added_to_the_answer_and_not_said_before(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.chat.replies.append(answer("Sent to Bedroom window."))
    fake.write(ANNA, "open the bedroom window to 40 percent")
    sent = await site.told("Sent to Bedroom window.")
    assert fake.shown(sent)[0] == "Sent to Bedroom window."
    site.follow(site.chat.said[0], "Bedroom window is at 40 %.")
    await until(lambda: fake.shown(sent)[0] == "Sent to Bedroom window.\n✅ Bedroom window is at 40 %.")
    assert fake.texts(ANNA).count("Sent to Bedroom window.") == 1


async def test_a_node_that_is_faster_than_the_answer_is_not_forgotten(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.chat.before = lambda said: site.follow(said, "Fan: the relay is stuck.", done=False)
    site.chat.replies.append(answer("Sent to Fan."))
    fake.write(ANNA, "turn on the fan")
    sent = await site.told("Sent to Fan.")
    await until(lambda: fake.shown(sent)[0] == "Sent to Fan.\n⚠ Fan: the relay is stuck.")


async def test_an_answer_that_could_not_be_sent_leaves_what_became_of_it_to_be_told(
    site: Site, fake: TelegramFake
) -> None:
    await site.pair()
    fake.script("sendMessage", away())
    fake.write(ANNA, "turn on the fan")
    (said,) = await site.heard(1)
    await until(lambda: fake.waiting == 0)
    site.follow(said, "Fan is on.")
    await site.told("✅ Fan is on.")


async def test_a_proposal_waits_for_its_button_and_loses_it_when_it_was_pressed(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    proposal = {"id": "p1", "text": "Shall I?", "until_ms": 1, "intent": {"kind": "rule"}}
    site.chat.replies.append(answer("If it is humid, run the fan. Shall I?", kind="rule", proposal=proposal))
    fake.write(ANNA, "if the humidity is above 70 run the fan")
    asked = await site.told("Shall I?")
    assert asked.buttons == (("Yes", "y:p1"), ("No", "n:p1"))
    fake.press(ANNA, asked, "y:p1")
    await site.told("You said: yes:p1")
    assert fake.shown(asked)[1] == ()
    assert len(fake.answers) == 1


async def test_names_to_pick_from_are_buttons(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    proposal = {
        "id": "p2",
        "text": "Which?",
        "choices": ["Bedroom window", "Bathroom window"],
        "until_ms": 1,
        "intent": {"kind": "question"},
    }
    site.chat.replies.append(answer("Which one?", kind="question", proposal=proposal))
    fake.write(ANNA, "open the window")
    asked = await site.told("Which one?")
    assert [words for words, _ in asked.buttons] == ["Bedroom window", "Bathroom window", "None of these"]
    fake.press(ANNA, asked, asked.buttons[1][1])
    await site.heard(2)
    assert site.chat.said[1].choice == "pick:p2:1"


async def test_only_who_was_asked_can_say_yes(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    await site.pair(BEN, name="Ben")
    proposal = {"id": "p1", "text": "Shall I?", "until_ms": 1, "intent": {"kind": "rule"}}
    site.chat.replies.append(answer("Shall I?", kind="rule", proposal=proposal))
    fake.write(ANNA, "if it is humid run the fan")
    asked = await site.told("Shall I?")
    fake.press(BEN, asked, "y:p1", name="Ben")
    await until(lambda: len(fake.answers) == 1)
    assert fake.answers[0][1] == "Only Anna can say yes to this."
    assert fake.shown(asked)[1] != ()
    assert len(site.chat.said) == 1


async def test_an_order_that_was_written_long_ago_is_not_carried_out(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.chat.intents["turn on the fan"] = ORDER
    fake.write(ANNA, "turn on the fan", at=site.clock() / 1000 - 20 * 3600)
    await site.told("You wrote this 20 h ago. Say it again if you still want it.")
    assert site.chat.said == []
    fake.write(ANNA, "how warm is it", at=site.clock() / 1000 - 20 * 3600)
    await site.told("You said: how warm is it")
    assert site.chat.said[0].scope is Scope.READ
    fake.write(ANNA, "turn on the fan", at=site.clock() / 1000 - 30)
    await site.told("You said: turn on the fan")
    assert site.chat.said[1].scope is Scope.OPERATE


async def test_an_old_wish_to_mute_is_harmless_and_done(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.chat.intents["mute alerts"] = Intent(kind="command", action="mute_alerts")
    fake.write(ANNA, "mute alerts", at=site.clock() / 1000 - 3600)
    (said,) = await site.heard(1)
    assert said.scope is Scope.OPERATE


async def test_an_order_from_the_future_says_that_a_clock_is_wrong(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.chat.intents["turn on the fan"] = ORDER
    fake.write(ANNA, "turn on the fan", at=site.clock() / 1000 + 3600)
    await site.told("one of our clocks is wrong")
    assert site.chat.said == []


async def test_without_a_clock_what_comes_after_a_gap_may_be_old(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    await site.settled()
    await site.kill()
    site.known = False
    site.chat.intents["turn on the fan"] = ORDER
    fake.write(ANNA, "turn on the fan")
    await site.restart()
    await site.told("I do not know the time yet")
    assert site.chat.said == []
    fake.write(ANNA, "turn on the fan")
    await site.heard(1)


async def test_a_press_that_comes_late_is_not_a_yes(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    proposal = {"id": "p1", "text": "Shall I?", "until_ms": 1, "intent": {"kind": "rule"}}
    site.chat.replies.append(answer("Shall I?", kind="rule", proposal=proposal))
    fake.write(ANNA, "if it is humid run the fan")
    asked = await site.told("Shall I?")
    await site.settled()
    await site.kill()
    fake.press(ANNA, asked, "y:p1")
    await site.restart()
    await until(lambda: len(fake.answers) == 1)
    assert "too long to reach me" in fake.answers[0][1]
    assert len(site.chat.said) == 1


@pytest.mark.parametrize("more", ["forwarded", "answer"])
async def test_somebody_elses_words_are_no_order(site: Site, fake: TelegramFake, more: str) -> None:
    await site.pair()
    site.chat.intents["turn on the fan"] = ORDER
    other = {"id": 5, "is_bot": False, "first_name": "Cleo"}
    given: dict[str, object] = (
        {"forward_origin": {"type": "user", "date": 1, "sender_user": other}}
        if more == "forwarded"
        else {"reply_to_message": {"message_id": 1, "date": 1, "chat": fake._chats[ANNA], "from": other, "text": "?"}}
    )
    fake.write(ANNA, "turn on the fan", **given)  # type: ignore[arg-type]
    await site.told("That may not be your own order")
    assert site.chat.said == []


async def test_alerts_are_acknowledged_and_muted_by_their_buttons(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.desk.alerts = [alert()]
    message = await site.channel._connection.api()
    sent_id = await message.send(
        ANNA, "⚠ Fern", (("Acknowledge", f"a:{1:016x}-open"), ("Mute 1 h", f"m:{1:016x}-open"))
    )
    sent = fake.last()
    assert sent.id == sent_id
    fake.press(ANNA, sent, sent.buttons[1][1])
    await until(lambda: len(fake.answers) == 1)
    assert fake.answers[0][1] == "Muted until 14:02. Alarms come all the same."
    fake.press(ANNA, sent, sent.buttons[0][1])
    await until(lambda: len(fake.answers) == 2)
    assert site.desk.acked == [(f"{1:016x}", "telegram:Anna")]
    assert fake.shown(sent)[1] == ()


async def test_who_may_only_ask_can_neither_acknowledge_nor_mute(site: Site, fake: TelegramFake) -> None:
    await site.pair(scope=Scope.READ)
    site.desk.alerts = [alert()]
    api = await site.channel._connection.api()
    await api.send(ANNA, "⚠ Fern", (("Acknowledge", f"a:{1:016x}-open"),))
    fake.press(ANNA, fake.last(), fake.last().buttons[0][1])
    await until(lambda: len(fake.answers) == 1)
    for text in ("/mute", "/ack", "/unmute"):
        fake.write(ANNA, text)
    await site.settled()
    assert (site.desk.acked, site.desk.muted, site.chat.said) == ([], [], [])
    assert all("not do this" in text for _, text in fake.answers)
    fake.write(ANNA, "how warm is it")
    (said,) = await site.heard(1)
    assert said.scope is Scope.READ


async def test_history_comes_as_a_picture(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.pictures["climate", "temperature"] = (PNG, "Bathroom: temperature of the last 24 h · SIMULATED")
    site.chat.replies.append(answer("21.5 °C on average.", series=[["climate", "temperature"]]))
    fake.write(ANNA, "/history temperature in the bathroom")
    sent = await site.told("Bathroom: temperature")
    assert sent.photo == PNG
    site.chat.replies.append(answer("21.5 °C", series=[["climate", "temperature"]]))
    fake.write(ANNA, "how warm is the bathroom")
    asked = await site.told("21.5 °C")
    fake.press(ANNA, asked, "h:climate/temperature")
    await until(lambda: sum(bool(one.photo) for one in fake.ledger) == 2)


async def test_what_is_simulated_says_so(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.chat.replies.append(answer("21.5 °C", simulated=True))
    fake.write(ANNA, "how warm is it")
    await site.told("21.5 °C\nSIMULATED")


async def test_a_group_gets_alerts_and_hears_only_who_was_paired_and_speaks_to_the_bot(
    site: Site, fake: TelegramFake
) -> None:
    await site.pair()
    code = site.people.pair(10, Scope.OPERATE, "owner").code
    fake.write(STRANGER, f"/pair {code}", chat=GROUP, name="Eve")
    await site.settled()
    assert site.people.targets() == (str(ANNA),)
    fake.write(ANNA, f"/pair@{fake.username} {code}", chat=GROUP)
    await until(lambda: site.people.targets() == (str(GROUP), str(ANNA)))
    for person, text in (
        (STRANGER, f"@{fake.username} turn on the fan"),
        (ANNA, "nice weather"),
        (ANNA, "/temp@other_bot bathroom"),
    ):
        fake.write(person, text, chat=GROUP)
    fake.write(ANNA, f"@{fake.username}, how warm is it", chat=GROUP)
    (said,) = await site.heard(1)
    await site.settled()
    assert (said.text, said.talk) == ("how warm is it", f"telegram/{GROUP}/{ANNA}")
    assert len(site.chat.said) == 1


async def test_who_was_forgotten_is_heard_no_more(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    await site.people.forget(ANNA, "owner")
    fake.write(ANNA, "turn on the fan")
    await site.settled()
    assert site.chat.said == []
    assert site.gone == [str(ANNA)]


async def test_who_blocks_the_bot_and_comes_back_is_told_again(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    fake.block(ANNA)
    await site.settled()
    site.unblocked.clear()
    fake.block(ANNA, blocked=False)
    await until(lambda: ("telegram", str(ANNA)) in site.unblocked)


async def test_another_program_with_the_same_token_is_noted_once_and_alerts_go_on(
    site: Site, fake: TelegramFake
) -> None:
    await site.pair()
    fake.script("getUpdates", *[Answered(409, "Conflict: terminated by other getUpdates request")] * 2)
    fake.write(ANNA, "wake up")

    def events() -> list[Happened]:
        return [one for one in site.writer.changes if isinstance(one, Happened) and one.kind == "telegram.conflict"]

    await until(lambda: len(events()) == 1)
    api = await site.channel._connection.api()
    assert await api.send(ANNA, "an alert", ())


@pytest.mark.parametrize("step", [too_many(1), away(), Reset(), Stall(0.1), Answered(400, "Bad Request: odd")])
async def test_whatever_getupdates_answers_people_are_heard_afterwards(
    fake: TelegramFake, step: Answered | Reset | Stall
) -> None:
    fake.script("getUpdates", step)
    fake.script("deleteWebhook", away())
    fake.script("setMyCommands", Answered(404, "Not Found"))
    site = await Site(fake).start()
    await site.pair()
    await site.close()


async def test_a_wrong_token_is_not_tried_again(fake: TelegramFake) -> None:
    fake.token = "999999999:another-token-for-the-same-bot-01234567890"
    site = await Site(fake).start()
    await until(lambda: site.telegram._bot is not None and site.telegram._bot.state != "")
    asked = len(fake.calls)
    await asyncio.sleep(0.3)
    assert len(fake.calls) == asked
    assert "token" in (site.telegram._bot.state if site.telegram._bot else "")
    await site.close()


async def test_commands_are_offered_once_over_restarts(site: Site, fake: TelegramFake) -> None:
    await until(lambda: fake.commands != [])
    await site.pair()
    await site.restart()
    fake.write(ANNA, "hello")
    await site.told("You said: hello")
    assert sum(method == "setMyCommands" for method, _ in fake.calls) == 1


async def test_a_channel_that_is_removed_stops_hearing_and_a_new_token_hears_again(
    site: Site, fake: TelegramFake
) -> None:
    await site.pair()
    site.telegram.unmake("another")
    site.telegram.unmake("telegram")
    await asyncio.sleep(0.05)
    fake.write(ANNA, "is anybody there")
    await asyncio.sleep(0.1)
    assert fake.waiting == 1
    await site.start()
    await site.told("You said: is anybody there")
    await site.close()


@pytest.mark.parametrize("level", ["info", "warning", "alarm"])
async def test_what_is_wrong_now_is_listed(site: Site, fake: TelegramFake, level: Level) -> None:
    await site.pair()
    fake.write(ANNA, "/alerts")
    await site.told("Nothing is wrong now.")
    site.desk.alerts = [alert(level=level, simulated=True, acked_ms=1, acked_by="Ben")]
    fake.write(ANNA, "/alerts")
    shown = await site.told("threshold min 20.0, since 14:02, Ben knows · SIMULATED")
    assert shown.text[0] == {"info": "ℹ", "warning": "⚠", "alarm": "⛔"}[level]


async def test_all_commands_that_are_offered_are_answered(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    await until(lambda: fake.commands != [])
    for command in fake.commands:
        before = len(fake.ledger)
        fake.write(ANNA, f"/{command['command']}")
        await until(lambda before=before: len(fake.ledger) > before)  # type: ignore[misc]
        assert "I do not know" not in fake.last().text
    fake.write(ANNA, "/dance")
    await site.told("I do not know that command.")


async def test_a_message_that_makes_the_chat_fail_does_not_keep_others_from_being_heard(
    site: Site, fake: TelegramFake, caplog: pytest.LogCaptureFixture
) -> None:
    await site.pair()

    def fail(said: Said) -> None:
        if "break" in said.text:
            raise ValueError("a mistake of ours")

    site.chat.before = fail
    fake.write(ANNA, "break it")
    fake.write(ANNA, "and go on")
    await site.told("You said: and go on")
    assert "was not handled" in caplog.text


async def test_an_update_nobody_can_read_is_passed_over(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    fake._update({"message": {"message_id": "what", "chat": 5}})
    fake._update({"message": {"date": "yesterday"}})
    fake.write(ANNA, "and go on")
    await site.told("You said: and go on")


async def test_texts_that_are_too_long_or_none_are_answered_and_not_read(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    fake.write(ANNA, "x" * 301)
    await site.told("Too long")
    fake.write(ANNA, "", photo=[])
    fake.write(ANNA, "", photo=[])
    await site.settled()
    assert sum("I read text only" in text for text in fake.texts(ANNA)) == 1
    assert site.chat.said == []
