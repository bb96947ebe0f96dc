"""Columns of many series as the few events that rules have to hear, in order of time.

Inside its band nothing of a series can flip, so a reading there is not told; but its time keeps the series from growing
old, and its value is what `why` shows. Therefore the cells are brought up to date before every event that is told, and
the first reading after a silence longer than the series' age is told whatever its value: until it came, nobody knew.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heapreplace
from math import nan

from ...core.ports.rules import Columns
from ...core.quality import Quality
from ...core.rules.cells import Cell
from ...core.rules.engine import Engine
from ...core.rules.events import Heard

_DOUBTED = ~int(Quality.TIME)
_CHUNK = 1024


class Merge:
    """Goes through one stretch of history after the other, each as columns by device.

    The engine must have been given its rules; it takes each event before the next is asked for.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def events(self, columns: Mapping[str, Columns]) -> Iterator[Heard]:
        """What the engine has to hear of this stretch."""
        runs = [run for device, found in columns.items() if (run := self._run(device, found)) is not None]
        waiting = [(run.next_ms, run.device, run) for run in runs if run.row < run.count]
        heapify(waiting)
        while waiting:
            time_ms, device, run = waiting[0]
            for other in runs:
                other.catch_up(time_ms, device)
            yield run.heard()
            run.seek(run.row + 1)
            if run.row < run.count:
                heapreplace(waiting, (run.next_ms, device, run))
            else:
                heappop(waiting)
        for run in runs:
            run.finish()

    def _run(self, device: str, columns: Columns) -> _Run | None:
        cells = self._engine.cells(device)
        if cells is None or not columns.times:
            return None
        series: list[_Series] = []
        for metric, values in columns.values.items():
            cell = cells.get(metric)
            if cell is not None:
                series.append(_Series(cell, columns.times, believed(values, columns.bits.get(metric))))
        return _Run(device, columns.times, series) if series else None


def believed(values: array[float], bits: array[int] | None) -> array[float]:
    """The values without those that are doubted; only an unsure time is none of a value's faults."""
    if bits is None:
        return values
    return array("d", [nan if bit & _DOUBTED else value for value, bit in zip(values, bits, strict=True)])


class _Series:
    """One metric of a device; NaN: that row does not have it."""

    __slots__ = ("band", "cell", "count", "done", "gaps", "next", "times", "values")

    def __init__(self, cell: Cell, times: array[int], values: array[float]) -> None:
        self.cell = cell
        self.times = times
        self.values = values
        self.count = len(times)
        self.done = 0
        """Rows below this are in the cell."""
        self.gaps = list(self._gaps(cell.age_ms, cell.time_ms))[::-1]
        """Rows after a silence, the next one last."""
        self.seek(0)

    def _gaps(self, age_ms: int, before_ms: int) -> Iterator[int]:
        times, rows = self.times, self._rows()
        at, count = 0, len(rows)
        while at < count:
            if times[rows[at]] - before_ms > age_ms:
                yield rows[at]
            # All rows within an age of this one have none between them.
            at_ms = times[rows[at]]
            at = max(bisect_right(rows, at_ms + age_ms, at, key=times.__getitem__), at + 1)
            before_ms = times[rows[at - 1]]

    def _rows(self) -> range | list[int]:
        if sum(self.values) == sum(self.values):  # no NaN among them
            return range(self.count)
        return [row for row, value in enumerate(self.values) if value == value]

    def seek(self, row: int) -> None:
        """Find the first row from here on that has to be told: the number of rows when there is none."""
        while self.gaps and self.gaps[-1] < row:
            self.gaps.pop()
        self.band = low, high = self.cell.low, self.cell.high
        limit = self.gaps[-1] if self.gaps else self.count
        while row < limit:
            for value in self.values[row : min(row + _CHUNK, limit)]:
                if not low < value < high and value == value:
                    self.next = row
                    return
                row += 1
        self.next = limit

    def told(self, row: int) -> None:
        """After it was told: what comes next has to be looked for again where that changes anything."""
        if self.next <= row or self.band != (self.cell.low, self.cell.high):
            self.seek(row + 1)

    def catch_up(self, rows: int) -> None:
        """The cell has the newest value below this row."""
        for row in range(rows - 1, self.done - 1, -1):
            value = self.values[row]
            if value == value:
                if self.times[row] >= self.cell.time_ms:
                    self.cell.value, self.cell.time_ms = value, self.times[row]
                break
        self.done = max(self.done, rows)


class _Run:
    """What a device said in a stretch of time. `row`: the next that has to be told."""

    __slots__ = ("count", "device", "row", "series", "times")

    def __init__(self, device: str, times: array[int], series: list[_Series]) -> None:
        self.device = device
        self.times = times
        self.count = len(times)
        self.series = series
        self.row = min(one.next for one in series)

    def __lt__(self, other: _Run) -> bool:
        return self.device < other.device

    @property
    def next_ms(self) -> int:
        return self.times[self.row]

    def heard(self) -> Heard:
        """The reading of the row that has to be told, with all that rules look at."""
        row, time_ms = self.row, self.times[self.row]
        values = {one.cell.metric: value for one in self.series if (value := one.values[row]) == value}
        for one in self.series:
            one.done = row + 1
        return Heard(self.device, time_ms, values, arrived_ms=time_ms)

    def seek(self, row: int) -> None:
        """After the engine has taken the row before this one."""
        for one in self.series:
            one.told(row - 1)
        self.row = min(one.next for one in self.series)

    def catch_up(self, time_ms: int, device: str) -> None:
        """Everything that comes before the reading of this device at this ms is in the cells."""
        for one in self.series:
            if one.done < self.count and self.times[one.done] <= time_ms and one.next != one.done:
                before = bisect_right if self.device < device else bisect_left
                rows = self.row if self.device == device else before(self.times, time_ms, one.done)
                one.catch_up(rows)

    def finish(self) -> None:
        """Nothing of this stretch has to be told any more."""
        for one in self.series:
            one.catch_up(self.count)
