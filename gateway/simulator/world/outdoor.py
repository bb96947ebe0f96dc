"""A weather station in the garden."""

from __future__ import annotations

from .model import Moment


class Outdoor:
    """The sky as it is."""

    def __init__(self) -> None:
        self._values: dict[str, float] = {}

    def step(self, moment: Moment, step_s: float) -> None:
        """See Model."""
        sky = moment.sky
        self._values = {
            "temperature": sky.temperature_c,
            "humidity": sky.humidity_pct,
            "light_level": sky.light_lx,
            "rain": sky.rain_mm_h,
            "wind": sky.wind_m_s,
            "pressure": sky.pressure_hpa,
        }

    def values(self) -> dict[str, float]:
        """See Model."""
        return dict(self._values)
