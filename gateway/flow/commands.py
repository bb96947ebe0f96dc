"""Every command from the moment it is promised until it is done, has failed or has expired.

This is the queue, not the broker's: a command is handed to its node when that is connected, at once or later, and
again on every connection until its end is on the disk. So it is sent at least once; the node remembers ids, and does
it at most once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from ..core.commands import (
    CODES,
    Command,
    CommandStatus,
    Order,
    Step,
    may_follow,
    read_ack,
    with_step,
)
from ..core.errors import Conflict, NotFound
from ..core.messages import (
    Audited,
    ClockSet,
    CommandMoved,
    DeviceChanged,
    DeviceSwapped,
    Message,
)
from ..core.ports.intake import NOTHING, Taken
from ..core.ports.orders import CommandStep, OrderArchive
from ..core.ports.post import Post
from ..core.ports.store import Change, Writer
from .bus import Bus
from .caller_orders import CallerOrders
from .chronicle import Chronicle
from .correlation import correlated, current
from .dispatch import BootTime, CommandSettings, Dispatch
from .order_book import OrderBook, as_noted, re_dated
from .order_making import Target, kept, made
from .order_post import OrderPost
from .order_words import GONE, REPLACED, told, too_many
from .program_orders import ProgramOrders
from .step_writer import StepWriter
from .trail import Trail

_LONGEST_S = 1.0
_RECALLED = 500
_USUAL = CommandSettings()


class Answered(msgspec.Struct, frozen=True):
    """What a node says about a command is on the disk. `set_ms`: how far the clock had been set when it came."""

    command: str
    step: Step
    set_ms: int


class Commands:
    """Every command from the API's 202 to its end."""

    def __init__(
        self,
        writer: Writer,
        archive: OrderArchive,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        target: Target,
        time: BootTime,
        settings: CommandSettings = _USUAL,
    ) -> None:
        self.set_ms = 0
        """How far the clock was set in this run, as far as what is written down moved with it."""
        self.totals: Counter[CommandStatus] = Counter()
        """How many commands reached each status in this run."""
        self._writer = writer
        self._archive = archive
        self._bus = bus
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._target = target
        self._time = time
        self._settings = settings
        self._book = OrderBook()
        self._dispatch = Dispatch(time, settings.retry_s)
        self._steps = StepWriter(writer, clock, self._move)
        self._nodes = OrderPost(self._dispatch, self._book, self._steps, bus, clock)
        self._wake = asyncio.Event()
        self._programs = ProgramOrders(self, archive, trail, bus, self._wake.set)
        self._callers = CallerOrders(self, writer, archive, self._programs)
        bus.on(Answered, self._answered)
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)
        bus.on(DeviceSwapped, lambda event: self._end_all(event.device))

    async def load(self) -> None:
        """Recall what is open; end what was meant for hardware that is not there any more."""
        recent = (await self._archive.commands(limit=_RECALLED))[::-1]
        still = await self._archive.open_commands()
        self._book.restore(still, recent, whole=len(recent) < _RECALLED)
        for command in self._book.opened():
            self._nodes.recall(command)
            try:
                device = self._target.device(command.device)
            except NotFound:
                self._steps.write(command, CommandStatus.FAILED, GONE)
                continue
            if command.hardware not in ("", device.mac):
                self._steps.write(command, CommandStatus.FAILED, REPLACED)

    def attach(self, post: Post) -> None:
        """By whom commands are handed over; before anybody can connect."""
        self._nodes.attach(post)

    async def run(self) -> None:
        """Send again and let expire, until cancelled."""
        while True:
            if self._programs.unsure:
                await self._programs.settle()
            self.look()
            self._wake.clear()
            now_ms = self._clock()
            next_ms = self._nodes.next_ms(now_ms)
            pause_s = _LONGEST_S if next_ms is None else min((next_ms - now_ms) / 1000, _LONGEST_S)
            try:
                await asyncio.wait_for(self._wake.wait(), pause_s)
            except TimeoutError:
                continue

    def look(self) -> None:
        """Send what is due, end what is too old."""
        self._nodes.look()

    # Asking

    async def ask(self, order: Order, who: str) -> Command:
        """Take an order on: durable when this returns, and handed over already if the node is there.

        Said again with the same `id` it is the same command. Raises NotFound (no such device), Conflict (the id means
        another command, too many are open, the device cannot connect), Refused (it cannot do that), StoreError.
        """
        return await self._callers.ask(order, who)

    def made(self, order: Order, who: str) -> Command:
        """The command for an order, not promised yet. Raises NotFound, Conflict, Refused."""
        device = self._target.device(order.device)
        now_ms, settings = self._clock(), self._settings
        command = made(order, device, who, now_ms, settings, self._time.boot, current())
        count = len(self._book.open_of(order.device)) + self._callers.promised_to(order.device)
        if count >= settings.most_open:
            raise Conflict(f"{order.device} is not given another command: {too_many(settings.most_open)}.")
        return command

    def asked(self, command: Command) -> tuple[list[Change], Audited | None]:
        """What must be committed for a new command, and the audit entry among it."""
        entry = self._trail.entry("command.asked", command.who, f"{command.device} {command.verb} {command.id}")
        return [kept(command)] if entry is None else [kept(command), entry], entry

    def take_on(self, command: Command, entry: Audited | None, set_ms: int) -> None:
        """It is on the disk: send it, then tell. Raises NotFound when its device was deleted meanwhile."""
        device, most = self._target.device(command.device), self._settings.most_open
        if set_ms != self.set_ms:
            command = re_dated(command, lambda time_ms: time_ms + self.set_ms - set_ms)
        crowded = len(self._book.open_of(device.id)) >= most
        self._forget(self._book.add(command))
        self._announce(command, command.steps[0])
        if entry is not None:
            self._bus.publish(entry)
        if crowded or command.hardware != device.mac:
            self._steps.write(command, CommandStatus.FAILED, too_many(most) if crowded else REPLACED)
        else:
            self._nodes.send(command)

    async def cancel(self, device: str, command_id: str, who: str) -> Command:
        """Take back what was not sent yet. Raises NotFound; Conflict when it is too late; StoreError."""
        command = await self.get(device, command_id)
        sent = self._dispatch.sends(command_id) or self._steps.busy(command_id)
        if sent or command.status is not CommandStatus.QUEUED:
            raise Conflict(f"{command.verb} cannot be taken back: it is {command.status} or on its way.")
        entry = self._trail.entry("command.cancelled", who, f"{device} {command.verb} {command_id}")
        await self._steps.end(command, f"cancelled by {who}", entry)
        if entry is not None:
            self._bus.publish(entry)
        return self.find(command_id) or command

    def asked_by_message(self, message: Message) -> Taken:
        """What a program published for a device. Never raises."""
        return self._programs.take(message)

    # Looking up

    def find(self, command_id: str) -> Command | None:
        """One that is open, or is among the last of its device that ended."""
        return self._book.find(command_id)

    def promised(self, command_id: str) -> Command | None:
        """One that is on its way to the disk."""
        return self._callers.promised(command_id)

    def of(self, device: str) -> list[Command]:
        """What `find` knows of a device, newest first."""
        return self._book.of(device)

    async def get(self, device: str, command_id: str) -> Command:
        """One command of a device, however old. Raises NotFound, StoreError."""
        found = self.find(command_id) or await self._archive.command(command_id)
        if found is None or found.device != device:
            raise NotFound(f"{device} has no command {command_id}.")
        return found

    async def history(self, device: str, limit: int, before: str = "") -> list[Command]:
        """Newest first, below the command `before`. Raises StoreError."""
        known = self._book.newest(device, limit, before)
        return await self._archive.commands(device, limit, before) if known is None else known

    async def caused(self, correlation: str) -> list[Command]:
        """What a request or message asked for, newest first. Raises StoreError."""
        return await self._archive.commands(correlation=correlation)

    def sends(self, command_id: str) -> int:
        """How often it reached its node since the gateway started."""
        return self._dispatch.sends(command_id)

    @property
    def open_count(self) -> int:
        """How many commands are open, of all devices."""
        return self._book.open_count

    # What nodes say

    def acked(self, device: str, payload: bytes, now_ms: int) -> Taken:
        """A node's word on a command; one that says nothing new changes nothing. Raises Unreadable."""
        ack = read_ack(payload)
        command = self.find(ack.id)
        if command is None or command.device != device or not may_follow(command, ack.status):
            return NOTHING
        change = CommandStep(ack.id, CODES[ack.status], now_ms, ack.detail)
        return Taken((change,), (Answered(ack.id, Step(ack.status, now_ms, ack.detail), self.set_ms),))

    def _answered(self, event: Answered) -> None:
        step = event.step
        if event.set_ms != self.set_ms:
            step = replace(step, time_ms=step.time_ms + self.set_ms - event.set_ms)
        self._move(event.command, step)

    # What became of it

    def _move(self, command_id: str, step: Step) -> None:
        before = self.find(command_id)
        after = before and with_step(before, step)
        if after is None or after is before:
            return
        self._forget(self._book.update(after))
        self._announce(after, step)

    def _announce(self, command: Command, step: Step) -> None:
        self.totals[step.status] += 1
        with correlated(command.correlation):
            self._bus.publish(CommandMoved(command, step, self._target.simulated(command.device)))
            event = told(command, step)
            if event is not None:
                self._chronicle.note(*event, command.device, correlation=command.correlation)

    def _end_all(self, device: str) -> None:
        """Other hardware has taken its place."""
        for command in self._book.open_of(device):
            self._steps.write(command, CommandStatus.FAILED, REPLACED)

    # What happens around it

    def _clock_set(self, event: ClockSet) -> None:
        self._dispatch.shift(event.shift_ms)
        if event.redates:
            self.set_ms += event.shift_ms
            moved = as_noted(event)
            self._book.re_date(moved)
            self._steps.re_date(moved)
            self._callers.re_date(moved)
        self._wake.set()

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._forget(*self._book.forget(event.device))

    def _forget(self, *command_ids: str) -> None:
        self._nodes.forget(command_ids)
