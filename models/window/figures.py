"""The figures of the window model, on owners it was never trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from gateway.core.window.head import TOLERANCE_PP, Head, Prior, confidence, distance

from .columns import Array, Columns, Mask, joined
from .living import MOST_OVERRIDES, Score, live
from .owners import Family, Owner, owner, owners
from .seasons import ALL, TEMPERATE, Climate, Odds, weeks
from .teacher_many import basis_many, features_many

Phi = Callable[[Array], Array]
"""The trunk: [n, 24] -> [n, 48]."""
DAYS = 56
REGIONS: dict[str, tuple[float, float] | None] = {
    "6-10 h": (6.0, 10.0),
    "12-16 h": (12.0, 16.0),
    "18-22 h": (18.0, 22.0),
    "22-6 h": (22.0, 6.0),
    "hot": None,
}
WANTED_PP = 20.0
_ASKED_PP = 30.0


@dataclass(frozen=True)
class Household:
    """An owner, his weeks, and how the model did."""

    owner: Owner
    columns: Columns
    scores: list[Score]
    """After 0, 4 and 12 overrides."""
    head: Head


def basis_of(phi: Phi, columns: Columns) -> Array:
    """[n, d]."""
    return basis_many(phi(features_many(columns)), columns)


def households(
    phi: Phi,
    prior: Prior,
    count: int,
    seed: int,
    odds: Odds = ALL,
    climate: Climate = TEMPERATE,
    family: Family | None = None,
) -> list[Household]:
    """`count` owners who live with the model for `DAYS`."""
    rng = np.random.default_rng(seed)
    people = owners(count, rng) if family is None else [owner(family, rng) for _ in range(count)]
    homes = []
    for person, columns in zip(people, weeks(count, DAYS, rng, odds, climate), strict=True):
        scores, head = live(prior, basis_of(phi, columns), person.wants(columns), rng, (0, 4, MOST_OVERRIDES))
        homes.append(Household(person, columns, scores, head))
    return homes


def error_pp(homes: list[Household], checkpoint: int) -> float:
    """Mean over owners; `checkpoint` as in `Household.scores`."""
    return float(np.mean([home.scores[checkpoint].mean_pp for home in homes]))


def made_worse(homes: list[Household], by_pp: float = 1.0) -> int:
    """Owners for whom the untaught model was better by more than `by_pp`."""
    return sum(home.scores[-1].mean_pp > home.scores[0].mean_pp + by_pp for home in homes)


def claims(prior: Prior, homes: Iterable[Household]) -> tuple[Array, Array]:
    """Confidence claimed and whether the error was within the tolerance, of every scored moment and checkpoint."""
    claimed: list[float] = []
    held: list[float] = []
    for home in homes:
        half = len(home.columns) // 2
        rows = features_many(home.columns, clip=False)[half::2]
        away = [distance(row, prior) for row in rows]
        for score in home.scores:
            claimed.extend(
                confidence(float(spread), score.lessons, far, prior)
                for spread, far in zip(score.spread, away, strict=True)
            )
            held.extend((score.error <= TOLERANCE_PP).astype(float))
    return np.array(claimed), np.array(held)


def calibration_gap(claimed: Array, held: Array, bins: int = 10) -> float:
    """Mean of |claimed - actual| over bins of equally many."""
    order = np.argsort(claimed, kind="stable")
    parts = np.array_split(order, bins)
    return float(
        np.average([abs(claimed[part].mean() - held[part].mean()) for part in parts], weights=list(map(len, parts)))
    )


def outside_confidence(phi: Phi, prior: Prior, seed: int) -> tuple[float, float]:
    """The mean confidence of the untaught model in range, and the highest of six ways to be out of range."""
    rng = np.random.default_rng(seed)
    columns = joined(weeks(8, 28, rng)).take(np.arange(0, 8 * 28 * 48, 20))
    shifts = [
        replace(columns, temperature_c=columns.temperature_c + 14.0),
        replace(columns, temperature_c=columns.temperature_c - 16.0),
        replace(columns, outdoor_temperature_c=np.full(len(columns), 50.0)),
        replace(columns, sound_db=np.full(len(columns), 115.0)),
        replace(columns, co2_ppm=np.full(len(columns), 6000.0)),
        replace(columns, wind_m_s=np.full(len(columns), 35.0)),
    ]
    return mean_confidence(phi, prior, columns), max(mean_confidence(phi, prior, shift) for shift in shifts)


def mean_confidence(phi: Phi, prior: Prior, columns: Columns) -> float:
    """Of the untaught model."""
    _, spreads = Head(prior).opinions(basis_of(phi, columns))
    rows = features_many(columns, clip=False)
    return float(
        np.mean([confidence(float(s), 0, distance(row, prior), prior) for s, row in zip(spreads, rows, strict=True)])
    )


def rounding_p99_pp(whole: Phi, exact: Phi, heads: list[Head], columns: Columns) -> float:
    """How far int8 moves the position, in percent points: the 99th percentile, of the worst of the heads."""
    rounded, precise = basis_of(whole, columns), basis_of(exact, columns)
    return max(
        float(np.percentile(np.abs(head.opinions(rounded)[0] - head.opinions(precise)[0]), 99.0)) for head in heads
    )


@dataclass(frozen=True)
class Local:
    """Somebody wants 20 percent points more in one region and overrides by about 30 there."""

    region: str
    overrides: int
    drift_pp: float
    """Mean move elsewhere."""


def localities(phi: Phi, prior: Prior, region: str, seeds: int, most: int = 20) -> list[Local]:
    """One for each seed. `most` overrides without the shift count as `most` + 1."""
    found = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        columns = weeks(1, 60, rng)[0]
        basis = basis_of(phi, columns)
        start, _ = Head(prior).opinions(basis)
        within, elsewhere = _region(columns, REGIONS[region])
        inside = rng.permutation(np.nonzero(within)[0])
        watched, taught = inside[:80], inside[80:]
        others = rng.permutation(np.nonzero(elsewhere)[0])[:300]
        room_pp = np.minimum(start[watched] + WANTED_PP, 100.0) - start[watched]
        head = Head(prior)
        while head.lessons < most and (head.opinions(basis[watched])[0] - start[watched]).mean() < room_pp.mean():
            row = taught[head.lessons]
            head.learn(basis[row], float(np.clip(start[row] + _ASKED_PP + rng.normal(0.0, 5.0), 0.0, 100.0)))
        moved = (head.opinions(basis[watched])[0] - start[watched]).mean() >= room_pp.mean()
        drift = np.abs(head.opinions(basis[others])[0] - start[others]).mean()
        found.append(Local(region, head.lessons if moved else most + 1, float(drift)))
    return found


def _region(columns: Columns, hours: tuple[float, float] | None) -> tuple[Mask, Mask]:
    """Which rows are in the region, and which are clearly elsewhere (two hours away; below the 60th percentile)."""
    if hours is None:
        inside = columns.temperature_c
        hot = inside > np.quantile(inside, 0.8)
        return hot, inside < np.quantile(inside, 0.6)
    length = (hours[1] - hours[0]) % 24.0
    apart = np.abs((columns.hour - hours[0] - length / 2.0 + 12.0) % 24.0 - 12.0)
    return apart < length / 2.0, apart > length / 2.0 + 2.0
