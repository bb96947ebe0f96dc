"""Moments and spans of the wall clock and of the sun, as rules name them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta, tzinfo

from ..errors import Refused
from ..local_time import LocalTime, Span
from ..spelling import WEEKDAYS, Weekday
from .rule import SunIf, SunWhen, TimeIf, TimeWhen
from .sun import Sun

_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_MOST_DAYS = 16
"""In which every weekday comes, even where a zone has left out a date."""
_MOST_SUN_DAYS = 370


class Calendar:
    """Of one site. What asks for the sun is Refused where its place is not known.

    A time of day that is skipped when the clock is set happens at the first moment after it, one that comes twice the
    first time only; spans follow the wall, so a repeated hour counts twice. See `core/local_time.py`.
    """

    def __init__(self, zone: tzinfo, latitude: float | None = None, longitude: float | None = None) -> None:
        self._local = LocalTime(zone)
        self._sun = None if latitude is None or longitude is None else Sun(latitude, longitude)

    def next_moment(self, trigger: TimeWhen | SunWhen, after_ms: int) -> int | None:
        """The first one later than `after_ms`; None: none for a year."""
        if isinstance(trigger, SunWhen):
            return self._next_sun(trigger, after_ms)
        if trigger.at:
            return self._next_at(trigger, after_ms)
        return self._next_every(trigger, after_ms) if trigger.every_s else None

    def last_moment(self, trigger: TimeWhen | SunWhen, after_ms: int, until_ms: int) -> int | None:
        """The newest one in (after, until]; None: there is none, or they come every so many seconds: none of those is
        made up for.
        """
        if isinstance(trigger, TimeWhen) and not trigger.at:
            return None
        found: int | None = None
        moment_ms = self.next_moment(trigger, after_ms)
        while moment_ms is not None and moment_ms <= until_ms:
            found = moment_ms
            moment_ms = self.next_moment(trigger, moment_ms)
        return found

    def holds(self, condition: TimeIf | SunIf, time_ms: int) -> bool:
        """Whether the wall clock, or the sun, is so at this moment."""
        if isinstance(condition, SunIf):
            return self._sky().up(time_ms - condition.offset_s * 1000) == (condition.is_ == "up")
        from_minute, to_minute = _minute(condition.from_), _minute(condition.to)
        if not self._local.within(time_ms, from_minute, to_minute):
            return False
        if not condition.days:
            return True
        wall = self._local.wall(time_ms)
        began = wall.date() - timedelta(days=wall.hour * 60 + wall.minute < from_minute)
        return _on(began, condition.days)

    def next_change(self, condition: TimeIf | SunIf, after_ms: int) -> int | None:
        """The first moment later than `after_ms` at which it is no longer as it was then; None: not for a year."""
        if isinstance(condition, SunIf):
            offset_ms = condition.offset_s * 1000
            change_ms = self._sky().next_change(after_ms - offset_ms)
            return None if change_ms is None else change_ms + offset_ms
        before = self.holds(condition, after_ms)
        minutes = (_minute(condition.from_), _minute(condition.to))
        for day in self._days(after_ms):
            for border_ms in self._borders(day, minutes):
                if border_ms > after_ms and self.holds(condition, border_ms) is not before:
                    return border_ms
        return None

    def _next_at(self, trigger: TimeWhen, after_ms: int) -> int | None:
        today, minute = self._local.date_of(after_ms), _minute(trigger.at)
        for days in range(-1, _MOST_DAYS):
            day = today + timedelta(days=days)
            if _on(day, trigger.days) and (moment_ms := self._local.moment(day, minute)) > after_ms:
                return moment_ms
        return None

    def _next_every(self, trigger: TimeWhen, after_ms: int) -> int | None:
        step_ms = trigger.every_s * 1000
        for day in self._days(after_ms):
            steps = max((after_ms - day.start_ms) // step_ms + 1, 0)
            moment_ms = day.start_ms + steps * step_ms
            if moment_ms < day.end_ms and _on(self._local.date_of(day.start_ms), trigger.days):
                return moment_ms
        return None

    def _next_sun(self, trigger: SunWhen, after_ms: int) -> int | None:
        """Its weekday is the one of the sunrise or sunset itself, whatever the offset."""
        offset_ms = trigger.offset_s * 1000
        sun_ms = self._sky().next(trigger.event, after_ms - offset_ms)
        while sun_ms is not None and not _on(self._local.date_of(sun_ms), trigger.days):
            if sun_ms - after_ms > _MOST_SUN_DAYS * _DAY_MS:
                return None
            sun_ms = self._sky().next(trigger.event, sun_ms)
        return None if sun_ms is None else sun_ms + offset_ms

    def _sky(self) -> Sun:
        if self._sun is None:
            raise Refused("where the site is must be known for sunrise and sunset: set [site] latitude and longitude")
        return self._sun

    def _days(self, from_ms: int) -> Iterator[Span]:
        """Local days from the one of this moment on."""
        for _ in range(_MOST_DAYS):
            day = self._local.day(from_ms)
            yield day
            from_ms = day.end_ms

    def _borders(self, day: Span, minutes: tuple[int, ...]) -> list[int]:
        """Moments of a day at which a span between these minutes may begin or end, in order."""
        if day.length_ms == _DAY_MS:
            return [day.start_ms + minute * _MINUTE_MS for minute in sorted(minutes)]
        found: set[int] = set()
        start_ms = day.start_ms
        while start_ms < day.end_ms:  # the clock is set on this day: within each of these hours it runs evenly
            hour = self._local.hour(start_ms)
            into = self._local.minute(start_ms)
            moments = (start_ms + (minute - into) * _MINUTE_MS for minute in minutes)
            found.update([start_ms, *(moment for moment in moments if start_ms <= moment < hour.end_ms)])
            start_ms = hour.end_ms
        return sorted(found)


def _minute(time_of_day: str) -> int:
    return int(time_of_day[:2]) * 60 + int(time_of_day[3:])


def _on(day: date, days: tuple[Weekday, ...]) -> bool:
    return not days or WEEKDAYS[day.weekday()] in days
