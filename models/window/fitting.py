"""The prior of the head: the last layers of invented owners, and by how much any owner may differ from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.window.features import BUMPS, COLUMNS, MEASURED
from gateway.core.window.head import LESSON_BANDS, PLACE, Prior

from .columns import Array
from .owners import SHARES, Family, Owner

OWN = 2 * BUMPS + 2
"""Of the basis: bumps of the hour, the same where the teacher opens, the teacher, one."""
_ON_BUMPS = slice(-OWN, -2)

SAME_HOUR = {"hour": 1.8, "above_comfort": 3.0}
"""Alike: about the same hour and warmth. Lengths in the columns' units; the hour in hours."""
SAME_WARMTH = {"above_comfort": 1.5}
"""Alike: as warm, at whatever hour."""
SAME_MOMENT = {
    "hour": 0.8,
    "above_comfort": 1.2,
    "humidity": 8.0,
    "sound_over_limit": 6.0,
    "outdoor_temperature": 6.0,
    "damper_than_outside": 3.0,
    "co2": 250.0,
    "rain": 1.0,
}
"""Alike: nearly everything. It rains or it does not: that alone is two lengths."""
AS_DAMP = {"humidity": 5.0}
"""Alike: as damp, whenever and however warm."""


@dataclass(frozen=True)
class Kind:
    """A hypothesis about an owner: how likely, how far he differs in moments alike, how far anywhere."""

    weight: float
    same_hour_pp: float
    same_warmth_pp: float
    same_moment_pp: float
    anywhere: float
    """Part of the variance that a free owner has on the basis."""
    noise_pp: float
    as_damp_pp: float = 0.0

    @property
    def local_pp(self) -> list[float]:
        """As a row of `Prior.local_pp`."""
        return [self.same_hour_pp, self.same_warmth_pp, self.same_moment_pp, self.as_damp_pp]


@dataclass(frozen=True)
class Shape:
    """What was chosen on the owners of the seeds 1 to 3."""

    ridge: float = 3e-4
    kept: int = 480
    """Components that are owners."""
    own_spread: float = 0.3
    """Of the deviation between owners, around each of them."""
    on_bumps_pp: float = 12.0
    on_trunk_pp: float = 0.7
    teacher: Kind = Kind(0.06, 2.0, 0.0, 2.0, 0.05, 8.0)
    """He is as the teacher."""
    hourly: Kind = Kind(0.30, 26.0, 18.0, 10.0, 1.0, 8.0)
    """As the teacher, but otherwise at some hours."""
    narrow: Kind = Kind(0.32, 0.0, 0.0, 30.0, 0.05, 7.0)
    """As the teacher, but otherwise in some moments, and only in those."""
    damp: Kind = Kind(0.03, 0.0, 0.0, 0.0, 0.05, 8.0, as_damp_pp=28.0)
    """As the teacher, but otherwise when it is damp (or dry)."""
    families: Kind = Kind(0.32, 18.0, 12.0, 5.0, 1.0, 8.0)
    """As one of the invented owners."""


def heads(basis: Array, wanted: Array, ridge: float) -> Array:
    """The last layer [owners, d] nearest to `wanted` [n, owners], in percent; beyond 0 and 100 counts as there."""
    size = basis.shape[1]
    gram = basis.T @ basis / len(basis)
    solve = np.linalg.inv(gram + ridge * np.eye(size)) @ basis.T / len(basis)
    target = wanted
    fitted = solve @ target  # [d, owners]
    for _ in range(5):
        said = basis @ fitted
        beyond = ((wanted <= 0.0) & (said < 0.0)) | ((wanted >= 100.0) & (said > 100.0))
        target = np.where(beyond, np.clip(said, -60.0, 160.0), wanted)
        fitted = solve @ target
    return np.ascontiguousarray(fitted.T)


def residual_pp(basis: Array, wanted: Array, fitted: Array) -> Array:
    """Root mean square of what the basis cannot say of each owner, [owners]."""
    off = np.clip(basis @ fitted.T, 0.0, 100.0) - wanted
    rms: Array = np.sqrt((off * off).mean(0))
    return rms


def prior_of(owners: list[Owner], fitted: Array, shape: Shape, rng: np.random.Generator) -> Prior:
    """Of fitted owners, one of them the teacher; the calibration and the hull are still empty."""
    size = fitted.shape[1]
    teacher = fitted[next(row for row, owner in enumerate(owners) if owner.family is Family.TEACHER)]
    means, weights, spread = [], [], np.zeros((size, size))
    for family in (family for family in Family if family is not Family.TEACHER):
        mine = fitted[[row for row, owner in enumerate(owners) if owner.family is family]]
        if len(mine) < 2:
            continue
        kept = rng.permutation(len(mine))[: max(2, round(shape.kept * SHARES[family]))]
        centre = mine.mean(0)
        means.append(centre + np.sqrt(1.0 - shape.own_spread**2) * (mine[kept] - centre))
        weights.append(np.full(len(kept), SHARES[family] / len(kept)))
        spread += SHARES[family] * np.cov(mine.T)
    weight = np.concatenate(weights)
    spread /= sum(part.sum() for part in weights)
    kinds = (shape.teacher, shape.hourly, shape.narrow, shape.damp, shape.families)
    free = np.full(size, shape.on_trunk_pp**2)
    free[_ON_BUMPS] = shape.on_bumps_pp**2
    cov = np.stack([kind.anywhere * np.diag(free) for kind in kinds])
    cov[-1] += shape.own_spread**2 * spread
    singles = len(kinds) - 1
    return Prior(
        weight=np.concatenate([[kind.weight for kind in kinds[:-1]], shape.families.weight * weight / weight.sum()])
        / sum(kind.weight for kind in kinds),
        mean=np.concatenate([np.tile(teacher, (singles, 1)), *means]),
        group=np.concatenate([np.arange(singles), np.full(len(weight), singles)]).astype(np.int64),
        cov=cov,
        noise_pp=np.array([kind.noise_pp for kind in kinds]),
        local_pp=np.array([kind.local_pp for kind in kinds]),
        local_scale=np.stack([_scale(one) for one in (SAME_HOUR, SAME_WARMTH, SAME_MOMENT, AS_DAMP)]),
        spread_edges=np.zeros(0),
        quantiles=np.tile(np.linspace(0.0, 3.0, 64), (len(LESSON_BANDS) + 1, 1, 1)),
        hull_centre=np.zeros(len(MEASURED)),
        hull_scale=np.eye(len(MEASURED)),
    )


def _scale(lengths: dict[str, float]) -> Array:
    """`Prior.local_scale` of lengths in the columns' units."""
    of = {name: scale for name, _, _, scale in COLUMNS} | {"hour": 1.0}
    return np.array([of[name] / lengths[name] if name in lengths else 0.0 for name in PLACE])


def hull(unclipped: Array) -> tuple[Array, Array]:
    """Centre and scale of `Prior`, of the features [n, 24] before they are clipped."""
    columns = [column for column, _ in MEASURED]
    known = np.stack([np.ones(len(unclipped)) if mask is None else unclipped[:, mask] for _, mask in MEASURED], axis=1)
    values = unclipped[:, columns]
    centre = (values * known).sum(0) / np.maximum(known.sum(0), 1.0)
    away = (values - centre) * known
    cov = away.T @ away / np.maximum(known.T @ known, 1.0)
    inverse = np.linalg.inv(cov + 0.02 * np.eye(len(columns)))
    inverse = 0.5 * (inverse + inverse.T)
    squared = np.einsum("nk,kl,nl->n", away, inverse, away)
    return centre, inverse / np.quantile(squared, 0.99)
