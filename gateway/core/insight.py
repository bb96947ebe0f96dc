"""Episodes, baselines and the health of machines: the values that flow, store and panel share."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from .health.condition import Health

MOST_CHANNELS = 32
"""Of one machine's baseline."""
MOST_SIGNALS = 8
"""Kept in an episode."""


class Nature(StrEnum):
    """What an episode is about."""

    SENSOR = "sensor"
    """What measures is wrong, not what is measured."""
    MACHINE = "machine"
    """A pump, a fan or a heater behaves differently from when it was commissioned, or from what it usually does."""
    UNUSUAL = "unusual"
    """A room, a plant, the weather or a device at no place: nobody can say what is broken, if anything is."""


NATURES: dict[Nature, int] = {nature: number for number, nature in enumerate(Nature)}
"""As they are stored: only append to them."""


class Verdict(StrEnum):
    """What a person says of an episode."""

    NONE = ""
    NORMAL = "normal"
    RIGHT = "right"


class Signal(msgspec.Struct, frozen=True):
    """Something about one series or machine that is not as usual, at one moment."""

    nature: Nature
    device: str
    metric: str
    """With `device` empty: of the machine's baseline as a whole."""
    time_ms: int
    """When it was measured, UTC."""
    score: float
    """0 to 1."""
    need: float
    """The score from which it opens an episode."""
    text: str
    """The reason by itself, in words."""
    others: int = 0
    """Channels that moved with it."""

    @property
    def strength(self) -> float:
        """From 1 on it opens an episode."""
        return self.score / self.need if self.need > 0 else self.score


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One incident at one place, from when it was first seen until it was as usual again."""

    id: str
    """16 hex digits."""
    asset: str
    """Empty: the device is at none, and is the place itself."""
    device: str
    metric: str
    """Of the signal that leads."""
    nature: Nature
    opened_ms: int
    seen_ms: int
    """When a signal last reached its need, by the reading's time."""
    closed_ms: int | None = None
    score: float
    need: float
    reason: str
    signals: tuple[Signal, ...] = ()
    """Strongest first, one a series."""
    model: str = ""
    """`anomaly@2`; empty: the formula, a baseline or the quality gate."""
    correlation: str = ""
    """Of the reading that opened it."""
    simulated: bool = False
    verdict: Verdict = Verdict.NONE
    judged_by: str = ""
    judged_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.closed_ms is None

    def over(self, from_ms: int, to_ms: int) -> bool:
        """Whether any of it lies in [from, to)."""
        return self.opened_ms < to_ms and (self.closed_ms is None or self.closed_ms >= from_ms)


class BaselineState(StrEnum):
    """Where a commissioning stands."""

    COLLECTING = "collecting"
    FROZEN = "frozen"
    REPLACED = "replaced"
    """A newer one counts."""
    FAILED = "failed"
    CANCELLED = "cancelled"


BASELINE_STATES: dict[BaselineState, int] = {state: number for number, state in enumerate(BaselineState)}
"""As they are stored: only append to them."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """A machine as it was when somebody said that it runs well. Once frozen, nothing changes `frozen` any more."""

    id: str
    asset: str
    state: BaselineState
    from_ms: int
    to_ms: int
    """The time it is made of, UTC."""
    who: str
    asked_ms: int
    frozen_ms: int | None = None
    channels: tuple[str, ...] = ()
    """Each `device/metric`."""
    rows: int = 0
    """Minutes it was made of."""
    digest: str = ""
    """SHA-256 of `frozen`, in hex."""
    detail: str = ""
    """Why it failed."""
    frozen: bytes = b""
    """What `core.anomaly.machine.Baseline.kept` gave."""
    lost: tuple[str, ...] = ()
    """Channels that do not count any more: other hardware measures them, or nothing does."""


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """The health of one part of one machine, in words too."""

    asset: str
    health: Health
    text: str
    days: tuple[tuple[int, float], ...] = ()
    """Begin of the local day in ms UTC and the index that day, of the last 90 days."""
    simulated: bool = False
