"""The scores of the Skoltech Anomaly Benchmark, as its board computes them (core/metrics.py of its repository, 2024).

Outliers: every row counts once, over all files. Changepoints: the NAB score with a window of 60 s after each labelled
change; a window that reaches into the next one cuts that one's beginning off.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

WINDOW_S = 60.0
_DETAIL = 1000
"""The board reads its curve from a table of so many points; equal figures need the same steps."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a false alarm and a missed change cost, in found changes."""

    false_alarm: float
    missed: float


PROFILES = {"standard": Profile(-0.11, -1.0), "low_fp": Profile(-0.22, -1.0), "low_fn": Profile(-0.11, -2.0)}


@dataclass(frozen=True, slots=True)
class Outliers:
    """Rows by truth and alarm."""

    found: int = 0
    false: int = 0
    missed: int = 0
    quiet: int = 0

    def __add__(self, other: Outliers) -> Outliers:
        return Outliers(
            self.found + other.found, self.false + other.false, self.missed + other.missed, self.quiet + other.quiet
        )

    @property
    def f1(self) -> float:
        """In [0, 1]; 0 when nothing is true and nothing alarmed."""
        whole = self.found + (self.false + self.missed) / 2
        return self.found / whole if whole else 0.0

    @property
    def far_pct(self) -> float:
        """False alarm rate: alarmed ones of the normal rows, percent."""
        return 100.0 * self.false / (self.false + self.quiet) if self.false + self.quiet else 0.0

    @property
    def mar_pct(self) -> float:
        """Missing alarm rate: not alarmed ones of the anomalous rows, percent."""
        return 100.0 * self.missed / (self.found + self.missed) if self.found + self.missed else 0.0


def outliers(true: Sequence[bool], alarmed: Sequence[bool]) -> Outliers:
    """Of one file. Raises ValueError when they are of different length."""
    pairs = list(zip(true, alarmed, strict=True))
    counts = [pairs.count(one) for one in ((True, True), (False, True), (True, False), (False, False))]
    return Outliers(*counts)


@dataclass(frozen=True, slots=True)
class Changes:
    """Of one file: for each change found how far through its window [0, 1]; how many missed; detections outside."""

    found: tuple[float, ...]
    missed: int
    false: int


def changes(true_s: Sequence[float], told_s: Sequence[float], window_s: float = WINDOW_S) -> Changes:
    """Labelled changes and detections of one file, as times in seconds, both rising."""
    windows = [[start, start + window_s] for start in true_s]
    for before, after in pairwise(windows):
        after[0] = max(after[0], before[1])
    found: list[float] = []
    inside: set[int] = set()
    for start, end in windows:
        hits = [at for at, time_s in enumerate(told_s) if start <= time_s <= end]
        inside.update(hits)
        if hits:
            # A window of no length is what is left of two changes at the same moment: whoever is in it was at once.
            found.append((told_s[hits[0]] - start) / (end - start) if end > start else 0.0)
    return Changes(tuple(found), len(windows) - len(found), len(told_s) - len(inside))


def worth(part: float, false_alarm: float) -> float:
    """Of a detection so far through its window: 1 at once, falling along a tanh to a false alarm's at the end."""
    step = min(int(part * _DETAIL), _DETAIL - 1)
    x = -math.pi / 2 + math.pi * step / (_DETAIL - 1)
    height = (1.0 - false_alarm) / 2
    return -height * math.tanh(x) / math.tanh(math.pi / 2) + height + false_alarm


def nab(files: Iterable[Changes], profile: Profile = PROFILES["standard"]) -> float:
    """The changepoint score of all files together: 100 perfect, 0 when nothing is ever told.

    Raises ValueError when no file has a change.
    """
    score = labelled = 0.0
    for one in files:
        score += sum(worth(part, profile.false_alarm) for part in one.found)
        score += profile.missed * one.missed + profile.false_alarm * one.false
        labelled += len(one.found) + one.missed
    if not labelled:
        raise ValueError("no labelled change")
    nothing = profile.missed * labelled
    return 100.0 * (score - nothing) / (labelled - nothing)
