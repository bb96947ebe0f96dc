"""A circulation pump that runs, rests and runs again; its bearing and impeller wear, its strainer clogs.

Closed loop: the pump gives h0 n2 (1 - wear) - a q2, the pipes and the strainer take (k + c) q2, so q follows the shaft.
When the strainer lets too little through, the inlet falls to the vapour pressure and the pump cavitates: it shakes,
moves less and draws less current.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from ...core.errors import Refused
from .ailments import NONE, Ills
from .model import Moment
from .noise import chance
from .switch import Switch
from .wear import damage, life_h
from .weather import MINUTE_MS

_RAMP_S = 15.0
_CLEANED_AT = 0.75
"""Somebody cleans the strainer when so much of it is closed; each does it at a moment of their own."""
_ILL_CLOGGED = 0.95
"""Of the strainer at the worst cavitation; half of that is closed at a quarter of it, where nothing boils yet."""


class PumpShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a pump is like when it is new, at full speed."""

    flow_l_min: float = 18.0
    rest_hpa: float = 1500.0
    lift_hpa: float = 650.0
    current_a: float = 0.85
    vibration_mm_s: float = 1.4
    run_min: int = 20
    rest_min: int = 10
    age_h: float = 0.0
    """Hours it has run already."""
    l10_h: float = 30_000.0
    """Hours that nine of ten bearings outlive."""
    clogs_in_h: float = 4000.0
    """Hours of running until the strainer would be closed."""
    ageing: float = 1.0
    """How many times faster it ages than the world's time passes."""


class Pump:
    """Flow, pressure, vibration and current, all from the speed of the shaft and its condition."""

    def __init__(self, shape: PumpShape, name: str = "", seed: int = 0) -> None:
        self._shape = shape
        self._name = name
        self._ills: Ills = NONE
        self._life_h = life_h(seed, name, shape.l10_h)
        self._cleaned_at = _CLEANED_AT + 0.2 * chance(seed, "cleaned", name)
        self._hours = shape.age_h
        self._clogged = shape.age_h / shape.clogs_in_h % self._cleaned_at
        self._switch = Switch()
        self._speed = 0.0

    @property
    def wear(self) -> float:
        """Damage of the bearing: 0 new, 1 failed."""
        own = damage(self._hours, self._life_h)
        return own + (1.0 - own) * self._ills.bearing

    @property
    def clogged(self) -> float:
        """How much of the strainer is closed, 0 to 1."""
        return max(self._clogged, _ILL_CLOGGED * math.sqrt(self._ills.cavitation))

    @property
    def cavitation(self) -> float:
        """0 none, 1 the inlet has no liquid left; it begins when three fifths of the strainer are closed."""
        return min(1.0, max(0.0, (self.clogged - 0.6) / 0.35)) * self._speed**2

    def step(self, moment: Moment, step_s: float) -> None:
        """See Model."""
        self._ills = moment.ills.get(self._name, NONE)
        cycle_ms = (self._shape.run_min + self._shape.rest_min) * MINUTE_MS
        own = float(moment.time_ms % cycle_ms < self._shape.run_min * MINUTE_MS)
        runs = self._switch.wanted(own, moment.time_ms) if self.wear < 1.0 else 0.0
        self._speed = runs + (self._speed - runs) * math.exp(-step_s / _RAMP_S)
        aged_h = self._speed * step_s / 3600.0 * self._shape.ageing
        self._hours += aged_h
        self._clogged += aged_h / self._shape.clogs_in_h
        if self._clogged > self._cleaned_at:
            self._clogged = 0.0

    def actuate(self, verb: str, args: Mapping[str, object], time_ms: int) -> None:
        """See Machine."""
        if verb == "set_speed":
            raise Refused("a pump of this kind has one speed")
        self._switch.tell(verb, args, time_ms)

    def values(self) -> dict[str, float]:
        """See Model."""
        shape, speed, wear, cavitation = self._shape, self._speed, self.wear, self.cavitation
        head = 1.0 - 0.15 * wear  # a worn impeller and wider gaps
        resistance = 1.0 + 0.8 * self.clogged**3
        flow = math.sqrt(head / resistance) * (1.0 - 0.25 * cavitation)
        # Shaft power is head times flow over efficiency, and what the bearing rubs away.
        load = head * flow * (1.0 + 0.3 * wear) + 0.25 * wear
        shaking = math.exp(2.2 * wear) - 1.0 + 1.8 * cavitation
        return {
            "flow": shape.flow_l_min * speed * flow,
            "pressure": shape.rest_hpa + shape.lift_hpa * speed * speed * head * (1.0 - 0.2 * cavitation),
            "vibration": 0.08 + shape.vibration_mm_s * speed * speed * (1.0 + shaking),
            "current": 0.02 + shape.current_a * speed**1.5 * (0.3 + 0.7 * load),
        }
