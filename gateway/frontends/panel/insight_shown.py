"""What is told of episodes, of the baselines of machines and of their health: the types of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...core.home import AssetKind
from ...core.insight import BaselineState, Nature, Verdict

LifeName = Literal["not_enough_history", "no_wear_seen", "limit_reached", "range"]
Standing = Literal["none", "collecting", "frozen"]


class SignalShown(msgspec.Struct, frozen=True):
    """One thing that was not as usual. Without a device it is of the machine's baseline as a whole."""

    device: str
    metric: str
    nature: Nature
    text: str
    time: str
    time_ms: int
    score: float


class EpisodeShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not as usual, from when it was first seen until it was as usual again."""

    id: str
    asset: str
    """Where; empty: the device is at none."""
    asset_name: str
    """What people call the place, or the device."""
    device: str
    metric: str
    """Of what tells it most clearly."""
    nature: Nature
    """`sensor`: what measures is wrong; `machine`: a pump, a fan or a heater; `unusual`: anything else."""
    opened: str
    opened_ms: int
    seen: str
    seen_ms: int
    """When it was last seen."""
    closed: str | None
    closed_ms: int | None
    """null: it goes on."""
    score: float
    """0 to 1, the highest so far."""
    need: float
    """The score from which it is an episode."""
    reason: str
    signals: list[SignalShown]
    """All that belongs to it, the strongest first."""
    model: str
    """Which model fused the score; empty: a formula, the machine's baseline or a sensor's check."""
    correlation: str
    """Of the reading that opened it."""
    verdict: Verdict
    """What somebody says of it; empty: nobody did."""
    judged_by: str
    judged: str | None
    judged_ms: int | None
    simulated: bool


class CommissioningShown(msgspec.Struct, frozen=True, kw_only=True, rename={"from_text": "from", "to_text": "to"}):
    """What a machine was like when somebody said that it runs well, or how far the making of that is."""

    id: str
    state: BaselineState
    from_text: str
    from_ms: int
    to_text: str
    to_ms: int
    """It is made of what was measured in [from, to)."""
    who: str
    asked: str
    asked_ms: int
    frozen: str | None
    frozen_ms: int | None
    channels: list[str]
    """Each `device/metric`."""
    unjudged: list[str]
    """Of these, those that never moved: nothing can be said of them."""
    lost: list[str]
    """Of these, those that do not count any more: other hardware measures them, or nothing does."""
    rows: int
    """Intervals with values."""
    digest: str
    """SHA-256 of what was frozen: it never changes."""
    detail: str
    """Why it failed."""


class BaselineShown(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's baseline: the one that counts, the one being made, and those before."""

    asset: str
    asset_name: str
    possible: bool
    """Whether it can have one."""
    reason: str
    """Why not."""
    state: Standing
    hours: int
    """How long a commissioning takes when nobody says otherwise."""
    resting: str
    """Why nothing is judged by the one that counts; empty: it judges."""
    baseline: CommissioningShown | None
    collecting: CommissioningShown | None
    history: list[CommissioningShown]
    """Newest asked for first, with those two."""
    simulated: bool


class DriverShown(msgspec.Struct, frozen=True):
    """What one sensor says of a part."""

    sensor: str
    label: str
    unit: str
    value: float | None
    """Now."""
    baseline: float | None
    """When it was commissioned."""
    limit: float | None
    """Where the part should be seen to."""
    points: float | None
    """Of 100 that it takes from the part's health."""


class RemainingShown(msgspec.Struct, frozen=True):
    """Days until the limit, if it is used as it was."""

    low_days: float
    likely_days: float
    high_days: float | None
    """null: longer than can be said yet."""
    confidence: float
    """How often such a range holds."""


class IndexTrendShown(msgspec.Struct, frozen=True):
    """Points of the health in 30 days, negative is worse, and the range it lies in nine times of ten."""

    per_month: float
    low: float
    high: float


class ConditionDayShown(msgspec.Struct, frozen=True):
    """The health on one local day, which begins then."""

    time_ms: int
    value: float


class ComponentShown(msgspec.Struct, frozen=True, kw_only=True):
    """How worn one part of a machine is, and how long it may last."""

    asset: str
    asset_name: str
    component: str
    health: float | None
    """100 as commissioned, 0 at its limit; null: nothing can be said."""
    life: LifeName
    remaining: RemainingShown | None
    """Only with `range`."""
    trend: IndexTrendShown | None
    driver: DriverShown | None
    """The sensor that says so."""
    drivers: list[DriverShown]
    text: str
    """All of it in a sentence."""
    days: list[ConditionDayShown]
    """Of the last 90 days."""
    simulated: bool


class MachineHealthShown(msgspec.Struct, frozen=True, kw_only=True):
    """How well a machine is: as well as its worst part."""

    asset: str
    name: str
    kind: AssetKind
    baseline: Standing
    health: float | None
    text: str
    components: list[ComponentShown]
    """The most urgent first."""
    simulated: bool
