"""A fan that runs by the hour or when it is told; dust unbalances it, its bearing wears: it shakes, rubs, draws more.

By the laws of similarity air goes with the speed, power with its cube, the force of an imbalance with its square.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from .ailments import NONE, Ills
from .model import Moment
from .noise import chance
from .switch import Switch
from .wear import damage, life_h

_RAMP_S = 20.0
_WARMS_UP_S = 1200.0
_VOLT = 230.0
_COS_PHI = 0.8
_CELLAR_C = 19.0


class FanShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a fan is like when it is new, at full speed."""

    power_w: float = 60.0
    vibration_mm_s: float = 1.1
    sound_db: float = 48.0
    air_m3_s: float = 0.03
    """That it takes out of the room it serves."""
    warmer_k: float = 14.0
    """How much warmer than the room its bearing gets."""
    from_hour: float = 6.0
    to_hour: float = 22.0
    low_speed: float = 0.6
    """Outside these hours."""
    age_h: float = 0.0
    l10_h: float = 20_000.0
    dust_h: float = 6000.0
    """Hours until its blades are so dusty that somebody cleans them."""
    ageing: float = 1.0
    """How many times faster it ages than the world's time passes."""


class Fan:
    """Vibration, current, power, the bearing's temperature and the sound, from speed and condition."""

    def __init__(self, shape: FanShape, name: str = "", seed: int = 0) -> None:
        self._shape = shape
        self._name = name
        self._ills: Ills = NONE
        self._life_h = life_h(seed, name, shape.l10_h)
        self._imbalance = 0.8 + 0.4 * chance(seed, "imbalance", name)
        self._hours = shape.age_h
        self._switch = Switch()
        self._speed = 0.0
        self._warmer_k = 0.0

    @property
    def wear(self) -> float:
        """Damage of the bearing: 0 new, 1 failed."""
        own = damage(self._hours, self._life_h)
        return own + (1.0 - own) * self._ills.bearing

    @property
    def air_m3_s(self) -> float:
        """What it moves now."""
        return self._shape.air_m3_s * self._speed

    def step(self, moment: Moment, step_s: float) -> None:
        """See Model."""
        self._ills = moment.ills.get(self._name, NONE)
        shape = self._shape
        own = 1.0 if shape.from_hour <= moment.hour < shape.to_hour else shape.low_speed
        wanted = self._switch.wanted(own, moment.time_ms)
        if self.wear >= 1.0:
            wanted = 0.0
        self._speed = wanted + (self._speed - wanted) * math.exp(-step_s / _RAMP_S)
        settled_k = shape.warmer_k * self._load()
        self._warmer_k += (settled_k - self._warmer_k) * (1.0 - math.exp(-step_s / _WARMS_UP_S))
        self._hours += self._speed * step_s / 3600.0 * shape.ageing

    def actuate(self, verb: str, args: Mapping[str, object], time_ms: int) -> None:
        """See Machine."""
        self._switch.tell(verb, args, time_ms)

    def values(self) -> dict[str, float]:
        """See Model."""
        shape, speed, wear = self._shape, self._speed, self.wear
        dust = self._hours % shape.dust_h / shape.dust_h
        shaking = self._imbalance * (1.0 + 0.6 * dust) + math.exp(2.4 * wear) - 1.0
        power_w = shape.power_w * self._load()
        return {
            "vibration": 0.05 + shape.vibration_mm_s * speed * speed * shaking,
            "power": 0.8 + power_w,
            "current": (0.8 + power_w) / (_VOLT * _COS_PHI),
            "temperature": _CELLAR_C + self._warmer_k,
            "sound_level": 26.0 + (shape.sound_db - 26.0) * speed + 12.0 * wear * speed,
        }

    def _load(self) -> float:
        """Air and friction, as a part of a new fan's full power."""
        return 0.85 * self._speed**3 + (0.15 + 0.6 * self.wear) * self._speed
