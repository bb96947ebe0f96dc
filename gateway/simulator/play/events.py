"""What can happen to a simulated node, or to the machine it watches; each class is one `kind` of `[[events]]`."""

from __future__ import annotations

import msgspec

from ..faults import FaultKind
from ..world.ailments import Ill

EVERYBODY = "*"


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that begins `at_s` seconds into the scenario and lasts `for_s`."""

    at_s: float
    device: str = EVERYBODY
    """An id of the site, or * for every node."""
    for_s: float = 0.0


class SensorFails(Event, frozen=True):
    """One metric is measured wrongly: `stuck`, `spike`, `drift`, `level_shift`, `out_of_range`, `noise`, `dropout`."""

    metric: str
    size: float | None = None
    """None: what is typical for this metric."""
    share: float = 1.0


class MachineFails(Event, frozen=True):
    """What the device watches falls ill: `cavitation` (pump), `scaling` (heater), `bearing` (pump, fan)."""

    size: float = 0.8
    """How bad it gets: 1 is as bad as it can be."""
    over_s: float = 0.0
    """How long it takes to get so bad; 0: it is at once."""


class Offline(Event, frozen=True):
    """The network is gone; readings wait in the node and come later, in batches."""


class Flap(Event, frozen=True):
    """The connection drops again and again."""

    every_s: float = 2.0
    """Mean time between drops."""


class HalfOpen(Event, frozen=True):
    """The network dies without a word: the gateway keeps a connection on which nothing comes any more."""


class BrownOut(Event, frozen=True):
    """The supply dips and the node starts again `for_s` later: a new boot, counting from 0."""

    keeps: bool = True
    """Readings that are not delivered yet lie in its flash; otherwise they are lost."""


class ClockJump(Event, frozen=True):
    """The node's own clock is wrong by `by_s` for this time (0: to the end)."""

    by_s: float


class SlowClock(Event, frozen=True):
    """The node's oscillator is off by so many parts in a million (positive: it runs fast), from now to the end."""

    ppm: float


class Duplicates(Event, frozen=True):
    """Messages are sent twice: at once with DUP, or again after their acknowledgement, as if that had been lost."""

    share: float = 0.5


class OutOfOrder(Event, frozen=True):
    """Readings leave the node in groups of `depth`, shuffled."""

    depth: int = 5


class Retained(Event, frozen=True):
    """Telemetry is published with the retain flag, as some firmware does; the broker keeps the leftovers."""


class Garbage(Event, frozen=True):
    """Unreadable messages beside the readings."""

    count: int = 3


EVENTS: dict[str, type[Event]] = {
    "offline": Offline,
    "flap": Flap,
    "half_open": HalfOpen,
    "brown_out": BrownOut,
    "clock_jump": ClockJump,
    "slow_clock": SlowClock,
    "duplicates": Duplicates,
    "out_of_order": OutOfOrder,
    "retained": Retained,
    "garbage": Garbage,
}
"""By `kind`; the kinds of FaultKind are SensorFails, those of Ill are MachineFails."""

SENSOR_KINDS = {kind.value: kind for kind in FaultKind}
MACHINE_KINDS = {kind.value: kind for kind in Ill}
