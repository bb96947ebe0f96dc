"""Invented series: normal life of many kinds, and what goes wrong in it. No benchmark's data or label is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Array = NDArray[np.float64]
DAY_S = 86_400
INTERVALS_S = (60, 300, 300, 300, 600, 1800, 3600)
MOST_POINTS = 6000
_RINGS_POINTS = 12
"""Points that count as the fault's, at least."""


@dataclass(frozen=True)
class Life:
    """One series: `times_s` [n] of seconds, `values` [n], `faulty` [n] from each fault's first point to its last."""

    times_s: Array
    values: Array
    faulty: NDArray[np.bool_]
    after: NDArray[np.bool_]
    """Points soon after a fault, when its end is as strange: neither normal nor faulty."""


@dataclass(frozen=True)
class Clock:
    """What a maker of normal life may know: how many points, how long a day and a week are in points."""

    count: int
    day: int
    rng: np.random.Generator

    @property
    def phase(self) -> Array:
        """[n] angle of the day, begun anywhere."""
        began = self.rng.uniform(0.0, 2.0 * np.pi)
        return 2.0 * np.pi * np.arange(self.count) / self.day + began

    def wander(self, memory: float, size: float) -> Array:
        """[n] AR(1) noise with this deviation, and half of a push gone in `memory` points."""
        keep = 0.5 ** (1.0 / max(memory, 1e-3))
        push = self.rng.normal(0.0, size * np.sqrt(1.0 - keep * keep), self.count)
        return np.asarray(lfilter([1.0], [1.0, -keep], push), dtype=np.float64)

    def stretches(self, mean: float, levels: Array, shape: float = 4.0) -> Array:
        """[n] levels that change after gamma-distributed stretches of `mean` points."""
        lengths = self.rng.gamma(shape, mean / shape, int(3 * self.count / mean) + 20).astype(int) + 1
        steps = np.repeat(np.arange(len(lengths)), lengths)[: self.count]
        chosen = levels[self.rng.integers(0, len(levels), len(lengths))] if len(levels) > 2 else None
        found = levels[np.arange(len(lengths)) % 2] if chosen is None else chosen
        return np.asarray(np.resize(found[steps], self.count), dtype=np.float64)


def _swing(clock: Clock) -> Array:
    rng, phase = clock.rng, clock.phase
    second = rng.uniform(0.0, 0.5) * np.sin(2 * phase + rng.uniform(0, 6))
    return np.asarray(np.sin(phase) + second + clock.wander(10 ** rng.uniform(-1, 2.5), rng.uniform(0.03, 0.5)))


def _noise(clock: Clock) -> Array:
    return clock.wander(10 ** clock.rng.uniform(-1, 2), 1.0)


def _duty(clock: Clock) -> Array:
    rng = clock.rng
    switched = clock.stretches(10 ** rng.uniform(0.6, 2.0), np.array([0.0, 1.0]), 10 ** rng.uniform(0.3, 2))
    return switched + rng.normal(0.0, 10 ** rng.uniform(-3, -0.8), clock.count)


def _soil(clock: Clock) -> Array:
    rng = clock.rng
    values, value, dries = np.empty(clock.count), 60.0, clock.day * rng.uniform(2, 8)
    waters, wet = rng.uniform(25, 40), rng.uniform(58, 70)
    spread = rng.uniform(0, 4)
    for number in range(clock.count):
        value -= (value - 10.0) / dries
        if value < waters:
            value, waters = wet + rng.normal(0, spread / 2), max(15.0, waters + rng.normal(0, spread))
        values[number] = value
    return values + rng.uniform(0, 0.8) * np.sin(clock.phase) + rng.normal(0, rng.uniform(0.05, 0.5), clock.count)


def _light(clock: Clock) -> Array:
    clouds = np.clip(1.0 - 0.5 * np.abs(clock.wander(clock.day / 12, 1.0)), 0.1, 1.0)
    return np.asarray(np.maximum(0.0, np.sin(clock.phase)) * clouds + np.abs(clock.rng.normal(0, 0.005, clock.count)))


def _counts(clock: Clock) -> Array:
    rng = clock.rng
    pace = rng.uniform(0, 5) + rng.uniform(0, 1.2) * np.sin(clock.phase) + clock.wander(20, rng.uniform(0.05, 0.4))
    return np.asarray(rng.poisson(np.exp(np.minimum(pace, 9.0))), dtype=np.float64)


def _bursts(clock: Clock) -> Array:
    rng = clock.rng
    values = rng.gamma(rng.uniform(0.5, 5), rng.uniform(0.3, 1.0), clock.count)
    struck = rng.random(clock.count) < 10 ** rng.uniform(-3, -1.3)
    values[struck] += rng.gamma(rng.uniform(1, 6), rng.uniform(1, 6), int(struck.sum()))
    return values


def _week(clock: Clock) -> Array:
    rng = clock.rng
    weekend = ((np.arange(clock.count) // clock.day + rng.integers(0, 7)) % 7) >= 5
    rest = np.where(weekend, rng.uniform(0.2, 0.9), 1.0)
    shape = np.maximum(0.0, np.sin(clock.phase)) ** rng.uniform(0.5, 3)
    noise = clock.wander(10 ** rng.uniform(-1, 1.5), rng.uniform(0.02, 0.25))
    return np.asarray(shape * rest * (1.0 + noise) + 0.1 * np.abs(noise))


def _drifting(clock: Clock) -> Array:
    rng = clock.rng
    drift = np.cumsum(rng.normal(0.0, rng.uniform(0.2, 1.0) / np.sqrt(clock.count), clock.count))
    return np.asarray(drift + rng.uniform(0, 0.6) * np.sin(clock.phase) + clock.wander(5, rng.uniform(0.02, 0.3)))


def _weather(clock: Clock) -> Array:
    rng = clock.rng
    slow = clock.wander(clock.day * rng.uniform(1, 3), rng.uniform(0.5, 2.0))
    return np.asarray(slow + rng.uniform(0, 1.5) * np.sin(clock.phase) + clock.wander(clock.day / 40, 0.2))


def _regimes(clock: Clock) -> Array:
    rng = clock.rng
    levels = rng.uniform(0, 1, rng.integers(3, 6))
    base = clock.stretches(clock.day * rng.uniform(0.05, 0.6), levels, 2.0)
    return np.asarray(base + clock.wander(10 ** rng.uniform(-1, 1.3), rng.uniform(0.01, 0.15)))


def _seldom(clock: Clock) -> Array:
    rng = clock.rng
    raining = clock.stretches(clock.day * rng.uniform(0.05, 0.4), np.array([0.0, 0.0, 0.0, 1.0]), 1.5)
    return np.asarray(raining * rng.gamma(2.0, 0.5) * np.exp(clock.wander(8, rng.uniform(0.1, 0.7))))


def _jobs(clock: Clock) -> Array:
    """A quiet load with a job at the same time each day or hour."""
    rng = clock.rng
    every = max(8, int(clock.day / rng.choice([1, 2, 4, 24])))
    long = max(1, int(every * rng.uniform(0.02, 0.2)))
    late = rng.integers(0, max(1, every // 40) + 1, clock.count // every + 2)
    job = np.zeros(clock.count)
    for number, delay in enumerate(late):
        job[number * every + delay : number * every + delay + long] = rng.uniform(0.85, 1.15)
    return np.asarray(job * rng.uniform(1, 8) + np.abs(clock.wander(2, rng.uniform(0.05, 0.4))))


KINDS: tuple[Callable[[Clock], Array], ...] = (
    _swing, _noise, _duty, _soil, _light, _counts, _bursts, _week, _drifting, _weather, _regimes, _seldom, _jobs,
)  # fmt: skip


def life(rng: np.random.Generator, *, faults: bool) -> Life:
    """One invented series of 1000 to `MOST_POINTS` points; with `faults`, one or two of them after a quarter."""
    interval_s = int(rng.choice(INTERVALS_S))
    day = DAY_S // interval_s
    count = int(min(MOST_POINTS, max(1000, day * rng.uniform(12, 30))))
    clock = Clock(count, day, rng)
    values = KINDS[rng.integers(0, len(KINDS))](clock)
    if rng.random() < 0.2:
        values = values + 0.5 * np.std(values) * KINDS[rng.integers(0, len(KINDS))](clock)
    faulty, after = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for _ in range(rng.integers(1, 3) if faults else 0):
        _break(values, faulty, after, clock)
    if rng.random() < 0.3:
        step = np.std(values) * 10 ** rng.uniform(-2, -0.5)
        values = np.round(values / step) * step
    times = interval_s * np.arange(count) + rng.uniform(0, DAY_S) // 60 * 60
    return Life(times.astype(np.float64), values * 10 ** rng.uniform(-2, 3) + rng.normal(0, 50), faulty, after)


def _break(values: Array, faulty: NDArray[np.bool_], after: NDArray[np.bool_], clock: Clock) -> None:
    """Put one fault into `values`, and say where."""
    rng, count = clock.rng, clock.count
    start = int(rng.integers(count // 4, count - 60))
    long = int(10 ** rng.uniform(1.0, np.log10(max(20, min(count // 8, 2 * clock.day)))))
    stop = min(count, start + long)
    before = values[:start]
    spread, swing = float(np.std(before)), float(np.ptp(before))
    if spread <= 0.0:
        return
    sign = rng.choice([-1.0, 1.0])
    here = values[start:stop]
    kind = rng.integers(0, 9)
    if kind == 0:
        stop = min(count, start + int(rng.integers(1, 4)))
        values[start:stop] += sign * rng.uniform(0.2, 1.5) * swing
    elif kind == 1:
        here += sign * rng.uniform(1.0, 5.0) * spread
    elif kind == 2:
        here += rng.normal(0.0, rng.uniform(0.8, 3.0) * spread, len(here))
    elif kind == 3:
        stop = min(count, start + max(long, clock.day // 2))
        values[start:stop] = values[start]
    elif kind == 4:
        here += sign * np.linspace(0.0, rng.uniform(1.5, 6.0) * spread, len(here))
    elif kind == 5:
        here[:] = before.mean() + (here - before.mean()) * rng.uniform(1.4, 3.0)
    elif kind == 6:
        stop = min(count, start + max(clock.day // 2, 20))
        back = min(start, clock.day // 2 + 1)
        values[start:stop] = np.resize(values[start - back : start], stop - start)
    elif kind == 7:
        here[:] = before.min() - rng.uniform(0.05, 1.0) * swing + 0.1 * (here - here.mean())
    else:
        struck = rng.random(len(here)) < 0.1
        here[struck] += sign * rng.uniform(0.1, 0.8) * swing
    faulty[start : min(count, max(stop, start + _RINGS_POINTS))] = True
    after[stop : stop + clock.day] = True
