"""What the detector asks the fusion model about: records of invented lives, with what made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateway.core.anomaly.scoring import USUAL_S, WEEK_S, pace
from gateway.core.anomaly.series import Series
from gateway.core.anomaly.views import FEATURES

from .lives import Array, Life, life
from .network import Single

_LEARNING = 0.15
"""The first part of a life is not judged."""


@dataclass(frozen=True)
class Records:
    """`rows` [n, features]; `faulty` [n]; `weights` [n]: how many times a week it stands for, of normal lives only."""

    rows: Single
    faulty: Single
    weights: Array


def records(lives: int, seed: int) -> Records:
    """What would be asked in so many lives, every second one with faults."""
    rng = np.random.default_rng(seed)
    rows: list[list[float]] = []
    faulty: list[bool] = []
    paces: list[float] = []
    weeks = 0.0
    for number in range(lives):
        made = life(rng, faults=number % 2 == 0)
        asked, at = _asked(made)
        interval_s = float(made.times_s[1] - made.times_s[0])
        weeks += 0.0 if number % 2 == 0 else len(made.values) * (1.0 - _LEARNING) * interval_s / WEEK_S
        keep = (at >= _LEARNING * len(made.values)) & (made.faulty[at] | ~made.after[at])
        rows += [row for row, good in zip(asked, keep, strict=True) if good]
        faulty += made.faulty[at][keep].tolist()
        paces += [0.0 if number % 2 == 0 else pace(interval_s)] * int(keep.sum())
    return Records(
        np.array(rows, np.float32).reshape(-1, len(FEATURES)),
        np.array(faulty, np.float32),
        np.array(paces) / max(weeks, 1e-9),
    )


def _asked(made: Life) -> tuple[list[list[float]], NDArray[np.int64]]:
    """Features of each record that the formula asks about, and at which point."""
    series, rows, at = Series(), list[list[float]](), list[int]()

    def fuse(features: Sequence[float]) -> float:
        rows.append(list(features))
        return 0.0

    for number, (at_s, value) in enumerate(zip(made.times_s.tolist(), made.values.tolist(), strict=True)):
        series.step(at_s, value, int(at_s % 86_400 // 60), fuse)
        if len(rows) > len(at):
            at.append(number)
    return rows, np.array(at, np.int64)


def calibrated(raw: Single, weights: Array, rates: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """(raw, score) where normal life goes beyond it as often as each of `rates` a week, at a point every `USUAL_S`."""
    order = np.argsort(-raw)
    often = np.cumsum(weights[order])
    knots: list[tuple[float, float]] = []
    for rate in sorted(rates, reverse=True):
        place = min(int(np.searchsorted(often, rate)), len(often) - 1)
        score = -np.log10(max(often[place], 1e-9) * USUAL_S / WEEK_S) / 10.0
        if not knots or (raw[order[place]] > knots[-1][0] + 1e-3 and score > knots[-1][1] + 1e-3):
            knots.append((float(raw[order[place]]), float(score)))
    return tuple(knots)
