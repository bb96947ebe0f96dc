"""What one owner wants, learnt from his overrides: a mixture of Gaussians over the last layer of the window model.

The prior is made of invented owners: each component is one of them, with the spread of his family around him. An override
moves every component by a Kalman step and makes those likelier that had expected it, so that two or three overrides say
whether this owner is like the teacher, feels warmer, shuts at night... No randomness, no clock: the same lessons in the
same order give the same head, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .features import MEASURED, hour_bumps
from .moment import Moment
from .teacher import teach

Array = npt.NDArray[np.float64]

TOLERANCE_PP = 15.0
"""What the confidence is about: that the owner would want within so much of what is said."""
LESSON_BANDS = (1, 4, 9)
"""The confidence is calibrated apart for 0, 1 to 3, 4 to 8 and 9 or more lessons."""
_FREEDOM = 4.0
_HALVINGS = 12
_NEGLIGIBLE = 1e-9
_END_PP = 0.5


@dataclass(frozen=True)
class Prior:
    """What is known of owners before they say anything; m components, g groups that share a spread, d of the basis."""

    weight: Array
    """[m], together 1."""
    mean: Array
    """[m, d]: last layers, in percent."""
    group: npt.NDArray[np.int64]
    """[m]: which of the groups each component is of."""
    cov: Array
    """[g, d, d]."""
    noise_pp: Array
    """[g]: how far off one override is from what the basis can say."""
    spread_edges: Array
    """[s - 1]: between the bands of spread of the calibration, in percent points."""
    quantiles: Array
    """[4, s, q]: |error| / spread of owners the prior never saw, by band of lessons and of spread, rising."""
    hull_centre: Array
    """[k], of the columns `MEASURED`."""
    hull_scale: Array
    """[k, k]: the inverse of their covariance over the 99 % radius squared."""


@dataclass(frozen=True)
class Opinion:
    """What an owner would want of a moment, and how sure that is."""

    position_pct: float
    spread_pp: float
    """The deviation of a normal error that would be within `TOLERANCE_PP` as often."""


def read_prior(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Prior:
    """From the arrays of a model's head.npz. Raises ValueError for missing or odd ones."""
    floats = {name: np.ascontiguousarray(_array(arrays, name), dtype=np.float64) for name in _FLOATS}
    prior = Prior(group=np.asarray(_array(arrays, "group"), dtype=np.int64), **floats)
    components, size = prior.mean.shape if prior.mean.ndim == 2 else (-1, -1)
    groups, bands = len(prior.noise_pp), len(prior.spread_edges) + 1
    expected = {
        "weight": (components,),
        "group": (components,),
        "cov": (groups, size, size),
        "noise_pp": (groups,),
        "hull_centre": (len(MEASURED),),
        "hull_scale": (len(MEASURED), len(MEASURED)),
        "quantiles": (len(LESSON_BANDS) + 1, bands, prior.quantiles.shape[-1]),
    }
    for name, shape in expected.items():
        if getattr(prior, name).shape != shape:
            raise ValueError(f"{name} has the shape {getattr(prior, name).shape} instead of {shape}")
    if components == 0 or not 0 <= prior.group.min() <= prior.group.max() < groups:
        raise ValueError("group names a group that is not there")
    if not all(np.isfinite(getattr(prior, name)).all() for name in _FLOATS) or prior.weight.min() <= 0.0:
        raise ValueError("a number of the prior is not finite, or a weight not above 0")
    return prior


_FLOATS = ("weight", "mean", "cov", "noise_pp", "spread_edges", "quantiles", "hull_centre", "hull_scale")


def basis(phi: npt.ArrayLike, moment: Moment) -> Array:
    """What the last layer weighs: the trunk's outputs, the hour, the hour where the teacher opens, the teacher, one.

    `phi` is [trunk]; the answer [trunk + 26]. Raises Refused without a temperature.
    """
    taught = teach(moment) / 100.0
    bumps = hour_bumps(moment.hour)
    own = [*bumps, *(bump * taught for bump in bumps), taught, 1.0]
    return np.concatenate([np.asarray(phi, dtype=np.float64), np.asarray(own, dtype=np.float64)])


class Head:
    """One owner's last layer. An override costs O(g d² + m d)."""

    def __init__(self, prior: Prior) -> None:
        self._prior = prior
        self._log_weight: Array = np.log(prior.weight)
        self._weight = prior.weight
        self._mean = prior.mean
        self._cov = prior.cov
        self._group = prior.group
        self.lessons = 0

    def learn(self, at: Array, wanted_pct: float) -> None:
        """The owner wanted `wanted_pct` where the basis was `at` [d].

        0 and 100 are ends: a component that expected beyond learns nothing from them.
        """
        prior, group = self._prior, self._group
        expected = self._mean @ at
        off = wanted_pct - expected
        if wanted_pct <= _END_PP:
            off = np.where(expected <= 0.0, 0.0, off)
        elif wanted_pct >= 100.0 - _END_PP:
            off = np.where(expected >= 100.0, 0.0, off)
        spread = self._cov @ at  # [g, d]
        variance = spread @ at + prior.noise_pp**2  # [g]
        gain = spread / variance[:, None]
        # Student's t, not a Gaussian: one odd override must not turn everything.
        scaled = off**2 / variance[group]
        likely = -0.5 * (_FREEDOM + 1.0) * np.log1p(scaled / _FREEDOM) - 0.5 * np.log(variance[group])
        self._mean = self._mean + gain[group] * off[:, None]
        self._cov = self._cov - gain[:, :, None] * spread[:, None, :]
        self._log_weight = self._log_weight + likely
        self._log_weight = self._log_weight - self._log_weight.max()
        weight = np.exp(self._log_weight)
        kept = weight > _NEGLIGIBLE
        if not kept.all():
            self._mean, self._group, self._log_weight = self._mean[kept], group[kept], self._log_weight[kept]
            weight = weight[kept]
        self._weight = weight / weight.sum()
        self.lessons += 1

    def opinion(self, at: Array) -> Opinion:
        """The middle of what its components want where the basis is `at` [d]: half of the weight wants less."""
        positions, spreads = self.opinions(at[None, :])
        return Opinion(float(positions[0]), float(spreads[0]))

    def opinions(self, at: Array) -> tuple[Array, Array]:
        """Positions in percent and spreads in percent points of many moments, [n, d] -> [n], [n]."""
        wanted = at @ self._mean.T  # [n, m]
        variance = np.stack([np.einsum("nd,nd->n", at @ cov, at) for cov in self._cov], axis=1)
        deviation = np.sqrt(np.maximum(variance, 0.0) + 1.0)[:, self._group]
        low, high = np.zeros(len(at)), np.full(len(at), 100.0)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            below = self._below(middle, wanted, deviation) < 0.5
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        position = 0.5 * (low + high)
        position = np.where(position < 0.05, 0.0, np.where(position > 99.95, 100.0, position))
        upper = np.where(position + TOLERANCE_PP >= 100.0, np.inf, position + TOLERANCE_PP)
        lower = np.where(position - TOLERANCE_PP <= 0.0, -np.inf, position - TOLERANCE_PP)
        within = self._below(upper, wanted, deviation) - self._below(lower, wanted, deviation)
        return position, TOLERANCE_PP / np.maximum(_two_sided(within), 1e-3)

    def _below(self, limit: Array, wanted: Array, deviation: Array) -> Array:
        """How much of the weight wants less than `limit`, [n]."""
        return _normal((limit[:, None] - wanted) / deviation) @ self._weight


def distance(unclipped: npt.ArrayLike, prior: Prior) -> float:
    """How far a moment is from those the model was trained on: 1 is the edge that holds 99 % of them.

    `unclipped` are `features(moment, clip=False)`; what is not known counts as the middle.
    """
    row = np.asarray(unclipped, dtype=np.float64)
    known = np.array([1.0 if mask is None else row[mask] for _, mask in MEASURED])
    away = (row[[column for column, _ in MEASURED]] - prior.hull_centre) * known
    return float(np.sqrt(max(away @ prior.hull_scale @ away, 0.0)))


def confidence(spread_pp: float, lessons: int, away: float, prior: Prior) -> float:
    """How probably the owner would want within `TOLERANCE_PP`: split-conformal, and less outside the hull. 0 to 1.

    The part of the errors of owners the prior never saw, after as many lessons and at such a spread, that were within.
    """
    band = int(np.searchsorted(LESSON_BANDS, lessons, side="right"))
    errors = prior.quantiles[band, int(np.searchsorted(prior.spread_edges, spread_pp, side="right"))]
    ratio = TOLERANCE_PP / max(spread_pp, 1e-6)
    held = float(np.interp(ratio, errors, np.linspace(0.0, 1.0, len(errors))))
    return held * float(np.exp(-max(0.0, away - 1.0)))


def _array(arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> npt.NDArray[np.generic]:
    if name not in arrays:
        raise ValueError(f"{name} is missing")
    return arrays[name]


def _normal(deviations: Array) -> Array:
    """The normal distribution to 1e-4: its logistic approximation with a cubic (Page, 1977)."""
    z = np.clip(deviations, -8.0, 8.0)
    below: Array = 1.0 / (1.0 + np.exp(-z * (1.5976 + 0.070566 * z * z)))
    return below


def _two_sided(share: Array) -> Array:
    """How many deviations to both sides hold that share; the inverse of Page's approximation by Newton's steps."""
    target = np.log((1.0 + np.clip(share, 1e-6, 1.0 - 1e-9)) / (1.0 - np.clip(share, 1e-6, 1.0 - 1e-9)))
    z = np.asarray(target / 1.5976)
    for _ in range(6):
        z = z - (z * (1.5976 + 0.070566 * z * z) - target) / (1.5976 + 0.211698 * z * z)
    return z
