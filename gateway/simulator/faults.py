"""What goes wrong with sensors, as values: the same fault, seed and true value always give the same reading.

A fault says when it holds, for which metric, how big it is and how many of the readings it touches. `apply` is the
pure fact; `FaultySensors` remembers, per device, the one thing a fault needs to know (where a sensor got stuck).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from .world.noise import chance, normal
from .world.sensor import SENSORS

HOUR_MS = 3_600_000


class FaultKind(StrEnum):
    """The kinds, and what `size` and `share` mean for each; both have typical values (`typical`)."""

    STUCK = "stuck"
    """The value of the fault's begin, again and again. size: how far the ADC's last bit flickers; 0: not at all."""
    SPIKE = "spike"
    """Single readings far off, upwards or downwards. size: how far, in the metric's unit."""
    DRIFT = "drift"
    """It wanders away. size: how far in an hour, with its sign."""
    LEVEL_SHIFT = "level_shift"
    """Everything lies higher or lower from now on (it was moved, or knocked). size: how far, with its sign."""
    OUT_OF_RANGE = "out_of_range"
    """Rubbish that no sensor measures: 85 or -127 °C, 65535 ppm. size: the value itself."""
    NOISE = "noise"
    """It shivers. size: the deviation that is added."""
    DROPOUT = "dropout"
    """No value. share: how many readings miss it."""


class SensorFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault of one metric of one device, from `start_ms` until before `end_ms`; also the label of a corpus."""

    kind: FaultKind
    metric: str
    start_ms: int
    end_ms: int
    size: float
    share: float = 1.0
    """The part of the readings it touches, by chance that follows from the seed."""

    def holds(self, time_ms: int) -> bool:
        """Whether it is there at this time."""
        return self.start_ms <= time_ms < self.end_ms

    def later(self, by_ms: int) -> SensorFault:
        """The same fault, `by_ms` later."""
        return msgspec.structs.replace(self, start_ms=self.start_ms + by_ms, end_ms=self.end_ms + by_ms)


_NOTICEABLE = {
    "temperature": 1.0,
    "humidity": 3.0,
    "soil_moisture": 3.0,
    "light_level": 150.0,
    "co2": 80.0,
    "sound_level": 4.0,
    "position": 10.0,
    "power": 150.0,
    "energy": 0.5,
    "water_temp_f": 1.8,
    "heating_kw": 0.15,
    "duty": 5.0,
    "flow": 1.0,
    "pressure": 8.0,
    "vibration": 0.3,
    "current": 0.06,
    "rain": 1.0,
    "wind": 1.0,
}
"""A difference that matters to people, in each metric's unit."""

_RUBBISH = {
    "temperature": (85.0, -127.0, -40.0, 150.0),
    "humidity": (-6.0, 119.0, 998.0),
    "soil_moisture": (-20.0, 131.0, 3276.7),
    "light_level": (-1.0, 200_000.0),
    "co2": (0.0, 65_535.0),
    "pressure": (0.0, 65_535.0),
    "sound_level": (-1.0, 255.0),
}
"""What broken wires, DS18B20, DHT22, ADCs and serial sensors say."""

_TIMES_NOTICEABLE = {
    FaultKind.SPIKE: 12.0,
    FaultKind.DRIFT: 0.5,
    FaultKind.LEVEL_SHIFT: 6.0,
    FaultKind.NOISE: 2.0,
}


def typical(kind: FaultKind, metric: str, seed: int = 0) -> float:
    """A size as it is met in houses; `seed` chooses a sign, or the rubbish. Raises KeyError for an unknown metric."""
    if kind is FaultKind.OUT_OF_RANGE:
        choice = _RUBBISH.get(metric, (-1.0, 1e6))
        return choice[int(chance(seed, "rubbish", metric) * len(choice))]
    if kind in (FaultKind.STUCK, FaultKind.DROPOUT):
        return 0.0
    size = _TIMES_NOTICEABLE[kind] * _NOTICEABLE[metric]
    signed = kind in (FaultKind.DRIFT, FaultKind.LEVEL_SHIFT)
    return -size if signed and chance(seed, "sign", metric) < 0.5 else size


def apply(fault: SensorFault, time_ms: int, value: float, held: float, seed: int) -> float | None:
    """What the sensor says instead of `value` while `fault` holds; None: nothing.

    `held` is what it said when the fault began. Sizes bend what is measured, so the answer keeps the sensor's
    resolution and limits; only OUT_OF_RANGE does not.
    """
    key = (fault.kind.value, fault.metric, fault.start_ms, time_ms)
    if fault.share < 1.0 and chance(seed, "touched", *key) >= fault.share:
        return value
    match fault.kind:
        case FaultKind.DROPOUT:
            return None
        case FaultKind.OUT_OF_RANGE:
            return fault.size
        case FaultKind.STUCK:
            return _as_measured(held + fault.size * (int(chance(seed, "flicker", *key) * 3) - 1), fault.metric)
        case FaultKind.SPIKE:
            bent = value + (fault.size if chance(seed, "up", *key) < 0.5 else -fault.size)
        case FaultKind.DRIFT:
            bent = value + fault.size * (time_ms - fault.start_ms) / HOUR_MS
        case FaultKind.LEVEL_SHIFT:
            bent = value + fault.size
        case FaultKind.NOISE:
            bent = value + fault.size * normal(seed, "shiver", *key)
    return _as_measured(bent, fault.metric)


def _as_measured(value: float, metric: str) -> float:
    sensor = SENSORS[metric]
    return round(min(sensor.highest, max(sensor.lowest, value)), sensor.digits)


class FaultySensors:
    """The sensors of one device under its faults. Read in the order of time."""

    def __init__(self, faults: Iterable[SensorFault], seed: int) -> None:
        self._faults = tuple(faults)
        self._seed = seed
        self._held: dict[int, float] = {}

    def read(self, time_ms: int, values: dict[str, float]) -> dict[str, float]:
        """`values` as these sensors say them; a metric that says nothing is left out."""
        said: dict[str, float | None] = dict(values)
        for number, fault in enumerate(self._faults):
            value = said.get(fault.metric)
            if value is not None and fault.holds(time_ms):
                held = self._held.setdefault(number, value)
                said[fault.metric] = apply(fault, time_ms, value, held, self._seed)
        return {metric: value for metric, value in said.items() if value is not None}
