"""Whether a day's values fall into two, on and off or fast and slow, and where one ends (Otsu's threshold)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_APART = 0.85
"""Of all variance, what lies between the two: .64 for a bell, .75 when every value is as likely."""
_FEWEST = 0.02


def split(values: Sequence[float]) -> float | None:
    """Values at or above this are the upper ones; None when they do not fall into two."""
    ordered = sorted(values)
    count, total = len(ordered), sum(ordered)
    middle = total / count
    variance = sum((value - middle) ** 2 for value in ordered) / count
    if variance <= 0.0:
        return None
    below, best, edge = 0.0, 0.0, None
    for at, (one, after) in enumerate(pairwise(ordered), 1):
        below += one
        if one == after:
            continue
        part = at / count
        apart = (below / at - middle) ** 2 * part / (1.0 - part)
        if apart > best:
            best, edge = apart, ((one + after) / 2, part)
    if edge is None or best < _APART * variance or not _FEWEST <= edge[1] <= 1.0 - _FEWEST:
        return None
    return edge[0]
