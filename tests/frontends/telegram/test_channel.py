"""Alerts over the bot: each once, whatever becomes of a request and whenever the gateway is killed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from gateway.backends.outside import HttpOutside
from gateway.core.delivery import Parcel
from gateway.core.ports.alerts import MarkKept
from gateway.core.ports.channel import Found, NotSent, Perhaps, Rejected, Shut, Slower
from gateway.frontends.telegram.api import BotApi
from gateway.frontends.telegram.channel import TelegramChannel
from gateway.frontends.telegram.connection import Connection
from gateway.frontends.telegram.message_ids import MessageIds
from tests.fakes import FixedClock, MemoryWriter
from tests.telegram_fake import TelegramFake
from tests.telegram_steps import TOKEN, Answered, Garbage, Reset, Stall, away, too_many

ANNA, BEN = 42, 43
GROUP = -77


class Places:
    def __init__(self) -> None:
        self.chats = {str(ANNA): ANNA}

    def targets(self) -> tuple[str, ...]:
        return tuple(self.chats)

    def chat_of(self, target: str) -> int | None:
        return self.chats.get(target)

    async def moved(self, target: str, chat: int) -> None:
        self.chats[target] = chat


class House:
    """The gateway's side; `restart` is what is left after a kill."""

    def __init__(self, fake: TelegramFake) -> None:
        self.fake = fake
        self.writer = MemoryWriter()
        self.places = Places()
        self.outside = HttpOutside()
        self.restart()

    def restart(self) -> None:
        marks = {one.name: one.value for one in self.writer.changes if isinstance(one, MarkKept)}
        self.ids = MessageIds("1", self.writer, FixedClock(), marks)
        connection = Connection(TOKEN, self.fake.url, self.outside)
        self.channel = TelegramChannel("telegram", connection, self.places, self.ids)

    async def deliver(self, number: int, *, target: int = ANNA, bare: bool = False) -> str:
        return await self.channel.deliver(parcel(number, target), f"Alert {number}", repeat=False, bare=bare)


def parcel(number: int, target: int = ANNA) -> Parcel:
    alert = f"{number:016x}"
    return Parcel(
        id=f"{alert}-open@telegram/{target}",
        lane=f"telegram/{target}",
        alert=alert,
        part="open",
        level="warning",
        made_ms=0,
        happened_ms=0,
        title=f"Alert {number}",
        text=f"Alert {number}",
        buttons=(("Acknowledge", f"a:{alert}-open"), ("Mute 1 h", f"m:{alert}-open")),
    )


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[TelegramFake]:
    async with TelegramFake() as fake:
        fake.chat(ANNA)
        yield fake


@pytest_asyncio.fixture
async def house(fake: TelegramFake) -> AsyncIterator[House]:
    house = House(fake)
    yield house
    await house.outside.close()


async def test_an_alert_arrives_with_its_buttons_and_its_id_is_known(house: House, fake: TelegramFake) -> None:
    ref = await house.deliver(1)
    sent = fake.last()
    assert (sent.text, str(sent.id)) == ("Alert 1", ref)
    assert sent.buttons == parcel(1).buttons
    assert await house.channel.targets() == ("42",)


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("kind", ["reset", "garbage", "server error"])
async def test_what_was_cut_off_is_found_if_it_arrived_and_only_then(
    house: House, fake: TelegramFake, taken: bool, kind: str
) -> None:
    newest = await house.deliver(1)
    step = {"reset": Reset(taken), "garbage": Garbage(taken=taken), "server error": away(taken=taken)}[kind]
    fake.script("sendMessage", step)
    with pytest.raises(Perhaps):
        await house.deliver(2)
    assert await house.channel.find(parcel(2), newest) == (Found(str(fake.last().id)) if taken else "absent")
    assert fake.edits == []


@pytest.mark.parametrize("taken", [False, True])
async def test_it_is_found_after_a_kill_although_people_have_written_since(
    house: House, fake: TelegramFake, taken: bool
) -> None:
    newest = await house.deliver(1)
    fake.script("sendMessage", Reset(taken))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    for text in ("is it warm", "hello?"):
        fake.write(ANNA, text)
        house.ids.seen(ANNA, fake._counters["shared"])
    house.restart()
    fake.write(ANNA, "are you there")
    house.ids.seen(ANNA, fake._counters["shared"])
    house.restart()
    assert await house.channel.find(parcel(2), newest) == (Found(str(fake.last().id)) if taken else "absent")


async def test_the_very_first_alert_is_found_after_what_a_person_wrote_to_be_paired(
    house: House, fake: TelegramFake
) -> None:
    fake.write(ANNA, "/pair ABCDEFGH")
    house.ids.seen(ANNA, fake._counters["shared"])
    fake.script("sendMessage", Reset(taken=True))
    with pytest.raises(Perhaps):
        await house.deliver(1)
    house.restart()
    assert await house.channel.find(parcel(1), "") == Found(str(fake.last().id))


async def test_without_any_known_id_nobody_can_tell(house: House) -> None:
    assert await house.channel.find(parcel(1), "") == "unknown"


async def test_a_press_tells_that_a_message_arrived_although_its_buttons_are_gone(
    house: House, fake: TelegramFake
) -> None:
    newest = await house.deliver(1)
    fake.script("sendMessage", Reset(taken=True))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    sent = fake.last()
    house.ids.pressed(ANNA, sent.id, sent.buttons[0][1])
    fake.messages[ANNA, sent.id].pop("reply_markup")
    assert await house.channel.find(parcel(2), newest) == Found(str(sent.id))


async def test_another_message_of_ours_nobody_knows_of_makes_it_unknown_and_does_not_keep_wrong_buttons(
    house: House, fake: TelegramFake
) -> None:
    newest = await house.deliver(1)
    fake.script("sendMessage", Reset(taken=False))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    fake.script("sendMessage", Reset(taken=True))
    with pytest.raises(Perhaps):
        await (await house.channel._connection.api()).send(ANNA, "an answer", (("Yes", "y:1"),))
    assert await house.channel.find(parcel(2), newest) == "unknown"
    assert fake.shown(fake.last()) == ("an answer", ())


async def test_messages_of_others_in_between_do_not_hide_it(house: House, fake: TelegramFake) -> None:
    newest = await house.deliver(1)
    for number in range(20):
        fake.write(ANNA, f"while the gateway heard nothing {number}")
    fake.script("sendMessage", Reset(taken=True))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    assert await house.channel.find(parcel(2), newest) == Found(str(fake.last().id))


async def test_messages_to_somebody_else_in_between_do_not_hide_it_even_after_a_kill(
    house: House, fake: TelegramFake
) -> None:
    fake.chat(BEN)
    house.places.chats[str(BEN)] = BEN
    newest = await house.deliver(1)
    fake.script("sendMessage", Reset(taken=False))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    for number in range(20):
        await house.deliver(100 + number, target=BEN)
    late = await BotApi(TOKEN, fake.url, house.outside).send(ANNA, "Alert 2", parcel(2).buttons)
    house.restart()
    assert await house.channel.find(parcel(2), newest) == Found(str(late))


@pytest.mark.parametrize(
    "step", [away(), Reset(), Garbage(), Answered(409, "Conflict: terminated by other getUpdates")]
)
async def test_it_cannot_be_looked_for_while_telegram_does_not_answer_and_the_search_goes_on_where_it_was(
    house: House, fake: TelegramFake, step: Answered | Reset | Garbage
) -> None:
    newest = await house.deliver(1)
    for number in range(5):
        fake.write(ANNA, f"while the gateway heard nothing {number}")
    fake.script("sendMessage", Reset(taken=True))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    fake.script("editMessageReplyMarkup", "ok", "ok", step)
    with pytest.raises(NotSent):
        await house.channel.find(parcel(2), newest)
    assert await house.channel.find(parcel(2), newest) == Found(str(fake.last().id))
    assert sum(method == "editMessageReplyMarkup" for method, _ in fake.calls) == 7


async def test_looking_waits_as_long_as_telegram_says(house: House, fake: TelegramFake) -> None:
    newest = await house.deliver(1)
    fake.script("sendMessage", Reset(taken=True))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    fake.script("editMessageReplyMarkup", too_many(3))
    with pytest.raises(Slower):
        await house.channel.find(parcel(2), newest)
    assert await house.channel.find(parcel(2), newest) == Found(str(fake.last().id))


async def test_what_others_write_to_the_bot_takes_ids_and_does_not_hide_it(house: House, fake: TelegramFake) -> None:
    newest = await house.deliver(1)
    heard_later = []
    for number in range(21):
        fake.write(43, f"Ben {number}", name="Ben")
        if number % 7 == 6:
            heard_later.append(fake._counters["shared"])
    fake.script("sendMessage", Reset(taken=True))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    for message in heard_later:
        house.ids.seen(43, message)
    assert await house.channel.find(parcel(2), newest) == Found(str(fake.last().id))


@pytest.mark.parametrize(
    "step",
    [
        Garbage(403, b'{"ok":true,"result":true}'),
        Garbage(200, b'{"ok":false,"description":"?"}'),
        Garbage(200, b'{"ok":true}'),
        Garbage(200, b'{"ok":true,"result":{"message_id":"x"}}'),
        Garbage(404, b"not here"),
    ],
)
async def test_an_answer_that_contradicts_itself_or_is_none_of_telegrams_tells_nothing(
    house: House, fake: TelegramFake, step: Garbage
) -> None:
    fake.script("sendMessage", step)
    with pytest.raises(Perhaps):
        await house.deliver(1)


async def test_a_test_beside_the_lane_does_not_hide_what_is_looked_for(house: House, fake: TelegramFake) -> None:
    newest = await house.deliver(1)
    fake.script("sendMessage", Reset(taken=True))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    sent = fake.last()
    fake.write(ANNA, "did that arrive?")
    house.ids.seen(ANNA, fake._counters["shared"])
    test = msgspec.structs.replace(parcel(9), part="test", id="test-9@telegram/42", buttons=())
    await house.channel.deliver(test, "A test", repeat=False)
    assert await house.channel.find(parcel(2), newest) == Found(str(sent.id))


async def test_a_bot_api_that_says_yes_to_everything_is_no_witness(house: House, fake: TelegramFake) -> None:
    newest = await house.deliver(1)
    fake.script("sendMessage", Reset())
    with pytest.raises(Perhaps):
        await house.deliver(2)
    fake.always("editMessageReplyMarkup", Garbage(body=b'{"ok":true,"result":true}'))
    assert await house.channel.find(parcel(2), newest) == "unknown"


async def test_refused_connections_mean_surely_not_sent(house: House, fake: TelegramFake) -> None:
    await fake.stop()
    with pytest.raises(NotSent):
        await house.deliver(1)


async def test_too_many_requests_say_how_long_to_wait(house: House, fake: TelegramFake) -> None:
    fake.script("sendMessage", too_many(37), Answered(429, "Too Many Requests"))
    with pytest.raises(Slower) as slower:
        await house.deliver(1)
    assert slower.value.after_s == 37
    with pytest.raises(Slower):
        await house.deliver(1)
    assert fake.ledger == []


async def test_a_person_who_has_blocked_the_bot_shuts_this_target_alone(house: House, fake: TelegramFake) -> None:
    fake.block(ANNA)
    with pytest.raises(Shut) as shut:
        await house.deliver(1)
    assert (shut.value.whole, shut.value.again_s) == (False, 21_600)
    assert "blocked by the user" in str(shut.value)
    house.places.chats["43"] = 43
    with pytest.raises(Shut, match="Chat not found"):
        await house.deliver(2, target=43)
    with pytest.raises(Shut, match="nothing any more"):
        await house.deliver(3, target=44)


async def test_a_wrong_token_shuts_the_whole_channel_for_good(house: House, fake: TelegramFake) -> None:
    fake.token = "987654321:another-token-for-the-same-bot-0123456789"
    with pytest.raises(Shut) as shut:
        await house.deliver(1)
    assert (shut.value.whole, shut.value.again_s) == (True, None)
    assert TOKEN.split(":")[1] not in str(shut.value)


async def test_what_telegram_does_not_take_is_rejected_and_goes_without_its_buttons(
    house: House, fake: TelegramFake
) -> None:
    with pytest.raises(Rejected, match="too long"):
        await house.channel.deliver(parcel(1), "x" * 5000, repeat=False)
    await house.deliver(1, bare=True)
    assert [words for words, _ in fake.last().buttons] == ["Noted"]


async def test_a_group_that_became_a_supergroup_gets_what_waits_under_its_new_number(
    house: House, fake: TelegramFake
) -> None:
    house.places.chats = {str(GROUP): GROUP}
    fake.chat(GROUP, "group", "Home")
    fake.chat(-1001234567890, "supergroup", "Home")
    fake.migrated[GROUP] = -1001234567890
    with pytest.raises(NotSent):
        await house.deliver(1, target=GROUP)
    await house.deliver(1, target=GROUP)
    assert fake.last().chat == -1001234567890
    assert await house.channel.targets() == (str(GROUP),)


async def test_silence_is_no_answer_and_what_was_taken_before_it_is_found(
    house: House, fake: TelegramFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = await house.deliver(1)
    api = await house.channel._connection.api()
    wire = api._bot._request[1]
    monkeypatch.setattr(type(wire), "read_timeout", 0.2)
    monkeypatch.setattr("gateway.frontends.telegram.api._ASK_S", 0.2)
    fake.script("sendMessage", Stall(5, taken=True))
    with pytest.raises(Perhaps):
        await house.deliver(2)
    assert await house.channel.find(parcel(2), newest) == Found(str(fake.last().id))
