"""Days, hours and times of day where the site is, through daylight saving.

A day there has 23, 24 or 25 hours; a time of day may not exist (then what was to happen at it happens at the first
moment after it) or come twice (the first counts); zones with half and quarter hours have their own hours. Spans of one
kind lie one behind the other without gap or overlap, whatever a zone does.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_MS = 3_600_000
_MINUTES_A_DAY = 1440


class Span(msgspec.Struct, frozen=True):
    """A stretch of time, the end left out; UTC ms."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        """From start to end."""
        return self.end_ms - self.start_ms


class LocalTime:
    """The calendar and the clock on the wall of one zone."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def wall(self, time_ms: int) -> datetime:
        """What a clock on the wall shows, without a zone."""
        return self._local(time_ms).replace(tzinfo=None, fold=0)

    def date_of(self, time_ms: int) -> date:
        """The date on the wall."""
        return self._local(time_ms).date()

    def minute(self, time_ms: int) -> int:
        """Minutes of the wall clock since its midnight."""
        local = self._local(time_ms)
        return local.hour * 60 + local.minute

    def day(self, time_ms: int) -> Span:
        """The local day this moment belongs to: 23 to 25 hours, as a rule 24."""
        today = self.date_of(time_ms)
        return Span(self.moment(today, 0), self.moment(today + timedelta(days=1), 0))

    def days(self, from_ms: int, to_ms: int) -> list[Span]:
        """The local days that [from, to) touches, in order."""
        found: list[Span] = []
        while from_ms < to_ms:
            found.append(self.day(from_ms))
            from_ms = found[-1].end_ms
        return found

    def hour(self, time_ms: int) -> Span:
        """The hour on the wall this moment belongs to; shorter where the clock is set within it."""
        local = self._local(time_ms)
        into_ms = (local.minute * 60 + local.second) * 1000 + local.microsecond // 1000
        start_ms, end_ms = time_ms - into_ms, time_ms - into_ms + _HOUR_MS
        if self._offset_ms(start_ms) != self._offset_ms(time_ms):
            start_ms = self._change(start_ms, time_ms)
        if self._offset_ms(end_ms - 1) != self._offset_ms(time_ms):
            end_ms = self._change(time_ms, end_ms - 1)
        return Span(start_ms, end_ms)

    def moment(self, day: date, minute: int) -> int:
        """The UTC ms of a time of day, in minutes since midnight: once on every date, see above."""
        naive = datetime.combine(day, time(minute // 60, minute % 60))
        first, second = (self._utc_ms(naive.replace(tzinfo=self._zone, fold=fold)) for fold in (0, 1))
        if self.wall(first) == naive:
            return first
        # It was skipped. Before the clock was set it was too early by it, after that too late.
        return self._change(min(first, second), max(first, second))

    def next_moment(self, after_ms: int, minute: int) -> int:
        """The first time later than `after_ms` that the wall clock shows this minute of the day."""
        today = self.date_of(after_ms)
        moments = (self.moment(today + timedelta(days=days), minute) for days in range(-1, 4))
        return next(found_ms for found_ms in moments if found_ms > after_ms)

    def within(self, time_ms: int, from_minute: int, to_minute: int) -> bool:
        """Whether the wall clock is in [from, to) of the day; over midnight when `from` is later; equal: always."""
        return (self.minute(time_ms) - from_minute) % _MINUTES_A_DAY < (
            (to_minute - from_minute) % _MINUTES_A_DAY or _MINUTES_A_DAY
        )

    def _local(self, time_ms: int) -> datetime:
        return (_EPOCH + timedelta(milliseconds=time_ms)).astimezone(self._zone)

    def _utc_ms(self, local: datetime) -> int:
        return (local.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)

    def _offset_ms(self, time_ms: int) -> int:
        offset = self._local(time_ms).utcoffset()
        return 0 if offset is None else offset // timedelta(milliseconds=1)

    def _change(self, before_ms: int, after_ms: int) -> int:
        """The first moment of the offset that holds at `after_ms` but not at `before_ms`."""
        wanted = self._offset_ms(after_ms)
        while after_ms - before_ms > 1:
            middle_ms = (before_ms + after_ms) // 2
            if self._offset_ms(middle_ms) == wanted:
                after_ms = middle_ms
            else:
                before_ms = middle_ms
        return after_ms
