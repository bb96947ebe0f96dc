"""What a rule goes on from after a restart: as little as makes it the same as if it had never stopped. Pure."""

from __future__ import annotations

import msgspec

from ..messages import ClockSet


class CellMemory(msgspec.Struct, frozen=True, array_like=True):
    """The newest value of one series that a rule looks at."""

    device: str
    metric: str
    value: float
    time_ms: int


class LeafMemory(msgspec.Struct, frozen=True, array_like=True):
    """What one leaf of a rule remembers beside the values: its latch, and what its windows hold."""

    path: str
    digest: str
    """Of what the leaf says and looks at: remembered only for a leaf that is still the same."""
    truth: int
    """-1 unknown, 0 false, 1 true."""
    base: float | None = None
    """Of a change: where the value last was."""
    slots: bytes = b""
    """Of its looks, one after the other; see `recall.py`."""


class Memory(msgspec.Struct, frozen=True, array_like=True):
    """Of one rule."""

    rule: str
    version: int
    clock_ms: int
    """The newest event it has taken."""
    since_ms: int | None = None
    """Since when its trigger is true without a break; None: it is not."""
    armed: bool = True
    """Whether it may fire when it begins to hold."""
    fired_ms: int | None = None
    holds: bool = False
    """It has fired and its trigger is still true."""
    cells: tuple[CellMemory, ...] = ()
    leaves: tuple[LeafMemory, ...] = ()
    words: dict[str, str] = {}
    """What else it was told and still counts: statuses, states, alerts, episodes, timers, by their key; JSON."""
    scheduled_ms: int = 0
    """Moments of its schedule up to here are done with."""
    said: tuple[int, int, int] = (0, 0, 0)
    """Of its newest firing: number of the part, moment, count."""
    moment_ms: int = 0
    """The newest moment of its schedule that was done."""
    check_ms: int | None = None
    """Look once at this moment, whatever happens."""


def moved(memory: Memory, event: ClockSet) -> Memory:
    """By the clock as it is now."""
    by = event.moved
    return msgspec.structs.replace(
        memory,
        clock_ms=by(memory.clock_ms),
        since_ms=None if memory.since_ms is None else by(memory.since_ms),
        fired_ms=None if memory.fired_ms is None else by(memory.fired_ms),
        cells=tuple(msgspec.structs.replace(cell, time_ms=by(cell.time_ms)) for cell in memory.cells),
        scheduled_ms=by(memory.scheduled_ms),
    )
