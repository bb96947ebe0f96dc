"""The interval about an expectation that holds nine times of ten: conformal, from training engines held out in turn.

How far the truth lies below and above depends on the expectation itself: near the end little, far from it much. The two
edges are read off what the networks said of engines they had not seen, as quantiles about each knot; then both are
widened by one factor, so that edges found on other engines hold for `CONFIDENCE` of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .layout import Array, Engine
from .network import Course
from .regression import fitted, rows_of

CONFIDENCE = 0.9
FOLDS = 10
KNOTS = np.array([0.0, 10.0, 20.0, 35.0, 50.0, 70.0, 90.0, 110.0, 130.0])
"""Cycles expected."""
_REACH = (6.0, 0.35)
"""Residuals within so many cycles and this part of the knot count for it."""
_LEAST_EDGE = 0.5


@dataclass(frozen=True)
class Interval:
    """Cycles added to the expectation at each of `KNOTS`, straight between them, level beyond."""

    below: Array
    """0 or less."""
    above: Array
    """0 or more."""

    def edges(self, likely: Array) -> tuple[Array, Array]:
        """Lower and upper ends [n] for expectations [n]; nothing lasts less than 0 cycles."""
        low = likely + np.interp(likely, KNOTS, self.below)
        return np.maximum(low, 0.0), likely + np.interp(likely, KNOTS, self.above)


@dataclass(frozen=True)
class Unseen:
    """What was said of rows of engines that were held out, one row each."""

    likely: Array
    truth: Array
    odds: Array
    fold: Array

    def of(self, chosen: Array) -> Unseen:
        """Some of the rows."""
        return Unseen(self.likely[chosen], self.truth[chosen], self.odds[chosen], self.fold[chosen])


def unseen(engines: Sequence[Engine], course: Course, seed: int, folds: int = FOLDS) -> Unseen:
    """Each engine by networks trained on the other folds."""
    turn = np.random.default_rng([seed, 60]).permutation(len(engines)) % folds
    parts = []
    for fold in range(folds):
        made = fitted([one for one, at in zip(engines, turn, strict=True) if at != fold], course, seed)
        own = rows_of([one for one, at in zip(engines, turn, strict=True) if at == fold])
        parts.append(
            (made.cycles(own.inputs), own.cycles, own.odds * np.mean(turn == fold), np.full(len(own.odds), fold))
        )
    likely, truth, odds, numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Unseen(likely, truth, odds, numbers)


def conformal(known: Unseen, engines: int) -> Interval:
    """From what was said of `engines` engines that were held out."""
    edges = _edges(known)
    strange = np.empty(len(known.truth))
    for fold in np.unique(known.fold):
        own = known.fold == fold
        strange[own] = _strangeness(_edges(known.of(~own)), known.of(own))
    level = min(1.0, CONFIDENCE * (1.0 + 1.0 / engines))
    wider = _quantile(strange, known.odds, level)
    return Interval(edges.below * wider, edges.above * wider)


def _strangeness(edges: Interval, known: Unseen) -> Array:
    """1 at an edge: the factor that the edges would need to just hold."""
    off = known.truth - known.likely
    below, above = np.interp(known.likely, KNOTS, edges.below), np.interp(known.likely, KNOTS, edges.above)
    return np.where(off < 0, off / below, off / above)


def _edges(known: Unseen) -> Interval:
    off = known.truth - known.likely
    pairs = []
    for knot in KNOTS:
        reach = _REACH[0] + _REACH[1] * knot
        odds = known.odds * np.clip(1.0 - np.abs(known.likely - knot) / reach, 0.0, None)
        odds = odds if odds.sum() > 0 else known.odds
        pairs.append([_quantile(off, odds, part) for part in ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)])
    below, above = np.array(pairs).T
    return Interval(np.minimum(below, -_LEAST_EDGE), np.maximum(above, _LEAST_EDGE))


def _quantile(values: Array, odds: Array, part: float) -> float:
    """The smallest value that at least this part of the odds does not exceed."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(odds[order]) / odds.sum()
    return float(values[order][min(len(order) - 1, int(np.searchsorted(reached, part)))])
