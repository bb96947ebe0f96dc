"""What is killed: a store, the alerts, the outbox and the bot, started by `python -m tests.system.alert_child`.

It loads everything once and then makes a child for each line `start FOLDER URL OFFSET NEWEST` on its standard input, so
that a thousand starts do not load Python a thousand times. It answers with the child's number, and with `dead` when
that is over.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import traceback
from datetime import UTC
from pathlib import Path

import msgspec

from gateway.backends.outside import HttpOutside
from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.alerts.alert import AlertKind, Concern, Plan
from gateway.core.channels import TelegramWay
from gateway.core.ports.alerts import MarkKept
from gateway.core.ports.channel import Rate
from gateway.core.rules.news import Notice
from gateway.flow.alerts.book import AlertBook
from gateway.flow.alerts.routing import Routing
from gateway.flow.alerts.source import Source
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.outbox.channel_book import ChannelShown
from gateway.flow.outbox.lane import Waits
from gateway.flow.outbox.outbox import Outbox
from gateway.flow.promise import Promise
from gateway.flow.trail import Trail
from gateway.frontends.telegram import api
from gateway.frontends.telegram.channel import TelegramChannel
from gateway.frontends.telegram.connection import Connection
from gateway.frontends.telegram.message_ids import MessageIds
from tests.telegram_steps import TOKEN

CHAT = 42
WAITS = Waits(
    first_pause_s=0.02, longest_pause_s=0.2, first_look_s=0.1, next_look_s=0.1, repeat_s=0.2, longest_repeat_s=1.0
)
"""As in life, a hundredth as long; the other side is done with a request in less than the first look takes."""


class Chats:
    """One person."""

    def targets(self) -> tuple[str, ...]:
        return (str(CHAT),)

    def chat_of(self, target: str) -> int | None:
        return int(target)

    async def moved(self, target: str, chat: int) -> None:
        raise AssertionError("nobody moves here")


class Truth:
    """What the parent wants: notices as lines that are only added, and what holds now as one document."""

    def __init__(self, folder: Path, offset: int) -> None:
        self._notices = folder / "notices"
        self._levels = folder / "levels"
        self._kept = os.open(folder / "kept", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        self._offset = offset

    def concerns(self) -> list[Concern]:
        return [
            Concern(
                key=f"breach/{name}", kind=AlertKind.BREACH, level="warning", title=name, text="dry", since_ms=since_ms
            )
            for name, since_ms in msgspec.json.decode(self._levels.read_bytes(), type=dict[str, int]).items()
        ]

    def notices(self) -> list[str]:
        """The whole lines that are new."""
        with self._notices.open("rb") as file:
            file.seek(self._offset)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole.decode().split()

    def kept(self, name: str) -> None:
        os.write(self._kept, f"{name}\n".encode())


async def live(folder: Path, url: str, offset: int, newest: int) -> None:
    """Until it is killed."""
    store = Store(folder / "gateway.db", StoreSettings(), now_ms)
    store.open()
    store.start(asyncio.get_running_loop())
    bus = Bus()
    trail, chronicle = Trail(store, bus, now_ms), Chronicle(store, bus, now_ms)
    outbox = Outbox(store, store, bus, trail, chronicle, now_ms, UTC, waits=WAITS)
    await outbox.load()
    ids = MessageIds(TOKEN.partition(":")[0], store, now_ms, await store.marks())
    ids.seen(CHAT, newest)
    channel = TelegramChannel("telegram", Connection(TOKEN, url, HttpOutside()), Chats(), ids)
    channel.rate = Rate(0.0, 1_000_000)
    outbox.open(channel)
    shown = ChannelShown(
        name="telegram", way=TelegramWay(), levels=("info", "warning", "alarm"), escalation=False, enabled=True
    )
    truth = Truth(folder, offset)
    source = Source(kind=AlertKind.BREACH, concerns=truth.concerns, ended=lambda alert: "wet again")
    plan = Plan(settle_s=0, cooldown_s=0, zone=UTC)
    routing = Routing(lambda: [shown], outbox.channel)
    book = AlertBook(store, store, bus, trail, now_ms, plan, lambda: True, [source], routing, outbox)
    await book.load()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.run())
        tasks.create_task(book.run())
        tasks.create_task(listen(bus, store, truth))


async def listen(bus: Bus, store: Store, truth: Truth) -> None:
    """Say what is new, and that it is kept once it is."""
    while True:
        for name in truth.notices():
            bus.publish(Notice(name, "info", "rule", now_ms(), name))
            promise = Promise(lambda error: None)
            # It comes after what the notice made, and is durable no sooner.
            store.submit([MarkKept("test.kept", name.encode(), now_ms())], promise)
            await promise.kept()
            truth.kept(name)
        await asyncio.sleep(0.005)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    api.BotApi  # noqa: B018 - it is loaded by now
    for line in sys.stdin:
        _, folder, url, offset, newest = line.split()
        child = os.fork()
        if child == 0:
            log = os.open(Path(folder) / "log", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            try:
                asyncio.run(live(Path(folder), url, int(offset), int(newest)))
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("dead", flush=True)


if __name__ == "__main__":
    main()
