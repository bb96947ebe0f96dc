"""The sky over a place, as a pure function of seed and time: season, hour, fronts and clouds."""

from __future__ import annotations

import math

import msgspec

from .noise import drift

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
_YEAR_DAYS = 365.2425
_FULL_SUN_LX = 110_000.0


class Climate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the place is, and its year."""

    latitude_deg: float = 50.1
    longitude_deg: float = 8.7
    mean_c: float = 10.5
    """Mean temperature of the year."""
    swing_c: float = 9.0
    """How far the mean of July lies above it."""


class Sky(msgspec.Struct, frozen=True, gc=False):
    """The weather of one moment."""

    temperature_c: float
    humidity_pct: float
    light_lx: float
    rain_mm_h: float
    wind_m_s: float
    pressure_hpa: float


def solar_hour(climate: Climate, time_ms: int) -> float:
    """The hour of the day by the sun, 0 to 24: noon is when it stands highest."""
    return (time_ms / HOUR_MS + climate.longitude_deg / 15.0) % 24.0


def sky(climate: Climate, seed: int, time_ms: int) -> Sky:
    """The weather at `time_ms`."""
    hour = solar_hour(climate, time_ms)
    clouds = 0.5 + 0.5 * drift(seed, "clouds", time_ms, 9 * HOUR_MS)
    front = drift(seed, "front", time_ms, 4 * DAY_MS)
    warmth_c = (4.5 - 3.0 * clouds) * math.cos(math.tau * (hour - 15.0) / 24.0)
    temperature_c = (
        climate.mean_c
        - climate.swing_c * math.cos(math.tau * (_day_of_year(time_ms) - 20.0) / _YEAR_DAYS)
        + warmth_c
        + 4.0 * front
        + 0.4 * drift(seed, "gusts of warmth", time_ms, 20 * MINUTE_MS)
    )
    humidity_pct = 70.0 - 4.0 * warmth_c + 16.0 * (clouds - 0.5) + 4.0 * drift(seed, "damp", time_ms, HOUR_MS)
    wind_m_s = 3.2 + 1.8 * front + 1.2 * drift(seed, "wind", time_ms, 10 * MINUTE_MS)
    return Sky(
        temperature_c=temperature_c,
        humidity_pct=min(100.0, max(20.0, humidity_pct)),
        light_lx=_FULL_SUN_LX * sun(climate, time_ms) ** 1.2 * (1.0 - 0.8 * clouds),
        rain_mm_h=max(0.0, clouds - 0.78) * 30.0,
        wind_m_s=max(0.0, wind_m_s),
        pressure_hpa=1013.0 - 12.0 * front,
    )


def sun(climate: Climate, time_ms: int) -> float:
    """The sine of the sun's height, 0 when it is below the horizon."""
    tilt = math.radians(-23.44) * math.cos(math.tau * (_day_of_year(time_ms) + 10.0) / _YEAR_DAYS)
    latitude = math.radians(climate.latitude_deg)
    turn = math.tau * (solar_hour(climate, time_ms) - 12.0) / 24.0
    height = math.sin(latitude) * math.sin(tilt) + math.cos(latitude) * math.cos(tilt) * math.cos(turn)
    return max(0.0, height)


def _day_of_year(time_ms: int) -> float:
    return (time_ms / DAY_MS) % _YEAR_DAYS
