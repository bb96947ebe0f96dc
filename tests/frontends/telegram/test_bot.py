"""A whole bot against a Bot API as Telegram's: who is heard, what is answered, and what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.core.access import Scope
from gateway.core.language.intent import Intent
from gateway.core.ports.alerts import MarkKept
from gateway.flow.chat.said import Said
from tests.frontends.telegram.kit import ANNA, BEN, STRANGER, Site, answer, until
from tests.telegram_fake import TelegramFake
from tests.telegram_steps import Stall, away

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


async def test_a_flood_of_strangers_writes_nothing(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    await site.settled()
    before = len(site.writer.changes)
    for number in range(200):
        fake.write(STRANGER + number, "hello")
    await site.settled()
    assert len(site.writer.changes) == before
    assert site.telegram.updates()["stranger"] == 200


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
