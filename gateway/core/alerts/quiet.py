"""When people who want to be left alone may be told again: quiet hours and a mute. Pure."""

from __future__ import annotations

from ..local_time import LocalTime
from .alert import Plan

_MINUTE_MS = 60_000
_MINUTES_A_DAY = 1440


def free_ms(plan: Plan, time_ms: int) -> int:
    """The first moment from `time_ms` on that is neither muted nor quiet."""
    time_ms = max(time_ms, plan.muted_until_ms)
    return _after_quiet(plan, time_ms) if plan.known and plan.quiet is not None else time_ms


def minute_of(text: str) -> int:
    """Minutes since midnight of `HH:MM`."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _after_quiet(plan: Plan, time_ms: int) -> int:
    if plan.quiet is None:
        return time_ms
    from_minute, to_minute = map(minute_of, plan.quiet)
    if from_minute == to_minute:
        return time_ms
    local = LocalTime(plan.zone)
    while local.within(time_ms, from_minute, to_minute):
        time_ms = _end(local, time_ms, from_minute, to_minute)
    return time_ms


def _end(local: LocalTime, time_ms: int, from_minute: int, to_minute: int) -> int:
    """When the wall clock leaves the quiet hours next; an hour that comes twice may be quiet twice."""
    ahead = (to_minute - local.minute(time_ms)) % _MINUTES_A_DAY
    plain_ms = time_ms - time_ms % _MINUTE_MS + ahead * _MINUTE_MS
    ends = [local.next_moment(time_ms, to_minute), plain_ms]
    free = [end_ms for end_ms in ends if not local.within(end_ms, from_minute, to_minute)]
    # The clock may be set over all that is not quiet: then it goes on from there.
    return min(free or ends)
