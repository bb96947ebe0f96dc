"""A plant in a pot: it dries faster in light and warmth, and somebody waters it in the end."""

from __future__ import annotations

import math

import msgspec

from .model import Model, Moment
from .noise import chance

_WATERED_PCT = 62.0
_WATERING_PCT_S = 0.12


class PlantShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a plant is like."""

    thirst_pct_day: float = 9.0
    """Soil moisture lost a day at 20 °C and 500 lx, while there is plenty."""
    water_below_pct: float = 22.0
    light_share: float = 2.5
    """How much lighter its place is than the middle of the room."""


class Plant:
    """Soil moisture of one plant and the air around it."""

    def __init__(self, name: str, shape: PlantShape, surroundings: Model, seed: int) -> None:
        self._shape = shape
        self._surroundings = surroundings
        self._moisture_pct = 30.0 + 28.0 * chance(seed, "moist", name)
        self._being_watered = False

    def step(self, moment: Moment, step_s: float) -> None:
        """See Model."""
        shape = self._shape
        if self._moisture_pct < shape.water_below_pct and 9.0 <= moment.hour < 20.0:
            self._being_watered = True
        if self._being_watered:
            self._moisture_pct += _WATERING_PCT_S * step_s
            self._being_watered = self._moisture_pct < _WATERED_PCT
            return
        air = self._surroundings.values()
        warmth = max(0.2, 1.0 + 0.05 * (air["temperature"] - 20.0))
        light = 0.6 + 0.4 * min(4.0, air["light_level"] * shape.light_share / 500.0)
        rate_per_s = shape.thirst_pct_day / 86_400.0 * warmth * light / 45.0
        self._moisture_pct *= math.exp(-rate_per_s * step_s)

    def values(self) -> dict[str, float]:
        """See Model."""
        air = self._surroundings.values()
        return {
            "soil_moisture": self._moisture_pct,
            "temperature": air["temperature"],
            "humidity": air["humidity"],
            "light_level": air["light_level"] * self._shape.light_share,
        }
