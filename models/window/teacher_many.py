"""The teacher, the features and the basis for many moments at once: equal to gateway.core.window to the last digits."""

from __future__ import annotations

import numpy as np

from gateway.core.window.features import BUMPS, COLUMNS, NAMES
from gateway.core.window.head import PLACE
from gateway.core.window.moment import Character

from .columns import CHARACTERS, Array, Columns

_CHARACTER_DB = {Character.TRAFFIC: -3.0, Character.SHARP: -3.0, Character.VOICES: 4.0}
CHARACTER_DB = np.array([0.0 if character is None else _CHARACTER_DB.get(character, 0.0) for character in CHARACTERS])


def ramp(part: Array) -> Array:
    """0 to 1, straight in between."""
    return np.clip(part, 0.0, 1.0)


def soft_step(part: Array) -> Array:
    """The logistic function."""
    soft: Array = 1.0 / (1.0 + np.exp(-np.clip(part, -50.0, 50.0)))
    return soft


def comfort(columns: Columns) -> Array:
    """In °C."""
    mean = columns.outdoor_mean_c
    return np.where(np.isnan(mean), 23.0, 0.33 * np.clip(np.nan_to_num(mean), 10.0, 30.0) + 18.8)


def vapour(temperature_c: Array, humidity_pct: Array) -> Array:
    """In g/m³."""
    saturation_hpa = 6.112 * np.exp(17.62 * temperature_c / (243.12 + temperature_c))
    water: Array = 216.7 * humidity_pct / 100.0 * saturation_hpa / (273.15 + temperature_c)
    return water


def warmer(columns: Columns) -> Array:
    """Than outside, in K."""
    return _else(columns.temperature_c - columns.outdoor_temperature_c, 3.0)


def damper(columns: Columns) -> Array:
    """Than outside, in g/m³."""
    inside = vapour(columns.temperature_c, columns.humidity_pct)
    return _else(inside - vapour(columns.outdoor_temperature_c, columns.outdoor_humidity_pct), 1.5)


def night(columns: Columns) -> Array:
    """1 at night, else 0."""
    return ((columns.hour >= 22.0) | (columns.hour < 7.0)).astype(float)


def over_limit(columns: Columns) -> Array:
    """By how much the sound is over what the teacher allows, in dB; not a number when it is not known."""
    limit = 55.0 - 10.0 * night(columns) + CHARACTER_DB[columns.character.astype(int)]
    over: Array = columns.sound_db - limit
    return over


def reasons_many(columns: Columns) -> dict[str, Array]:
    """The fields of `Wants`."""
    above = columns.temperature_c - comfort(columns)
    co2 = ramp((columns.co2_ppm - 800.0) / 600.0)
    due = np.where((columns.shut_h >= 4.0) & (night(columns) == 0.0), 0.15, 0.0)
    drier = soft_step((damper(columns) - 0.3) / 0.6)
    return {
        "cool": ramp((above - 0.5) / 3.0) * soft_step((warmer(columns) - 0.5) / 0.8),
        "air": np.where(np.isnan(co2), due, co2),
        "dry": _else(ramp((columns.humidity_pct - 60.0) / 20.0), 0.0) * drier,
        "cold": 0.85 * ramp((-3.0 - above) / 2.0),
        "frost": _else(0.7 * ramp((5.0 - columns.outdoor_temperature_c) / 10.0), 0.0),
        "noise": _else(0.9 * ramp(over_limit(columns) / 20.0), 0.0),
        "rain": np.where(columns.rain_mm_h > 0.0, 0.85, 0.0),
        "wind": _else(ramp((columns.wind_m_s - 8.0) / 7.0), 0.0),
    }


def position_of(reasons: dict[str, Array]) -> Array:
    """`Wants.position_pct`."""
    opens = 1.0 - (1.0 - reasons["cool"]) * (1.0 - 0.8 * reasons["air"]) * (1.0 - 0.7 * reasons["dry"])
    stays = np.ones_like(opens)
    for name in ("cold", "frost", "noise", "rain", "wind"):
        stays = stays * (1.0 - reasons[name])
    position: Array = 100.0 * opens * stays
    return position


def teach_many(columns: Columns) -> Array:
    """In percent, [n]."""
    return position_of(reasons_many(columns))


def features_many(columns: Columns, *, clip: bool = True) -> Array:
    """[n, 24], as `gateway.core.window.features`."""
    turn, year = 2.0 * np.pi * columns.hour / 24.0, 2.0 * np.pi * columns.day / 365.25
    outdoors = ~np.isnan(columns.outdoor_temperature_c)
    damp_known = outdoors & ~np.isnan(columns.humidity_pct) & ~np.isnan(columns.outdoor_humidity_pct)
    rain = np.nan_to_num(columns.rain_mm_h)
    rows = [
        _scaled(0, columns.temperature_c),
        _scaled(1, columns.temperature_c - comfort(columns)),
        _scaled(2, columns.humidity_pct),
        _known(columns.humidity_pct),
        _scaled(4, columns.sound_db),
        _scaled(5, over_limit(columns)),
        _known(columns.sound_db),
        _scaled(7, columns.outdoor_temperature_c),
        _scaled(8, np.where(outdoors, warmer(columns), np.nan)),
        _scaled(9, np.where(damp_known, damper(columns), np.nan)),
        outdoors.astype(float),
        _scaled(11, columns.outdoor_mean_c),
        _known(columns.outdoor_mean_c),
        _scaled(13, columns.co2_ppm),
        _known(columns.co2_ppm),
        np.where(rain > 0.0, _scaled(15, np.log1p(np.maximum(rain, 0.0))), 0.0),
        _scaled(16, columns.wind_m_s),
        _scaled(17, np.minimum(np.nan_to_num(columns.shut_h), 8.0)),
        np.sin(turn),
        np.cos(turn),
        np.sin(2.0 * turn),
        np.cos(2.0 * turn),
        np.sin(year),
        np.cos(year),
    ]
    table = np.stack(rows, 1)
    return np.clip(table, -4.0, 4.0) if clip else table


def bumps_many(hour: Array) -> Array:
    """[n, 24], as `hour_bumps`."""
    apart_h = (hour[:, None] - 24.0 / BUMPS * np.arange(BUMPS) + 12.0) % 24.0 - 12.0
    near = np.exp(-0.5 * (apart_h / 0.7) ** 2)
    shares: Array = near / near.sum(1, keepdims=True)
    return shares


def basis_many(phi: Array, columns: Columns) -> Array:
    """[n, d], as `gateway.core.window.head.basis`."""
    bumps, taught = bumps_many(columns.hour), teach_many(columns)[:, None] / 100.0
    row = features_many(columns)
    place = np.stack([columns.hour, *(row[:, NAMES.index(name)] for name in PLACE[1:])], axis=1)
    return np.concatenate([phi, bumps, bumps * taught, taught, np.ones_like(taught), place], axis=1)


def _scaled(column: int, value: Array) -> Array:
    _, _, centre, scale = COLUMNS[column]
    return np.nan_to_num((value - centre) / scale)


def _known(value: Array) -> Array:
    return (~np.isnan(value)).astype(float)


def _else(value: Array, instead: float) -> Array:
    return np.where(np.isnan(value), instead, value)
