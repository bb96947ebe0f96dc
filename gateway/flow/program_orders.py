"""What programs publish on `devices/{id}/command`: taken over before it reaches a node, and sent as any other command.

So it is durable, is looked up and expires, and is never done again because it was delivered again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec.structs import replace

from ..core.commands import Command, Order, read_order
from ..core.errors import Conflict, NotFound, Refused, StoreError
from ..core.messages import Audited, Message
from ..core.ports.intake import NOTHING, Taken
from ..core.ports.orders import OrderArchive
from ..core.ports.store import Change
from .bus import Bus
from .correlation import correlated, of_message
from .order_making import check_same
from .trail import Trail

_log = logging.getLogger(__name__)
_REMEMBERED = 64
_MOST_UNSURE = 256


class Ordered(msgspec.Struct, frozen=True):
    """A program's order is on the disk. `set_ms`: how far the clock had been set when it came."""

    command: Command
    entry: Audited | None
    set_ms: int
    named: bool
    """The program gave it its id, under which there may be an older one."""


class Taker(Protocol):
    """Who takes orders on."""

    @property
    def set_ms(self) -> int:
        """How far the clock was set in this run."""

    def find(self, command_id: str) -> Command | None:
        """One that is remembered."""

    def promised(self, command_id: str) -> Command | None:
        """One that is on its way to the disk."""

    def of(self, device: str) -> list[Command]:
        """Those of a device that are remembered."""

    def made(self, order: Order, who: str) -> Command:
        """The command for an order. Raises Refused."""

    def asked(self, command: Command) -> tuple[list[Change], Audited | None]:
        """What must be committed for it; the audit entry among it."""

    def take_on(self, command: Command, entry: Audited | None, set_ms: int) -> None:
        """It is on the disk. Raises NotFound when its device was deleted meanwhile."""


class ProgramOrders:
    """From a message to a command. `wake`: there is something to `settle`."""

    def __init__(self, taker: Taker, archive: OrderArchive, trail: Trail, bus: Bus, wake: Callable[[], None]) -> None:
        self._taker = taker
        self._archive = archive
        self._trail = trail
        self._wake = wake
        self._lately: dict[tuple[str, int], tuple[bytes, str]] = {}
        self._unsure: dict[str, Ordered] = {}
        self._named: dict[str, None] = {}
        """Ids that programs gave lately; whether those are on the disk is not always told."""
        bus.on(Ordered, self._ordered)

    def take(self, message: Message) -> Taken:
        """What it changes; NOTHING for another topic and for what is refused, which the audit trail then says."""
        root, _, rest = message.topic.partition("/")
        device, _, what = rest.partition("/")
        if root != "devices" or what != "command":
            return NOTHING
        try:
            order = read_order(device, message.payload)
            return self._take(order, message)
        except Refused as error:
            self._trail.note("command.refused", message.client, f"{device}: {error}")
        except Exception:  # noqa: BLE001 - per-message isolation: one bad message must not touch the next
            _log.exception("a message on %s could not be judged", message.topic)
        return NOTHING

    def _take(self, order: Order, message: Message) -> Taken:
        who, named = message.client, bool(order.id)
        if named:
            known = self._taker.find(order.id) or self._taker.promised(order.id)
            if known is not None:
                check_same(known, order)
                # What is promised only may still fail: its keeping twice does no harm.
                changes = [] if self._taker.find(order.id) else self._taker.asked(known)[0]
                return Taken(changes)
            if len(self._unsure) >= _MOST_UNSURE:
                raise Conflict("Too many orders with an id came at once.")
            self._named[order.id] = None
            if len(self._named) > _MOST_UNSURE:
                del self._named[next(iter(self._named))]
        else:
            order = replace(order, id=self._lately_given(order, message) or _new_id(message))
            if self._taker.find(order.id) is not None:
                return NOTHING
        with correlated(of_message()):
            command = self._taker.made(order, who)
            changes, entry = self._taker.asked(command)
        if message.packet_id and not named:
            self._keep((who, message.packet_id), message.payload, command.id)
        return Taken(changes, (Ordered(command, entry, self._taker.set_ms, named),))

    def _lately_given(self, order: Order, message: Message) -> str:
        """What has no id of its own and is sent again, because its acknowledgement was lost, has the one it had."""
        if not message.dup or not message.packet_id:
            return ""
        payload, command_id = self._lately.get((message.client, message.packet_id), (b"", ""))
        if payload == message.payload:
            return command_id
        asked, suffix = (message.client, order.verb, order.args), _suffix(message)
        for command in self._taker.of(order.device):
            if command.id.endswith(suffix) and (command.who, command.verb, command.args) == asked:
                return command.id
        return ""

    def _keep(self, key: tuple[str, int], payload: bytes, command_id: str) -> None:
        self._lately.pop(key, None)
        self._lately[key] = payload, command_id
        if len(self._lately) > _REMEMBERED:
            del self._lately[next(iter(self._lately))]

    def _ordered(self, event: Ordered) -> None:
        """The first of several that were on their way under one id counts, on the disk and here."""
        command_id = event.command.id
        if self._taker.find(command_id) is None and command_id not in self._unsure:
            if event.named:
                self.look_up(event)
            else:
                self._take_on(event)

    def may_have(self, command_id: str) -> bool:
        """Whether a program gave this id lately, so that the disk may have another command under it."""
        return command_id in self._named

    def look_up(self, event: Ordered) -> None:
        """Take it on if it is what the archive has under its id."""
        self._unsure.setdefault(event.command.id, event)
        self._wake()

    def _take_on(self, event: Ordered) -> None:
        try:
            self._taker.take_on(event.command, event.entry, event.set_ms)
        except NotFound as error:
            _log.info("a command was asked for just as its device was deleted: %s", error)

    @property
    def unsure(self) -> bool:
        """Whether an id must be looked up in the archive."""
        return bool(self._unsure)

    async def settle(self) -> None:
        """Send what the archive has under its id, and not what only repeats the id of an older command."""
        for command_id, event in list(self._unsure.items()):
            try:
                found = await self._archive.command(command_id)
            except StoreError as error:
                _log.warning("whether %s is a new command cannot be looked up: %s", command_id, error)
                return
            self._unsure.pop(command_id, None)
            if found is not None and found.correlation == event.command.correlation:
                self._take_on(event)
            elif found is not None:
                self._repeats(found, event.command)

    def _repeats(self, found: Command, command: Command) -> None:
        try:
            check_same(found, Order(command.device, command.verb, command.args))
        except Refused as error:
            with correlated(command.correlation):
                self._trail.note("command.refused", command.who, f"{command.device}: {error}")


def _new_id(message: Message) -> str:
    return f"{secrets.token_hex(8)}{_suffix(message)}"


def _suffix(message: Message) -> str:
    """By which a command is known for what this message was."""
    return f"-p{message.packet_id}" if message.packet_id else ""
