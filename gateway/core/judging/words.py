"""What is wrong with a series, for a person to read."""

from __future__ import annotations

from collections.abc import Mapping

from ..quality import Quality
from .device import DeviceGate
from .profile import BLOCK_MS
from .series import Series


def reason(bit: Quality, metric: str, value: float, series: Series) -> str:
    """Why `bit` was raised when the series said `value`."""
    usual = series.usual
    metric = spoken(metric)
    match bit:
        case Quality.OUT_OF_RANGE:
            if not series.possible(value):
                return f"{metric} said {number(value)}: no sensor can measure that"
            around = f"{number(usual.minimum)} to {number(usual.maximum)}"
            return f"{metric} said {number(value)}; it usually is from {around}"
        case Quality.JUMP:
            step = usual.up if value > series.last else usual.down
            steps = f"its steps that way are usually up to {number(step)}"
            return f"{metric} went from {number(series.last)} to {number(value)}; {steps}"
        case Quality.STUCK:
            changes = f"it usually changes within {lasting(series.usual_hold_ms)}"
            return f"{metric} has said exactly {series.last:.6g} for {lasting(series.held_ms)}; {changes}"
        case Quality.DRIFT:
            profile = series.profile
            way = "above" if profile.departure > 0 else "below"
            hours = abs(profile.away) * BLOCK_MS // 3_600_000
            size = f"{number(abs(profile.departure))} {way} what it usually is at this time of the day"
            return f"{metric} has been {size} for {hours} h"
        case Quality.GHOST:
            return f"{metric} comes again and again with the same time and value: an old message repeated"
        case Quality.STALE:
            return f"nothing new of {metric}; it usually comes every {lasting(series.rhythm.interval_ms)}"
    return f"{metric}: {bit.name}"


def reasons(values: Mapping[str, float], gate: DeviceGate, metric: str, bits: int) -> str:
    """Why `bits` were raised for a metric of the reading `values`; of silence, without any."""
    series = gate.series(metric)
    if series is None:
        return f"{spoken(metric)} said what no sensor can measure"
    value = values.get(metric, series.last)
    return "; ".join(reason(bit, metric, value, series) for bit in Quality if bits & bit)


def spoken(metric: str) -> str:
    """A metric's name in a sentence."""
    return metric.replace("_", " ")


def number(value: float) -> str:
    """As exact as a person needs it."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def lasting(ms: float) -> str:
    """A time span in the unit a person would choose."""
    if ms < 120_000:
        return f"{max(1, round(ms / 1000))} s"
    if ms < 7_200_000:
        return f"{round(ms / 60_000)} min"
    return f"{round(ms / 3_600_000)} h"
