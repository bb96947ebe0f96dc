"""One series seen in several ways at once, each a stream of numbers whose records are counted.

Units cancel: a series times a number (above nought) plus a number gives the same features to rounding, and so does
one a whole number of minutes later. Readings are points: means of an interval, or single ones. Nothing looks ahead.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator

from .memory import Novelty

STREAMS = ("level", "shift", "jump", "season", "season_mean", "week", "spread", "surprise", "flat")
"""The value; its mean of 48 points; the step from the last one; what is unusual for the time of day, and its mean of 24
points; for the hour of the week; the logarithm of the spread of 24 points; how badly the last 8 were foreseen; for how
many points it stood still."""
_NEVER = {"surprise", "flat"}
"""Streams whose small numbers mean nothing."""
_BEGIN = {"season": (50.0, 100.0), "season_mean": (50.0, 120.0), "week": (50.0, 100.0)}
_BEGIN_ELSE = {"level": (0.0, 50.0), "shift": (50.0, 100.0), "jump": (0.0, 50.0)}

FEATURES: tuple[tuple[str, str, float, float], ...] = (
    *((f"{name}_beyond", "log(1 + 20 ranges)", 0.0, 1.0) for name in STREAMS),
    *((f"{name}_off", "log(1 + deviations beyond 3)", 0.0, 1.0) for name in STREAMS),
    ("days", "log(1 + d)", 0.0, 3.0),
    ("daily", "1", 0.0, 1.0),
    ("formula", "log(1 + 20 ranges)", 0.0, 1.0),
    ("creep", "log(1 + 20 ranges)", 0.0, 1.0),
    ("often", "log(1 + log(1 + 20 ranges) of late)", 0.0, 1.0),
)
"""What the fusion model is given: name, unit, centre, scale."""

DAY_S, WEEK_S = 86_400.0, 604_800.0
_BINS, _WEEK_BINS, _RING, _TAPS = 48, 168, 48, 4
_DAY_RATE, _WEEK_RATE = 0.3, 0.3
"""How much of a difference a bin of the profile takes over each time it is passed."""
_FORGET_S, _FORGET_POINTS = 14 * DAY_S, 4000.0
"""Half of what stands out is forgotten in so long, but not in fewer points."""
_WEEK_WEIGHT, _CREEP_WEIGHT = 0.6, 0.5
_CREEP_MOST, _CREEP_HALF_S = 0.01, DAY_S
"""In ranges: what one record of level adds to a creep at most, so that only many small ones make one. Its memory."""
_GAP = 6.0
"""Usual intervals without a point after which the last one says nothing of the next."""
_HALF = math.log(2.0)


class Views:
    """What is remembered of one series. `step` learns a point and keeps what it was like in the public attributes."""

    def __init__(self) -> None:
        self.count = 0
        self.first_s = self.last_s = self.interval_s = 0.0
        self.origin = self.last = self.usual = 0.0
        """The first value, the last one, the mean of late; values in memory are relative to the first."""
        self.value = self.passed_s = 0.0
        """The last point, in the unit of the series, and how long after the one before it."""
        self.first_minute = 0
        self.total = self.unexplained = 0.0
        """Mean squares: of the value around its mean, and around the time of day's profile."""
        self.step_size = self.error_size = 0.0
        self.still = 0.0
        self.often = 0.0
        """The sum of what the formula said before the last point, forgotten like a range; and with it."""
        self.often_now = 0.0
        self.crept = 0.0
        """The sum of small records of level of late, with sign, in ranges."""
        self.novelties = {name: Novelty(*(_BEGIN | _BEGIN_ELSE).get(name, (20.0, 100.0))) for name in STREAMS}
        self.ring = [0.0] * _RING
        self.residues = [0.0] * 24
        self.errors = [0.0] * 8
        self.moves = [0.0] * _TAPS
        self.weights = [0.0] * _TAPS
        self.day = [math.nan] * _BINS
        self.week = array("f", [math.nan] * _WEEK_BINS)
        self.numbers: dict[str, float] = dict.fromkeys(STREAMS, 0.0)
        """What each stream was at the last point."""
        self.known = (0.0, 0.0)
        """The range of level before the last point."""
        self.beyond: dict[str, float] = dict.fromkeys(STREAMS, 0.0)
        """Ranges beyond what was known, with sign."""
        self.off: dict[str, float] = dict.fromkeys(STREAMS, 0.0)

    @property
    def quiet(self) -> tuple[float, float]:
        """Between these a value is no record of level."""
        level = self.novelties["level"]
        return (level.low + self.origin, level.high + self.origin) if level.count else (-math.inf, math.inf)

    @property
    def days(self) -> float:
        """How long it was followed."""
        return (self.last_s - self.first_s) / DAY_S

    def step(self, at_s: float, value: float, minute: int) -> float:
        """Learn one point, `minute` of the local day; returns `formula`, 0 for nothing new."""
        if not self.count:
            self.first_s, self.origin, self.first_minute = at_s, value, minute
            self.last_s = at_s
        x, before = value - self.origin, self.last
        passed = max(0.0, at_s - self.last_s)
        after_gap = self.count < 2 or passed > _GAP * self.interval_s
        if self.count:
            usual = passed if self.count == 1 else min(passed, 4.0 * self.interval_s)
            self.interval_s += max(0.02, 1.0 / self.count) * (usual - self.interval_s)
        self.last_s, self.last, self.value, self.passed_s = at_s, x, value, passed
        self.count += 1
        numbers = self.numbers
        numbers["level"] = x
        self.known = (self.novelties["level"].low, self.novelties["level"].high)
        self._roll(x)
        self._moves(x, before, after_gap)
        self._calendar(x, at_s, minute, min(passed, 4.0 * self.interval_s))
        return self._judge(after_gap)

    def bounds(self, up: bool) -> float:
        """The highest, or lowest, that was usual before the last point, in the unit of the series."""
        return self.known[up] + self.origin

    def features(self) -> list[float]:
        """`FEATURES` of the last point."""
        beyond = [math.log1p(20.0 * abs(self.beyond[name])) for name in STREAMS]
        off = [math.log1p(max(abs(self.off[name]) - 3.0, 0.0)) for name in STREAMS]
        return [
            *beyond,
            *off,
            math.log1p(self.days) / 3.0,
            self.daily,
            self.formula,
            math.log1p(20.0 * abs(self.creep)),
            math.log1p(self.often),
        ]

    @property
    def daily(self) -> float:
        """How much of the swing the time of day explains, in [0, 1]."""
        return max(0.0, 1.0 - self.unexplained / self.total) if self.total > 0.0 else 0.0

    @property
    def formula(self) -> float:
        """The strongest record of the last point: log(1 + 20 ranges)."""
        beyond = self.beyond
        trust = self.days / (self.days + 1.0)
        return math.log1p(
            20.0
            * max(
                abs(beyond["level"]),
                trust * abs(beyond["season"]),
                trust * abs(beyond["season_mean"]),
                trust * _WEEK_WEIGHT * abs(beyond["week"]),
                _CREEP_WEIGHT * abs(self.creep),
            )
        )

    @property
    def creep(self) -> float:
        """How far level has crept beyond its range by many small records, in ranges; 0 unless it does so now."""
        return self.crept if self.beyond["level"] * self.crept > 0.0 else 0.0

    def _roll(self, x: float) -> None:
        """Means and spread of the last points."""
        ring, at = self.ring, self.count
        ring[at % _RING] = x
        last = (
            ring[at % _RING - 23 :] + ring[: at % _RING + 1]
            if at % _RING < 23
            else ring[at % _RING - 23 : at % _RING + 1]
        )
        if at < 24:
            last = ring[1 : at + 1]
        mean = sum(last) / len(last)
        spread = math.sqrt(sum([(one - mean) ** 2 for one in last]) / len(last))
        level = self.novelties["level"]
        width = level.high - level.low
        self.numbers["shift"] = sum(ring) / min(at, _RING)
        self.numbers["spread"] = math.log(max(spread / width, 1e-4)) if width > 0.0 else 0.0

    def _moves(self, x: float, before: float, after_gap: bool) -> None:
        """The step from the last point, foreseen from the four before it (normalised least mean squares)."""
        step = 0.0 if after_gap else x - before
        numbers, moves, weights = self.numbers, self.moves, self.weights
        numbers["jump"] = step
        scale = self.step_size or abs(step) or 1.0
        now = max(-8.0, min(8.0, step / scale))
        missed = now - sum([weight * move for weight, move in zip(weights, moves, strict=True)])
        gain = 0.04 * missed / (0.5 + sum([move * move for move in moves]))
        self.weights = [weight + gain * move for weight, move in zip(weights, moves, strict=True)]
        self.moves = [now, *moves[:-1]]
        self.step_size += max(0.003, 1.0 / self.count) * (abs(step) - self.step_size)
        self.error_size += max(0.01, 1.0 / self.count) * (abs(missed) - self.error_size)
        self.errors[self.count % 8] = math.log1p(abs(missed) / self.error_size) if self.error_size > 0.0 else 0.0
        numbers["surprise"] = sum(self.errors) / 8.0
        self.still = self.still + 1.0 if x == before and self.count > 1 else 0.0
        numbers["flat"] = math.log1p(self.still)

    def _calendar(self, x: float, at_s: float, minute: int, passed: float) -> None:
        """What is left when the time of day, or the hour of the week, is taken off."""
        bin_of_day = (minute - self.first_minute) % 1440 * _BINS // 1440
        bin_of_week = int((at_s - self.first_s) % WEEK_S * _WEEK_BINS / WEEK_S)
        known, hour = self.day[bin_of_day], self.week[bin_of_week]
        left = x - (self.usual if math.isnan(known) else known)
        self.numbers["season"] = left
        self.residues[self.count % 24] = left
        self.numbers["season_mean"] = sum(self.residues) / min(self.count, 24)
        self.numbers["week"] = left if math.isnan(hour) or at_s - self.first_s < WEEK_S else x - hour
        rate = 1.0 - (1.0 - _DAY_RATE) ** min(1.0, passed * _BINS / DAY_S)
        self.day[bin_of_day] = x if math.isnan(known) else known + rate * left
        rate = 1.0 - (1.0 - _WEEK_RATE) ** min(1.0, passed * _WEEK_BINS / WEEK_S)
        self.week[bin_of_week] = x if math.isnan(hour) else hour + rate * (x - hour)
        weight = max(0.05, 1.0 / self.count)
        off = x - self.usual
        self.usual += weight * off
        weight = max(0.002, 1.0 / self.count)
        self.total += weight * ((x - self.novelties["level"].mean) ** 2 - self.total)
        if not math.isnan(known):
            self.unexplained += weight * (left * left - self.unexplained)

    def _judge(self, after_gap: bool) -> float:
        """Records of all streams."""
        forget = _HALF * min(1.0 / _FORGET_POINTS, self.interval_s / _FORGET_S) if self.count > 1 else 0.0
        for name, novelty in self.novelties.items():
            number = self.numbers[name]
            if after_gap and name == "jump":
                self.beyond[name] = self.off[name] = 0.0
                continue
            beyond, off = novelty.step(number, forget)
            if name in _NEVER:
                beyond, off = max(beyond, 0.0), max(off, 0.0)
            self.beyond[name], self.off[name] = beyond, off
        # In the second week one week is known, which says little of how far weeks differ.
        self.beyond["week"] *= max(0.0, min(1.0, self.days / 7.0 - 1.0))
        step = max(-_CREEP_MOST, min(_CREEP_MOST, self.beyond["level"]))
        self.crept = self.crept * 0.5 ** (self.passed_s / _CREEP_HALF_S) + step
        formula = self.formula
        self.often = self.often_now * (1.0 - 4.0 * forget)
        self.often_now = self.often + formula
        return formula

    def dump(self) -> Iterator[float]:
        """Everything remembered but `week`, in the order that `load` takes."""
        yield from (float(self.count), self.first_s, self.last_s, self.interval_s, self.origin, self.last, self.usual)
        yield from (float(self.first_minute), self.total, self.unexplained, self.step_size, self.error_size, self.still)
        yield from (self.often_now, self.crept)
        for novelty in self.novelties.values():
            yield from novelty.dump()
        for kept in (self.ring, self.residues, self.errors, self.moves, self.weights, self.day):
            yield from kept

    def load(self, numbers: Iterator[float], week: array[float]) -> None:
        """Take back what `dump` gave. Raises StopIteration when it is too short."""
        self.count = int(next(numbers))
        self.first_s, self.last_s, self.interval_s = next(numbers), next(numbers), next(numbers)
        self.origin, self.last, self.usual = next(numbers), next(numbers), next(numbers)
        self.first_minute = int(next(numbers))
        self.total, self.unexplained, self.step_size = next(numbers), next(numbers), next(numbers)
        self.error_size, self.still, self.often_now = next(numbers), next(numbers), next(numbers)
        self.crept = next(numbers)
        for novelty in self.novelties.values():
            novelty.load(numbers)
        for kept in (self.ring, self.residues, self.errors, self.moves, self.weights, self.day):
            kept[:] = [next(numbers) for _ in kept]
        self.week = week
