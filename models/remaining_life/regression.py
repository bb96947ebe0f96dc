"""From an engine's summaries to its remaining cycles: fixed projections, standardised, then the networks.

The projections are a few directions in the space of the sensors, found by least squares: towards how long it lasts,
and towards how near the end it is. One machine's faults are few, so few directions carry more than fourteen sensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gateway.core.health.features import LEVELS, SLOPES

from .layout import Array, Engine, remaining
from .network import Course, Ensemble, Single, trained
from .summaries import LEAST_CYCLES, WIDTH, summaries

WITHIN = 150.0
"""Cycles: how long before their end histories are cut. The longest that any published truth of the set has is 145."""
CLIP = 5.0
_RIDGE = 30.0
_NEAR = (40.0, 12.0)


class Rows(NamedTuple):
    """Where histories of some engines may be cut, one row each."""

    inputs: Array
    """[n, WIDTH] summaries."""
    cycles: Array
    """[n] that remain."""
    odds: Array
    """[n] that a history ends there; their sum is 1."""


@dataclass(frozen=True)
class Regression:
    """Inputs [n, WIDTH] -> `(inputs @ mix - centre) / scale`, clipped -> the networks."""

    mix: Array
    centre: Array
    scale: Array
    ensemble: Ensemble

    def standardised(self, inputs: Array) -> Single:
        """[n, d]."""
        return np.clip((inputs @ self.mix - self.centre) / self.scale, -CLIP, CLIP).astype(np.float32)

    def cycles(self, inputs: Array) -> Array:
        """[n], within what it was trained on: 0 to `WITHIN`."""
        return np.clip(self.ensemble.cycles(self.standardised(inputs)), 0.0, WITHIN)


def rows_of(engines: Sequence[Engine], within: float = WITHIN) -> Rows:
    """Where histories may be cut: after `LEAST_CYCLES`, up to `within` cycles before the end, each engine alike."""
    inputs, cycles, odds = [], [], []
    for engine in engines:
        left = remaining(engine)
        age = engine.cycles - engine.cycles[0] + 1.0
        cut = (left >= 1.0) & (left <= within) & (age >= LEAST_CYCLES)
        if cut.any():
            inputs.append(summaries(engine)[cut])
            cycles.append(left[cut])
            odds.append(np.full(int(cut.sum()), 1.0 / cut.sum()))
    made = np.concatenate(odds)
    return Rows(np.vstack(inputs), np.concatenate(cycles), made / made.sum())


def fitted(engines: Sequence[Engine], course: Course, seed: int, within: float = WITHIN) -> Regression:
    """On scaled engines that ran until they failed."""
    mix = _mix(_directions(engines))
    known = rows_of(engines, within)
    mixed = known.inputs @ mix
    centre, scale = mixed.mean(0), mixed.std(0) + 1e-9
    rows = np.clip((mixed - centre) / scale, -CLIP, CLIP).astype(np.float32)
    return Regression(mix, centre, scale, trained(rows, known.cycles.astype(np.float32), known.odds, course, seed))


def _directions(engines: Sequence[Engine]) -> Array:
    """[sensors, k]."""
    values = np.vstack([engine.values for engine in engines])
    left = np.concatenate([remaining(engine) for engine in engines])
    late = left < WITHIN
    rows = np.c_[values[late], np.ones(int(late.sum()))]
    wanted = np.stack([np.minimum(left[late], 130.0) / 50.0, *(2.0 * np.exp(-left[late] / near) for near in _NEAR)], 1)
    ridge = _RIDGE * np.eye(rows.shape[1])
    return np.asarray(np.linalg.solve(rows.T @ rows + ridge, rows.T @ wanted)[:-1])


def _mix(directions: Array) -> Array:
    """[WIDTH, d]: every summary along the directions; two levels and a slope of each sensor; the ages."""
    sensors, count = directions.shape
    blocks = len(LEVELS) + len(SLOPES) + 2
    parts = []
    for block in range(blocks):
        place = np.zeros((WIDTH, count))
        place[block * sensors : (block + 1) * sensors] = directions
        parts.append(place)
    for block in (1, 2, len(LEVELS) + 1):
        place = np.zeros((WIDTH, sensors))
        place[block * sensors : (block + 1) * sensors] = np.eye(sensors)
        parts.append(place)
    ages = np.zeros((WIDTH, 2))
    ages[-2:] = np.eye(2)
    return np.hstack([*parts, ages])
