"""What one owner wants, learnt from his overrides: a mixture of Gaussians over the last layer of the window model.

Each component is an owner: the teacher, invented ones, and some who are as the teacher but for some hours or moments.
An override makes those likelier that had expected it, and moves each by Gaussian regression: where its family may
differ, and in moments like that one. So two or three overrides say whether this owner feels warmer, shuts at night or
differs in the evening only. No randomness, no clock: the same lessons in the same order give the same head, bit for
bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .features import COLUMNS, MEASURED, NAMES, features, hour_bumps
from .moment import Moment
from .teacher import teach

Array = npt.NDArray[np.float64]

TOLERANCE_PP = 15.0
"""What the confidence is about: that the owner would want within so much of what is said."""
LESSON_BANDS = (1, 4, 9)
"""The confidence is calibrated apart for 0, 1 to 3, 4 to 8 and 9 or more lessons."""
PLACE = (
    "hour",
    "above_comfort",
    "humidity",
    "sound_over_limit",
    "outdoor_temperature",
    "damper_than_outside",
    "co2",
    "rain",
)
"""What makes two moments alike: the hour in hours, the others as features."""
_DOUBT, _DOUBT_AWAY, _DOUBT_REGRET = 0.06, 0.2, 0.8
"""An owner's window moves from what others want only as far as so much more than half of the weight asks: among his
lessons, more far from all of them, and more by the part of what he corrected that earlier lessons had made worse."""
_NEARBY = {"hour": 4.0, "above_comfort": 3.0, "humidity": 15.0, "outdoor_temperature": 8.0}
"""How far a lesson is evidence, in hours, K, % and °C: its weather and season, too, since what an owner wants of a
cool week says little of a hot one."""
_FREEDOM = 4.0
_HALVINGS = 6
_NEGLIGIBLE = 1e-7
_END_PP = 0.5


_UNITS = {name: scale for name, _, _, scale in COLUMNS} | {"hour": 1.0}
_NEARBY_SCALE: Array = np.array([_UNITS[name] / _NEARBY[name] if name in _NEARBY else 0.0 for name in PLACE])


@dataclass(frozen=True)
class Prior:
    """What is known of owners before they say anything: m components in g groups, d weights each."""

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
    local_pp: Array
    """[g, r]: by how much any owner may differ from his family in moments alike, in r sorts of being alike."""
    local_scale: Array
    """[r, c]: how fast moments become unlike along each of `PLACE`; 0: it does not count."""
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
        "local_pp": (groups, len(prior.local_scale)),
        "local_scale": (len(prior.local_scale), len(PLACE)),
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


_FLOATS = (
    "weight",
    "mean",
    "cov",
    "noise_pp",
    "local_pp",
    "local_scale",
    "spread_edges",
    "quantiles",
    "hull_centre",
    "hull_scale",
)


def basis(phi: npt.ArrayLike, moment: Moment) -> Array:
    """What a head is asked about: what the last layer weighs, then where the moment lies along `PLACE`.

    The last layer weighs the trunk's outputs, the hour, the hour where the teacher opens, the teacher, and one. `phi`
    is [trunk]; the answer is [trunk + 50 + 8]. Raises Refused without a temperature.
    """
    taught = teach(moment) / 100.0
    bumps = hour_bumps(moment.hour)
    row = features(moment)
    place = [moment.hour, *(row[NAMES.index(name)] for name in PLACE[1:])]
    own = [*bumps, *(bump * taught for bump in bumps), taught, 1.0, *place]
    return np.concatenate([np.asarray(phi, dtype=np.float64), np.asarray(own, dtype=np.float64)])


class Head:
    """One owner: the prior and his overrides, n of them. A thought costs O(g n (d + n) + m (d + n))."""

    def __init__(self, prior: Prior, untaught: Head | None = None) -> None:
        self._prior = prior
        groups, (components, size) = len(prior.noise_pp), prior.mean.shape
        self._log_weight: Array = np.log(prior.weight)
        self._weight = prior.weight
        self._mean = prior.mean
        self._group = prior.group
        self._places = np.zeros((0, prior.local_scale.shape[1]))  # [n, c] of the lessons
        self._alike = np.concatenate([prior.local_scale, _NEARBY_SCALE[None, :]]) ** 2  # [r + 1, c]
        self._reach = np.zeros((groups, size, 0))  # [g, d, n]: cov @ basis of the lessons
        self._solve = np.zeros((groups, 0, 0))  # [g, n, n]: takes from each lesson what those before it said
        self._variance = np.zeros((groups, 0))  # [g, n] of the lessons when they came
        self._off = np.zeros((components, 0))  # [m, n]: wanted less expected, when they came
        self._untaught = untaught or self
        self._last: tuple[Array, Opinion] | None = None
        self._corrected_pp = self._regret_pp = 0.0
        self.lessons = 0

    def learn(self, at: Array, wanted_pct: float) -> None:
        """The owner wanted `wanted_pct` of the moment that `basis` turned into `at`.

        0 and 100 are ends: a component that expected beyond learns nothing from them.
        """
        prior, group = self._prior, self._group
        usual_off = abs(self._untaught.opinion(at).position_pct - wanted_pct)
        self._corrected_pp += usual_off
        self._regret_pp += max(abs(self.opinion(at).position_pct - wanted_pct) - usual_off, 0.0)
        expected, free, pull, _ = self._expect(at[None, :])
        off = wanted_pct - expected[0]
        if wanted_pct <= _END_PP:
            off = np.where(expected[0] <= 0.0, 0.0, off)
        elif wanted_pct >= 100.0 - _END_PP:
            off = np.where(expected[0] >= 100.0, 0.0, off)
        variance = free[0] + prior.noise_pp**2  # [g]
        # Student's t, not a Gaussian: one odd override must not turn everything.
        likely = -0.5 * (_FREEDOM + 1.0) * np.log1p(off**2 / variance[group] / _FREEDOM) - 0.5 * np.log(variance[group])
        self._remember(at, pull[:, 0], variance, off)
        self._log_weight = self._log_weight + likely
        self._log_weight = self._log_weight - self._log_weight.max()
        self._drop_unlikely()
        self._untaught = Head(prior) if self._untaught is self else self._untaught
        self._last = None
        self.lessons += 1

    def opinion(self, at: Array) -> Opinion:
        """What the owner would want of the moment `at`: the middle of its components, or nearer to the untaught.

        As `opinions`, for one moment in a third of the time; the same array is thought about once.
        """
        if self._last is None or self._last[0] is not at:
            self._last = at, self._thought(at)
        return self._last[1]

    def _thought(self, at: Array) -> Opinion:
        wanted, free, _, away = self._expect(at[None, :])
        mixture = _Mixture(wanted[0], np.sqrt(np.maximum(free[0], 0.0) + 1.0)[self._group], self._weight)
        if self.lessons:
            usual = self._untaught.opinion(at).position_pct
            held, doubt = mixture.below(usual), float(self._doubt(away)[0])
            share = min(max(held, 0.5 - doubt), 0.5 + doubt)
            position = usual if share == held else mixture.where(share)
        else:
            position = mixture.where(0.5)
        upper = 1.0 if position + TOLERANCE_PP >= 100.0 else mixture.below(position + TOLERANCE_PP)
        lower = 0.0 if position - TOLERANCE_PP <= 0.0 else mixture.below(position - TOLERANCE_PP)
        return Opinion(position, TOLERANCE_PP / max(_two_sided_one(upper - lower), 1e-3))

    def opinions(self, at: Array) -> tuple[Array, Array]:
        """Positions in percent and spreads in percent points of many moments, [n, ...] -> [n], [n]."""
        wanted, free, _, away = self._expect(at)
        deviation = np.sqrt(np.maximum(free, 0.0) + 1.0)[:, self._group]
        if self.lessons:
            # Who is not sure stays with what others want: learning should not make an owner's window worse.
            position, _ = self._untaught.opinions(at)
            held, doubt = self._below(position, wanted, deviation), self._doubt(away)
            share = np.clip(held, 0.5 - doubt, 0.5 + doubt)
            moved = share != held
            position[moved] = self._where(share[moved], wanted[moved], deviation[moved])
        else:
            position = self._where(np.full(len(at), 0.5), wanted, deviation)
        upper = np.where(position + TOLERANCE_PP >= 100.0, np.inf, position + TOLERANCE_PP)
        lower = np.where(position - TOLERANCE_PP <= 0.0, -np.inf, position - TOLERANCE_PP)
        within = self._below(upper, wanted, deviation) - self._below(lower, wanted, deviation)
        return position, TOLERANCE_PP / np.maximum(_two_sided(within), 1e-3)

    def _expect(self, at: Array) -> tuple[Array, Array, Array, Array]:
        """What each component wants [k, m], the variance each group still has [k, g], each lesson's pull [g, k, n].

        And how far each moment is from the nearest lesson, [k]: 0 beside it, 1 where there is none.
        """
        prior, size = self._prior, self._mean.shape[1]
        basis, places = at[:, :size], at[:, size:]
        wanted = basis @ self._mean.T
        free = np.stack([np.einsum("kd,kd->k", basis @ cov, basis) for cov in prior.cov], axis=1)
        free = free + (prior.local_pp**2).sum(1)
        if not self.lessons:
            return wanted, free, np.zeros((len(prior.cov), len(at), 0)), np.ones(len(at))
        near, away = self._near(places)
        shared = np.stack([basis @ reach for reach in self._reach]) + near
        pull = np.stack([c @ solve.T for c, solve in zip(shared, self._solve, strict=True)])
        gain = pull / self._variance[:, None, :]
        free = free - (pull * gain).sum(2).T
        for number in range(len(gain)):
            mine = self._group == number
            wanted[:, mine] += gain[number] @ self._off[mine].T
        return wanted, free, pull, away

    def _near(self, places: Array) -> tuple[Array, Array]:
        """What a lesson says of moments like its own, whatever the owner's family: [g, k, n], a covariance.

        And `away` as `_expect` gives it.
        """
        apart = places[:, None, :] - self._places[None, :, :]
        apart[..., 0] = (apart[..., 0] + 12.0) % 24.0 - 12.0
        squared = apart**2  # [k, n, c]
        alike = np.exp(-0.5 * np.stack([squared @ scale for scale in self._alike]))  # [r + 1, k, n]
        near: Array = np.tensordot(self._prior.local_pp**2, alike[:-1], axes=1)
        return near, 1.0 - alike[-1].max(1)

    def _doubt(self, away: Array) -> Array:
        """How much more than half of the weight has to ask for a move, [k], at most all of it."""
        regret = self._regret_pp / max(self._corrected_pp, 1.0)
        return np.asarray(np.minimum(_DOUBT + _DOUBT_AWAY * away + _DOUBT_REGRET * regret, 0.5))

    def _remember(self, at: Array, pull: Array, variance: Array, off: Array) -> None:
        size = self._mean.shape[1]
        basis, lessons = at[:size], self.lessons
        solve = np.zeros((len(variance), lessons + 1, lessons + 1))
        solve[:, :lessons, :lessons] = self._solve
        solve[:, lessons, lessons] = 1.0
        if lessons:
            share = pull / self._variance
            solve[:, lessons, :lessons] = -np.einsum("gn,gnk->gk", share, self._solve)
        self._solve = solve
        self._places = np.concatenate([self._places, at[None, size:]])
        self._reach = np.concatenate([self._reach, (self._prior.cov @ basis)[:, :, None]], axis=2)
        self._variance = np.concatenate([self._variance, variance[:, None]], axis=1)
        self._off = np.concatenate([self._off, off[:, None]], axis=1)

    def _drop_unlikely(self) -> None:
        weight = np.exp(self._log_weight)
        kept = weight > _NEGLIGIBLE
        if not kept.all():
            self._mean, self._group, self._off = self._mean[kept], self._group[kept], self._off[kept]
            self._log_weight, weight = self._log_weight[kept], weight[kept]
        self._weight = weight / weight.sum()

    def _where(self, share: Array, wanted: Array, deviation: Array) -> Array:
        """The position that these shares of the weight want less than, 0 to 100: halved, then straight in between."""
        low, high = np.zeros(len(wanted)), np.full(len(wanted), 100.0)
        at_low, at_high = self._below(low, wanted, deviation), self._below(high, wanted, deviation)
        shut, open_ = at_low >= share, at_high <= share
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            at_middle = self._below(middle, wanted, deviation)
            below = at_middle < share
            low, at_low = np.where(below, middle, low), np.where(below, at_middle, at_low)
            high, at_high = np.where(below, high, middle), np.where(below, at_high, at_middle)
        part = np.clip((share - at_low) / np.maximum(at_high - at_low, 1e-12), 0.0, 1.0)
        return np.where(shut, 0.0, np.where(open_, 100.0, low + part * (high - low)))

    def _below(self, limit: Array, wanted: Array, deviation: Array) -> Array:
        """How much of the weight wants less than `limit`, [n]."""
        return _normal((limit[:, None] - wanted) / deviation) @ self._weight


class _Mixture:
    """What the components want of one moment: `wanted` and `deviation` [m] by `weight` [m]."""

    def __init__(self, wanted: Array, deviation: Array, weight: Array) -> None:
        self._wanted, self._deviation, self._weight = wanted, deviation, weight

    def below(self, limit: float) -> float:
        """How much of the weight wants less."""
        return float(_normal((limit - self._wanted) / self._deviation) @ self._weight)

    def where(self, share: float) -> float:
        """As `Head._where`."""
        low, high = 0.0, 100.0
        at_low, at_high = self.below(low), self.below(high)
        if at_low >= share or at_high <= share:
            return 0.0 if at_low >= share else 100.0
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            at_middle = self.below(middle)
            if at_middle < share:
                low, at_low = middle, at_middle
            else:
                high, at_high = middle, at_middle
        part = min(max((share - at_low) / max(at_high - at_low, 1e-12), 0.0), 1.0)
        return low + part * (high - low)


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


def _two_sided_one(share: float) -> float:
    """As `_two_sided`."""
    held = min(max(share, 1e-6), 1.0 - 1e-9)
    target = math.log((1.0 + held) / (1.0 - held))
    z = target / 1.5976
    for _ in range(6):
        z = z - (z * (1.5976 + 0.070566 * z * z) - target) / (1.5976 + 0.211698 * z * z)
    return z
