"""Readings become points: one an interval a series, the same whether they come one by one or from the history."""

from __future__ import annotations

import msgspec

from ..ports.store import Bucket

UNWATCHED = frozenset({"energy", "position", "battery"})
"""Counters, and what people or the gateway move: nothing in them is unusual."""

Quiet = tuple[float, float]
"""A value within is no record, in the unit of the series."""


class Point(msgspec.Struct, frozen=True):
    """What an interval gives."""

    time_ms: int
    """Its begin, UTC."""
    value: float | None
    """For the detector; None: it was given a value of this interval at once."""
    mean: float | None
    """Of the whole interval; None: it is not over yet."""


class Points:
    """Of one series. An interval's mean, or at once the first value of it that lies outside `quiet`."""

    __slots__ = ("_begin_ms", "_count", "_given", "_interval_ms", "_over_ms", "_total")

    def __init__(self, interval_ms: int) -> None:
        self._interval_ms = interval_ms
        self._begin_ms = self._over_ms = -1
        self._total = 0.0
        self._count = 0
        self._given = False

    def take(self, time_ms: int, value: float, quiet: Quiet) -> Point | None:
        """Another value; a point when it has to be judged at once.

        The interval before must be closed. What belongs to an interval that is over is left out.
        """
        begin_ms = time_ms - time_ms % self._interval_ms
        if begin_ms <= self._over_ms or begin_ms < self._begin_ms:
            return None
        self._begin_ms = begin_ms
        self._total += value
        self._count += 1
        if self._given or quiet[0] <= value <= quiet[1]:
            return None
        self._given = True
        return Point(begin_ms, value, None)

    def close(self) -> Point | None:
        """The interval is over; None: nothing came in it."""
        if not self._count:
            return None
        mean = self._total / self._count
        point = Point(self._begin_ms, None if self._given else mean, mean)
        self._over_ms = self._begin_ms
        self._total, self._count, self._given = 0.0, 0, False
        return point

    def resume(self, bucket: Bucket, quiet: Quiet) -> Point | None:
        """What the history has of an interval that goes on, in place of its values until now."""
        self._begin_ms = bucket.time_ms
        self._total, self._count = bucket.mean * bucket.count, bucket.count
        farthest = _farthest(bucket, quiet)
        if self._given or farthest is None:
            return None
        self._given = True
        return Point(bucket.time_ms, farthest, None)


def of_bucket(bucket: Bucket, quiet: Quiet) -> Point:
    """The point of an interval that is over, from the history; its farthest value where one is outside `quiet`."""
    farthest = _farthest(bucket, quiet)
    return Point(bucket.time_ms, bucket.mean if farthest is None else farthest, bucket.mean)


def _farthest(bucket: Bucket, quiet: Quiet) -> float | None:
    below, above = quiet[0] - bucket.minimum, bucket.maximum - quiet[1]
    if max(below, above) <= 0.0:
        return None
    return bucket.maximum if above >= below else bucket.minimum
