"""Amounts, spans and what is looked at, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..units import unit
from .sources import Measured

if TYPE_CHECKING:
    from .words import Names

_AIR = frozenset({"temperature", "humidity", "co2", "sound_level", "light_level", "pressure"})
"""What is measured in a place; the rest is a thing's own."""
_UNITS = {"speed": "%", "duty": "%", "outdoor_temperature": "°C", "outdoor_humidity": "%"}
_OVER = {
    "mean": "mean {}",
    "min": "lowest {}",
    "max": "highest {}",
    "rise": "rise of {}",
    "rate": "rise an hour of {}",
    "sum": "sum of {}",
    "count": "number of readings of {}",
}
_TOGETHER = {"any": "{} anywhere", "all": "{} everywhere", "mean": "mean {}", "min": "lowest {}", "max": "highest {}"}


def subject(source: Measured, names: Names) -> str:
    """What is looked at: `humidity in Bathroom`, `mean temperature in Upstairs over 10 min`."""
    said = spoken(source.metric)
    if source.zone:
        said = _TOGETHER[source.of].format(said)
    where = "in" if source.metric in _AIR or source.zone else "of"
    if source.device:
        said = f"{said} of {names.device(source.device)}"
    else:
        name = names.zone(source.zone) if source.zone else names.asset(source.asset)
        said = f"{said} {where} {name}"
    if source.aggregate is None:
        return said
    return f"{_OVER[source.aggregate].format(said)} over {span(source.window_s)}"


def amount(source: Measured, value: float) -> str:
    """A value of it with its unit: `70 %`."""
    if source.aggregate == "count":
        return number(value)
    return quantity(source.metric, value)


def quantity(metric: str, value: float) -> str:
    """A value of a metric with its unit."""
    found = unit(metric) or _UNITS.get(metric)
    return f"{number(value)} {found}" if found else number(value)


def number(value: float) -> str:
    """As it was written: `70`, `21.5`."""
    return f"{value:.10g}"


def spoken(name: str) -> str:
    """A metric's or a verb's name in a sentence."""
    return name.replace("_", " ")


def span(seconds: float) -> str:
    """`45 s`, `20 min`, `1 h 30 min`, `2 days`: exact to the second."""
    left, said = round(seconds), []
    for size, name in ((86_400, "day"), (3600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            said.append(f"{count} {name}{'s' if name == 'day' and count > 1 else ''}")
    return " ".join(said) or "0 s"
