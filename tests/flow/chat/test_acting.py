"""Orders by sentence: windows as a person's will, moments of the clock, kills in between, alerts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.core.access import Scope
from gateway.core.commands import Order
from gateway.core.errors import StoreError
from gateway.core.language.house import House
from gateway.core.language.intent import Intent
from tests.flow.chat.chat_site import MANNERS, ChatSite, chat_site

HOUR_MS = 3_600_000


class Wills:
    """Overrides as a conversation sees them."""

    def __init__(self, house: ChatSite) -> None:
        self.house = house
        self.asked: list[tuple[str, float, int | None]] = []
        self.resumed: list[str] = []

    async def set(self, device: str, position: float, who: str, until_ms: int | None = None) -> tuple[Any, Any]:
        self.asked.append((device, position, until_ms))
        command = await self.house.commands.ask(Order(device, "set_position", {"position": position}), who)
        return SimpleNamespace(until_ms=until_ms or self.house.clock() + HOUR_MS), command

    async def resume(self, device: str, who: str) -> Any:
        self.resumed.append(device)
        return SimpleNamespace()

    def warnings(self, device: str, position: float) -> tuple[str, ...]:
        return ("it rains",) if position > 50 else ()

    def held(self, device: str) -> None:
        return None


class Helper:
    """An assistant that takes everything for the same."""

    def __init__(self, intent: Intent | None) -> None:
        self.ready = True
        self.intent = intent
        self.asked: list[str] = []

    async def propose(self, text: str, house: House, *, said: str, who: str, way: str) -> Intent | None:
        self.asked.append(text)
        return self.intent


class Book:
    """Alerts, as far as sentences move them."""

    def __init__(self) -> None:
        self.minutes: list[int] = []
        self.acked: list[str] = []

    async def mute(self, minutes: int, who: str) -> int:
        self.minutes.append(minutes)
        return 1_700_000_000_000 + minutes * 60_000

    async def ack(self, alert: str, who: str) -> None:
        self.acked.append(alert)

    def open(self) -> list[Any]:
        return [
            SimpleNamespace(id="a1", acked_ms=None, asset="fern", device="fern", title="Fern", simulated=False),
            SimpleNamespace(id="a2", acked_ms=5, asset="boiler", device="boiler", title="Boiler", simulated=False),
        ]


@pytest.fixture
async def house() -> ChatSite:
    return await chat_site()


async def test_a_window_is_held_as_a_persons_will_and_its_limits_are_said(house: ChatSite) -> None:
    wills = Wills(house)
    house.chat = house.made(overrides=cast(Any, wills))
    reply = await house.ask("open the bedroom window")
    assert wills.asked == [("bedroom-window", 100.0, None)]
    assert reply.text == (
        "Sent to Bedroom window: open Bedroom window. It stays so for 1 h, then it decides by itself again. "
        "Mind: it rains."
    )


async def test_a_window_for_ten_minutes_is_held_until_then(house: ChatSite) -> None:
    wills = Wills(house)
    house.chat = house.made(overrides=cast(Any, wills))
    await house.ask("open the bedroom window to 40 percent for 10 minutes")
    assert wills.asked == [("bedroom-window", 40.0, house.clock() + 600_000)]


async def test_a_window_is_let_go(house: ChatSite) -> None:
    wills = Wills(house)
    house.chat = house.made(overrides=cast(Any, wills))
    reply = await house.ask("put the bedroom window back to automatic")
    if reply.proposal is not None:
        reply = await house.ask("yes")
    assert wills.resumed == ["bedroom-window"]


async def test_at_a_time_of_day_is_when_the_clock_shows_it_next(house: ChatSite) -> None:
    await house.ask("turn on the bathroom fan at 19:00")
    await house.ask("yes")
    [timer] = house.armed()
    assert 0 < timer.due_ms - house.clock() <= 24 * HOUR_MS
    assert timer.due_ms % 60_000 == 0


async def test_without_a_clock_nothing_is_promised_for_a_time_of_day(house: ChatSite) -> None:
    house.keeper.known = False
    await house.ask("turn on the bathroom fan at 19:00")
    assert "what time it is" in (await house.ask("yes")).text
    assert house.armed() == []


async def test_a_kill_between_order_and_timer_leaves_neither_twice(house: ChatSite) -> None:
    for left in range(6):
        house.storage.left = left
        task = house.ask("turn on the bathroom fan for 20 minutes", id="tg-9-9")
        try:
            import asyncio

            await asyncio.wait_for(task, 0.2)
        except TimeoutError:
            pass
        await house.kill()
        assert len(house.armed()) <= 1
        assert len([one for one in house.commands.of("bath-fan") if one.verb == "turn_on"]) <= 1


async def test_every_order_asks_where_the_house_wants_it_so(house: ChatSite) -> None:
    house.chat = house.made(settings=SimpleNamespace(**{**vars(MANNERS), "act_at_once": False}))
    reply = await house.ask("turn on the bathroom fan")
    assert reply.proposal is not None
    assert house.nodes.done == []


async def test_sentences_can_be_switched_off(house: ChatSite) -> None:
    house.chat = house.made(settings=SimpleNamespace(**{**vars(MANNERS), "enabled": False}))
    assert (await house.ask("turn on the bathroom fan")).text == "Sentences are switched off here."
    assert house.nodes.done == []


async def test_a_new_thing_can_be_named_at_once(house: ChatSite) -> None:
    assert (await house.ask("turn on the attic pump")).kind != "command"
    house.able.add("attic-pump", "Attic pump", kind="pump")
    await house.room("attic", "Attic")
    await house.assignments.assign("attic-pump", "attic", "anna")
    house.join("attic-pump")
    assert (await house.ask("turn on the attic pump")).kind == "command"


async def test_alerts_are_muted_and_unmuted_again(house: ChatSite) -> None:
    book = Book()
    house.chat = house.made(alerts=cast(Any, book))
    reply = await house.ask("mute alerts for an hour")
    assert reply.text.startswith("No alerts until ")
    await house.ask("cancel that")
    assert book.minutes == [60, 0]


async def test_only_alerts_that_wait_for_it_are_acknowledged(house: ChatSite) -> None:
    book = Book()
    house.chat = house.made(alerts=cast(Any, book))
    assert (await house.ask("acknowledge the fern alert")).text.startswith("Noted: Fern.")
    assert book.acked == ["a1"]


async def test_without_alerts_that_is_said(house: ChatSite) -> None:
    assert (await house.ask("mute alerts for an hour")).text == "There are no alerts here."


async def test_the_assistant_is_asked_only_for_what_was_not_understood_and_never_acts_at_once(house: ChatSite) -> None:
    intent = Intent(
        kind="command", action="turn_on", device="bath-fan", source="assistant", confirm="the assistant took it so"
    )
    helper = Helper(intent)
    house.chat = house.made(assistant=lambda: cast(Any, helper))
    await house.ask("open the window")
    await house.ask("don't turn on the fan")
    assert helper.asked == []
    reply = await house.ask("flibber the gadget in the bathroom, would ya mate")
    assert helper.asked == [] or reply.proposal is not None
    reply = await house.ask("flibber the gadget")
    assert helper.asked[-1] == "flibber the gadget"
    assert reply.proposal is not None
    assert house.nodes.done == []
    await house.ask("no")
    assert house.nodes.done == []


async def test_what_cannot_be_stored_becomes_words(house: ChatSite) -> None:
    class Full:
        async def mute(self, minutes: int, who: str) -> int:
            raise StoreError("the disk is full")

    house.chat = house.made(alerts=cast(Any, Full()))
    reply = await house.ask("mute alerts for an hour")
    assert (reply.kind, reply.text) == ("question", "The disk is full.")


async def test_a_person_who_may_not_operate_cannot_press_yes(house: ChatSite) -> None:
    reply = await house.ask("turn off the bathroom fan in 10 minutes")
    assert reply.proposal is not None
    await house.ask("", choice=f"yes:{reply.proposal.id}", scope=Scope.READ)
    assert house.armed() == []


async def test_an_order_for_a_time_holds_rules_off_for_that_time_only(house: ChatSite) -> None:
    await house.ask("run the bathroom fan for 20 minutes")
    assert house.arbiter.standing("bath-fan")
    await house.later(minutes=20, s=1)
    assert house.nodes.done == [("bath-fan", "turn_on"), ("bath-fan", "turn_off")]
    assert house.arbiter.standing("bath-fan") == []


async def test_what_was_ordered_meanwhile_holds_on(house: ChatSite) -> None:
    await house.ask("run the bathroom fan for 20 minutes")
    await house.later(minutes=10)
    await house.ask("turn on the bathroom fan")
    await house.later(minutes=10, s=1)
    assert [claim.who for claim in house.arbiter.standing("bath-fan")] == ["anna"]
