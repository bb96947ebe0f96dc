"""Condensed history: from rollups where a day is in line with them, from the readings everywhere else.

Where readings are no longer kept, the rollups are all there is: their minutes (hours, where those have gone, too)
then count as readings of the moment they begin at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from ...core.ports.store import Bucket
from . import rollups
from .figures import DAY_MS, LEVELS_MS, MINUTE_MS, Figure, Steps, coarser, condense, mean, together
from .rollups import HOURS, MINUTES, DeviceState

_FAR = 1 << 62
Raw = Callable[[int, int], list[tuple[int, float, int]]]
"""(time_ms, value, quality bits) in [from, to)."""


def buckets(
    connection: sqlite3.Connection, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int, raw: Raw
) -> list[Bucket]:
    """The readings of [from, to) condensed to steps aligned to the epoch."""
    from_ms, to_ms = max(from_ms, -_FAR), min(to_ms, _FAR)
    state = rollups.state(connection, device)
    query = _Query(connection, metric, step_ms, raw)
    if state is None:
        query.add_raw(from_ms, to_ms)
    else:
        query.gather(state, from_ms, to_ms)
    return [
        Bucket(step * step_ms, figure[0], figure[1], mean(figure), abs(figure[3]), figure[4])
        for step, figure in sorted(query.steps().items())
    ]


class _Query:
    """Gathers figures by minute, hour and day (or by the step itself where it is no multiple of a minute)."""

    def __init__(self, connection: sqlite3.Connection, metric: str, step_ms: int, raw: Raw) -> None:
        self._connection = connection
        self._metric = metric
        self._step_ms = step_ms
        self._raw = raw
        self._level = max((level for level in range(3) if step_ms % LEVELS_MS[level] == 0), default=-1)
        self._by_level: list[dict[int, Figure]] = [{}, {}, {}]
        self._by_step: dict[int, Figure] = {}
        self._gaps: list[tuple[int, int]] = []

    def steps(self) -> dict[int, Figure]:
        """Everything gathered, by steps."""
        if self._level < 0:
            return self._by_step
        figures: dict[int, Figure] = {}
        for level in range(self._level + 1):
            if level:
                figures = coarser(figures, LEVELS_MS[level] // LEVELS_MS[level - 1])
            figures = together(figures, self._by_level[level])
        return coarser(figures, self._step_ms // LEVELS_MS[self._level])

    def add_raw(self, from_ms: int, to_ms: int) -> None:
        """From the readings."""
        if from_ms < to_ms:
            found = self._raw(from_ms, to_ms)
            if self._level < 0:
                self._by_step = together(self._by_step, condense(found, self._step_ms))
            else:
                self._add(MINUTES, condense(found, MINUTE_MS))

    def gather(self, state: DeviceState, from_ms: int, to_ms: int) -> None:
        """Each day from where it is found."""
        if from_ms >= to_ms:
            return
        first, last = from_ms // DAY_MS, (to_ms - 1) // DAY_MS
        stale = rollups.stale_days(self._connection, state.id, first, last)
        raw = [(day, day + 1) for day in stale] + [(max(first, state.rolled, state.raw_from), last + 1)]
        if self._level < 0:
            raw = [(day, day + 1) for day in stale if day < state.raw_from] + [(max(first, state.raw_from), last + 1)]
        raw.append((first, min(last + 1, 0)))  # before 1970 nothing is rolled up
        self._gaps = [(start * DAY_MS, end * DAY_MS) for start, end in raw]
        self._add_gone(state, from_ms, to_ms)
        if self._level >= 0:
            self._add_rolled(state, from_ms, to_ms, set(stale))
        for start, end in _joined(self._gaps):
            self.add_raw(max(start, from_ms), min(end, to_ms))

    def _add_gone(self, state: DeviceState, from_ms: int, to_ms: int) -> None:
        """Days whose readings are no longer kept, from as fine rollups as are needed and there."""
        until_ms = min(to_ms, state.raw_from * DAY_MS)
        from_ms = max(from_ms, 0)
        first, end = -(-from_ms // DAY_MS), until_ms // DAY_MS
        if first < end and self._level > MINUTES:
            self._read(state, self._level, first, end - 1)
            edges = [(from_ms, first * DAY_MS), (end * DAY_MS, until_ms)]
        else:
            edges = [(from_ms, until_ms)]
        for start, stop in edges:
            if start >= stop:
                continue
            days = start // DAY_MS, (stop - 1) // DAY_MS
            hours, there, _ = rollups.read(self._connection, state.id, HOURS, *days, self._metric)
            minutes, finer, _ = rollups.read(self._connection, state.id, MINUTES, *days, self._metric)
            kept = set(finer)
            if len(there) > len(kept):
                left = {hour: figure for hour, figure in hours.items() if hour // 24 not in kept}
                self._add(HOURS, _within(left, LEVELS_MS[HOURS], start, stop))
            self._add(MINUTES, _within(minutes, MINUTE_MS, start, stop))

    def _add_rolled(self, state: DeviceState, from_ms: int, to_ms: int, stale: set[int]) -> None:
        """Days that are in line with their rollups: whole ones by the coarsest level, the others by minutes."""
        first, end = -(-from_ms // DAY_MS), to_ms // DAY_MS
        start = max(first, state.raw_from, 0)
        if start < min(end, state.rolled):
            self._read(state, self._level, start, min(end, state.rolled) - 1, stale)
        partial = {day for day in (first - 1, end) if from_ms < (day + 1) * DAY_MS and day * DAY_MS < to_ms}
        for day in partial:
            if max(state.raw_from, 0) <= day < state.rolled and day not in stale and not first <= day < end:
                self._add_part(state, day, max(from_ms, day * DAY_MS), min(to_ms, (day + 1) * DAY_MS))

    def _add_part(self, state: DeviceState, day: int, from_ms: int, to_ms: int) -> None:
        start, end = -(-from_ms // MINUTE_MS) * MINUTE_MS, to_ms // MINUTE_MS * MINUTE_MS
        if start >= end:
            self._gaps.append((from_ms, to_ms))
            return
        figures, _, damaged = rollups.read(self._connection, state.id, MINUTES, day, day, self._metric)
        if damaged:
            self._gaps.append((from_ms, to_ms))
            return
        self._add(MINUTES, _within(figures, MINUTE_MS, start, end))
        self._gaps += [(from_ms, start), (end, to_ms)]

    def _read(self, state: DeviceState, level: int, first: int, last: int, stale: set[int] | None = None) -> None:
        figures, _, damaged = rollups.read(self._connection, state.id, level, first, last, self._metric)
        if stale:
            per_day = rollups.STEPS[level]
            figures = {step: figure for step, figure in figures.items() if step // per_day not in stale}
        self._add(level, figures)
        self._gaps += [(day * DAY_MS, (day + 1) * DAY_MS) for day in damaged]

    def _add(self, level: int, figures: Steps) -> None:
        if self._level < level:
            # Finer than what is left of it: it counts at the moment it begins.
            factor_ms = LEVELS_MS[level]
            if self._level < 0:
                moved: dict[int, Figure] = {}
                for step, figure in figures.items():
                    moved = together(moved, {step * factor_ms // self._step_ms: figure})
                self._by_step = together(self._by_step, moved)
                return
            factor = factor_ms // LEVELS_MS[self._level]
            level, figures = self._level, {step * factor: figure for step, figure in figures.items()}
        self._by_level[level] = together(self._by_level[level], figures)


def _within(figures: Steps, step_ms: int, from_ms: int, to_ms: int) -> dict[int, Figure]:
    return {step: figure for step, figure in figures.items() if from_ms <= step * step_ms < to_ms}


def _joined(gaps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of time without overlaps, neighbours in one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(gap for gap in gaps if gap[0] < gap[1]):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
