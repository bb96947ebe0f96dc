"""Condensing readings: smallest, largest, sum and count of a stretch of time, and what is known of their quality.

Sums are made in the same steps whether they come from readings or from rollups (minutes, hours of minutes, days of
hours), each rounded once: so a mean is the same to the last bit whichever way it came about.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ...core.quality import IMPOSSIBLE

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LEVELS_MS = (MINUTE_MS, HOUR_MS, DAY_MS)
"""Steps of the rollups."""
_IMPOSSIBLE = IMPOSSIBLE.value

Figure = tuple[float, float, float, int, int]
"""Smallest, largest, sum, count, quality bits. A negative count: of impossible values only, as there were no others."""
Steps = Mapping[int, Figure]
"""Figures by the number of their step, counted from 1970."""


def condense(readings: Iterable[tuple[int, float, int]], step_ms: int) -> dict[int, Figure]:
    """(time_ms, value, quality bits) by steps."""
    sound: defaultdict[int, list[float]] = defaultdict(list)
    impossible: defaultdict[int, list[float]] = defaultdict(list)
    marks: defaultdict[int, int] = defaultdict(int)
    for time_ms, value, bits in readings:
        step = time_ms // step_ms
        if bits:
            marks[step] |= bits
            if bits & _IMPOSSIBLE:
                impossible[step].append(value)
                continue
        sound[step].append(value)
    found = {step: (min(values), max(values), _sum(values), len(values), 0) for step, values in sound.items()}
    for step, values in impossible.items():
        if step not in found:
            found[step] = (min(values), max(values), _sum(values), -len(values), 0)
    for step, bits in marks.items():
        found[step] = (*found[step][:4], bits)
    return found


def merge(figures: Sequence[Figure]) -> Figure:
    """The figure of several stretches together."""
    if len(figures) == 1:
        return figures[0]
    bits = 0
    for figure in figures:
        bits |= figure[4]
    used = [figure for figure in figures if figure[3] > 0] or figures
    lows, highs, sums, counts, _ = zip(*used, strict=True)
    return min(lows), max(highs), _sum(sums), sum(counts), bits


def coarser(figures: Steps, factor: int) -> dict[int, Figure]:
    """The same in steps `factor` times as long."""
    groups: defaultdict[int, list[Figure]] = defaultdict(list)
    for step, figure in figures.items():
        groups[step // factor].append(figure)
    return {step: merge(group) for step, group in groups.items()}


def together(*parts: Steps) -> dict[int, Figure]:
    """Figures of the same step merged."""
    found = dict(parts[0])
    for part in parts[1:]:
        for step, figure in part.items():
            found[step] = merge((found[step], figure)) if step in found else figure
    return found


def mean(figure: Figure) -> float:
    """Never outside of its own range, whatever rounding does."""
    return min(max(figure[2] / abs(figure[3]), figure[0]), figure[1])


def _sum(values: Sequence[float]) -> float:
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # beyond what a float can hold
        return sum(values)
