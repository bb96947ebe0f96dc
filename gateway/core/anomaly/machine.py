"""A machine's commissioning baseline: what it did when somebody said "this is normal", and how far it is from that now.

A `Baseline` is frozen: nothing that comes later moves it. The rolling state of the last rows lives in a `Follower`. No
unit, level or row rate survives in a score: a channel in other units gives the same one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

import msgspec

from ..errors import Refused
from .machine_band import Band, Course, Manner, Row
from .machine_fit import fit
from .machine_regimes import Steady, Tree, find, sorted_out
from .machine_statistics import deviation

LEAST_ROWS = 60
"""Rows that a commissioning takes at least."""
LEAST_REGIME_ROWS = 24
"""Rows without switches that a regime needs to be judged."""
MOST_CHANNELS = 32
MOVED = 3.0
"""Normal deviations from which a channel is said to have moved."""
BROKEN = 0.4
"""A pair is said to have broken when its correlation is so much nearer to none than it used to be, or reversed."""
MOST_PAIRS = 3
REARM = 0.85
"""A change is told once; the next one when the measure was below this part of the limit."""
HIGHEST = 0.9999
DEFAULT = Manner()
_STEEP = 4.0
_FAR = 1e3
_LARGEST = 1e100
_VERSION = 2
_FLOOR = 0.01
"""The least spread believed in a regime, as a part of the channel's spread over all of them."""


class Share(msgspec.Struct, frozen=True):
    """What one channel does, the average of the last rows beside what it was when commissioned."""

    channel: str
    value: float
    """In the channel's unit, as `low` and `high`."""
    low: float
    high: float
    """The usual band of such averages in this regime."""
    size: float
    """How many of its own normal deviations it is off, never negative; from `MOVED` on it has moved.

    Fewer of a channel that went far in the commissioning, too."""
    spreads: float
    """How many spreads of single rows it is off, with sign; limited by `Manner.clip`."""

    @property
    def moved(self) -> bool:
        """Whether to say that it moved; else that it did not."""
        return self.size >= MOVED


class Pair(msgspec.Struct, frozen=True):
    """Two channels that used to move together and do not any more: correlations about their usual means."""

    first: str
    second: str
    usual: float
    now: float


class Judged(msgspec.Struct, frozen=True):
    """What a row, with those before it, says of the machine."""

    score: float
    """In [0, 0.9999]; 0.5 is the limit that held-out commissioning rows set."""
    change: float
    """Likewise, of a change within the last rows, whatever the level."""
    changed: bool
    """A change begins here."""
    shares: tuple[Share, ...]
    """Largest first; channels that are missing or cannot be judged are not in it."""
    pairs: tuple[Pair, ...]
    """Broken ones, at most 3, the worst first."""
    missing: tuple[str, ...]
    """Channels that this row does not have: the others were judged."""
    regime: int | None
    """Which one the row is in; None: unknown, or one that was too seldom in the commissioning to be judged."""


class Baseline(msgspec.Struct, frozen=True):
    """What a machine is like. Frozen: no method changes it, and later rows are not in it."""

    channels: tuple[str, ...]
    rows: int
    interval_s: float
    tree: Tree
    bands: tuple[Band | None, ...]
    """One a regime; None: too few rows of it."""
    patience: tuple[int, ...]
    """Rows for which what was found in a regime holds while the machine is in another one."""
    manner: Manner = DEFAULT
    version: int = _VERSION

    @property
    def unjudged(self) -> tuple[str, ...]:
        """Channels that never moved in the commissioning: nothing can be said of them."""
        known = [band for band in self.bands if band is not None]
        return tuple(
            name for at, name in enumerate(self.channels) if all(band.channels[at].spread == 0.0 for band in known)
        )

    def false_alarms(self, score: float = 0.5) -> float:
        """Share of held-out commissioning rows that reach this score, in [0, 1]: what a healthy machine does.

        0 says that none did: less than one in `rows`, not never.
        """
        known = [band for band in self.bands if band is not None]
        total = sum(band.rows for band in known)
        return math.fsum(band.rows * band.false_alarms(over_limit(score)) for band in known) / total

    def kept(self) -> bytes:
        """At most 16 KB for 16 channels in two regimes; `of` gives exactly this baseline back."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def of(cls, kept: bytes) -> Self:
        """What `kept` gave. Raises ValueError when it is damaged or of another version."""
        try:
            found = msgspec.msgpack.decode(kept, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise ValueError(f"this is no baseline: {broken}") from broken
        if found.version != _VERSION:
            raise ValueError(f"the baseline is of version {found.version}, not {_VERSION}")
        found.manner.check()
        found.tree.check(len(found.channels))
        for band in found.bands:
            if band is not None:
                band.check(len(found.channels))
        if not len(found.bands) == len(found.patience) == found.tree.count:
            raise ValueError("the baseline's bands do not fit its regimes")
        return found


def commission(channels: Sequence[str], rows: Sequence[Row], interval_s: float, manner: Manner = DEFAULT) -> Baseline:
    """The baseline of rows, oldest first, one value a channel each `interval_s` seconds.

    Raises Refused, saying why, for too few rows, too many channels, or channels without values or without any movement.
    Takes about 2 s for a week of minutes of ten channels on one x86 core.
    """
    names = tuple(channels)
    if not 1 <= len(names) <= MOST_CHANNELS or len(set(names)) != len(names):
        raise Refused(f"a baseline is of 1 to {MOST_CHANNELS} different channels")
    if not (math.isfinite(interval_s) and interval_s > 0.0):
        raise Refused("the interval of the rows is no time above nought")
    if any(len(row) != len(names) for row in rows):
        raise Refused(f"every row has one value for each of {len(names)} channels, or none")
    believed = [_believed(row) for row in rows]
    filled = [row for row in believed if any(value is not None for value in row)]
    if len(filled) < LEAST_ROWS:
        raise Refused(f"only {len(filled)} of {LEAST_ROWS} rows with values ({len(filled) * interval_s / 60:.0f} min)")
    for at, name in enumerate(names):
        count = sum(row[at] is not None for row in filled)
        if count < LEAST_ROWS // 2:
            raise Refused(f"{name} has only {count} of {LEAST_ROWS // 2} values")
    tree = find(filled)
    parts, away = sorted_out(tree, filled)
    spreads = [_spread([value for row in filled if (value := row[at]) is not None]) for at in range(len(names))]
    if not any(spreads):
        raise Refused("no channel moved: what stands still has no usual movement to be measured by")
    floors = [_FLOOR * spread if tree.count > 1 else 0.0 for spread in spreads]
    bands = tuple(fit(part, floors, manner) if len(part) >= LEAST_REGIME_ROWS else None for part in parts)
    if all(band is None for band in bands):
        raise Refused("the machine switched so often that no regime has rows enough")
    return Baseline(names, len(filled), interval_s, tree, bands, tuple(2 * one + 10 for one in away), manner)


def over_limit(score: float) -> float:
    """The measure over its limit that a score or change stands for; at most 10 of those that a `Follower` gives."""
    return math.inf if score >= 1.0 else math.pow(score / (1.0 - score), 1.0 / _STEEP)


class Follower:
    """Judges the rows that follow, one by one. Its state is small, its work constant; the baseline stays as it is."""

    def __init__(self, baseline: Baseline) -> None:
        self.baseline = baseline
        self._steady = Steady(baseline.tree)
        self._courses = [None if band is None else Course(band, baseline.manner) for band in baseline.bands]
        self._levels = [0.0] * len(self._courses)
        self._ages = [0] * len(self._courses)
        self._armed = [True] * len(self._courses)

    def take(self, row: Row) -> Judged:
        """What the rows up to this one say. Values that are None or not finite are missing. Raises ValueError for a
        row of another length.
        """
        names = self.baseline.channels
        if len(row) != len(names):
            raise ValueError(f"{len(row)} values for {len(names)} channels")
        believed = _believed(row)
        change, changed = self._step(believed)
        lead, level = self._lead()
        return Judged(
            score=_score(level),
            change=_score(change),
            changed=changed,
            shares=() if lead is None else self._shares(lead, believed),
            pairs=() if lead is None else self._pairs(lead),
            missing=tuple(name for name, value in zip(names, believed, strict=True) if value is None),
            regime=self._judged_regime(),
        )

    def kept(self) -> bytes:
        """At most 4 KB for 16 channels in two regimes: what has to outlive the process."""
        courses = [None if course is None else course.kept() for course in self._courses]
        return msgspec.msgpack.encode(_Kept(self._steady.kept(), courses, self._levels, self._ages, self._armed))

    @classmethod
    def of(cls, baseline: Baseline, kept: bytes) -> Self:
        """Goes on as if it had never stopped. Raises ValueError when `kept` is damaged or of another baseline."""
        try:
            found = msgspec.msgpack.decode(kept, type=_Kept)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise ValueError(f"this is no state of a machine: {broken}") from broken
        follower = cls(baseline)
        sizes = {len(one) for one in (found.courses, found.levels, found.ages, found.armed, follower._courses)}
        if len(sizes) != 1 or not all(0.0 <= level < math.inf for level in found.levels):
            raise ValueError("the state is of another baseline")
        for course, state in zip(follower._courses, found.courses, strict=True):
            if (course is None) != (state is None):
                raise ValueError("the state is of another baseline")
            if course is not None and state is not None:
                course.restore(state)
        follower._steady.restore(found.steady)
        follower._levels, follower._ages, follower._armed = found.levels, found.ages, found.armed
        return follower

    def _step(self, row: Row) -> tuple[float, bool]:
        """The change over its limit and whether it begins here; levels and ages are kept."""
        steady = self._steady.push(row)
        regime = self._steady.regime
        for at in range(len(self._ages)):
            self._ages[at] = 0 if at == regime else self._ages[at] + 1
        course = None if regime is None else self._courses[regime]
        if steady is None or regime is None or course is None:
            return 0.0, False
        self._levels[regime], change = course.step(steady)
        begins = self._armed[regime] and change >= 1.0
        self._armed[regime] = change < REARM or (self._armed[regime] and not begins)
        return change, begins

    def _lead(self) -> tuple[int | None, float]:
        """The regime that was furthest from its usual when it was last there, not too long ago; its level."""
        lead, level = None, 0.0
        for at, age in enumerate(self._ages):
            if age <= self.baseline.patience[at] and self._courses[at] is not None and self._levels[at] >= level:
                lead, level = at, self._levels[at]
        return lead, level

    def _judged_regime(self) -> int | None:
        regime = self._steady.regime
        return None if regime is None or self._courses[regime] is None else regime

    def _shares(self, lead: int, row: Row) -> tuple[Share, ...]:
        course = self._courses[lead]
        if course is None:
            return ()
        found = []
        for at, channel in enumerate(course.band.channels):
            if row[at] is None or channel.spread == 0.0:
                continue
            share = Share(
                channel=self.baseline.channels[at],
                value=course.average(at),
                low=channel.low,
                high=channel.high,
                size=course.size(at),
                spreads=course.fast[at],
            )
            found.append(share)
        found.sort(key=_size, reverse=True)
        return tuple(found)

    def _pairs(self, lead: int) -> tuple[Pair, ...]:
        course = self._courses[lead]
        if course is None:
            return ()
        names = self.baseline.channels
        broken = []
        for at, link in enumerate(course.band.links):
            now = course.now(at)
            lost = link.usual - now if link.usual > 0.0 else now - link.usual
            if lost >= BROKEN:
                broken.append((lost, Pair(names[link.first], names[link.second], link.usual, now)))
        broken.sort(key=lambda one: -one[0])
        return tuple(pair for _, pair in broken[:MOST_PAIRS])


class _Kept(msgspec.Struct, array_like=True):
    steady: tuple[int | None, int, tuple[float | None, ...] | None]
    courses: list[list[list[float]] | None]
    levels: list[float]
    ages: list[int]
    armed: list[bool]


def _size(share: Share) -> float:
    return share.size


def _believed(row: Row) -> Row:
    """Without what is no number, or one that cannot be squared."""
    return [None if value is None or not -_LARGEST < value < _LARGEST else value for value in row]


def _spread(values: Sequence[float]) -> float:
    return 0.0 if min(values) == max(values) else deviation(values)


def _score(ratio: float) -> float:
    """0.5 at the limit."""
    steep = math.pow(min(ratio, _FAR), _STEEP)
    return min(HIGHEST, steep / (1.0 + steep))
