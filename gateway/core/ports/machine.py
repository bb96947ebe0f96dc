"""What is known of the machine the gateway runs on, for whoever shows it. In bytes; None: not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class Day(msgspec.Struct, frozen=True):
    """What was written on one day of the site's calendar."""

    day: str
    """As `2026-01-07`."""
    seconds: float
    """How long was measured."""
    part_bytes: Mapping[str, int]
    """By part of the gateway."""
    taken_back_bytes: int = 0
    """Of those, removed again before they came to the disk."""
    disk_bytes: int | None = None
    """Written to the whole disk by everybody, with what the file system adds."""

    @property
    def total_bytes(self) -> int:
        """By the gateway."""
        return max(0, sum(self.part_bytes.values()) - self.taken_back_bytes)


class Life(msgspec.Struct, frozen=True):
    """How long the card will last: always an estimate."""

    text: str
    """As `about 14 months`, or why nothing can be said."""
    basis: str
    """What the estimate is made from, in words."""
    years: float | None = None


class Wear(msgspec.Struct, frozen=True):
    """What is written to the disk, measured by the kernel."""

    measured: bool
    """False: this kernel does not count."""
    since_start: Mapping[str, int]
    """Bytes by part since this process began; only rises."""
    today: Day
    days: Sequence[Day]
    """The days before, newest first."""
    part_bytes_per_day: Mapping[str, int]
    """By part, for a day like those measured; empty in the first half hour."""
    total_bytes_per_day: int | None
    """Of the gateway."""
    disk_bytes_per_day: int | None
    """Of everybody on the whole disk."""
    budget_bytes_per_day: int
    """What the gateway may write a day; 0: no limit."""
    life: Life


class Space(msgspec.Struct, frozen=True):
    """Room on the data folder's file system."""

    total_bytes: int
    free_bytes: int
    """For the gateway's user."""
    warn_below_bytes: int
    free_files_pct: float | None = None
    """How many more files can be made; None: the file system has no limit."""


class Board(msgspec.Struct, frozen=True):
    """The computer."""

    model: str
    system: str
    memory_bytes: int | None
    memory_available_bytes: int | None
    swap_bytes: int | None
    swap_free_bytes: int | None
    temperature_c: float | None
    throttled: int | None
    """The firmware's bits of a Raspberry Pi: 0 undervoltage, 1 and 2 slowed, 3 hot; from 16 on: has happened."""
    up_s: float | None
    load_1: float | None


class Disk(msgspec.Struct, frozen=True):
    """What the data folder is on."""

    kind: str
    """As `SD card`."""
    model: str
    device: str
    file_system: str
    size_bytes: int


class Machine(msgspec.Struct, frozen=True):
    """All of it, at one moment."""

    board: Board
    disk: Disk
    space: Space
    wear: Wear


class MachineWatch(Protocol):
    """Who knows it."""

    def machine(self) -> Machine:
        """The machine as it is now; cheap enough to be asked for by every page."""
