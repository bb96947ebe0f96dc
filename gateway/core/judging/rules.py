"""What a metric can be at all: limits of sensors, steps that are real, values that rest.

Sources are data sheets: DHT22 -40 to 80 °C and 0 to 100 %; DS18B20 -55 to 125 °C, its scratchpad holding 85 at power-on
and -127 being what libraries say when it is not there; BME280 -40 to 85 °C; SCD30 and MH-Z19 up to 40 000 ppm
and never below the air outside; BH1750 up to 121 000 lx. An open ADC says its full scale (4095, 65 535), which no limit
here admits. Metrics that are not known have no limits and are judged by what they were.
"""

from __future__ import annotations

from math import inf, isfinite

import msgspec


class Rule(msgspec.Struct, frozen=True):
    """The knowledge about one metric, in its unit."""

    low: float = -inf
    high: float = inf
    rise: float = inf
    """The largest step up that can be real between two readings; inf: it switches by nature, any step can be."""
    fall: float = inf
    """The same downwards."""
    per_min: float = 0.0
    """More of it for every minute between the two."""
    rests: bool = False
    """It may keep any value for days: never stuck."""
    idle: tuple[float, ...] = ()
    """Values it may keep for hours: where the sensor's or the world's scale ends."""
    width: float = 0.0
    """What it has shown counts as at least so wide: a sky that was dry for a week may still rain."""
    wanders: float = 0.0
    """A slow departure below this is nothing; 0: it wanders by nature and is never said to drift."""
    errors: tuple[float, ...] = ()
    """Possible values that usually are a sensor's way to say that it failed; believed when reached step by step."""
    learns_steps: bool = False
    """Nothing is known of it: its own largest steps are its limit."""

    def possible(self, value: float) -> bool:
        """Whether any sensor of this metric can measure it."""
        return isfinite(value) and self.low <= value <= self.high


UNKNOWN = Rule(learns_steps=True)

_TEMPERATURE = Rule(-55.0, 125.0, 4.0, 4.0, 1.0, wanders=1.0, errors=(85.0, -40.0), width=5.0)
_HUMIDITY = Rule(-1.0, 101.0, 14.0, 14.0, 3.0, idle=(0.0, 100.0, 99.9), wanders=6.0, width=20.0)

RULES: dict[str, Rule] = {
    "temperature": _TEMPERATURE,
    "humidity": _HUMIDITY,
    # A node's second sensor, outside: the same parts, and the same ways to fail.
    "outdoor_temperature": _TEMPERATURE,
    "outdoor_humidity": _HUMIDITY,
    "soil_moisture": Rule(-1.0, 101.0, 14.0, 8.0, 1.0, idle=(0.0, 100.0), width=40.0),
    "light_level": Rule(-0.5, 150_000.0, idle=(0.0,), width=5000.0),
    "sound_level": Rule(0.0, 194.0, wanders=6.0, width=40.0),
    "pressure": Rule(-1000.0, 50_000.0, 4.0, 4.0, 1.0, wanders=12.0, width=15.0),
    "co2": Rule(250.0, 40_000.0, 300.0, 300.0, 60.0, idle=(400.0,), wanders=150.0, width=1000.0),
    "rain": Rule(-0.01, 500.0, rests=True, width=500.0),
    "wind": Rule(-0.01, 115.0, idle=(0.0,), wanders=3.0, width=10.0),
    "power": Rule(-1e6, 1e6, rests=True, width=100000.0),
    "energy": Rule(0.0, 1e9, 0.5, 0.05, 1.0, width=50.0),
    "flow": Rule(-1e5, 1e5, idle=(0.0,), wanders=1.0, width=5.0),
    "current": Rule(-1e4, 1e4, idle=(0.0,), wanders=0.1, width=0.5),
    "vibration": Rule(-0.01, 1000.0, idle=(0.0,), wanders=0.3, width=1.0),
    "position": Rule(-0.5, 100.5, rests=True, width=100.0),
    "battery": Rule(-0.1, 100.0, rests=True, width=20.0),
}
"""Rules of the metrics the protocol names. A battery may also be given in percent."""


def rule(metric: str) -> Rule:
    """What is known of a metric."""
    return RULES.get(metric, UNKNOWN)
