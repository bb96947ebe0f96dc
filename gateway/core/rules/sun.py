"""When the sun rises and sets at a place, without any library or network. Pure.

NOAA's solar equations (https://gml.noaa.gov/grad/solcalc/calcdetails.html, after Meeus, Astronomical Algorithms). The
sun is up while its centre is above -0.833 degrees: refraction and half its disc. Good to a minute where it rises
steeply enough; weather, mountains and the horizon of a valley are not in it.
"""

from __future__ import annotations

from math import asin, cos, degrees, floor, radians, sin, tan
from typing import Literal

import msgspec

Event = Literal["sunrise", "sunset"]

_HALF_MS = 43_200_000
_DEGREE_MS = 240_000
"""The earth turns by a degree in four minutes."""
_HORIZON = sin(radians(-0.833))
_J2000_MS = 946_728_000_000
_CENTURY_MS = 36_525 * 86_400_000
_MOST_HALVES = 740
"""A year and some days: a polar night is shorter."""
_MOST_KNOWN = 2048


class _Half(msgspec.Struct, frozen=True, gc=False):
    """From a true midnight to noon, or from noon to midnight: the sun crosses the horizon at most once in it."""

    start_ms: int
    up: bool
    """At its start."""
    change_ms: int | None
    """The first ms at which it is otherwise; None: it stays so."""


class Sun:
    """Seen from one place; degrees, north and east positive."""

    def __init__(self, latitude: float, longitude: float) -> None:
        self._sin, self._cos = sin(radians(latitude)), cos(radians(latitude))
        self._east_ms = longitude * _DEGREE_MS
        self._halves: dict[int, _Half] = {}

    def up(self, time_ms: int) -> bool:
        """Whether it is; all day long in a polar day, never in a polar night."""
        half = self._half(self._number(time_ms))
        return half.up != (half.change_ms is not None and half.change_ms <= time_ms)

    def next(self, event: Event, after_ms: int) -> int | None:
        """The first one later than `after_ms`; None: not for a year."""
        rises = event == "sunrise"
        return self._search(after_ms, (rises,))

    def next_change(self, after_ms: int) -> int | None:
        """The first sunrise or sunset later than `after_ms`; None: not for a year."""
        return self._search(after_ms, (True, False))

    def _search(self, after_ms: int, rises: tuple[bool, ...]) -> int | None:
        first = self._number(after_ms)
        for number in range(first, first + _MOST_HALVES):
            half = self._half(number)
            if half.change_ms is not None and half.change_ms > after_ms and (not half.up) in rises:
                return half.change_ms
        return None

    def _number(self, time_ms: int) -> int:
        """Of the half day that this moment is in: even from midnight, odd from noon."""
        number = floor((time_ms + self._east_ms) / _HALF_MS)
        if time_ms < self._start(number):
            return number - 1
        return number + (time_ms >= self._start(number + 1))

    def _start(self, number: int) -> int:
        """By the sun itself, which is up to 17 minutes before or behind a clock."""
        mean_ms = number * _HALF_MS - self._east_ms
        return round(mean_ms - _sun(mean_ms)[1] * _DEGREE_MS)

    def _half(self, number: int) -> _Half:
        found = self._halves.get(number)
        if found is None:
            if len(self._halves) >= _MOST_KNOWN:
                self._halves.clear()
            found = self._halves[number] = self._seen(self._start(number), self._start(number + 1))
        return found

    def _seen(self, start_ms: int, end_ms: int) -> _Half:
        up = self._above(start_ms)
        if self._above(end_ms) is up:
            return _Half(start_ms, up, None)
        before_ms, after_ms = start_ms, end_ms
        while after_ms - before_ms > 1:
            middle_ms = (before_ms + after_ms) // 2
            if self._above(middle_ms) is up:
                before_ms = middle_ms
            else:
                after_ms = middle_ms
        return _Half(start_ms, up, after_ms)

    def _above(self, time_ms: int) -> bool:
        declination, ahead = _sun(time_ms)
        hour = (time_ms + self._east_ms) / _DEGREE_MS + ahead - 180.0
        return self._sin * sin(declination) + self._cos * cos(declination) * cos(radians(hour)) > _HORIZON


def _sun(time_ms: float) -> tuple[float, float]:
    """Its declination (radians), and how far it is ahead of a clock that shows mean solar time (degrees)."""
    century = (time_ms - _J2000_MS) / _CENTURY_MS
    mean = radians((280.46646 + century * (36000.76983 + century * 0.0003032)) % 360)
    anomaly = radians((357.52911 + century * (35999.05029 - 0.0001537 * century)) % 360)
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = radians(
        sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + sin(3 * anomaly) * 0.000289
    )
    node = radians(125.04 - 1934.136 * century)
    longitude = mean + centre - radians(0.00569 + 0.00478 * sin(node))
    tilt = 23 + (26 + (21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))) / 60) / 60
    tilt = radians(tilt + 0.00256 * cos(node))
    y = tan(tilt / 2) ** 2
    ahead = degrees(
        y * sin(2 * mean)
        - 2 * eccentricity * sin(anomaly)
        + 4 * eccentricity * y * sin(anomaly) * cos(2 * mean)
        - 0.5 * y * y * sin(4 * mean)
        - 1.25 * eccentricity * eccentricity * sin(2 * anomaly)
    )
    return asin(sin(tilt) * sin(longitude)), ahead
