"""What the machine says about time, and what the gateway remembers of it over a restart."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

import msgspec

BUILT_MS = 1_767_225_600_000
"""2026-01-01, before this software was made: a clock that says less is wrong, whatever else it claims."""


class Trust(IntEnum):
    """Why the machine's clock should be believed."""

    NONE = 0
    """No reason: it may have started anywhere."""
    KEPT = 1
    """It was kept while the power was off (a real-time clock, a virtual machine's host)."""
    SYNCHRONISED = 2
    """Something better set it: a time server, or the owner's word in the configuration."""


class Said(msgspec.Struct, frozen=True):
    """What the machine says at one moment."""

    monotonic_ms: int
    wall_ms: int
    trust: Trust


class MachineClock(Protocol):
    """The clocks of this machine."""

    @property
    def boot(self) -> str:
        """A short name of this boot of the machine: another one after every restart of it."""

    def monotonic_ms(self) -> int:
        """Rises steadily since the machine's start, also while it is suspended, and is never set."""

    def say(self) -> Said:
        """Both clocks at the same moment, and how far to believe the wall clock."""


class Remembered(msgspec.Struct, frozen=True):
    """What outlives the gateway's process. The frame's epoch is not in it: the store has it, beside what it dates."""

    boot: str
    """The machine's boot it was written in."""
    wall_epoch_ms: int
    """What the wall clock said at monotonic 0 of that boot."""
    provisional: bool
    """The time was not known."""
    known_ms: int
    """What time it was when this was written."""


class TimeMemory(Protocol):
    """Where that is kept."""

    def load(self) -> Remembered | None:
        """What was kept; None when there is nothing readable."""

    def save(self, remembered: Remembered) -> None:
        """Keep it durably; blocks for as long as the disk takes. Raises OSError."""
