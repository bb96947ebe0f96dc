"""How fast a node's uptime counter runs, from when its messages arrived.

A message arrives late or in time, never early: over hours the earliest arrivals lie on a straight line, everything
that waited lies above it. The line's slope is the counter's error; a backlog or a slow network only adds points above.
"""

from __future__ import annotations

import msgspec

_WINDOWS = 24
"""Earliest arrivals kept; when there are more, every two neighbours become one."""
_FIRST_WIDTH_MS = 300_000
_LEAST_SPAN_MS = 6 * 3_600_000
"""Shorter than this, a network's mood is larger than any crystal's error."""
_MOST_PPM = 500.0
"""No crystal is so bad; what looks worse is something else."""


class Line(msgspec.Struct, frozen=True):
    """Uptime laid onto time: `epoch_ms + uptime_ms * (1 + ppm / 1e6)`."""

    epoch_ms: float
    ppm: float

    def at(self, uptime_ms: int) -> float:
        """The time at this uptime."""
        return self.epoch_ms + uptime_ms * (1 + self.ppm / 1e6)


class Drift:
    """The earliest arrivals of one boot, in bounded memory however long it lasts."""

    __slots__ = ("_delays", "_origin_ms", "_uptimes", "_width_ms", "_window", "from_ms", "soonest_ms", "to_ms")

    def __init__(self) -> None:
        self.from_ms = self.to_ms = self.soonest_ms = 0
        """At uptimes in [from, to) an arrival that is not less than `soonest_ms` later says nothing new."""
        self._width_ms = _FIRST_WIDTH_MS
        self._window = -1
        self._origin_ms = 0
        # Of each window its earliest arrival, in order: its uptime, and arrival minus uptime minus the origin.
        self._uptimes: list[int] = []
        self._delays: list[int] = []

    def observe(self, uptime_ms: int, arrival_ms: int) -> bool:
        """Something sent at this uptime arrived; True when a window was completed, so that asking is worth it."""
        delay = arrival_ms - uptime_ms - self._origin_ms
        window = uptime_ms // self._width_ms
        if window == self._window:
            if delay < self._delays[-1]:
                self._uptimes[-1], self._delays[-1] = uptime_ms, delay
                self.soonest_ms = delay + self._origin_ms
            return False
        if window < self._window:
            return False  # a backlog, which says nothing new
        if not self._uptimes:
            self._origin_ms, delay = delay, 0
        elif len(self._uptimes) == _WINDOWS:
            self._widen()
            return self.observe(uptime_ms, arrival_ms)
        self._uptimes.append(uptime_ms)
        self._delays.append(delay)
        self._enter(window)
        return len(self._uptimes) > 2

    @property
    def span_ms(self) -> int:
        """From the first to the last uptime seen."""
        return self._uptimes[-1] - self._uptimes[0] if self._uptimes else 0

    def shift(self, ms: int) -> None:
        """The clock that the arrivals were read from was set, and they move with it."""
        self._origin_ms += ms
        self.soonest_ms += ms

    def line(self) -> Line | None:
        """The line under all arrivals; None while they do not tell."""
        # The newest window is still being filled: what it holds may all have waited.
        uptimes, delays = self._uptimes[:-1], self._delays[:-1]
        if len(uptimes) < 3 or uptimes[-1] - uptimes[0] < _LEAST_SPAN_MS:
            return None
        left, right = _edge(uptimes, delays)
        slope = (delays[right] - delays[left]) / (uptimes[right] - uptimes[left])
        if abs(slope) * 1e6 > _MOST_PPM:
            return None
        return Line(self._origin_ms + delays[left] - slope * uptimes[left], slope * 1e6)

    def _enter(self, window: int) -> None:
        self._window = window
        self.from_ms, self.to_ms = window * self._width_ms, (window + 1) * self._width_ms
        self.soonest_ms = self._delays[-1] + self._origin_ms

    def _widen(self) -> None:
        self._width_ms *= 2
        uptimes, delays, last = self._uptimes, self._delays, -1
        self._uptimes, self._delays = [], []
        for uptime_ms, delay in zip(uptimes, delays, strict=True):
            window = uptime_ms // self._width_ms
            if window != last:
                self._uptimes.append(uptime_ms)
                self._delays.append(delay)
            elif delay < self._delays[-1]:
                self._uptimes[-1], self._delays[-1] = uptime_ms, delay
            last = window
        self._enter(last)


def _edge(uptimes: list[int], delays: list[int]) -> tuple[int, int]:
    """The edge of the points' lower hull above which their middle lies: of all lines below them the closest."""
    hull: list[int] = []
    for index in range(len(uptimes)):
        while len(hull) > 1 and _above(uptimes, delays, hull[-2], hull[-1], index):
            hull.pop()
        hull.append(index)
    middle = sum(uptimes) / len(uptimes)
    edge = next(at for at in range(1, len(hull)) if uptimes[hull[at]] >= middle)
    return hull[edge - 1], hull[edge]


def _above(uptimes: list[int], delays: list[int], first: int, middle: int, last: int) -> bool:
    """Whether the middle point does not lie below the line between the others."""
    rise = (delays[last] - delays[first]) * (uptimes[middle] - uptimes[first])
    return (delays[middle] - delays[first]) * (uptimes[last] - uptimes[first]) >= rise
