"""A whole bot against a Bot API as Telegram's: buttons, commands, groups, and what goes wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.core.access import Scope
from gateway.core.language.intent import Intent
from gateway.core.messages import Happened
from gateway.core.rules.actions import Level
from gateway.flow.chat.said import Said
from tests.frontends.telegram.kit import ANNA, GROUP, PNG, STRANGER, Site, alert, answer, until
from tests.telegram_fake import TelegramFake
from tests.telegram_steps import TOKEN, Answered, Garbage, Reset, Stall, away, too_many

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


async def test_a_command_is_short_for_the_first_sentence_that_means_something(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.chat.intents["show the history of bathroom"] = Intent(kind="none")
    fake.write(ANNA, "/history bathroom")
    (said,) = await site.heard(1)
    assert said.text == "show the history of temperature in the bathroom"
    site.chat.intents["what is the temperature in the boiler"] = Intent(kind="query", missing=("place",))
    fake.write(ANNA, "/temp boiler")
    assert (await site.heard(2))[1].text == "what is the temperature of the boiler"
    fake.write(ANNA, "/temp bathroom")
    assert (await site.heard(3))[2].text == "what is the temperature in the bathroom"


async def test_what_is_simulated_says_so(site: Site, fake: TelegramFake) -> None:
    await site.pair()
    site.chat.replies.append(answer("21.5 °C", simulated=True))
    fake.write(ANNA, "how warm is it")
    await site.told("21.5 °C\nSIMULATED")


async def test_a_group_gets_alerts_and_hears_only_who_was_paired_and_speaks_to_the_bot(
    site: Site, fake: TelegramFake
) -> None:
    await site.pair()
    fake.write(ANNA, "/alerts", chat=GROUP)
    await site.settled()
    assert fake.texts(GROUP) == []
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


@pytest.mark.parametrize("text", ["/start", "/pair", "/start@other_bot", "/pair@other_bot ABCDEFGH"])
async def test_a_group_that_was_not_paired_hears_no_help_and_other_bots_commands_are_theirs(
    site: Site, fake: TelegramFake, text: str
) -> None:
    await site.pair()
    site.people.pair(10, Scope.READ, "owner")
    fake.write(ANNA, text, chat=GROUP)
    fake.write(STRANGER, "/start@other_bot")
    fake.write(ANNA, "/start@other_bot")
    await site.settled()
    assert (fake.texts(GROUP), fake.texts(STRANGER)) == ([], [])
    before = len(fake.texts(ANNA))
    fake.write(ANNA, f"/start@{fake.username}")
    await until(lambda: len(fake.texts(ANNA)) > before)
    assert len(fake.texts(ANNA)) == before + 1, "what was for another bot was not answered"


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
    api = await site.channel._connection.api()
    await until(lambda: fake._polling is not None and not fake._polling.done())
    await api.updates(None, 0)

    def events() -> list[Happened]:
        return [one for one in site.writer.changes if isinstance(one, Happened) and one.kind == "telegram.conflict"]

    await until(lambda: len(events()) == 1)
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
    await site.settled()
    site.telegram.unmake("another")
    site.telegram.unmake("telegram")
    await until(lambda: not any("TelegramBot.run" in repr(task.get_coro()) for task in asyncio.all_tasks()))
    fake.write(ANNA, "is anybody there")
    await asyncio.sleep(0.1)
    assert (fake.waiting, site.chat.said) == (1, [])
    assert site.leaf is not None
    await site.kill()
    await site.start()
    await site.told("You said: is anybody there")


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
    anna, chat = {"id": ANNA, "is_bot": False, "first_name": "Anna"}, {"id": ANNA, "type": "private"}
    fake._update({"message": {"message_id": 1, "date": None, "chat": chat, "from": anna, "text": "hello"}})
    fake._update({"message": {"message_id": 1, "date": 1, "chat": None, "from": anna, "text": "hello"}})
    fake._update({"callback_query": {"id": "1", "from": None, "chat_instance": "1", "data": "a:1"}})
    fake._update({"my_chat_member": {"chat": chat, "from": anna, "date": 1, "new_chat_member": None}})
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


async def test_the_token_is_in_no_log_whatever_happens(fake: TelegramFake, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake.script("getMe", Reset())
    fake.script("getUpdates", Garbage(body=b"\x00"))
    fake.script("setMyCommands", Answered(404, "Not Found"))
    site = Site(fake)
    await site.start()
    await site.pair()
    fake.script("sendMessage", Answered(400, "Bad Request: odd"), Answered(403, "Forbidden"), Reset())
    for number in range(4):
        fake.write(ANNA, f"sentence {number}")
    await site.told("You said: sentence 3")
    await site.kill()
    fake.token = "999999999:another-token-for-the-same-bot-01234567890"
    await site.restart()
    await until(lambda: site.telegram._bot is not None and site.telegram._bot.state != "")
    await site.close()
    assert TOKEN.split(":")[1] not in caplog.text
    assert "an answer over Telegram was not taken" in caplog.text
