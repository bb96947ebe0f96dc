"""Amounts as values of a metric: units that fit, conversions, what is out of range. Pure."""

from __future__ import annotations

from collections.abc import Collection

from ..rules.terms import quantity, spoken
from ..units import UNITS
from .numbers import Amount

_UNITS = {**UNITS, "speed": "%", "duty": "%"}
_RANGES = {
    "temperature": (-60.0, 150.0),
    "co2": (0.0, 20_000.0),
    "sound_level": (0.0, 150.0),
    "light_level": (0.0, 2e5),
}
_CONVERTED = {
    ("°F", "°C"): lambda value: (value - 32) / 1.8,
    ("kW", "W"): lambda value: value * 1000,
    ("bar", "hPa"): lambda value: value * 1000,
    ("km/h", "m/s"): lambda value: value / 3.6,
}
_SAME = {("°", "°C"), ("mm", "mm/h")}
_OF_UNIT = {
    "°": ("temperature",),
    "°C": ("temperature",),
    "°F": ("temperature",),
    "ppm": ("co2",),
    "lx": ("light_level",),
    "dB": ("sound_level",),
    "W": ("power",),
    "kW": ("power",),
    "V": ("battery",),
    "hPa": ("pressure",),
    "l/min": ("flow",),
    "mm/s": ("vibration",),
    "m/s": ("wind",),
    "km/h": ("wind",),
    "mm/h": ("rain",),
}


class NotSo(ValueError):
    """An amount that cannot be one of this metric; the text asks."""


def of_unit(unit: str, kinds: Collection[str] = ()) -> tuple[str, ...]:
    """The metrics that a value of this unit may be of. `kinds`: of what it is said."""
    if unit == "%":
        if "plant" in kinds:
            return ("soil_moisture",)
        return ("position",) if kinds == {"window"} else ("humidity",)
    return _OF_UNIT.get(unit, ())


def said_value(amount: Amount, metric: str) -> tuple[float, str]:
    """(the value in the metric's unit, what was taken for granted in words). Raises NotSo."""
    wanted = _UNITS.get(metric, "")
    value, taken = amount.value, ""
    if amount.unit and wanted and amount.unit != wanted and (amount.unit, wanted) not in _SAME:
        convert = _CONVERTED.get((amount.unit, wanted))
        if convert is None:
            raise NotSo(f"{spoken(metric).capitalize()} is measured in {wanted}, not in {amount.unit}. Which value?")
        value = round(convert(value), 1)
        taken = f"{amount.value:g} {amount.unit} is {quantity(metric, value)}."
    low, high = _RANGES.get(metric, (0.0, 100.0) if wanted == "%" else (float("-inf"), float("inf")))
    if amount.other is not None:
        fitting = [one for one in (amount.value, amount.other) if low <= one <= high]
        if len(fitting) != 1:
            raise NotSo(f"{amount.value:g} or {amount.other:g}?")
        value = fitting[0]
    if wanted == "%" and amount.fraction and 0 < value < 1 and amount.unit != "%":
        raise NotSo(f"{value:g} % or {value * 100:g} %?")
    if not low <= value <= high:
        raise NotSo(f"{spoken(metric).capitalize()} is between {low:g} and {quantity(metric, high)}. Which value?")
    return value, taken
