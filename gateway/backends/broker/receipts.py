"""What is done once a change is on the disk, or when the disk refuses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from ...core.errors import StoreError
from ...core.ports.intake import NOTHING, Taken

if TYPE_CHECKING:
    from .connection import Connection
    from .exchange import Exchange


class Acknowledgement(msgspec.Struct, gc=False):
    """The acknowledgement owed to a publisher once its message is on the disk."""

    connection: Connection
    packet: bytes
    taken: Taken = NOTHING
    since_s: float = 0.0
    """When the message came, by `time.perf_counter`; 0: not a message."""

    def settled(self, error: StoreError | None) -> None:
        """Acknowledge, or leave it to the client to send again."""
        connection = self.connection
        connection.unsettled -= 1
        if error is not None:
            connection.exchange.unstored(connection, self.packet)
            return
        if self.since_s:
            connection.exchange.durable_s.observe(time.perf_counter() - self.since_s)
        if self.taken.events:
            connection.exchange.committed(self.taken)
        if self.packet:
            connection.write(self.packet)


class Bequest(msgspec.Struct, gc=False):
    """What a last will means, announced once it is durable."""

    exchange: Exchange
    taken: Taken

    def settled(self, error: StoreError | None) -> None:
        """There is nobody left who could send it again."""
        if error is None:
            self.exchange.committed(self.taken)


class Afterwards:
    """Runs an action for a live connection once its changes are durable."""

    __slots__ = ("_action", "_connection")

    def __init__(self, connection: Connection, action: Callable[[], None]) -> None:
        self._connection = connection
        self._action = action

    def settled(self, error: StoreError | None) -> None:
        """As a store receipt."""
        self._connection.unsettled -= 1
        if error is not None:
            self._connection.exchange.unstored(self._connection)
        elif not self._connection.closed:
            self._action()
