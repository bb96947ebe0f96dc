"""The commands that somebody may still ask about, in memory: every open one, and the last ended ones of each device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from ..core.commands import Command, Step
from ..core.messages import ClockSet

ENDED_KEPT = 32
"""Of each device: what a caller may say again, and what a node may still answer."""


class _Kept(msgspec.Struct):
    """`number` rises in the order in which commands were asked."""

    command: Command
    number: int


class _Shelf(msgspec.Struct):
    """The commands of one device, oldest first."""

    kept: dict[str, _Kept] = {}
    ended: list[str] = []
    """In the order in which they ended, or were recalled."""
    forgotten: int = 0
    """The highest number of those that had to make room."""


class OrderBook:
    """What is on the disk, as far as it is remembered."""

    def __init__(self) -> None:
        self._shelves: dict[str, _Shelf] = {}
        self._devices: dict[str, str] = {}
        self._open: dict[str, None] = {}
        self._number = 0
        self._floor = 0
        """Numbers up to it are not all of what there was."""

    def restore(self, still: Iterable[Command], recent: Sequence[Command], whole: bool) -> None:
        """What the archive has, both oldest first; `whole`: there is nothing older than the `recent` ones."""
        known = {command.id for command in recent}
        for command in still:
            if command.id not in known:
                self.add(command)
        self._floor = 0 if whole else self._number
        for command in recent:
            self.add(command)

    def add(self, command: Command) -> str:
        """One more, the newest of its device; the id of the one that had to make room for it, if any."""
        self._number += 1
        shelf = self._shelves.setdefault(command.device, _Shelf())
        shelf.kept[command.id] = _Kept(command, self._number)
        self._devices[command.id] = command.device
        if command.open:
            self._open[command.id] = None
            return ""
        return self._end(shelf, command.id)

    def update(self, command: Command) -> str:
        """Something happened to a known one; the id of the one that had to make room for it, if it has ended."""
        shelf = self._shelves[command.device]
        shelf.kept[command.id].command = command
        if command.id not in self._open or command.open:
            return ""
        del self._open[command.id]
        return self._end(shelf, command.id)

    def _end(self, shelf: _Shelf, command_id: str) -> str:
        shelf.ended.append(command_id)
        if len(shelf.ended) <= ENDED_KEPT:
            return ""
        oldest = shelf.ended.pop(0)
        shelf.forgotten = max(shelf.forgotten, shelf.kept.pop(oldest).number)
        del self._devices[oldest]
        return oldest

    def find(self, command_id: str) -> Command | None:
        """One of them; None: it is not remembered."""
        device = self._devices.get(command_id)
        return None if device is None else self._shelves[device].kept[command_id].command

    def of(self, device: str) -> list[Command]:
        """Those of a device, newest first."""
        shelf = self._shelves.get(device)
        return [] if shelf is None else [kept.command for kept in reversed(shelf.kept.values())]

    def open_of(self, device: str) -> list[Command]:
        """The open ones of a device, oldest first."""
        shelf = self._shelves.get(device)
        return [] if shelf is None else [kept.command for kept in shelf.kept.values() if kept.command.id in self._open]

    def opened(self) -> list[Command]:
        """Every open one, oldest first."""
        return [command for command_id in self._open if (command := self.find(command_id)) is not None]

    @property
    def open_count(self) -> int:
        """How many are open."""
        return len(self._open)

    def newest(self, device: str, limit: int, before: str = "") -> list[Command] | None:
        """The newest of a device, below the command `before`; None: only the archive knows."""
        shelf = self._shelves.get(device, _Shelf())
        floor = max(self._floor, shelf.forgotten)
        found = [kept.command for kept in reversed(shelf.kept.values()) if kept.number > floor]
        if before:
            index = next((index for index, command in enumerate(found) if command.id == before), None)
            if index is None:
                return None
            del found[: index + 1]
        return found[:limit] if len(found) >= limit or not floor else None

    def forget(self, device: str) -> list[str]:
        """The device is gone; the ids of what it had."""
        shelf = self._shelves.pop(device, None)
        if shelf is None:
            return []
        for command_id in shelf.kept:
            del self._devices[command_id]
            self._open.pop(command_id, None)
        return list(shelf.kept)

    def re_date(self, moved: Callable[[int], int]) -> None:
        """The clock was wrong: what happened in this run happened at another time."""
        for shelf in self._shelves.values():
            for kept in shelf.kept.values():
                kept.command = re_dated(kept.command, moved)


def re_dated(command: Command, moved: Callable[[int], int]) -> Command:
    """The command with the times that `moved` makes of its own; one of an earlier run is as old as it is."""
    shift_ms = moved(command.created_ms) - command.created_ms
    steps = tuple(Step(step.status, moved(step.time_ms), step.detail) for step in command.steps)
    created_ms, expires_ms = command.created_ms + shift_ms, command.expires_ms + shift_ms
    return replace(command, created_ms=created_ms, expires_ms=expires_ms, steps=steps)


def as_noted(event: ClockSet) -> Callable[[int], int]:
    """How the times that are written down move: as `NotesDated` does it, which no time after the setting knows of."""
    return lambda time_ms: event.moved(time_ms) if time_ms <= event.before_ms else time_ms
