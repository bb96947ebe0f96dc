"""The honest figure: settings chosen on half of the runs, scored on the other half."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from .skab_scores import Changes, Outliers, nab

SEED = 12345


@dataclass(frozen=True, slots=True)
class Split:
    """Of the half that chose nothing."""

    f1: float
    far: float
    """Percent, as `mar`."""
    mar: float
    nab: float


def half_splits(
    rows: Sequence[Sequence[Outliers]], told: Sequence[Sequence[Changes]], splits: int, far_bar_pct: float
) -> list[Split]:
    """`rows` and `told` are [setting][run]. Each split and its mirror image count, so `splits` is made even."""
    count = len(rows[0])
    chance = random.Random(SEED)
    found = []
    for _ in range((splits + 1) // 2):
        order = chance.sample(range(count), count)
        halves = order[: count // 2], order[count // 2 :]
        for chosen_on, scored_on in (halves, halves[::-1]):
            found.append(_split(rows, told, chosen_on, scored_on, far_bar_pct))
    return found


def _split(
    rows: Sequence[Sequence[Outliers]],
    told: Sequence[Sequence[Changes]],
    chosen_on: Sequence[int],
    scored_on: Sequence[int],
    far_bar_pct: float,
) -> Split:
    def worth(setting: int) -> tuple[bool, float]:
        """The best F1 that keeps the bar for false alarms; when none does, the fewest false alarms."""
        seen = _sum(rows[setting], chosen_on)
        return (True, seen.f1) if seen.far_pct <= far_bar_pct else (False, -seen.far_pct)

    of_rows = max(range(len(rows)), key=worth)
    of_changes = max(range(len(told)), key=lambda setting: nab([told[setting][run] for run in chosen_on]))
    scored = _sum(rows[of_rows], scored_on)
    return Split(scored.f1, scored.far_pct, scored.mar_pct, nab([told[of_changes][run] for run in scored_on]))


def _sum(rows: Sequence[Outliers], runs: Sequence[int]) -> Outliers:
    return sum((rows[run] for run in runs), Outliers())
