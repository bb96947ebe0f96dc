"""Which command goes out when: decisions, told what time it is; whoever asks does the sending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from ..core.commands import MOST_OPEN, Command, CommandStatus


class CommandSettings(msgspec.Struct, frozen=True):
    """How long commands live, how many there may be, and when one is sent again."""

    expire_s: int = 600
    """Where nobody says otherwise."""
    most_expire_s: int = 7 * 86_400
    most_open: int = MOST_OPEN
    """Of one device."""
    retry_s: tuple[float, ...] = (5.0, 10.0, 20.0, 40.0)
    """The last one repeats."""


class BootTime(Protocol):
    """What must be known of the gateway's time."""

    @property
    def known(self) -> bool:
        """Whether the time is known, not only guessed."""

    @property
    def boot(self) -> str:
        """The machine's boot."""


class _Way(msgspec.Struct):
    """How often a command was sent, and how it stands on the connection it was last tried on."""

    sends: int = 0
    connection: int = 0
    tries: int = 0
    reached: bool = False
    again_ms: int = 0


class Dispatch:
    """What has been sent to whom in this run. Connections are numbered; 0: there is none."""

    def __init__(self, time: BootTime, retry_s: Sequence[float]) -> None:
        self._time = time
        self._retry_ms = [round(1000 * pause_s) for pause_s in retry_s]
        self._ways: dict[str, _Way] = {}
        self._connections: dict[str, int] = {}
        self._connected = 0

    def connected(self, device: str) -> None:
        """A new connection: everything open is sent once more, for its node may have lost what it had in memory."""
        self._connected += 1
        self._connections[device] = self._connected

    def disconnected(self, device: str) -> None:
        """Nobody is there to send to."""
        self._connections.pop(device, None)

    def subscribed(self, commands: Iterable[Command]) -> None:
        """It listens now: what did not reach it on this connection may."""
        for command in commands:
            way = self._ways.get(command.id)
            if way is not None and not way.reached:
                way.connection = 0

    def ready(self, command: Command, now_ms: int) -> bool:
        """Whether it may be sent at all.

        How old a command of an earlier boot of the machine is, nobody knows before the time is known; in this one the
        steady clock ran on.
        """
        return command.open and now_ms < command.expires_ms and (self._time.known or command.boot == self._time.boot)

    def due(self, command: Command, now_ms: int) -> bool:
        """Whether it should be sent now: once on each connection, and again while nothing is heard of it."""
        connection = self._connections.get(command.device)
        if connection is None or not self.ready(command, now_ms):
            return False
        way = self._ways.get(command.id)
        if way is None or way.connection != connection:
            return True
        return now_ms >= way.again_ms and not (way.reached and command.status is CommandStatus.ACCEPTED)

    def tried(self, command: Command, reached: bool, now_ms: int) -> None:
        """It was handed over; `reached`: the node was there to take it."""
        way = self._ways.setdefault(command.id, _Way())
        connection = self._connections.get(command.device, 0)
        if way.connection != connection:
            way.connection, way.tries, way.reached = connection, 0, False
        way.again_ms = now_ms + self._retry_ms[min(way.tries, len(self._retry_ms) - 1)]
        way.tries += 1
        way.reached = way.reached or reached
        way.sends += reached

    def sends(self, command_id: str) -> int:
        """How often it reached the node in this run."""
        way = self._ways.get(command_id)
        return 0 if way is None else way.sends

    def next_ms(self, commands: Iterable[Command], now_ms: int) -> int | None:
        """When something is to be looked at again; None: nobody knows of anything."""
        moments = [moment for command in commands for moment in self._moments(command) if moment > now_ms]
        return min(moments, default=None)

    def _moments(self, command: Command) -> tuple[int, ...]:
        way = self._ways.get(command.id)
        return (command.expires_ms,) if way is None else (command.expires_ms, way.again_ms)

    def shift(self, shift_ms: int) -> None:
        """The clock was set: a pause is as long as it was."""
        for way in self._ways.values():
            way.again_ms += shift_ms

    def forget(self, command_ids: Iterable[str]) -> None:
        """They are gone."""
        for command_id in command_ids:
            self._ways.pop(command_id, None)
