"""A moment as the numbers the window model takes: 24 of them, about one in size, and 0 where nothing is known."""

from __future__ import annotations

import math

from .moment import Moment
from .teacher import comfort_c, damper_g_m3, limit_db, temperature_c

COLUMNS: tuple[tuple[str, str, float, float], ...] = (
    # name, unit, centre, scale: a feature is (value - centre) / scale
    ("temperature", "°C", 22.0, 4.0),
    ("above_comfort", "K", 0.0, 2.0),
    ("humidity", "%", 50.0, 15.0),
    ("humidity_known", "1", 0.0, 1.0),
    ("sound", "dB", 50.0, 12.0),
    ("sound_over_limit", "dB", 0.0, 8.0),
    ("sound_known", "1", 0.0, 1.0),
    ("outdoor_temperature", "°C", 12.0, 8.0),
    ("warmer_than_outside", "K", 0.0, 4.0),
    ("damper_than_outside", "g/m³", 0.0, 3.0),
    ("outdoor_known", "1", 0.0, 1.0),
    ("outdoor_mean", "°C", 14.0, 6.0),
    ("outdoor_mean_known", "1", 0.0, 1.0),
    ("co2", "ppm", 900.0, 400.0),
    ("co2_known", "1", 0.0, 1.0),
    ("rain", "log(mm/h + 1)", -2.0, 2.0),
    ("wind", "m/s", 0.0, 5.0),
    ("shut", "h", 0.0, 4.0),
    ("hour_sin", "1", 0.0, 1.0),
    ("hour_cos", "1", 0.0, 1.0),
    ("half_day_sin", "1", 0.0, 1.0),
    ("half_day_cos", "1", 0.0, 1.0),
    ("year_sin", "1", 0.0, 1.0),
    ("year_cos", "1", 0.0, 1.0),
)
NAMES: tuple[str, ...] = tuple(name for name, *_ in COLUMNS)
UNITS: tuple[str, ...] = tuple(unit for _, unit, *_ in COLUMNS)
MEASURED: tuple[tuple[int, int | None], ...] = (
    (0, None), (1, None), (2, 3), (4, 6), (7, 10), (8, 10), (9, 10), (11, 12), (13, 14), (16, None),
)  # fmt: skip
"""The columns that come from sensors, each with the one that says whether it is known (None: 0 is a value, too)."""
BUMPS = 24
_CLIP = 4.0
_EVERY_H = 24.0 / BUMPS
_WIDTH_H = 0.7
_YEAR_DAYS = 365.25
_LONGEST_SHUT_H = 8.0


def features(moment: Moment, *, clip: bool = True) -> list[float]:
    """`NAMES` of the moment, scaled by `COLUMNS`; clipped to +-4 unless told otherwise. Raises Refused without a
    temperature.
    """
    inside = temperature_c(moment)
    warmer = damper = outside = 0.0
    over_comfort = _scaled(1, inside - comfort_c(moment.outdoor_mean_c))
    if moment.outdoor_temperature_c is not None:
        outside = _scaled(7, moment.outdoor_temperature_c)
        warmer = _scaled(8, inside - moment.outdoor_temperature_c)
        if moment.humidity_pct is not None and moment.outdoor_humidity_pct is not None:
            damper = _scaled(9, damper_g_m3(moment))
    over_db = 0.0
    if moment.sound_db is not None:
        over_db = _scaled(5, moment.sound_db - limit_db(moment.hour, moment.character))
    day_turn = math.tau * moment.hour / 24.0
    year_turn = math.tau * moment.day / _YEAR_DAYS
    row = [
        _scaled(0, inside),
        over_comfort,
        _optional(2, moment.humidity_pct),
        _known(moment.humidity_pct),
        _optional(4, moment.sound_db),
        over_db,
        _known(moment.sound_db),
        outside,
        warmer,
        damper,
        _known(moment.outdoor_temperature_c),
        _optional(11, moment.outdoor_mean_c),
        _known(moment.outdoor_mean_c),
        _optional(13, moment.co2_ppm),
        _known(moment.co2_ppm),
        _rain(moment.rain_mm_h),
        _optional(16, moment.wind_m_s),
        _scaled(17, min(moment.shut_h or 0.0, _LONGEST_SHUT_H)),
        math.sin(day_turn),
        math.cos(day_turn),
        math.sin(2.0 * day_turn),
        math.cos(2.0 * day_turn),
        math.sin(year_turn),
        math.cos(year_turn),
    ]
    return [min(max(value, -_CLIP), _CLIP) for value in row] if clip else row


def hour_bumps(hour: float) -> list[float]:
    """How near the hour is to 0, 1, ... 23 h: smooth, round the clock, together 1."""
    # They keep what is learnt in the evening out of the morning.
    near = []
    for number in range(BUMPS):
        apart_h = (hour - number * _EVERY_H + 12.0) % 24.0 - 12.0
        near.append(math.exp(-0.5 * (apart_h / _WIDTH_H) ** 2))
    total = sum(near)
    return [part / total for part in near]


def _scaled(column: int, value: float) -> float:
    _, _, centre, scale = COLUMNS[column]
    return (value - centre) / scale


def _optional(column: int, value: float | None) -> float:
    return 0.0 if value is None else _scaled(column, value)


def _known(value: float | None) -> float:
    return 0.0 if value is None else 1.0


def _rain(rain_mm_h: float | None) -> float:
    """0 when it is dry or nobody knows; from 1 on when it rains, however little."""
    if rain_mm_h is None or rain_mm_h <= 0.0:
        return 0.0
    return _scaled(15, math.log1p(rain_mm_h))
