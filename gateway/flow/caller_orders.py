"""What callers ask for: promised when it is on the disk, and the same command when its id is said again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..core.commands import Command, Order
from ..core.errors import StoreError
from ..core.messages import Audited
from ..core.ports.orders import OrderArchive
from ..core.ports.store import Writer
from .order_book import re_dated
from .order_making import check_same
from .program_orders import Ordered, ProgramOrders, Taker
from .promise import Promise


class Keeper(Taker, Protocol):
    """Who takes orders on and has the older ones, too."""

    async def get(self, device: str, command_id: str) -> Command:
        """One command of a device, however old. Raises NotFound, StoreError."""


class CallerOrders:
    """From an order to a command on the disk."""

    def __init__(self, keeper: Keeper, writer: Writer, archive: OrderArchive, programs: ProgramOrders) -> None:
        self._keeper = keeper
        self._writer = writer
        self._archive = archive
        self._programs = programs
        self._promised: dict[str, tuple[Command, Promise]] = {}

    async def ask(self, order: Order, who: str) -> Command:
        """Take an order on: durable when this returns. Raises NotFound, Conflict, Refused, StoreError."""
        known = await self._known(order)
        if known is not None:
            return known
        command = self._keeper.made(order, who)
        changes, entry = self._keeper.asked(command)
        promise = Promise(lambda error: self._settle(command.id, entry, error))
        self._promised[command.id] = command, promise
        try:
            self._writer.submit(changes, promise)
        except StoreError as error:
            promise.settled(error)
        await promise.kept()
        return self._keeper.find(command.id) or await self._first(order, command)

    def promised(self, command_id: str) -> Command | None:
        """One that is on its way to the disk."""
        known = self._promised.get(command_id)
        return None if known is None else known[0]

    def promised_to(self, device: str) -> int:
        """How many of a device are."""
        return sum(command.device == device for command, _ in self._promised.values())

    def re_date(self, moved: Callable[[int], int]) -> None:
        """The clock was wrong: what is on its way moves with what is there."""
        for command_id, (command, promise) in self._promised.items():
            self._promised[command_id] = re_dated(command, moved), promise

    async def _known(self, order: Order) -> Command | None:
        """The command that this order is already."""
        if not order.id:
            return None
        found = self._keeper.find(order.id)
        if found is None and order.id not in self._promised:
            found = await self._archive.command(order.id)
            # Meanwhile it may have been asked for again.
            found = self._keeper.find(order.id) or found
        if order.id in self._promised:
            found, promise = self._promised[order.id]
            check_same(found, order)
            await promise.kept()
            return self._keeper.find(order.id) or found
        if found is not None:
            check_same(found, order)
        return found

    async def _first(self, order: Order, command: Command) -> Command:
        """A program may have given the same id just before: what the disk has counts."""
        await self._programs.settle()
        found = await self._keeper.get(command.device, command.id)
        check_same(found, order)
        return found

    def _settle(self, command_id: str, entry: Audited | None, error: StoreError | None) -> None:
        command, _ = self._promised.pop(command_id)
        if error is None and self._programs.may_have(command_id):
            self._programs.look_up(Ordered(command, entry, self._keeper.set_ms, True))
        elif error is None:
            self._keeper.take_on(command, entry, self._keeper.set_ms)
