"""How far a window should be open for an owner nobody knows yet: comfort, air, damp, cold, noise, rain and wind.

EN 16798-1 (adaptive comfort, category II) and ASHRAE 55; everything else is a ramp between two figures below. It needs
no library, and is what decides when no model can be used.
"""

from __future__ import annotations

import math

import msgspec

from ..errors import Refused
from .moment import Character, Moment

COMFORT_WIDTH_K = (4.0, 3.0)
"""Category II of EN 16798-1: so far below and above the comfort temperature. ASHRAE 55's 80 % band is 3.5 both ways."""
UNKNOWN_COMFORT_C = 23.0
"""Comfort while nobody knows the running mean outside."""
UNKNOWN_WARMER_K = 3.0
"""How much warmer than outside a room is taken to be when the outside is not known."""
UNKNOWN_DAMPER_G_M3 = 1.5
"""How much more water its air is taken to hold."""
NIGHT_FROM_H, NIGHT_TO_H = 22.0, 7.0
DAY_LIMIT_DB, NIGHT_LIMIT_DB = 55.0, 45.0
AIRING_AFTER_H = 4.0
"""A window that was shut for so long by day is due for airing, when no CO2 is measured."""
_AIR_C, _AIR_PCT = (-90.0, 125.0), (-1.0, 101.0)
"""What sensors of air can say. Beyond it the Magnus formula has a pole (-243.12 °C), and grows out of all floats."""
_CHARACTER_DB = {Character.TRAFFIC: -3.0, Character.SHARP: -3.0, Character.VOICES: 4.0}


class Wants(msgspec.Struct, frozen=True):
    """What each reason says by itself, 0 to 1: cool, air and dry open; the others shut."""

    cool: float
    air: float
    dry: float
    cold: float
    frost: float
    noise: float
    rain: float
    wind: float

    @property
    def position_pct(self) -> float:
        """All of them together, 0 to 100."""
        opens = 1.0 - (1.0 - self.cool) * (1.0 - 0.8 * self.air) * (1.0 - 0.7 * self.dry)
        stays = (1.0 - self.cold) * (1.0 - self.frost) * (1.0 - self.noise) * (1.0 - self.rain) * (1.0 - self.wind)
        return 100.0 * opens * stays


def running_mean(before_c: float | None, day_mean_c: float, alpha: float = 0.8) -> float:
    """The running mean outside one day on; `before_c` None: it starts with this day. EN 16798-1, formula B.2."""
    return day_mean_c if before_c is None else (1.0 - alpha) * day_mean_c + alpha * before_c


def comfort_c(outdoor_mean_c: float | None) -> float:
    """The temperature people without air conditioning call comfortable, in °C. EN 16798-1, annex B."""
    if outdoor_mean_c is None:
        return UNKNOWN_COMFORT_C
    return 0.33 * min(max(outdoor_mean_c, 10.0), 30.0) + 18.8


def vapour_g_m3(temperature_c: float, humidity_pct: float) -> float:
    """Water in a cubic metre of air (Magnus formula); what no air can be counts as the nearest that can."""
    air_c, air_pct = _clipped(temperature_c, *_AIR_C), _clipped(humidity_pct, *_AIR_PCT)
    saturation_hpa = 6.112 * math.exp(17.62 * air_c / (243.12 + air_c))
    return 216.7 * air_pct / 100.0 * saturation_hpa / (273.15 + air_c)


def is_night(hour: float) -> bool:
    """Whether people sleep at that hour of the day."""
    return hour >= NIGHT_FROM_H or hour < NIGHT_TO_H


def limit_db(hour: float, character: Character | None) -> float:
    """Above this sound disturbs: less at night and of traffic; voices are mostly those of the people inside."""
    limit = NIGHT_LIMIT_DB if is_night(hour) else DAY_LIMIT_DB
    return limit + (0.0 if character is None else _CHARACTER_DB.get(character, 0.0))


def temperature_c(moment: Moment) -> float:
    """Of the room. Raises Refused when it is not known."""
    if moment.temperature_c is None:
        raise Refused("the temperature of the room is not known")
    return moment.temperature_c


def warmer_k(moment: Moment) -> float:
    """How much warmer than outside it is; `UNKNOWN_WARMER_K` when the outside is not known."""
    if moment.outdoor_temperature_c is None:
        return UNKNOWN_WARMER_K
    return temperature_c(moment) - moment.outdoor_temperature_c


def damper_g_m3(moment: Moment) -> float:
    """How much more water than outside its air holds; `UNKNOWN_DAMPER_G_M3` when either is not known."""
    if moment.humidity_pct is None or moment.outdoor_temperature_c is None or moment.outdoor_humidity_pct is None:
        return UNKNOWN_DAMPER_G_M3
    outside = vapour_g_m3(moment.outdoor_temperature_c, moment.outdoor_humidity_pct)
    return vapour_g_m3(temperature_c(moment), moment.humidity_pct) - outside


def wants(moment: Moment) -> Wants:
    """Every reason by itself. Raises Refused without a temperature."""
    inside, outside = temperature_c(moment), moment.outdoor_temperature_c
    comfort = comfort_c(moment.outdoor_mean_c)
    # Open air only cools, and only dries, when it is cooler or drier: a soft step, so that nothing flaps at zero.
    cooler = _soft_step((warmer_k(moment) - 0.5) / 0.8)
    drier = _soft_step((damper_g_m3(moment) - 0.3) / 0.6)
    over_db = 0.0 if moment.sound_db is None else moment.sound_db - limit_db(moment.hour, moment.character)
    return Wants(
        cool=_ramp((inside - comfort - 0.5) / 3.0) * cooler,
        air=_air(moment),
        dry=0.0 if moment.humidity_pct is None else _ramp((moment.humidity_pct - 60.0) / 20.0) * drier,
        cold=0.85 * _ramp((comfort - 3.0 - inside) / 2.0),
        frost=0.0 if outside is None else 0.7 * _ramp((5.0 - outside) / 10.0),
        noise=0.9 * _ramp(over_db / 20.0),
        rain=0.85 if moment.rain_mm_h is not None and moment.rain_mm_h > 0.0 else 0.0,
        wind=0.0 if moment.wind_m_s is None else _ramp((moment.wind_m_s - 8.0) / 7.0),
    )


def teach(moment: Moment) -> float:
    """How far open, in percent. Raises Refused without a temperature."""
    return wants(moment).position_pct


def _air(moment: Moment) -> float:
    if moment.co2_ppm is not None:
        return _ramp((moment.co2_ppm - 800.0) / 600.0)
    due = moment.shut_h is not None and moment.shut_h >= AIRING_AFTER_H and not is_night(moment.hour)
    return 0.15 if due else 0.0


def _clipped(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _ramp(part: float) -> float:
    return _clipped(part, 0.0, 1.0)


def _soft_step(part: float) -> float:
    return 1.0 / (1.0 + math.exp(-_clipped(part, -50.0, 50.0)))
