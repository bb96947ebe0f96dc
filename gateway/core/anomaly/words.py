"""What a detector found, for a person to read. At most `MOST` characters."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from ..judging.words import number, spoken
from ..units import unit as named_unit
from .machine import Judged, Share
from .scoring import Kind, Part, Scored

MOST = 160
BESIDE = 0.25
"""A channel that moved by less than this part of what the largest moved by is not named beside it."""
_TELLING = (Kind.LEVEL, Kind.SEASON, Kind.JUMP)
"""What a person sees on the chart; the others are named where none of these is."""

Unit = Callable[[str], str | None]
"""Of a metric."""


def series_reason(metric: str, scored: Scored, interval_s: float = 60.0, unit: Unit = named_unit) -> str:
    """Why one point of a series stands out: `temperature 31.4 °C, highest in 19 days`."""
    name = spoken(metric)
    part = _telling(scored.parts)
    if part is None:
        return f"{name} {_amount(scored.value, unit(metric))} is unlike what was before"
    return _short(_part(name, part, scored.value, unit(metric), interval_s))


def machine_reason(judged: Judged, *, step: bool = False, part: str = "", unit: Unit = named_unit) -> str:
    """Why a machine is unlike its commissioning: `flow and vibration moved together, pressure did not`.

    step: the only channel that moved did so at once; part: what of the machine that channel tells of, `bearing`.
    """
    moved = moved_channels(judged)
    still = [share for share in judged.shares if share not in moved]
    named = _named(judged.shares)
    if len(moved) > 1:
        return _short(f"{_listed([named[one.channel] for one in moved])} moved together{_did_not(still, named)}")
    if len(moved) == 1:
        return _short(_alone(moved[0], named, len(still), step, part, unit))
    if judged.pairs:
        pair = judged.pairs[0]
        names = [named.get(one, _metric(one)) for one in (pair.first, pair.second)]
        return _short(f"{_listed(names)} no longer move together as they did when it was commissioned")
    if judged.shares:
        return _short(
            f"a little of everything is unlike its commissioning, most of all {named[judged.shares[0].channel]}"
        )
    return "it is unlike its commissioning"


def moved_channels(judged: Judged) -> list[Share]:
    """What to say that it moved, largest first: healthy channels wander a little beside one that is far off."""
    return [share for share in judged.shares if share.moved and share.size >= BESIDE * judged.shares[0].size]


def sensor_reason(metric: str, flagged: str) -> str:
    """Of a series that the quality gate has flagged, in the gate's words."""
    name = spoken(metric)
    said, _, _ = flagged.partition("; ")
    exactly = said.removeprefix(f"{name} has ")
    if exactly != said and exactly.startswith("said exactly"):
        return _short(f"{name} is a sensor's fault: {exactly}")
    if exactly != said:
        return _short(f"{name} is a sensor's fault: it has {exactly}")
    return _short(said or f"{name} is a sensor's fault")


def span(seconds: float) -> str:
    """`40 min`, `5 h`, `19 days`."""
    if seconds < 5400:
        return f"{max(1, round(seconds / 60))} min"
    if seconds < 2 * 86_400:
        return f"{round(seconds / 3600)} h"
    return f"{math.floor(seconds / 86_400)} days"


def _telling(parts: Sequence[Part]) -> Part | None:
    """The reason that is told: a clear record of the value itself before all others."""
    found = [part for part in parts if part.kind in _TELLING] or list(parts)
    records = [part for part in found if part.kind is Kind.LEVEL and 2.0 * part.strength >= found[0].strength]
    return next(iter([*records, *found]), None)


def _part(name: str, part: Part, value: float, unit: str | None, interval_s: float) -> str:
    size = _amount(abs(part.size), unit)
    match part.kind:
        case Kind.LEVEL:
            most = "highest" if part.size > 0 else "lowest"
            since = span(part.since_s or 0.0)
            return (
                f"{name} {_amount(value, unit)}, {most} in {f'all {since} that it is known' if part.first else since}"
            )
        case Kind.JUMP:
            within = "a minute" if interval_s == 60.0 else span(interval_s)
            return f"{name} {'jumped' if part.size > 0 else 'fell'} by {size} within {within}"
        case Kind.SHIFT:
            before = "" if part.usual is None else f", when it was about {_amount(part.usual, unit)}"
            return f"{name} is {size} {'higher' if part.size > 0 else 'lower'} than before{before}"
        case Kind.SEASON:
            return f"{name} {size} {'higher' if part.size > 0 else 'lower'} than usual at this time of day"
        case Kind.SPREAD:
            times = math.exp(min(abs(part.size), 10.0))
            return f"{name} swings {times:.2g} times {'as much as usual' if part.size > 0 else 'less than usual'}"
        case Kind.FLAT:
            return f"{name} has not moved for {span(part.size)}"
        case Kind.PATTERN:
            return f"{name} takes a course that it did not take before"


def _alone(share: Share, named: dict[str, str], others: int, step: bool, part: str, unit: Unit) -> str:
    metric = _metric(share.channel)
    now = f"{named[share.channel]} {_amount(share.value, unit(metric))}"
    usual = f"{now} where it is usually {number(share.low)} to {number(share.high)}"
    if not others:
        return usual
    where = "its sensor or where it sits" if step else f"its sensor, or {f'its {part}' if part else 'the machine'}"
    return f"{usual}; {'the other is' if others == 1 else f'the other {others} are'} as usual: {where}"


def _did_not(still: Sequence[Share], named: dict[str, str]) -> str:
    if not still:
        return ""
    return (
        f", {_listed([named[one.channel] for one in still])} did not"
        if len(still) < 3
        else (f", the other {len(still)} did not")
    )


def _named(shares: Sequence[Share]) -> dict[str, str]:
    """What each channel is called: its metric, and its device where two have the same."""
    often = Counter(_metric(share.channel) for share in shares)
    return {
        share.channel: spoken(metric) if often[metric := _metric(share.channel)] == 1 else _with_device(share.channel)
        for share in shares
    }


def _with_device(channel: str) -> str:
    device, _, metric = channel.rpartition("/")
    return f"{spoken(metric)} of {device}"


def _metric(channel: str) -> str:
    return channel.rpartition("/")[2]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _amount(value: float, unit: str | None) -> str:
    return f"{number(value)} {unit}" if unit else number(value)


def _short(text: str) -> str:
    return text if len(text) <= MOST else text[: MOST - 1] + "…"
