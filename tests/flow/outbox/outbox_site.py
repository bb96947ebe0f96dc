"""An outbox on a disk and over a channel that take their time, in a loop whose time costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any

from msgspec.structs import replace

from gateway.core.delivery import ENDS, Delivery, Parcel
from gateway.core.errors import StoreError
from gateway.core.messages import Happened
from gateway.core.ports.store import Change, Receipt
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.outbox.outbox import Outbox
from gateway.flow.trail import Trail
from tests.alert_fakes import FakeChannel, MemoryAlerts
from tests.fakes import START_MS, MemoryWriter
from tests.virtual_time import VirtualLoop


class SlowWriter(MemoryWriter):
    """Its disk takes `slow_s`. What was submitted when the power goes is on it, or not."""

    def __init__(self, slow_s: float = 0.003) -> None:
        super().__init__()
        self.slow_s = slow_s
        self.begun: list[Sequence[Change]] = []
        """Submitted, and not on the disk yet."""
        self.dead = False

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        if self.dead:
            raise StoreError("the power is gone")
        self.begun.append(changes)
        asyncio.get_running_loop().call_later(self.slow_s, self._write, changes, receipt)

    def _write(self, changes: Sequence[Change], receipt: Receipt | None) -> None:
        if not self.dead:
            self.begun.remove(changes)
            super().submit(changes, receipt)

    def cut(self, reached: int) -> None:
        """The power goes; so many of those that were on their way have reached the disk."""
        self.dead = True
        for changes in self.begun[:reached]:
            self.changes.extend(changes)


class SlowChannel(FakeChannel):
    """Takes a while before and after a message is taken."""

    slow_s = 0.007

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        await asyncio.sleep(self.slow_s)
        arrived, failed = "", None
        try:
            arrived = await super().deliver(parcel, text, repeat=repeat, bare=bare)
        except Exception as error:
            failed = error
        await asyncio.sleep(self.slow_s)
        if failed is not None:
            raise failed
        return arrived

    async def find(self, parcel: Parcel, newest: str) -> Any:
        await asyncio.sleep(self.slow_s)
        return await super().find(parcel, newest)


class OutboxSite:
    """It can be restarted on the same disk."""

    def __init__(self, loop: VirtualLoop, writer: MemoryWriter | None = None) -> None:
        self.loop = loop
        self.writer = writer or MemoryWriter()
        self.archive = MemoryAlerts(self.writer)
        self.channels: list[FakeChannel] = []
        self.task: asyncio.Task[None] | None = None
        self._make()

    def _make(self) -> None:
        self.bus = Bus()
        clock = self.loop.now_ms
        self.chronicle = Chronicle(self.writer, self.bus, clock)
        trail = Trail(self.writer, self.bus, clock)
        self.outbox = Outbox(self.writer, self.archive, self.bus, trail, self.chronicle, clock, UTC, lambda: 0.5)

    async def start(self, *channels: FakeChannel) -> OutboxSite:
        await self.outbox.load()
        for channel in channels:
            self.outbox.open(channel)
        self.channels = [*channels]
        self.task = asyncio.create_task(self.outbox.run())
        return self

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def restart(self, writer: MemoryWriter | None = None) -> None:
        """After whatever happened; on what is on the disk."""
        await self.stop()
        if writer is not None:
            writer.changes = list(self.writer.changes)
            self.writer, self.archive = writer, MemoryAlerts(writer)
        self._make()
        await self.start(*self.channels)

    async def settled(self, longest_s: float = 90_000.0) -> None:
        """Until nothing waits any more, or that long has passed."""
        until = self.loop.time() + longest_s
        while self.outbox.waiting() and self.loop.time() < until:  # noqa: ASYNC110 - time costs nothing here
            await asyncio.sleep(1.0)

    async def ends(self) -> dict[str, str]:
        """What became of each, by its alert."""
        return {one.parcel.alert: str(one.state) for one in await self.archive.deliveries() if one.state in ENDS}

    async def kept(self, alert: str) -> Delivery:
        return next(one for one in await self.archive.deliveries() if one.parcel.alert == alert)

    def events(self) -> list[Happened]:
        return [change for change in self.writer.changes if isinstance(change, Happened)]


def parcel(number: int, lane: str = "fake/1", **more: Any) -> Parcel:
    made = Parcel(
        id=f"{number}-open@{lane}",
        lane=lane,
        alert=str(number),
        part="open",
        level="warning",
        made_ms=START_MS,
        happened_ms=START_MS,
        title=f"⚠ message {number}",
        text=f"⚠ message {number}",
    )
    return replace(made, **more)


def seen(channel: FakeChannel, lane: str = "fake/1") -> list[str]:
    """The numbers of what people have seen, in order."""
    return [name.partition("-")[0] for known, name, _ in channel.ledger if known == lane]


def when(loop: VirtualLoop, seconds: float, work: Callable[[], object]) -> None:
    loop.call_later(seconds, work)
