"""How old a value may be before it says nothing of now. Pure."""

from __future__ import annotations

from collections.abc import Mapping

AGES_S: Mapping[str, int] = {
    "temperature": 900,
    "humidity": 1800,
    "co2": 1800,
    "sound": 300,
    "outdoor_temperature": 7200,
    "outdoor_humidity": 7200,
    "rain": 3600,
    "wind": 3600,
    "position": 86_400,
}
"""Seconds by what is measured. A window tells its position when it moves."""
OTHERS_S = 900
"""Of everything else."""
_INTERVALS = 3
"""A device that sends seldom is not silent before it has left out two readings."""


def age_s(metric: str, interval_s: float = 0.0) -> int:
    """Seconds after which a value of this metric is not known any more, where the device sends one every `interval_s`
    seconds (0: as often as others).
    """
    return max(AGES_S.get(metric, OTHERS_S), round(_INTERVALS * interval_s))
