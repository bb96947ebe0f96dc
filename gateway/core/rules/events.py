"""What the evaluator of rules hears. `time_ms`: when it was, UTC; `depth`: how many rules lie before it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .memory import Memory
from .rule import KeptRule


class Series(msgspec.Struct, frozen=True):
    """One metric of one device, as a leaf of a rule looks at it in [from_ms, to_ms)."""

    device: str
    metric: str
    age_s: int
    """Older than this its value is not known any more."""
    from_ms: int | None = None
    to_ms: int | None = None


class LeafSeries(msgspec.Struct, frozen=True):
    """What the leaf with this path looks at now; empty: nothing measures it."""

    path: str
    series: tuple[Series, ...]


class Heard(msgspec.Struct, frozen=True, gc=False):
    """Values of a device that the quality gate believes, in time."""

    device: str
    time_ms: int
    values: Mapping[str, float]
    correlation: str = ""
    simulated: bool = False
    arrived_ms: int = 0


class StatusHeard(msgspec.Struct, frozen=True):
    """A device is in another status; empty: there is no such device any more."""

    device: str
    status: str
    time_ms: int


class StateHeard(msgspec.Struct, frozen=True):
    """A device reports this of its configuration; None: it reports it no more."""

    device: str
    key: str
    value: str | float | bool | None
    time_ms: int


class CommandHeard(msgspec.Struct, frozen=True):
    """A command has ended."""

    device: str
    verb: str
    status: str
    time_ms: int
    depth: int = 0


class AlertHeard(msgspec.Struct, frozen=True):
    """A plant's metric has left its band, or is back in it."""

    asset: str
    metric: str
    on: bool
    time_ms: int


class AnomalyHeard(msgspec.Struct, frozen=True):
    """An episode is open, or no longer."""

    id: str
    asset: str
    device: str
    nature: str
    on: bool
    time_ms: int


class TimerHeard(msgspec.Struct, frozen=True):
    """A named timer of a rule runs, or no longer."""

    rule: str
    timer: str
    running: bool
    time_ms: int


class Struck(msgspec.Struct, frozen=True):
    """The wall clock, and not a reading, has come to a moment at which something of this rule may change."""

    rule: str
    due_ms: int


class RulePut(msgspec.Struct, frozen=True):
    """A rule as it is from now on, what its leaves look at, and what it goes on from (None: it begins anew)."""

    kept: KeptRule
    series: tuple[LeafSeries, ...]
    memory: Memory | None
    time_ms: int


class RuleGone(msgspec.Struct, frozen=True):
    """A rule is no more."""

    id: str
    time_ms: int


class ClockKnown(msgspec.Struct, frozen=True):
    """The gateway knows what time it is, or does not."""

    known: bool
    time_ms: int


Event = (
    Heard
    | StatusHeard
    | StateHeard
    | CommandHeard
    | AlertHeard
    | AnomalyHeard
    | TimerHeard
    | Struck
    | RulePut
    | RuleGone
    | ClockKnown
)
