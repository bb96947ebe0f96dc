"""Telegram is away, slow, wrong or overloaded for a day: every alert arrives once, in order, late ones marked."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC

import pytest

from gateway.core.delivery import Parcel
from gateway.core.ports.alerts import MarkKept
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.outbox.outbox import Outbox
from gateway.flow.trail import Trail
from gateway.frontends.telegram.channel import TelegramChannel
from gateway.frontends.telegram.message_ids import MessageIds
from tests.alert_fakes import MemoryAlerts
from tests.fakes import MemoryWriter
from tests.frontends.telegram.test_channel import ANNA, Places
from tests.telegram_fake import TelegramFake
from tests.telegram_memory import MemoryOutside, connected
from tests.telegram_steps import Answered, Garbage, Reset, Stall, Step, away, too_many
from tests.virtual_time import VirtualLoop, virtual

ALERTS = 60
DAY_S = 86_400.0
STEPS: tuple[Step, ...] = (
    "ok",
    Reset(),
    Reset(taken=True),
    Stall(3),
    Stall(30),
    Stall(30, taken=True),
    too_many(7),
    too_many(400),
    away(),
    away(taken=True),
    away(504),
    Garbage(),
    Garbage(taken=True),
    Answered(409, "Conflict: terminated by other getUpdates request"),
)


class DaySite:
    """Outbox and channel, which can be killed; the fake and its ledger stay."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.fake = TelegramFake(slow_s=(0.0, 0.04))
        self.fake.chat(ANNA)
        self.outside = MemoryOutside(self.fake)
        self.writer = MemoryWriter()
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        bus, clock = Bus(), self.loop.now_ms
        chronicle, trail = Chronicle(self.writer, bus, clock), Trail(self.writer, bus, clock)
        archive = MemoryAlerts(self.writer)
        self.outbox = Outbox(self.writer, archive, bus, trail, chronicle, clock, UTC, lambda: 0.5)
        await self.outbox.load()
        marks = {one.name: one.value for one in self.writer.changes if isinstance(one, MarkKept)}
        self.ids = MessageIds("1", self.writer, clock, marks)
        connection = connected(self.fake, self.outside)
        self.outbox.open(TelegramChannel("telegram", connection, Places(), self.ids))
        self.task = asyncio.create_task(self.outbox.run())

    async def kill(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    def write(self, text: str) -> None:
        """Anna writes to the bot, and the gateway hears it."""
        self.fake.write(ANNA, text)
        self.ids.seen(ANNA, self.fake._counters["shared"])

    def put(self, number: int) -> None:
        now_ms = self.loop.now_ms()
        alert = f"{number:016x}"
        made = Parcel(
            id=f"{alert}-open@telegram/{ANNA}",
            lane=f"telegram/{ANNA}",
            alert=alert,
            part="open",
            level="alarm" if number % 7 == 0 else "warning",
            made_ms=now_ms,
            happened_ms=now_ms,
            title=f"⚠ alert {number}",
            text=f"⚠ alert {number}",
            buttons=(("Acknowledge", f"a:{alert}-open"), ("Mute 1 h", f"m:{alert}-open")),
        )
        self.outbox.put([made])

    async def settled(self) -> None:
        """Nothing waits any more."""
        while self.outbox.waiting():  # noqa: ASYNC110 - time costs nothing here
            await asyncio.sleep(1)

    def seen(self) -> list[int]:
        """The numbers of what Anna has seen, in order."""
        return [int(sent.text.split("\n")[0].rsplit(" ", 1)[1]) for sent in self.fake.ledger]


@pytest.mark.parametrize(
    "seed", [*range(5), *(pytest.param(number, marks=pytest.mark.soak) for number in range(5, 200))]
)
def test_after_a_day_of_trouble_and_kills_each_alert_arrived_once_and_in_order(seed: int) -> None:
    async def work(loop: VirtualLoop) -> None:
        dice = random.Random(seed)
        site = DaySite(loop)
        await site.start()
        site.write("/pair")
        made, next_alert_s, next_weather_s, next_kill_s = 0, 5.0, 0.0, 700.0
        while loop.time() < DAY_S or made < ALERTS:
            if loop.time() >= next_alert_s and made < ALERTS:
                site.put(made)
                made += 1
                next_alert_s += dice.expovariate(ALERTS / DAY_S)
            if loop.time() >= next_weather_s:
                site.outside.refused = dice.random() < 0.3
                for method in ("sendMessage", "editMessageReplyMarkup", "getUpdates"):
                    site.fake.always(method, dice.choice(STEPS))
                next_weather_s += dice.choice((10, 60, 600, 7200))
            if loop.time() >= next_kill_s:
                await site.kill()
                await asyncio.sleep(dice.uniform(0, 20))
                await site.start()
                next_kill_s = loop.time() + dice.expovariate(1 / 1800)
            if dice.random() < 0.01:
                site.write("how warm is it")
            await asyncio.sleep(dice.uniform(0.01, 20.0))
        site.outside.refused = False
        for method in ("sendMessage", "editMessageReplyMarkup", "getUpdates"):
            site.fake.always(method, "ok")
        await site.settled()
        assert site.seen() == list(range(ALERTS))
        assert [sent.text for sent in site.fake.ledger if "repetition" in sent.text] == []

    virtual(work)


def test_what_waited_for_a_day_says_that_it_is_late() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = DaySite(loop)
        await site.start()
        site.write("/pair")
        site.outside.refused = True
        for number in range(ALERTS):
            site.put(number)
            await asyncio.sleep(DAY_S / ALERTS)
        site.outside.refused = False
        await site.settled()
        site.put(ALERTS)
        await site.settled()
        assert site.seen() == list(range(ALERTS + 1))
        assert all("late: it happened on" in sent.text for sent in site.fake.ledger[:ALERTS])
        assert "late" not in site.fake.ledger[ALERTS].text

    virtual(work)
