"""Columns of many series through the evaluator, without looking at what changes nothing.

A reading inside its cell's band can only move the cell's value and time. So only readings outside it become events;
before each of them the cells are brought to their newest value by then. What fires is the same as if everything had
been fed.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import inf, isnan, nan

import msgspec

from ...core.ports.rules import Columns
from ...core.quality import Quality
from ...core.rules.cells import Cell
from ...core.rules.engine import Engine
from ...core.rules.events import Event, Heard, RuleGone, RulePut
from ...core.rules.firing import Fired

_CHUNK = 256
_DOUBTED = int(~Quality.TIME & 0xFFFF)


class Track:
    """One device's readings of one slice of time, walked once."""

    def __init__(self, device: str, columns: Columns) -> None:
        self.device = device
        self.times = columns.times
        self.flagged = 0
        """Values that were left out because they are doubted."""
        self._values = {metric: self._believed(metric, columns) for metric in columns.values}
        self._found: dict[str, tuple[float, float, int]] = {}
        """By metric: a band, and the first reading outside it from where was last looked."""
        self._gaps: dict[str, list[int]] = {}
        self._synced = 0
        self.at = len(self.times)
        """Index of the next reading that is to be fed."""

    def _believed(self, metric: str, columns: Columns) -> Sequence[float]:
        values, bits = columns.values[metric], columns.bits.get(metric)
        if bits is None:
            return values
        doubted = [place for place, bit in enumerate(bits) if bit & _DOUBTED and not isnan(values[place])]
        self.flagged += len(doubted)
        if not doubted:
            return values
        believed = values[:]
        for place in doubted:
            believed[place] = nan
        return believed

    def leave(self, places: Sequence[int]) -> None:
        """Readings that were not heard at their own time."""
        for metric in self._values if places else ():
            kept = array("d", self._values[metric])
            for place in places:
                kept[place] = nan
            self._values[metric] = kept
        self.forget()

    def prime(self, cells: Mapping[str, Cell] | None, until_ms: int) -> None:
        """Of what was measured up to there, only what is inside its band counts, and is newer than what is known."""
        self._synced = bisect_right(self.times, until_ms)
        for metric, cell in (cells or {}).items():
            for place in range(bisect_right(self.times, cell.time_ms), self._synced):
                value = self.value(metric, place)
                if value is not None and cell.inside(value, self.times[place]):
                    cell.value, cell.time_ms = value, self.times[place]

    def forget(self) -> None:
        """Other rules look at it now."""
        self._found.clear()
        self._gaps.clear()

    def value(self, metric: str, place: int) -> float | None:
        """None: that reading does not have it, or nobody believes it."""
        value = self._values[metric][place] if metric in self._values else nan
        return None if isnan(value) else value

    def has(self, place: int, values: Mapping[str, float]) -> bool:
        """Whether a reading has these, of the metrics that are looked at."""
        return all(self.value(metric, place) == value for metric, value in values.items() if metric in self._values)

    def seek(self, cells: Mapping[str, Cell] | None, start: int) -> int:
        """The first reading from `start` on that one of these cells has to look at; the length: there is none."""
        self.at = len(self.times)
        for metric, cell in (cells or {}).items():
            if metric in self._values:
                self.at = min(self.at, self._outside(metric, cell, start))
        return self.at

    def _outside(self, metric: str, cell: Cell, start: int) -> int:
        low, high = cell.low, cell.high
        before = self._found.get(metric)
        if before is not None and before[:2] == (low, high) and before[2] >= start:
            return before[2]
        found = self._first(self._values[metric], start, low, high)
        gaps = self._gaps.get(metric)
        if gaps is None:
            gaps = self._gaps[metric] = self._after_gaps(self._values[metric], cell.age_ms)
        gap = bisect_right(gaps, start - 1)
        if gap < len(gaps):
            found = min(found, gaps[gap])
        self._found[metric] = (low, high, found)
        return found

    @staticmethod
    def _first(values: Sequence[float], place: int, low: float, high: float) -> int:
        """The first one outside the band from there on: every value of a history goes through this."""
        count = len(values)
        if place < count and not low < values[place] < high and values[place] == values[place]:
            return place  # of a series without a band it is the next one
        while place < count:
            part = values[place : place + _CHUNK]
            # The highest and the lowest of many are found sooner than each is looked at. A NaN hides them only when it
            # is the first: then each is looked at.
            if (high == inf or max(part) < high) and (low == -inf or min(part) > low):
                place += len(part)
                continue
            for value in part:
                if not low < value < high and value == value:  # not NaN
                    return place
                place += 1
        return count

    def _after_gaps(self, values: Sequence[float], age_ms: int) -> list[int]:
        """Readings that come after a longer silence than the age limit, and the first of the slice."""
        total, times = sum(values), self.times
        there: Sequence[int] = range(len(values))
        if total != total:  # a NaN among them
            there = [place for place, value in enumerate(values) if value == value]
        after = [there[0]] if there else []
        number = 0
        while number < len(there):
            # Those within an age limit of this one have no longer silence between them.
            until_ms = times[there[number]] + age_ms
            number = max(bisect_right(there, until_ms, number, key=times.__getitem__), number + 1)
            if number < len(there) and times[there[number]] - times[there[number - 1]] > age_ms:
                after.append(there[number])
        return after

    def sync(self, cells: Mapping[str, Cell] | None, time_ms: int) -> None:
        """Bring cells to their newest value by then, of those readings that are not fed."""
        start = self._synced
        if start >= len(self.times) or self.times[start] > time_ms or cells is None:
            return
        end = min(bisect_right(self.times, time_ms, start), self.at)
        for metric, cell in cells.items():
            values = self._values.get(metric)
            if values is None:
                continue
            for place in range(end - 1, start - 1, -1):
                if not isnan(values[place]):
                    if self.times[place] >= cell.time_ms:
                        cell.value, cell.time_ms = values[place], self.times[place]
                    break
        self._synced = max(end, start)

    def heard(self, cells: Mapping[str, Cell] | None) -> Heard:
        """The reading that is to be fed."""
        place = self.at
        self._synced = place + 1
        values = {metric: value for metric in cells or () if (value := self.value(metric, place)) is not None}
        return Heard(self.device, self.times[place], values)


class Followed(msgspec.Struct, frozen=True):
    """Values of a device that count from here on, with their times: nothing flips by them."""

    device: str
    values: dict[str, tuple[float, int]]


class Feed:
    """Drives an engine with slices of history, each as long as pleases, one after the other.

    `strikes`: what is due comes by itself, as where there is no tape that says when it came.
    """

    def __init__(self, engine: Engine, *, strikes: bool) -> None:
        self._engine = engine
        self._strikes = strikes
        self.flagged = 0
        self._fired: list[Fired] = []

    def run(
        self, columns: Mapping[str, Columns], until_ms: int, taped: Sequence[tuple[int, Event]] = ()
    ) -> list[Fired]:
        """All of a slice, by device. `taped` goes between, each after the readings of its ms; it ends with what is due
        before `until_ms`.
        """
        return self.through([Track(device, found) for device, found in columns.items()], until_ms, taped)

    def through(self, tracks: Sequence[Track], until_ms: int, taped: Sequence[tuple[int, Event]] = ()) -> list[Fired]:
        """The same with tracks of which something was left out."""
        for _ in self.steps(tracks, until_ms, taped):
            pass
        return self.drained()

    def drained(self) -> list[Fired]:
        """What has fired since this was asked last."""
        found, self._fired = self._fired, []
        return found

    def steps(
        self,
        tracks: Sequence[Track],
        until_ms: int,
        taped: Sequence[tuple[int, Event | Followed]] = (),
        after_ms: int = -(1 << 62),
    ) -> Iterator[int]:
        """The same one by one: gives each moment at which something is taken, before it is. Readings up to `after_ms`
        are not fed.
        """
        self.flagged += sum(track.flagged for track in tracks)
        heap = self._heap(tracks, after_ms)
        for time_ms, event in taped:
            if isinstance(event, Followed):
                self._follow(event)
                continue
            yield from self._readings(heap, tracks, time_ms + 1)
            yield from self._reach(tracks, time_ms)
            yield time_ms
            self._fired += self._engine.take(event)
            if isinstance(event, RulePut | RuleGone):
                for track in tracks:
                    track.forget()
            if isinstance(event, RulePut | RuleGone | Heard):  # nothing else changes bands before a silence does
                heap = self._heap(tracks, time_ms)
        yield from self._readings(heap, tracks, until_ms)
        yield from self._reach(tracks, until_ms - 1)
        if self._strikes:
            self._fired += self._engine.run_to(until_ms)

    def _follow(self, event: Followed) -> None:
        cells = self._engine.cells(event.device) or {}
        for metric, (value, time_ms) in event.values.items():
            cell = cells.get(metric)
            if cell is not None and time_ms >= cell.time_ms:
                cell.value, cell.time_ms = value, time_ms

    def _heap(self, tracks: Sequence[Track], after_ms: int) -> list[tuple[int, str, int]]:
        """Next readings that are to be fed: moment, device, number of the track."""
        heap: list[tuple[int, str, int]] = []
        for number, track in enumerate(tracks):
            place = track.seek(self._engine.cells(track.device), bisect_right(track.times, after_ms))
            if place < len(track.times):
                heap.append((track.times[place], track.device, number))
        heapify(heap)
        return heap

    def _readings(self, heap: list[tuple[int, str, int]], tracks: Sequence[Track], before_ms: int) -> Iterator[int]:
        while heap and heap[0][0] < before_ms:
            time_ms, device, number = heappop(heap)
            track = tracks[number]
            yield from self._reach(tracks, time_ms)
            cells = self._engine.cells(device)
            yield time_ms
            self._fired += self._engine.take(track.heard(cells))
            place = track.seek(cells, track.at + 1)
            if place < len(track.times):
                heappush(heap, (track.times[place], device, number))

    def _reach(self, tracks: Sequence[Track], time_ms: int) -> Iterator[int]:
        """Bring the cells up to this moment, and do before it what is due before it."""
        if self._strikes:
            while (due := self._engine.next_ms()) is not None and due < time_ms:
                self._sync(tracks, due)
                yield due
                self._fired += self._engine.run_to(due + 1)
        self._sync(tracks, time_ms)

    def _sync(self, tracks: Sequence[Track], time_ms: int) -> None:
        for track in tracks:
            track.sync(self._engine.cells(track.device), time_ms)
