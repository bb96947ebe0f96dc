"""What a lesson has changed, in words: the same moment at every hour of the day, before and after. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec.structs import replace

from .moment import Moment

HOURS = 24
WORTH_SAYING_PP = 5.0
"""Smaller changes of the position, in percent points, are not told apart."""


def probes(moment: Moment) -> list[Moment]:
    """The moment in the middle of each hour of a day, everything else as it is."""
    return [replace(moment, hour=hour + 0.5) for hour in range(HOURS)]


def learnt(before: Sequence[float], after: Sequence[float], lesson_hour: float) -> str:
    """What changed between two answers to `probes`, in percent open; `lesson_hour` is the lesson's, 0 to 24.

    `Between 18 and 22 h I open 61 % instead of 42 % when it is like this; other hours move by less than 3.`
    """
    deltas = [now - was for was, now in zip(before, after, strict=True)]
    told = _run(deltas, int(lesson_hour) % HOURS)
    if not told:
        most = max((abs(delta) for delta in deltas), default=0.0)
        if not most:
            return "It is remembered, and changes nothing yet."
        return f"Little changes: when it is like this, no hour moves by {_above(most)} %."
    was, now = _mean([before[hour] for hour in told]), _mean([after[hour] for hour in told])
    said = f"{_when(told)} I open {now:.0f} % instead of {was:.0f} % when it is like this"
    others = [abs(deltas[hour]) for hour in range(HOURS) if hour not in told]
    if not others:
        return f"{said}."
    most = max(others)
    rest = "by up to" if most >= WORTH_SAYING_PP else "by less than"
    return f"{said}; other hours move {rest} {math.ceil(most) if most >= WORTH_SAYING_PP else _above(most)}."


def _run(deltas: Sequence[float], hour: int) -> list[int]:
    """The hours on end around `hour` that moved its way; where it did not move, those around what moved most."""
    if abs(deltas[hour]) < WORTH_SAYING_PP:
        hour = max(range(HOURS), key=lambda other: abs(deltas[other]))
    if abs(deltas[hour]) < WORTH_SAYING_PP:
        return []
    sign = math.copysign(1.0, deltas[hour])
    moved = [delta * sign >= WORTH_SAYING_PP for delta in deltas]
    if all(moved):
        return list(range(HOURS))
    first = hour
    while moved[(first - 1) % HOURS]:
        first -= 1
    run = [first % HOURS]
    while moved[(run[-1] + 1) % HOURS]:
        run.append((run[-1] + 1) % HOURS)
    return run


def _when(run: Sequence[int]) -> str:
    if len(run) == HOURS:
        return "At any hour"
    return f"Between {run[0]} and {(run[-1] + 1) % HOURS or HOURS} h"


def _above(value: float) -> int:
    """The next whole number above, at least 1."""
    return max(1, math.floor(value) + 1)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
