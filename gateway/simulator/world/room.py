"""A room with people, a heater, a window, perhaps a fan: what these do comes back in every reading (closed loop)."""

from __future__ import annotations

import math
from typing import Protocol

import msgspec

from ...core.window.teacher import vapour_g_m3
from .habits import Use, people
from .happenings import NONE, Extra
from .model import Moment

_AIR_J_M3_K = 1206.0
_FURNITURE = 6.0
"""How much more heat a furnished room holds than its air."""
_OUTDOOR_CO2_PPM = 420.0
_PERSON_W = 80.0
_PERSON_CO2_M3_S = 5.2e-6
_PERSON_VAPOUR_G_S = 0.014
_SHOWER_VAPOUR_G_S = 0.35
_WALL_DAMPING_DB = 34.0
_OPENING_DAMPING_DB = 9.0
_LAMP_LX = 160.0


class RoomShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a room is like."""

    use: Use = Use.LIVING
    volume_m3: float = 50.0
    occupants: int = 1
    set_point_c: float = 21.0
    heating_w: float = 1500.0
    walls_w_k: float = 35.0
    leak_per_h: float = 0.35
    """Changes of air with the window shut."""
    window_m3_s: float = 0.12
    """Air exchanged with the window fully open; 0: no window."""
    glass: float = 0.02
    """Part of the light outside that reaches the room."""


class Sound(msgspec.Struct, frozen=True, gc=False):
    """What can be heard in a room: the power of each source, where 1 is 0 dB."""

    hum: float
    """Of the house itself."""
    street: float
    voices: float
    water: float
    machine: float

    @property
    def level_db(self) -> float:
        """All of it together."""
        return 10.0 * math.log10(self.hum + self.street + self.voices + self.water + self.machine)


_SILENCE = Sound(10**2.6, 0.0, 0.0, 0.0, 0.0)


class Airing(Protocol):
    """Something that takes air out of a room; as much comes in from outside."""

    @property
    def air_m3_s(self) -> float:
        """How much now."""


class Room:
    """Heat, moisture, CO2, sound and light of one room. `window_pct` may be set at any time."""

    def __init__(self, name: str, shape: RoomShape, seed: int) -> None:
        self._name = name
        self._shape = shape
        self._seed = seed
        self._temperature_c = shape.set_point_c
        self._vapour_g_m3 = vapour_g_m3(shape.set_point_c, 45.0)
        self._co2_ppm = 550.0
        self._sound_db = 30.0
        self.sound = _SILENCE
        """What there is to hear since the last step."""
        self._light_lx = 0.0
        self.window_pct = 0.0
        self.fans: tuple[Airing, ...] = ()

    def step(self, moment: Moment, step_s: float) -> None:
        """See Model."""
        shape = self._shape
        extra = moment.extra.get(self._name, NONE)
        there = people(self._seed, self._name, shape.use, shape.occupants, moment.time_ms, moment.hour) + extra.people
        air_m3_s = shape.leak_per_h * shape.volume_m3 / 3600.0 + shape.window_m3_s * self.window_pct / 100.0
        air_m3_s += sum(fan.air_m3_s for fan in self.fans)
        # Exact for a constant moment, so that a small room with an open window cannot overshoot.
        kept = math.exp(-air_m3_s * step_s / shape.volume_m3)
        self._heat(moment, step_s, there, air_m3_s, extra.heat_w)
        self._moisten(moment, step_s, there, kept, extra.vapour_g_s)
        breath_ppm = there * _PERSON_CO2_M3_S * 1e6 / shape.volume_m3 * step_s
        self._co2_ppm = _OUTDOOR_CO2_PPM + (self._co2_ppm - _OUTDOOR_CO2_PPM) * kept + breath_ppm
        awake = there if shape.use is not Use.SLEEPING else 0
        self.sound = self._heard(moment, awake, extra)
        self._sound_db = self.sound.level_db
        daylight_lx = moment.sky.light_lx * shape.glass
        self._light_lx = daylight_lx + (_LAMP_LX if awake and daylight_lx < 100.0 else 0.0)

    def _heat(self, moment: Moment, step_s: float, there: int, air_m3_s: float, extra_w: float) -> None:
        shape = self._shape
        colder_k = shape.set_point_c - self._temperature_c
        heating_w = min(shape.heating_w, max(0.0, 900.0 * colder_k))
        sun_w = moment.sky.light_lx * shape.glass * 0.12
        loss_w_k = shape.walls_w_k + _AIR_J_M3_K * air_m3_s
        storage_j_k = _AIR_J_M3_K * _FURNITURE * shape.volume_m3
        gain_w = heating_w + sun_w + there * _PERSON_W + extra_w
        settled_c = moment.sky.temperature_c + gain_w / loss_w_k
        self._temperature_c = settled_c + (self._temperature_c - settled_c) * math.exp(-loss_w_k * step_s / storage_j_k)

    def _moisten(self, moment: Moment, step_s: float, there: int, kept: float, extra_g_s: float) -> None:
        showering = moment.shower and self._shape.use is Use.WASHING
        gain_g_s = there * _PERSON_VAPOUR_G_S + _SHOWER_VAPOUR_G_S * showering + extra_g_s
        outside = vapour_g_m3(moment.sky.temperature_c, moment.sky.humidity_pct)
        inside = outside + (self._vapour_g_m3 - outside) * kept + gain_g_s * step_s / self._shape.volume_m3
        # What is too much condenses on the glass.
        self._vapour_g_m3 = min(inside, vapour_g_m3(self._temperature_c, 99.0))

    def _heard(self, moment: Moment, awake: int, extra: Extra) -> Sound:
        opening = self.window_pct / 100.0 if self._shape.window_m3_s else 0.0
        let_in = 10 ** (-_WALL_DAMPING_DB / 10) * (1 - opening) + 10 ** (-_OPENING_DAMPING_DB / 10) * opening
        showering = moment.shower and self._shape.use is Use.WASHING
        return Sound(
            hum=10**2.6,
            street=10 ** (moment.street_db / 10) * let_in,
            voices=awake * 10**4.6,
            water=10**6.0 if showering else 0.0,
            machine=0.0 if extra.sound_db is None else 10 ** (extra.sound_db / 10),
        )

    def values(self) -> dict[str, float]:
        """See Model."""
        saturated = vapour_g_m3(self._temperature_c, 100.0)
        return {
            "temperature": self._temperature_c,
            "humidity": 100.0 * self._vapour_g_m3 / saturated,
            "co2": self._co2_ppm,
            "sound_level": self._sound_db,
            "light_level": self._light_lx,
            "position": self.window_pct,
        }
