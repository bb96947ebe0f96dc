"""How long one indicator may take to its limit: a range that holds nine times of ten, or why none can be said.

The middle is the geometric mean of two guesses: wear that goes on as it does now, and wear that grows by the same part
every day. How wrong that is was measured on simulated wear of many shapes (`models/remaining_life/wear.py`); the
range is the middle times the factors found there (`calibration.py`), conformal within each band.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from math import ceil, log, sqrt
from typing import Literal

import msgspec

from ..errors import Refused
from .calibration import factors
from .indicator import Baseline, Day, Indicator, distinct_days, limit_of, stood_still, worn_part
from .trend import Trend, theil_sen

NEED_DAYS = 14
"""Days with a value, and days from the first to the last."""
FARTHEST = 2.0
"""Times the observed history: nothing is claimed beyond."""
CONFIDENCE = 0.9
STALE_DAYS = 7.0
SEEN = 0.05
"""Worn less than this, or than three times what a line through noise would show, is not called wear."""
_SURE_Z = 2.576
_WINDOW_DAYS = (21.0, 60.0)
_REPAIR_DAYS = 3
_REPAIRED = 0.15


class NotEnough(msgspec.Struct, frozen=True, tag="not_enough_history", tag_field="kind"):
    """Too little is known; `missing_days` more days with a value would do, when days are what is missing."""

    reason: Literal["baseline", "days", "stale", "idle", "limit"]
    """`idle`: it stands still, or has failed; `limit`: the new machine was at it, or beyond."""
    have_days: float = 0.0
    need_days: float = 0.0
    missing_days: float = 0.0


class NoWear(msgspec.Struct, frozen=True, tag="no_wear_seen", tag_field="kind"):
    """It does not move towards its limit by more than days differ anyway; that says nothing of how long it lasts."""

    days: float
    """Observed."""
    steady_days: float
    """Of these, the last ones whose trend was looked at: a part that is worn already may have stopped."""


class Reached(msgspec.Struct, frozen=True, tag="limit_reached", tag_field="kind"):
    """It is at its limit or beyond."""

    days: float
    """Observed."""


class Lasting(msgspec.Struct, frozen=True, tag="range", tag_field="kind"):
    """Days until the limit, from the last day with a value, if it is used as it was."""

    low_days: float
    likely_days: float
    high_days: float | None
    """None: longer than `claim_days`, and nothing more can be said."""
    confidence: float
    """How often such a range holds, on simulated wear."""
    observed_days: float
    claim_days: float
    """`FARTHEST` times `observed_days`; no number here is larger."""


Life = NotEnough | NoWear | Reached | Lasting


class Course(msgspec.Struct, frozen=True):
    """One indicator's way towards its limit, in worn parts: 0 as commissioned, 1 at the limit."""

    life: Life
    value: float | None
    """Now, in the indicator's unit: the median of the last week."""
    limit: float | None
    part: float | None
    """Worn, 0 to 1 and beyond."""
    trend: Trend | None
    """Of the worn part, per day."""
    repaired_day: float | None = None
    """Since when the trend is counted, when it got better at once."""


def course_of(indicator: Indicator, baseline: Baseline | None, days: Sequence[Day], today: float) -> Course:
    """What one indicator says today; days after today are left out."""
    if baseline is None:
        return Course(NotEnough("baseline"), None, None, None, None)
    try:
        limit = limit_of(indicator, baseline)
    except Refused:
        return Course(NotEnough("limit"), None, None, None, None)
    told = [one for one in distinct_days(days) if one.day <= today]
    known = [one for one in told if not stood_still(indicator, baseline, one.value)]
    if not known:
        return Course(NotEnough("days", 0.0, NEED_DAYS, NEED_DAYS), None, limit, None, None)
    value = statistics.median(one.value for one in known if one.day > known[-1].day - STALE_DAYS)
    part = worn_part(value, baseline, limit)
    if today - known[-1].day > STALE_DAYS:
        reason: Literal["idle", "stale"] = "idle" if today - told[-1].day <= STALE_DAYS else "stale"
        return Course(NotEnough(reason, today - known[-1].day, STALE_DAYS), value, limit, part, None)
    parts = [worn_part(one.value, baseline, limit) for one in known]
    start = _after_repair(parts, abs(baseline.spread / (limit - baseline.centre)))
    repaired = known[start].day if start else None
    known, parts = known[start:], parts[start:]
    have = _have_days(known)
    if part >= 1.0 and len(known) >= _REPAIR_DAYS:
        return Course(Reached(have), value, limit, part, None, repaired)
    if have < NEED_DAYS:
        life = NotEnough("days", have, NEED_DAYS, float(ceil(NEED_DAYS - have)))
        return Course(life, value, limit, part, None, repaired)
    times = [one.day for one in known]
    observed = times[-1] - times[0] + 1.0
    for begins in _windows(times):
        trend = theil_sen(times[begins:], parts[begins:])
        noise = max(trend.noise, abs(baseline.spread / (limit - baseline.centre)))
        if _is_wear(trend, theil_sen(times[begins:], parts[begins:], _SURE_Z), noise):
            return Course(_lasting(trend, observed), value, limit, part, trend, repaired)
    return Course(NoWear(observed, times[-1] - times[begins] + 1.0), value, limit, part, trend, repaired)


def guess_days(trend: Trend) -> float:
    """The middle, before any factor: days until the worn part is 1."""
    part = min(max(trend.now, SEEN), 0.999)
    left = 1.0 - part
    return left / trend.per_day * sqrt(log(1.0 / part) * part / left)


def unsure_of(trend: Trend) -> float:
    """Half the slope's interval beside the slope: 0 is certain, 1 is the edge of saying anything."""
    return (trend.high - trend.low) / (2.0 * trend.per_day)


def _lasting(trend: Trend, observed: float) -> Life:
    if trend.now >= 1.0:
        return Reached(observed)
    middle = guess_days(trend)
    below, likely, above = (middle * factor for factor in factors(trend.now, unsure_of(trend)))
    claim = FARTHEST * observed
    high = above if above <= claim else None
    return Lasting(min(below, claim), min(likely, claim), high, CONFIDENCE, observed, claim)


def _windows(times: Sequence[float]) -> list[int]:
    """Where the windows begin that tell how it goes now, the longer first: wear of late shows in the shorter only."""
    shortest, longest = _WINDOW_DAYS
    long = min(longest, max(shortest, (times[-1] - times[0]) / 2))
    begins = [next(at for at, time in enumerate(times) if time >= times[-1] - days) for days in (long, shortest)]
    return sorted({min(begin, len(times) - NEED_DAYS) for begin in begins})


def _is_wear(trend: Trend, sure: Trend, noise: float) -> bool:
    """Rising for certain, and away from new by more than noise makes a line look."""
    return sure.low > 0.0 and trend.now >= max(SEEN, 3.0 * noise * sqrt(4.0 / trend.points))


def _have_days(known: Sequence[Day]) -> float:
    """Whichever is less: days with a value, or days from the first to the last."""
    return min(float(len(known)), known[-1].day - known[0].day + 1.0)


def _after_repair(parts: Sequence[float], noise: float) -> int:
    """Where the last sudden improvement that stayed begins: somebody cleaned or mended it. 0 when there was none."""
    step = max(_REPAIRED, 6.0 * noise)
    for at in range(len(parts) - _REPAIR_DAYS, _REPAIR_DAYS - 1, -1):
        before = min(parts[at - _REPAIR_DAYS : at])
        if before - max(parts[at : at + _REPAIR_DAYS]) > step:
            return at
    return 0
