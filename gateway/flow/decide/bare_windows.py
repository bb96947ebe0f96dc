"""Windows that hear nothing but `window/{id}/control`: what people order reaches them the way a decision does.

The nodes of the first documents know of no commands. An order for one of them is its command all the same, so that it
is looked up, expires and holds like any other; it is over as soon as the control is out, for such a node says no more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from ...core import topics
from ...core.commands import Command, CommandStatus
from ...core.errors import StoreError
from ...core.messages import ClientConnected, ClientSubscribed, CommandMoved
from ...core.ports.intake import Taken
from ...core.ports.post import Post
from ...core.ports.store import Writer
from ..bus import Bus
from ..correlation import correlated
from .conclude import OVERTAKEN

OVERRIDE = "override"
"""In place of the model on a control that somebody has ordered."""
TOLD = "told by its control; it does not hear commands, nor answer"
_log = logging.getLogger(__name__)


class Orders(Protocol):
    """Who keeps the commands; Commands fulfils it."""

    def of(self, device: str) -> list[Command]:
        """Those of a device, newest first."""

    def acked(self, device: str, payload: bytes, now_ms: int) -> Taken:
        """A node's word on a command."""


class BareWindows:
    """Listens to the bus by itself. `is_window` says of which devices a position is to be ordered by a control."""

    def __init__(
        self, writer: Writer, bus: Bus, clock: Callable[[], int], orders: Orders, is_window: Callable[[str], bool]
    ) -> None:
        self._writer = writer
        self._bus = bus
        self._clock = clock
        self._orders = orders
        self._is_window = is_window
        self._post: Post | None = None
        self._bare: Callable[[str], bool] = lambda device: False
        self._waiting: dict[str, None] = {}
        """Devices that were ordered somewhere and may not have heard of it."""
        self._ending: set[str] = set()
        """Commands whose end is on its way to the disk."""
        bus.on(CommandMoved, self._command_moved)
        bus.on(ClientSubscribed, lambda event: self._soon(event.name))
        bus.on(ClientConnected, lambda event: self._soon(event.name))

    def attach(self, post: Post, bare: Callable[[str], bool]) -> None:
        """How nodes are spoken to; `bare`: whether a device is there and hears its control, but no commands."""
        self._post, self._bare = post, bare

    def recall(self, commands: Iterable[Command]) -> None:
        """What was ordered in earlier runs."""
        self._waiting |= {one.device: None for one in commands if _to_a_position(one)}

    def _command_moved(self, event: CommandMoved) -> None:
        if event.step.status is CommandStatus.QUEUED and _to_a_position(event.command):
            self._waiting[event.command.device] = None
            self._soon(event.command.device)

    def _soon(self, device: str) -> None:
        if device in self._waiting:
            # After whoever hears of the order in this turn: it holds before the window moves.
            asyncio.get_running_loop().call_soon(self._tell, device)

    def _tell(self, device: str) -> None:
        """The newest order counts; those before it are over."""
        wanted = [one for one in self._orders.of(device) if _to_a_position(one) and one.id not in self._ending]
        if not wanted:
            self._waiting.pop(device, None)
            return
        if self._post is None or not self._bare(device) or not self._is_window(device):
            return
        newest, *older = wanted
        with correlated(newest.correlation):
            if self._post.hand(device, topics.window_control(device), _control(newest)):
                self._end(newest, "done", TOLD)
                for one in older:
                    self._end(one, "failed", OVERTAKEN)

    def _end(self, command: Command, status: str, detail: str) -> None:
        """As if the node had said so."""
        said = msgspec.json.encode({"id": command.id, "status": status, "detail": detail})
        taken = self._orders.acked(command.device, said, self._clock())
        receipt = _Said(self._bus, taken, lambda error: self._ended(command, error))
        self._ending.add(command.id)
        try:
            self._writer.submit(taken.changes, receipt)
        except StoreError as error:
            receipt.settled(error)

    def _ended(self, command: Command, error: StoreError | None) -> None:
        self._ending.discard(command.id)
        if error is not None:
            self._waiting[command.device] = None  # it is told again when something happens to it
            _log.warning("that %s was told by its control could not be written down: %s", command.device, error)


class _Said:
    """A receipt: what was said is announced when it is on the disk."""

    def __init__(self, bus: Bus, taken: Taken, ended: Callable[[StoreError | None], None]) -> None:
        self._bus = bus
        self._taken = taken
        self._ended = ended

    def settled(self, error: StoreError | None) -> None:
        """As Receipt."""
        for event in self._taken.events if error is None else ():
            self._bus.publish(event)
        self._ended(error)


def _to_a_position(command: Command) -> bool:
    return command.open and command.verb == "set_position" and isinstance(command.args.get("position"), int | float)


def _control(command: Command) -> bytes:
    position = command.args["position"]
    if isinstance(position, float) and position.is_integer():
        position = int(position)  # as decisions are said: such a node may read nothing else
    return msgspec.json.encode({"position": position, "confidence": 1.0, "decision": command.id, "model": OVERRIDE})
