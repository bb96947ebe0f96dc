"""Moments as they may come in any house: what a model is tried with before there are real ones."""

from __future__ import annotations

import math
import random

from ..core.window.moment import Character, Moment

_CHARACTERS = (None, None, *Character)


def sample_moments(count: int, seed: int = 1) -> list[Moment]:
    """So many moments of a year, the same for the same seed; some with much missing, none without a temperature."""
    source = random.Random(seed)
    return [_one(source, number) for number in range(count)]


def _one(source: random.Random, number: int) -> Moment:
    day, hour = source.randint(1, 366), source.uniform(0.0, 24.0)
    mean_c = 10.0 + 9.0 * math.sin(math.tau * (day - 110) / 365) + source.gauss(0.0, 3.0)
    outdoor_c = mean_c + 5.0 * math.sin(math.tau * (hour - 9.0) / 24.0) + source.gauss(0.0, 2.5)
    inside_c = 20.5 + 0.22 * max(mean_c - 8.0, 0.0) + source.gauss(0.0, 2.5)
    outside = source.random() < 0.8
    return Moment(
        time_ms=1_767_225_600_000 + number * 1_800_000,
        hour=hour,
        day=day,
        temperature_c=round(inside_c, 2),
        humidity_pct=_maybe(source, 0.9, min(max(source.gauss(48.0, 12.0), 15.0), 95.0)),
        sound_db=_maybe(source, 0.8, 32.0 + source.gammavariate(2.0, 6.0)),
        character=source.choice(_CHARACTERS),
        co2_ppm=_maybe(source, 0.5, 450.0 + source.gammavariate(2.0, 320.0)),
        outdoor_temperature_c=round(outdoor_c, 2) if outside else None,
        outdoor_humidity_pct=_maybe(source, 0.8, min(max(source.gauss(75.0, 12.0), 20.0), 100.0)) if outside else None,
        outdoor_mean_c=_maybe(source, 0.9, mean_c) if outside else None,
        rain_mm_h=source.choice((0.0, 0.0, 0.0, 0.4, 3.0)) if outside else None,
        wind_m_s=_maybe(source, 0.6, source.gammavariate(2.0, 2.0)) if outside else None,
        position_pct=float(source.randrange(0, 101, 5)),
        shut_h=_maybe(source, 0.5, source.uniform(0.0, 12.0)),
    )


def _maybe(source: random.Random, likely: float, value: float) -> float | None:
    return round(value, 2) if source.random() < likely else None
