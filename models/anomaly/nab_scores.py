"""The Numenta Anomaly Benchmark's score, as its sweeper gives it: our own, checked against its published results.

Rules (Lavin and Ahmad 2015, NAB 1.1): the first 15 % of a file, of at most 5000 rows, are not judged. A row at or above
the threshold in a labelled window counts once a window, the earliest most; each one outside costs, less just behind a
window. A window that is missed costs. One threshold for all files; 0 is who says nothing, 100 who is right at every
window's first row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PROBATION, PROBATION_MOST_ROWS = 0.15, 5000
_FAR_BEHIND = 3.0
"""In windows: a false alarm so far behind one is as bad as one before all."""


@dataclass(frozen=True)
class Profile:
    """What a missed window costs, and a false row at most; a window that is found is worth 1 at most."""

    missed: float
    false: float


PROFILES = {
    "standard": Profile(1.0, 0.11),
    "low_fp": Profile(1.0, 0.22),
    "low_fn": Profile(2.0, 0.11),
}


@dataclass(frozen=True)
class Marked:
    """One file's judged rows: what an alarm is worth [n], in which window it lies [n] (-1: none), how many windows."""

    worth: Array
    window: NDArray[np.int64]
    windows: int
    first: int
    """The first row that is judged."""


@dataclass(frozen=True)
class Result:
    """A score and the threshold it was reached with (above 1: saying nothing was best), and what was said."""

    score: float
    threshold: float
    found: int
    false: int


def marked(rows: int, windows: Sequence[tuple[int, int]]) -> Marked:
    """What an alarm at each row is worth; `windows` are first and last row of each, in order, apart from each other."""
    worth, window = np.full(rows, -1.0), np.full(rows, -1, np.int64)
    for number, (first, last) in enumerate(windows):
        width = last - first + 1
        inside = np.arange(first, last + 1)
        worth[first : last + 1] = _sigmoid(-(last - inside + 1) / width) / _sigmoid(np.array(-1.0))
        window[first : last + 1] = number
        until = windows[number + 1][0] if number + 1 < len(windows) else rows
        behind = (np.arange(last + 1, until) - last) / max(width - 1.0, 1e-9)
        worth[last + 1 : until] = np.where(behind > _FAR_BEHIND, -1.0, _sigmoid(behind))
    first = math.ceil(min(math.floor(PROBATION * rows), PROBATION * PROBATION_MOST_ROWS))
    return Marked(worth[first:], window[first:], len(windows), first)


def best(files: Sequence[tuple[Marked, Array]], profile: Profile = PROFILES["standard"]) -> Result:
    """The score with the one threshold that is best for these files; each with scores of all its rows."""
    return _swept(files, profile, None)


def at(files: Sequence[tuple[Marked, Array]], threshold: float, profile: Profile = PROFILES["standard"]) -> Result:
    """The score with a threshold that was chosen before."""
    return _swept(files, profile, threshold)


def _swept(files: Sequence[tuple[Marked, Array]], profile: Profile, threshold: float | None) -> Result:
    scores = np.concatenate([score[mark.first :] for mark, score in files])
    worth = np.concatenate([mark.worth for mark, _ in files])
    before = np.cumsum([0, *(mark.windows for mark, _ in files)])
    window = np.concatenate(
        [np.where(mark.window >= 0, mark.window + start, -1) for (mark, _), start in zip(files, before, strict=False)]
    )
    alive = len(np.unique(window[window >= 0]))
    order = np.argsort(-scores, kind="stable")
    if threshold is not None:
        order = order[scores[order] >= threshold]
    gains, newly = _gains(worth[order], window[order], profile)
    totals = np.concatenate([[0.0], np.cumsum(gains)])
    if threshold is None:
        ranked = scores[order]
        whole = np.concatenate([[True], ranked[1:] != ranked[:-1], [True]])
        place = int(np.argmax(np.where(whole, totals, -np.inf)))
        threshold = float(ranked[place - 1]) if place else 1.1
    else:
        place = len(order)
    most = float(before[-1]) + profile.missed * alive
    return Result(
        100.0 * float(totals[place]) / most if most else 0.0,
        threshold,
        int(newly[:place].sum()),
        int((window[order[:place]] < 0).sum()),
    )


def _gains(worth: Array, window: NDArray[np.int64], profile: Profile) -> tuple[Array, NDArray[np.bool_]]:
    """What each row adds to the score over who says nothing, taken in this order; and whether it found a window."""
    gains = np.where(window < 0, worth * profile.false, 0.0)
    newly = np.zeros(len(worth), np.bool_)
    held: dict[int, float] = {}
    for row in np.nonzero(window >= 0)[0]:
        number = int(window[row])
        newly[row] = number not in held
        now = max(held.get(number, -profile.missed), float(worth[row]))
        gains[row] = now - held.get(number, -profile.missed)
        held[number] = now
    return gains, newly


def _sigmoid(place: Array) -> Array:
    """Of a place in windows from a window's end: nearly 1 a window before it, 0 at it, nearly -1 a window behind."""
    return np.asarray(2.0 / (1.0 + np.exp(np.minimum(5.0 * place, 500.0))) - 1.0)
