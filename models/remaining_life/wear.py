"""Simulated wear of many shapes, and the factors of `gateway/core/health/calibration.py` measured on it.

`python -m models.remaining_life.wear [--write]`: prints the factors and their coverage on other machines, seeded.
No shape here is the simulator's: a range that only held for its fans and pumps would say nothing of others.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateway.core.health import calibration
from gateway.core.health.indicator import Baseline, Day, Indicator, baseline_of
from gateway.core.health.life import CONFIDENCE, Lasting, course_of, guess_days, unsure_of

Array = NDArray[np.float64]
INDICATOR = Indicator("machine, vibration", "vibration at full speed", "mm/s", "higher", 1.0)
MACHINES, SEED, SEED_ELSEWHERE = 16_000, 11, 12
_COMMISSIONING = 14
_FEWEST = 60
"""Cases in a band; a band with fewer takes the factors of all machines."""


class Machine(NamedTuple):
    """Days of one invented part until the day it is looked at, and what nobody knows: the days it still has."""

    baseline: Baseline
    days: tuple[Day, ...]
    truth_days: float


class Case(NamedTuple):
    """A machine of which a range was said."""

    part: float
    unsure: float
    ratio: float
    """The truth beside the guess."""
    life: Lasting
    truth_days: float


def machine(rng: np.random.Generator) -> Machine:
    """A part that wears in one of six ways, seen through a noisy sensor with gaps, on a random day of its life."""
    life = float(np.exp(rng.uniform(np.log(40.0), np.log(1500.0))))
    noise = float(np.exp(rng.uniform(np.log(0.003), np.log(0.08))))
    akin = rng.uniform(0.0, 0.7)
    looked = rng.uniform(0.15, 0.995) * life
    times = np.arange(-_COMMISSIONING, int(looked) + 1, dtype=float)
    times = times[(times < 0) | (rng.random(len(times)) > rng.choice([0.0, 0.05, 0.2]))]
    shocks = rng.normal(0.0, noise * np.sqrt(1.0 - akin**2), len(times))
    wander = np.empty(len(times))
    level = rng.normal(0.0, noise)
    for at, shock in enumerate(shocks):
        level = akin * level + shock
        wander[at] = level
    values = _way(times, life, rng) + wander
    commissioned = [float(one) for one in values[times < 0]]
    shown = [Day(float(time), float(one)) for time, one in zip(times, values, strict=True)]
    return Machine(baseline_of(commissioned), tuple(shown), life - float(times[-1]))


def _way(times: Array, life: float, rng: np.random.Generator) -> Array:
    """Worn part at these times: 0 before commissioning, 1 at `life`."""
    part = np.clip(times / life, 0.0, None)
    match int(rng.integers(7)):
        case 0:
            return np.asarray(part)
        case 1:
            return np.asarray(part ** rng.uniform(1.3, 3.5))
        case 2:
            haste = rng.uniform(2.0, 6.0)
            return np.asarray(np.expm1(haste * part) / np.expm1(haste))
        case 3:
            return np.asarray(part ** rng.uniform(0.6, 1.0))
        case 4 | 5:
            # A second way to fail sets in and overtakes the first: a spall, an inlet that boils.
            slow, begins = rng.uniform(0.15, 0.6), rng.uniform(0.4, 0.95)
            fast = np.clip((part - begins) / (1.0 - begins), 0.0, None) ** rng.uniform(1.0, 3.0)
            return np.asarray(slow * part ** rng.uniform(1.0, 2.0) + (1.0 - slow) * fast)
        case _:
            begins = rng.uniform(0.2, 0.8)
            return np.asarray(np.clip((part - begins) / (1.0 - begins), 0.0, None) ** rng.uniform(1.0, 2.0))


def cases(count: int, seed: int) -> list[Case]:
    """Of `count` machines those of which a range is said; the others are quiet or too young, and say so."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        one = machine(rng)
        course = course_of(INDICATOR, one.baseline, one.days, one.days[-1].day)
        if isinstance(course.life, Lasting) and course.trend is not None:
            ratio = one.truth_days / guess_days(course.trend)
            found.append(Case(course.trend.now, unsure_of(course.trend), ratio, course.life, one.truth_days))
    return found


def measured(known: list[Case]) -> list[list[tuple[float, float, float]]]:
    """Factors for each band, split conformal: the k-th smallest ratio with k = ceil((n + 1) q), n cases in the band."""
    everything = sorted(case.ratio for case in known)
    table = []
    for row in range(len(calibration.PARTS) + 1):
        bands = []
        for column in range(len(calibration.UNSURE) + 1):
            ratios = sorted(case.ratio for case in known if _band(case) == (row, column))
            ratios = ratios if len(ratios) >= _FEWEST else everything
            bands.append(tuple(round(_at(ratios, part), 3) for part in (0.05, 0.5, 0.95)))
        table.append(bands)
    return table  # type: ignore[return-value]


def coverage(known: list[Case]) -> float:
    """The part of the machines whose truth lay in the range that was said; an open range ends nowhere."""
    held = [
        case.life.low_days <= case.truth_days <= (np.inf if case.life.high_days is None else case.life.high_days)
        for case in known
    ]
    return float(np.mean(held))


def _band(case: Case) -> tuple[int, int]:
    return (
        sum(case.part >= edge for edge in calibration.PARTS),
        sum(case.unsure >= edge for edge in calibration.UNSURE),
    )


def _at(ordered: list[float], part: float) -> float:
    """Conformal: the bound is one rank further out than the sample's own quantile."""
    count = len(ordered)
    rank = (count + 1) * part
    at = int(np.floor(rank)) if part < 0.5 else int(np.ceil(rank))
    return ordered[min(count, max(1, at)) - 1]


def write(table: list[list[tuple[float, float, float]]], path: Path) -> None:
    """Put the factors into the module that the gateway uses."""
    rows = "".join(f"    ({', '.join(str(tuple(band)) for band in row)}),\n" for row in table)
    said = path.read_text(encoding="utf-8")
    made = re.sub(r"FACTORS: Final = \(\n.*?\n\)\n", lambda _: f"FACTORS: Final = (\n{rows})\n", said, flags=re.DOTALL)
    path.write_text(made, encoding="utf-8")


def main() -> None:
    """Measure, print, and write when asked to."""
    parser = argparse.ArgumentParser(prog="python -m models.remaining_life.wear", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into gateway/core/health/calibration.py")
    parser.add_argument("--machines", type=int, default=MACHINES)
    asked = parser.parse_args()
    known = cases(asked.machines, SEED)
    table = measured(known)
    for row in table:
        print(row)
    others = cases(asked.machines, SEED_ELSEWHERE)
    print(f"{len(known)} of {asked.machines} with a range; with the factors in use it holds for "
          f"{coverage(others):.3f} of {len(others)} others (wanted {CONFIDENCE})")  # fmt: skip
    if asked.write:
        write(table, Path(str(calibration.__file__)))


if __name__ == "__main__":
    main()
