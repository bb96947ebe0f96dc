"""A window over the readings of one series, in 60 slots aligned to the epoch: constant time and room. Pure.

A figure covers the slot of the newest reading and the 60 before it: from the window's length to a sixtieth more. It
is known once the readings reach back over half of the window.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import nan

from .sources import Aggregate

_SLOTS = 60
_RING = _SLOTS + 1
_HALF = _SLOTS // 2
_HOUR_MS = 3_600_000
_WIDTH = {"mean": 2, "sum": 1, "count": 1, "min": 1, "max": 1, "rise": 2, "rate": 4}
"""Numbers that a slot keeps for each of them."""


class Slots:
    """Of one series, for one aggregate."""

    __slots__ = ("_aggregate", "_data", "_numbers", "_slot_ms", "_width")

    def __init__(self, window_s: int, aggregate: Aggregate) -> None:
        self._slot_ms = window_s * 1000 // _SLOTS
        self._aggregate = aggregate
        self._width = _WIDTH[aggregate]
        self._numbers: array[int] = array("q", [-1]) * _RING
        self._data: array[float] = array("d", [nan]) * (_RING * self._width)

    def add(self, value: float, time_ms: int) -> float | None:
        """Take a reading, not older than any before; the figure with it, None while too little is known."""
        number = time_ms // self._slot_ms
        place = number % _RING
        at = place * self._width
        if self._numbers[place] == number:
            self._more(at, value, time_ms)
        else:
            self._numbers[place] = number
            self._first(at, value, time_ms)
        return self._figure(number)

    def _first(self, at: int, value: float, time_ms: int) -> None:
        data = self._data
        match self._aggregate:
            case "mean":
                data[at], data[at + 1] = value, 1.0
            case "count":
                data[at] = 1.0
            case "rise":
                data[at] = data[at + 1] = value
            case "rate":
                data[at] = data[at + 1] = value
                data[at + 2] = data[at + 3] = time_ms
            case _:
                data[at] = value

    def _more(self, at: int, value: float, time_ms: int) -> None:
        data = self._data
        match self._aggregate:
            case "mean":
                data[at] += value
                data[at + 1] += 1.0
            case "sum":
                data[at] += value
            case "count":
                data[at] += 1.0
            case "min":
                data[at] = min(data[at], value)
            case "max":
                data[at] = max(data[at], value)
            case "rise":
                data[at + 1] = value
            case "rate":
                data[at + 1] = value
                data[at + 3] = time_ms

    def _figure(self, newest: int) -> float | None:
        numbers, width = self._numbers, self._width
        oldest = newest - _SLOTS
        # In order of time: the ring turns behind the newest one.
        first = (newest + 1) % _RING
        places: list[int] = [
            place for place in (*range(first, _RING), *range(first)) if oldest <= numbers[place] <= newest
        ]
        if newest - numbers[places[0]] < _HALF:
            return None
        data: Sequence[float] = self._data
        match self._aggregate:
            case "mean":
                return sum(data[at * width] for at in places) / sum(data[at * width + 1] for at in places)
            case "sum" | "count":
                return sum(data[at] for at in places)
            case "min":
                return min(data[at] for at in places)
            case "max":
                return max(data[at] for at in places)
        begin, end = places[0] * width, places[-1] * width
        rise = data[end + 1] - data[begin]
        if self._aggregate == "rise":
            return rise
        return rise * _HOUR_MS / max(data[end + 3] - data[begin + 2], 1.0)

    def dump(self) -> tuple[bytes, bytes]:
        """What it holds, to go on from."""
        return self._numbers.tobytes(), self._data.tobytes()

    def load(self, dumped: tuple[bytes, bytes]) -> None:
        """Go on from it. Raises ValueError when it is another window's."""
        numbers, data = self.read(dumped)
        if len(numbers) != _RING or len(data) != _RING * self._width:
            raise ValueError("another window")
        self._numbers, self._data = numbers, data

    @staticmethod
    def read(dumped: tuple[bytes, bytes]) -> tuple[array[int], array[float]]:
        """The numbers of slots and what is in them. Raises ValueError for what is none."""
        return array("q", dumped[0]), array("d", dumped[1])
