"""The running mean of the temperature outside: what people are used to, and so what they call comfortable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, tzinfo

from ...core.local_time import LocalTime
from ...core.messages import ClockSet
from ...core.ports.store import History
from ...core.quality import Quality
from ...core.window.teacher import running_mean
from .surroundings import Speaker

DAYS = 14
"""With a weight of .8 a day, what is older counts for 4 %."""
MOST_HOURS_MISSING = 6
"""A day of which more was not measured says nothing."""
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_DOUBTED = ~int(Quality.TIME)


class Climate:
    """Hourly means of the last days; the days are those of the site."""

    def __init__(self, zone: tzinfo) -> None:
        self._local = LocalTime(zone)
        self._hours: dict[int, tuple[float, int]] = {}
        """Sum and count by the hour's begin."""
        self._known: tuple[date, float | None] | None = None

    async def load(self, history: History, outdoor: Iterable[Speaker], now_ms: int) -> None:
        """What was measured outside in the last days, in place of what is known. Raises StoreError."""
        from_ms = now_ms - (DAYS + 1) * _DAY_MS
        hours: dict[int, tuple[float, int]] = {}
        for speaker in outdoor:
            since_ms = from_ms if speaker.since_ms is None else max(from_ms, speaker.since_ms)
            for bucket in await history.buckets(speaker.device, "temperature", since_ms, now_ms, _HOUR_MS):
                if not bucket.quality & _DOUBTED:
                    total, count = hours.get(bucket.time_ms, (0.0, 0))
                    hours[bucket.time_ms] = total + bucket.mean * bucket.count, count + bucket.count
        # What has come meanwhile is newer than what was read.
        self._hours = {**self._hours, **hours}
        self._known = None

    def take(self, temperature_c: float, time_ms: int) -> None:
        """Measured outside, and believed."""
        hour_ms = time_ms - time_ms % _HOUR_MS
        total, count = self._hours.get(hour_ms, (0.0, 0))
        self._hours[hour_ms] = total + temperature_c, count + 1

    def mean_c(self, now_ms: int) -> float | None:
        """The running mean of the days that are over; None before one whole day was measured."""
        today = self._local.date_of(now_ms)
        if self._known is None or self._known[0] != today:
            oldest_ms = now_ms - (DAYS + 1) * _DAY_MS
            self._hours = {hour_ms: said for hour_ms, said in self._hours.items() if hour_ms >= oldest_ms}
            self._known = today, self._worked_out(today)
        return self._known[1]

    def shift(self, event: ClockSet) -> None:
        """The clock was set by a step: hours measured in this run are others now, to the nearest hour."""
        if event.redates:
            moved: dict[int, tuple[float, int]] = {}
            for hour_ms, (total, count) in self._hours.items():
                after_ms = event.moved(hour_ms)
                after_ms -= after_ms % _HOUR_MS
                before = moved.get(after_ms, (0.0, 0))
                moved[after_ms] = before[0] + total, before[1] + count
            self._hours = moved
        self._known = None

    def _worked_out(self, today: date) -> float | None:
        days: dict[date, list[float]] = {}
        for hour_ms, (total, count) in sorted(self._hours.items()):
            days.setdefault(self._local.date_of(hour_ms), []).append(total / count)
        mean: float | None = None
        for day, hours in days.items():
            if day < today and len(hours) >= 24 - MOST_HOURS_MISSING:
                mean = running_mean(mean, sum(hours) / len(hours))
        return mean
