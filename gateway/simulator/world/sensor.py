"""What a cheap sensor makes of the truth: an offset of its own, some noise, a resolution, and limits."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from .noise import normal


class Sensor(msgspec.Struct, frozen=True):
    """How well a metric is measured, in its unit (core.units)."""

    offset: float
    """Deviation of the constant error from sensor to sensor."""
    noise: float
    """Deviation from reading to reading."""
    digits: int
    lowest: float
    highest: float
    relative: bool = False
    """Offset and noise are parts of the value."""


SENSORS = {
    "temperature": Sensor(0.15, 0.03, 2, -40.0, 125.0),
    "humidity": Sensor(1.0, 0.15, 1, 0.0, 100.0),
    "soil_moisture": Sensor(1.0, 0.2, 1, 0.0, 100.0),
    "light_level": Sensor(0.03, 0.01, 0, 0.0, 120_000.0, relative=True),
    "co2": Sensor(15.0, 6.0, 0, 400.0, 10_000.0),
    "sound_level": Sensor(0.8, 0.7, 1, 0.0, 120.0),
    "position": Sensor(0.0, 0.0, 0, 0.0, 100.0),
    "power": Sensor(0.005, 0.003, 1, 0.0, 10_000.0, relative=True),
    "energy": Sensor(0.0, 0.0, 4, 0.0, 1e9),
    "water_temp_f": Sensor(0.4, 0.1, 1, -40.0, 257.0),
    "heating_kw": Sensor(0.005, 0.003, 3, 0.0, 10.0, relative=True),
    "duty": Sensor(0.0, 0.0, 1, 0.0, 100.0),
    "flow": Sensor(0.01, 0.008, 2, 0.0, 500.0, relative=True),
    "pressure": Sensor(1.5, 0.4, 1, 0.0, 20_000.0),
    "vibration": Sensor(0.03, 0.04, 3, 0.0, 100.0, relative=True),
    "current": Sensor(0.01, 0.008, 3, 0.0, 100.0, relative=True),
    "rain": Sensor(0.0, 0.0, 1, 0.0, 500.0),
    "wind": Sensor(0.05, 0.1, 1, 0.0, 80.0, relative=True),
}
"""Every metric a simulated node can measure."""

MAKERS_UNITS = {"water_temp_f": "°F", "heating_kw": "kW", "duty": "%"}
"""Units of metrics that only some makers know; their devices declare them."""


@lru_cache(maxsize=4096)
def _offset(seed: int, device: str, metric: str) -> float:
    return normal(seed, "offset", device, metric)


def measured(truth: float, metric: str, device: str, seed: int, time_ms: int) -> float:
    """The reading of this device's sensor at `time_ms`."""
    sensor = SENSORS[metric]
    error = sensor.offset * _offset(seed, device, metric)
    error += sensor.noise * normal(seed, "noise", device, metric, time_ms)
    value = truth * (1.0 + error) if sensor.relative else truth + error
    return round(min(sensor.highest, max(sensor.lowest, value)), sensor.digits)
