"""The peer of the quality gate: fixed thresholds per metric, as most products offer them."""

from __future__ import annotations

from ..core.quality import Quality

_LIMITS = {
    "temperature": (-40.0, 80.0, 5.0),
    "humidity": (0.0, 100.0, 15.0),
    "soil_moisture": (0.0, 100.0, 15.0),
    "light_level": (0.0, 120_000.0, 50_000.0),
    "sound_level": (0.0, 120.0, 50.0),
    "co2": (300.0, 5000.0, 400.0),
    "rain": (0.0, 300.0, 100.0),
    "wind": (0.0, 60.0, 20.0),
    "power": (0.0, 4000.0, 5000.0),
    "energy": (0.0, 1e6, 1.0),
    "flow": (0.0, 100.0, 50.0),
    "current": (0.0, 16.0, 16.0),
    "vibration": (0.0, 20.0, 10.0),
    "position": (0.0, 100.0, 101.0),
}
"""Lowest, highest, largest step: what a careful owner types in without looking at the data."""
_AIR = (900.0, 1100.0, 5.0)
_PUMP = (0.0, 5000.0, 2000.0)
"""Pressure, by what is measured."""
_ANY = (-1e9, 1e9, 1e9)
_RESTING = frozenset({"position", "rain", "power"})
_SAME_TIMES = 30
"""Equal values in a row that count as stuck; of what rests by nature none do."""
_SILENT_MS = 300_000


class PlainChecker:
    """Range, step and repeated values; one series."""

    def __init__(self, metric: str, outdoor: bool) -> None:
        pressure = _AIR if outdoor else _PUMP
        self._low, self._high, self._step = pressure if metric == "pressure" else _LIMITS.get(metric, _ANY)
        self._rests = metric in _RESTING
        self._last: float | None = None
        self._same = 0
        self._time_ms = 0

    def judge(self, value: float, time_ms: int) -> int:
        """Bits of `Quality`."""
        last, self._last = self._last, value
        self._time_ms = time_ms
        self._same = self._same + 1 if value == last else 1
        bits = 0 if self._low <= value <= self._high else int(Quality.OUT_OF_RANGE)
        if last is not None and abs(value - last) > self._step:
            bits |= int(Quality.JUMP)
        if self._same >= _SAME_TIMES and not self._rests:
            bits |= int(Quality.STUCK)
        return bits

    def silent(self, time_ms: int) -> bool:
        """Whether nothing came for too long."""
        return time_ms - self._time_ms > _SILENT_MS
