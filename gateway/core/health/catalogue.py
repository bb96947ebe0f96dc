"""Which daily numbers tell of a machine's condition, by its kind and what is measured on it; and how a day makes one.

No absolute level is in here: "it runs" is the upper one of the two values that a day falls into, limits are parts of
the baseline. A machine that did not run all day looks, without another value beside it, like one that ran gently all
day: such a day is less, never more, than usual.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from ..home import AssetKind
from .indicator import Indicator
from .two_valued import split

LEAST_MINUTES = 30
"""Of running, or of heating while hot, that make a day's number; the whole day has as many at least four times."""
_STANDING_MIN = 60
_UNSEEN_MIN = 12
"""In a longer gap it may have heated."""
_DECIBELS = 6.0
"""Twice the sound pressure."""
_POWER = ("power", "heating_kw", "current")
_HEAT = ("temperature", "water_temp_f")
_Limit = Literal["times_baseline", "beyond_baseline"]


class Recipe(msgspec.Struct, frozen=True):
    """One daily number."""

    key: str
    """Stored with the days; never renamed."""
    component: str
    metric: str
    """The channel that the number is of."""
    needs: tuple[str, ...]
    """Metrics that a minute must have; the second tells whether the machine runs."""


class _Kind(NamedTuple):
    component: str
    label: str
    worse: Literal["higher", "lower"]
    limit: float
    limit_is: _Limit = "times_baseline"
    unit: str = ""
    """Behind the metric's own."""


_KINDS: Final[Mapping[str, _Kind]] = {
    "vibration-running": _Kind("bearing", "vibration while it runs", "higher", 3.0),
    "current-running": _Kind("bearing", "current while it runs", "higher", 1.2),
    "power-running": _Kind("bearing", "power while it runs", "higher", 1.2),
    "sound-running": _Kind("bearing", "sound while it runs", "higher", _DECIBELS, "beyond_baseline"),
    "flow-running": _Kind("strainer", "flow while it runs", "lower", 0.8),
    "pressure-added": _Kind("impeller", "pressure that it adds", "lower", 0.85),
    "heating-power-hot": _Kind("element", "heating power while the water is hot", "lower", 0.8),
    "standing-loss": _Kind("insulation", "cooling while it stands", "higher", 1.5, "times_baseline", "/h"),
}
_OF: Final[Mapping[AssetKind, Mapping[str, str]]] = {
    AssetKind.PUMP: {
        "vibration-running": "vibration",
        "current-running": "current",
        "power-running": "power",
        "flow-running": "flow",
        "pressure-added": "pressure",
    },
    AssetKind.FAN: {
        "vibration-running": "vibration",
        "current-running": "current",
        "power-running": "power",
        "sound-running": "sound_level",
    },
}
_RUNS_BY: Final = ("speed", "current", "power", "flow", "vibration")
"""What tells best whether it runs comes first."""


def recipes(kind: AssetKind, metrics: Collection[str]) -> tuple[Recipe, ...]:
    """The numbers that can be made of these metrics; none for what does not wear, or when nothing tells of it."""
    if kind is AssetKind.WATER_HEATER:
        return _heater(metrics)
    runs_by = next((metric for metric in _RUNS_BY if metric in metrics), None)
    if runs_by is None:
        return ()
    # Current and power are one friction: two of them would say the same twice.
    left_out = "power-running" if "current" in metrics else ""
    return tuple(
        Recipe(key, _KINDS[key].component, metric, (metric, runs_by))
        for key, metric in _OF.get(kind, {}).items()
        if metric in metrics and key != left_out
    )


def indicator(recipe: Recipe, sensor: str, unit: str | None) -> Indicator:
    """What the number means; `sensor` as a person knows it, `unit` of its metric. Raises KeyError for a strange key."""
    kind = _KINDS[recipe.key]
    return Indicator(sensor, kind.label, f"{unit or ''}{kind.unit}", kind.worse, kind.limit, kind.limit_is)


def day_value(recipe: Recipe, minutes: Sequence[Mapping[str, float]], at: Sequence[int] | None = None) -> float | None:
    """The day's number from its minutes' means, in order; None when it did not run long enough.

    at: which minute each is, counted from any; without, one follows the other. Minutes that lack a metric of
    `recipe.needs` are passed over.
    """
    whole = [place for place, minute in enumerate(minutes) if minute.keys() >= set(recipe.needs)]
    rows = [[minutes[place][metric] for metric in recipe.needs] for place in whole]
    if len(rows) < 4 * LEAST_MINUTES:
        return None
    values, runs_by = [row[0] for row in rows], [row[1] for row in rows]
    edge = split(runs_by)
    runs = [edge is None or by >= edge for by in runs_by]
    match recipe.key:
        case "pressure-added":
            return _added(values, runs)
        case "heating-power-hot":
            return None if edge is None else _power_hot(values, runs, [row[2] for row in rows])
        case "standing-loss":
            return (
                None if edge is None else _loss(values, runs, whole if at is None else [at[place] for place in whole])
            )
        case _:
            return _median([value for value, on in zip(values, runs, strict=True) if on])


def _heater(metrics: Collection[str]) -> tuple[Recipe, ...]:
    power = next((metric for metric in _POWER if metric in metrics), None)
    heat = next((metric for metric in _HEAT if metric in metrics), None)
    if power is None or heat is None:
        return ()
    return (
        Recipe("heating-power-hot", "element", power, (power, power, heat)),
        Recipe("standing-loss", "insulation", heat, (heat, power)),
    )


def _added(values: Sequence[float], runs: Sequence[bool]) -> float | None:
    on = _median([value for value, is_on in zip(values, runs, strict=True) if is_on])
    off = _median([value for value, is_on in zip(values, runs, strict=True) if not is_on])
    return None if on is None or off is None else on - off


def _power_hot(power: Sequence[float], runs: Sequence[bool], heat: Sequence[float]) -> float | None:
    """While it heats water that is warmer than in half of the time: there a scaled element gets less power."""
    heating = [(warm, drawn) for warm, drawn, on in zip(heat, power, runs, strict=True) if on]
    if len(heating) < LEAST_MINUTES:
        return None
    warm = statistics.median(one for one, _ in heating)
    return statistics.median(drawn for one, drawn in heating if one >= warm)


def _loss(heat: Sequence[float], runs: Sequence[bool], at: Sequence[int]) -> float | None:
    """Kelvins an hour in the hours without heating in which least water was drawn."""
    begin, then, drops = 0, 0, []
    for now, on in enumerate(runs):
        if on or (now and at[now] - at[now - 1] > _UNSEEN_MIN):
            begin = now + 1 if on else now
        then = max(then, begin)
        while then < now and at[now] - at[then + 1] >= _STANDING_MIN:
            then += 1
        if then < now and at[now] - at[then] >= _STANDING_MIN:
            drops.append((heat[then] - heat[now]) * _STANDING_MIN / (at[now] - at[then]))
    if len(drops) < LEAST_MINUTES:
        return None
    return sorted(drops)[len(drops) // 4]


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if len(values) >= LEAST_MINUTES else None
