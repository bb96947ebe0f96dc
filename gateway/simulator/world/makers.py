"""Invented makers of water heaters: what they build, and which metrics their heaters report."""

from __future__ import annotations

import msgspec

from .heater import HeaterShape


class Maker(msgspec.Struct, frozen=True):
    """One maker's heater as it leaves the factory."""

    shape: HeaterShape
    metrics: tuple[str, ...]
    """What its electronics report; units as the device declares them."""


MAKERS = {
    # The plain one: a sensor in the middle, seven kelvin between on and off.
    "nordwarm": Maker(HeaterShape(), ("temperature", "power", "energy")),
    # Large and well insulated, sensor high up: it notices a shower late.
    "calido": Maker(
        HeaterShape(200.0, 3000.0, 50.0, 62.0, 1.3, sensor_height=0.85), ("water_temp_f", "heating_kw", "energy")
    ),
    # Small and quick under a sink, sensor near the element, three kelvin of hysteresis, little insulation.
    "aquanova": Maker(HeaterShape(30.0, 1500.0, 57.0, 60.0, 1.1, sensor_height=0.2), ("temperature", "duty")),
    # A cheap one: wide hysteresis, thin foam, scales quickly.
    "therma": Maker(
        HeaterShape(80.0, 1800.0, 48.0, 63.0, 2.4, sensor_height=0.4, scale_mm_year=0.8), ("temperature", "power")
    ),
}
