"""An electric water heater: people draw, cold water follows, the thermostat answers, limescale grows on the element.

Two layers of water: heat comes in below, hot water is drawn above, and warmer water never stays under colder.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ...core.errors import Refused
from .ailments import NONE
from .model import Moment
from .noise import normal
from .switch import number

_WATER_J_L_K = 4186.0
_COLD_C = 11.0
_CELLAR_C = 17.0
_SHOWER_L_MIN = 8.0
_STANDBY_W = 1.5
_YEAR_S = 31_557_600.0
_ELEMENT_M2 = 0.06
_SCALE_W_M_K = 0.9
"""Heat conduction of calcium carbonate scale."""
_FILM_W_M2_K = 2500.0
"""From the element's skin to the water, boiling not yet."""
_ILL_SCALE_M = 0.006
"""Limescale at its worst; the limiter cuts in from about 2 mm on."""
_CUTOUT_C = 125.0
"""The element's own limiter: it switches off and on so that its skin gets no hotter."""


class HeaterShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a water heater is like."""

    volume_l: float = 120.0
    power_w: float = 2200.0
    on_below_c: float = 53.0
    off_above_c: float = 60.0
    loss_w_k: float = 1.8
    sensor_height: float = 0.5
    """Where the thermostat looks: 0 at the bottom, 1 at the top."""
    age_years: float = 0.0
    scale_mm_year: float = 0.3
    """Limescale grown in a year: 0.1 in soft water, 1 in hard water."""
    ageing: float = 1.0
    """How many times faster it ages than the world's time passes."""


class Heater:
    """Temperature, power and energy; `energy` counts from the start of the world. No two of a series are alike."""

    def __init__(self, shape: HeaterShape, name: str = "", seed: int = 0) -> None:
        self._shape = shape
        self._name = name
        self._ill_m = 0.0
        # Thermostats of one series switch within a kelvin or so; elements and tanks keep to a few percent.
        self._off_by_k = 0.6 * normal(seed, "thermostat", name) if name else 0.0
        self._power_full_w = shape.power_w * (1.0 + 0.015 * normal(seed, "element", name) * bool(name))
        self._half_j_k = _WATER_J_L_K * shape.volume_l / 2 * (1.0 + 0.01 * normal(seed, "tank", name) * bool(name))
        self._below_c = self._above_c = (shape.on_below_c + shape.off_above_c) / 2
        self._scale_m = shape.age_years * shape.scale_mm_year / 1000
        self._on_below_c, self._off_above_c = shape.on_below_c, shape.off_above_c
        self._is_on = True
        self._heating = False
        self._power_w = 0.0
        self._energy_kwh = 0.0
        self._busy = 0.0

    def step(self, moment: Moment, step_s: float) -> None:
        """See Model."""
        self._ill_m = _ILL_SCALE_M * moment.ills.get(self._name, NONE).scaling
        self._switch()
        self._power_w = self._element_w() if self._heating else 0.0
        self._draw((moment.tap_l_min + _SHOWER_L_MIN * moment.shower) * step_s / 60.0)
        self._warm(step_s)
        self._energy_kwh += (self._power_w + _STANDBY_W) * step_s / 3.6e6
        self._busy += (float(self._heating) - self._busy) * min(1.0, step_s / 3600.0)
        self._scale_m += self._shape.scale_mm_year / 1000 * step_s / _YEAR_S * self._shape.ageing

    def _switch(self) -> None:
        seen_c = self._seen_c() + self._off_by_k
        if not self._is_on or seen_c > self._off_above_c:
            self._heating = False
        elif seen_c < self._on_below_c:
            self._heating = True

    def _element_w(self) -> float:
        """Scale keeps the heat in the element until its limiter cuts in: hotter water then gets less."""
        resistance_k_w = ((self._scale_m + self._ill_m) / _SCALE_W_M_K + 1.0 / _FILM_W_M2_K) / _ELEMENT_M2
        return max(0.0, min(self._power_full_w, (_CUTOUT_C - self._below_c) / resistance_k_w))

    def _draw(self, drawn_l: float) -> None:
        part = min(1.0, drawn_l * _WATER_J_L_K / self._half_j_k)
        self._above_c += (self._below_c - self._above_c) * part
        self._below_c += (_COLD_C - self._below_c) * part

    def _warm(self, step_s: float) -> None:
        loss_w_k = self._shape.loss_w_k / 2
        self._below_c += (self._power_w - loss_w_k * (self._below_c - _CELLAR_C)) * step_s / self._half_j_k
        self._above_c -= loss_w_k * (self._above_c - _CELLAR_C) * step_s / self._half_j_k
        if self._below_c > self._above_c:
            self._below_c = self._above_c = (self._below_c + self._above_c) / 2

    def _seen_c(self) -> float:
        return self._below_c + (self._above_c - self._below_c) * self._shape.sensor_height

    def actuate(self, verb: str, args: Mapping[str, object], time_ms: int) -> None:
        """See Machine: a new temperature keeps the thermostat's hysteresis."""
        match verb:
            case "set_temperature":
                hysteresis_k = self._off_above_c - self._on_below_c
                self._off_above_c = number(args, "temperature")
                self._on_below_c = self._off_above_c - hysteresis_k
            case "turn_on":
                self._is_on = True
            case "turn_off":
                self._is_on = False
            case _:
                raise Refused(f"it cannot {verb}")

    def values(self) -> dict[str, float]:
        """See Model; `water_temp_f`, `heating_kw` and `duty` are the same as other makers report it."""
        seen_c, power_w = self._seen_c(), self._power_w + _STANDBY_W
        return {
            "temperature": seen_c,
            "power": power_w,
            "energy": self._energy_kwh,
            "water_temp_f": seen_c * 1.8 + 32.0,
            "heating_kw": power_w / 1000,
            "duty": 100.0 * self._busy,
        }
