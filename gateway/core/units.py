"""The unit of each metric PROTOCOL names; others carry the unit their device declares."""

from __future__ import annotations

from collections.abc import Mapping

UNITS = {
    "temperature": "°C",
    "humidity": "%",
    "soil_moisture": "%",
    "light_level": "lx",
    "sound_level": "dB",
    "pressure": "hPa",
    "co2": "ppm",
    "rain": "mm/h",
    "wind": "m/s",
    "power": "W",
    "energy": "kWh",
    "flow": "l/min",
    "current": "A",
    "vibration": "mm/s",
    "position": "%",
    "battery": "V",
}


def unit(metric: str, capabilities: Mapping[str, object] | None = None) -> str | None:
    """The unit of `metric`; for one PROTOCOL does not name, what `capabilities["units"]` declares, else None."""
    known = UNITS.get(metric)
    if known is not None or not capabilities:
        return known
    declared = capabilities.get("units")
    text = declared.get(metric) if isinstance(declared, Mapping) else None
    return text[:20] if isinstance(text, str) else None
