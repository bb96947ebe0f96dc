"""Weeks of weather and rooms: correlated from half hour to half hour, with a window that acts on what is measured.

Every house has a climate, a building, people and sensors of its own. The window moves as the teacher says, late and by
habit, so that a room's heat, damp and air are those of a room with a window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .columns import Array, Columns
from .teacher_many import teach_many

STEP_MIN = 30
_PER_DAY = 24 * 60 // STEP_MIN
_STEP_H = STEP_MIN / 60.0


@dataclass(frozen=True)
class Odds:
    """How probably a house measures something."""

    humidity: float = 0.95
    sound: float = 0.85
    character: float = 0.2
    co2: float = 0.35
    outdoor: float = 0.85
    outdoor_mean: float = 0.95
    rain: float = 0.7
    wind: float = 0.25
    shut: float = 0.5


ALL = Odds()
FROM_OUTSIDE = Odds(1.0, 1.0, character=0.0, co2=0.0, outdoor=1.0, outdoor_mean=1.0, rain=1.0, wind=0.0, shut=0.0)
"""What a session file can hold."""


@dataclass(frozen=True)
class Climate:
    """A year outside: its mean and swing in °C, a day's swing, how often it rains, how damp it is."""

    mean_c: tuple[float, float] = (11.0, 4.0)
    swing_c: tuple[float, float] = (6.0, 12.0)
    day_c: tuple[float, float] = (2.0, 6.0)
    wet: tuple[float, float] = (0.04, 0.2)
    damp_pct: tuple[float, float] = (64.0, 80.0)


TEMPERATE = Climate()
COAST = Climate((12.0, 1.0), (4.0, 5.5), (1.5, 2.5), (0.15, 0.25), (76.0, 84.0))
CONTINENT = Climate((9.0, 1.0), (13.0, 15.0), (5.0, 7.0), (0.04, 0.1), (55.0, 65.0))


def weeks(
    houses: int, days: int, rng: np.random.Generator, odds: Odds = ALL, climate: Climate = TEMPERATE
) -> list[Columns]:
    """`days` of each house, every `STEP_MIN`, from any day of the year on."""
    weather = _weather(houses, days, rng, climate)
    rooms = _rooms(weather, rng)
    return [_as_measured(house, weather, rooms, rng, odds) for house in range(houses)]


@dataclass(frozen=True)
class _Weather:
    """Arrays [time, house]."""

    hour: Array
    day: Array
    outdoor_c: Array
    outdoor_pct: Array
    mean_c: Array
    rain: Array
    wind: Array
    sun: Array


def _weather(houses: int, days: int, rng: np.random.Generator, climate: Climate) -> _Weather:
    # Twenty days go before, so that the running mean has settled.
    before = 20
    steps = (days + before) * _PER_DAY
    start = rng.integers(0, 365, houses)
    time_d = np.arange(steps)[:, None] / _PER_DAY
    hour = np.broadcast_to((time_d % 1.0) * 24.0, (steps, houses))
    day = (start.astype(float) + np.floor(time_d)) % 365.0 + 1.0
    mean = rng.normal(*climate.mean_c, houses)
    season = mean - rng.uniform(*climate.swing_c, houses) * np.cos(2 * np.pi * (day - 20.0) / 365.0)
    front = 3.0 * _wander(steps, houses, 60.0, rng)
    cloud = _wander(steps, houses, 12.0, rng)
    swing = np.clip(rng.uniform(*climate.day_c, houses) * (1.0 - 0.4 * cloud), 0.5, None)
    outdoor = season + front + swing * np.cos(2 * np.pi * (hour - 15.0) / 24.0) + 0.4 * _wander(steps, houses, 2.0, rng)
    wetness = _wander(steps, houses, 5.0, rng) + 0.7 * cloud
    wet = wetness > np.quantile(wetness, 1.0 - rng.uniform(*climate.wet, houses).mean(), axis=0)
    rain = np.where(wet, rng.gamma(1.0, 1.5, (steps, houses)) + 0.1, 0.0)
    damp = rng.uniform(*climate.damp_pct, houses) - 2.5 * (outdoor - season - front)
    damp = np.clip(damp + 8.0 * _wander(steps, houses, 10.0, rng) + 10.0 * wet, 22.0, 100.0)
    daylight = np.clip(np.sin(np.pi * (hour - 6.0) / 12.0), 0.0, 1.0)
    sun = daylight * np.clip(0.6 - 0.35 * cloud, 0.05, 1.0) * (0.75 - 0.25 * np.cos(2 * np.pi * (day - 20.0) / 365.0))
    wind = np.clip(3.5 + 2.5 * _wander(steps, houses, 8.0, rng) + rng.normal(0.0, 0.6, (steps, houses)), 0.0, None)
    kept = slice(before * _PER_DAY, None)
    return _Weather(
        hour=hour[kept], day=day[kept], outdoor_c=outdoor[kept], outdoor_pct=damp[kept],
        mean_c=_running_means(outdoor)[kept], rain=rain[kept], wind=wind[kept], sun=sun[kept],
    )  # fmt: skip


@dataclass(frozen=True)
class _Rooms:
    """Arrays [time, house]."""

    inside_c: Array
    humidity_pct: Array
    co2: Array
    sound: Array
    character: Array
    shut_h: Array


def _rooms(weather: _Weather, rng: np.random.Generator) -> _Rooms:
    steps, houses = weather.hour.shape
    people = _presence(weather.hour, rng)
    street = _street(weather.hour, rng)
    set_point = rng.normal(20.8, 1.3, houses)
    setback = rng.uniform(0.0, 3.0, houses) * (rng.random(houses) < 0.6)
    loss = np.exp(rng.normal(-3.3, 0.35, houses))  # of the difference, an hour, with the window shut
    glass = rng.uniform(0.2, 1.3, houses)  # K an hour in full sun
    cross = rng.uniform(0.15, 0.6, houses)  # of the difference, an hour, fully open
    damping = np.asarray(rng.uniform(24.0, 34.0, houses))
    bath = rng.random(houses) < 0.25
    late = rng.uniform(0.3, 1.0, houses)
    habit = rng.normal(0.0, 12.0, houses) * (rng.random(houses) < 0.5)
    inside = set_point + 0.3 * np.maximum(weather.mean_c[0] - 14.0, 0.0)
    water = np.full(houses, 7.5) + 0.15 * weather.mean_c[0]
    co2, opened, shut = np.full(houses, 600.0), np.zeros(houses), np.zeros(houses)
    rows = []
    for now in range(steps):
        hour, outside = np.asarray(weather.hour[now]), np.asarray(weather.outdoor_c[now])
        awake = ((hour < 22.5) & (hour >= 6.0)).astype(float)
        heated = set_point - setback * (1.0 - awake)
        air = opened / 100.0 * cross
        warmed = 0.12 * people[now] + glass * weather.sun[now]
        settled = outside + warmed / (loss + air)
        inside = settled + (inside - settled) * np.exp(-(loss + air) * _STEP_H)
        inside = inside + np.maximum(heated - inside, 0.0) * 0.55 + rng.normal(0.0, 0.08, houses)
        outside_water = _water(outside, weather.outdoor_pct[now])
        changes = 0.35 + 5.0 * opened / 100.0
        steam = 0.45 * people[now] + bath * (rng.random(houses) < _shower_odds(hour)) * rng.uniform(4.0, 9.0, houses)
        settled_water = outside_water + steam / changes
        water = settled_water + (water - settled_water) * np.exp(-changes * _STEP_H)
        water = np.minimum(water, _water(inside, np.full(houses, 97.0)))
        settled_co2 = 420.0 + 330.0 * people[now] / changes
        co2 = settled_co2 + (co2 - settled_co2) * np.exp(-changes * _STEP_H)
        humidity = 100.0 * water / _water(inside, np.full(houses, 100.0))
        sound, character = _sound(street[now], damping, opened, people[now] * awake, rng)
        shut = np.where(opened < 3.0, shut + _STEP_H, 0.0)
        rows.append((inside, humidity, co2, sound, character, shut))
        asked = teach_many(_of_row(weather, now, inside, humidity, sound, character, co2))
        opened = opened + late * (np.clip(asked + habit * (inside > 19.0), 0.0, 100.0) - opened)
    return _Rooms(*(np.stack(column) for column in zip(*rows, strict=True)))


def _of_row(
    weather: _Weather, now: int, inside: Array, humidity: Array, sound: Array, character: Array, co2: Array
) -> Columns:
    return Columns(
        hour=weather.hour[now], day=weather.day[now], temperature_c=inside, humidity_pct=humidity, sound_db=sound,
        character=character, co2_ppm=co2, outdoor_temperature_c=weather.outdoor_c[now],
        outdoor_humidity_pct=weather.outdoor_pct[now], outdoor_mean_c=weather.mean_c[now],
        rain_mm_h=weather.rain[now], wind_m_s=weather.wind[now], shut_h=np.zeros_like(inside),
    )  # fmt: skip


def _as_measured(house: int, weather: _Weather, rooms: _Rooms, rng: np.random.Generator, odds: Odds) -> Columns:
    length = len(weather.hour)

    def seen(odd: float, values: Array, deviation: float = 0.0) -> Array:
        """The column, or nothing; every sensor drops out now and then."""
        column = values[:, house] + (rng.normal(0.0, deviation, length) if deviation else 0.0)
        there = rng.random() < odd
        return np.where(rng.random(length) < 0.01, np.nan, column) if there else np.full(length, np.nan)

    nothing = np.full(length, np.nan)
    outdoors = rng.random() < odds.outdoor
    outside = seen(1.0, weather.outdoor_c, 0.2) if outdoors else nothing
    heard = seen(odds.sound, rooms.sound, 0.5)
    character = np.where(np.isnan(heard) | (rng.random() >= odds.character), 0.0, rooms.character[:, house])
    columns = Columns(
        hour=weather.hour[:, house],
        day=weather.day[:, house],
        temperature_c=rooms.inside_c[:, house] + rng.normal(0.0, 0.05, length),
        humidity_pct=np.clip(seen(odds.humidity, rooms.humidity_pct, 0.7), 5.0, 100.0),
        sound_db=heard,
        character=character,
        co2_ppm=np.maximum(seen(odds.co2, rooms.co2, 15.0), 400.0),
        outdoor_temperature_c=outside,
        outdoor_humidity_pct=np.where(np.isnan(outside), np.nan, seen(0.93, weather.outdoor_pct, 1.0)),
        outdoor_mean_c=weather.mean_c[:, house] if outdoors and rng.random() < odds.outdoor_mean else nothing,
        rain_mm_h=seen(odds.rain, weather.rain),
        wind_m_s=seen(odds.wind, weather.wind),
        shut_h=rooms.shut_h[:, house] if rng.random() < odds.shut else nothing,
    )
    return replace(columns, outdoor_humidity_pct=np.clip(columns.outdoor_humidity_pct, 5.0, 100.0))


def _wander(steps: int, houses: int, hours: float, rng: np.random.Generator) -> Array:
    """A value about 0 with deviation 1 that forgets itself in so many hours (an AR(1) process)."""
    keeps = np.exp(-_STEP_H / hours)
    shocks = rng.normal(0.0, np.sqrt(1.0 - keeps * keeps), (steps, houses))
    walk = np.empty((steps, houses))
    now = rng.normal(0.0, 1.0, houses)
    for step in range(steps):
        now = keeps * now + shocks[step]
        walk[step] = now
    return walk


def _running_means(outdoor_c: Array) -> Array:
    """Of the days before, [time, house]."""
    days = outdoor_c.reshape(-1, _PER_DAY, outdoor_c.shape[1]).mean(1)
    means = np.empty_like(days)
    means[0] = days[0]
    for day in range(1, len(days)):
        means[day] = 0.2 * days[day - 1] + 0.8 * means[day - 1]
    return np.repeat(means, _PER_DAY, axis=0)


def _presence(hour: Array, rng: np.random.Generator) -> Array:
    steps, houses = hour.shape
    out_from, out_to = rng.uniform(7.5, 9.5, houses), rng.uniform(14.0, 19.0, houses)
    works = rng.random(houses) < 0.65
    away = works & (hour > out_from) & (hour < out_to)
    people = rng.integers(1, 4, houses)
    odds = np.where(away, 0.08, np.where((hour > 23.0) | (hour < 6.5), 0.9, 0.65))
    slots = np.repeat(rng.random((steps // 4 + 1, houses)), 4, axis=0)[:steps]
    return np.where(slots < odds, people, 0).astype(float)


def _street(hour: Array, rng: np.random.Generator) -> Array:
    steps, houses = hour.shape
    loud = rng.normal(0.0, 6.0, houses)
    rush = ((hour > 7.0) & (hour < 9.5)) | ((hour > 16.0) & (hour < 19.0))
    base = np.where((hour >= 22.0) | (hour < 6.0), 46.0, np.where(rush, 64.0, 58.0))
    events = (rng.random((steps, houses)) < 0.05) * rng.uniform(5.0, 18.0, (steps, houses))
    return base + loud + 3.0 * _wander(steps, houses, 1.5, rng) + events


def _sound(street: Array, damping: Array, opened: Array, awake: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Level in dB and index into `CHARACTERS`: 1 quiet, 2 traffic, 3 voices."""
    let_in = 10.0 ** (-damping / 10.0) * (1.0 - opened / 100.0) + 10.0 ** (-0.9) * opened / 100.0
    outside = 10.0 ** (street / 10.0) * let_in
    inside = awake * 10.0 ** (rng.uniform(3.8, 5.6, len(street)))
    level = 10.0 * np.log10(10.0**2.8 + outside + inside)
    return level, np.where(level < 38.0, 1.0, np.where(outside > inside, 2.0, 3.0))


def _shower_odds(hour: Array) -> Array:
    return np.where((hour > 6.0) & (hour < 8.5), 0.25, np.where((hour > 19.0) & (hour < 22.5), 0.12, 0.01))


def _water(temperature_c: Array, humidity_pct: Array) -> Array:
    saturation_hpa = 6.112 * np.exp(17.62 * temperature_c / (243.12 + temperature_c))
    water: Array = 216.7 * humidity_pct / 100.0 * saturation_hpa / (273.15 + temperature_c)
    return water
