"""Hard limits of a window: what no model, teacher or service from outside may ask for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import msgspec

from .moment import Moment
from .teacher import vapour_g_m3

RAIN_MM_H = 0.2
"""Less is drizzle that a gauge may also make up."""
GUSTY_M_S = 8.0
"""Wind that carries rain in."""
COLD_ROOM_C = 12.0
FROST_C, HARD_FROST_C = 0.0, -5.0
HARD_FROST_MAX_PCT = 5.0
STALE_AIR_PPM, DAMP_PCT, AIRING_PCT = 2000.0, 85.0, 15.0
_OUTSIDE_DRIER_G = 0.3
NO_NUMBER = "the model gave no number"


class Bounds(msgspec.Struct, frozen=True):
    """What the owner and the node of one window set themselves, in percent open and m/s."""

    node_min_pct: float = 0.0
    node_max_pct: float = 100.0
    rain_max_pct: float = 10.0
    frost_max_pct: float = 15.0
    storm_m_s: float = 15.0


class Limited(msgspec.Struct, frozen=True):
    """A position that may be asked for, 0 to 100 %; `cuts` says in words what moved it there."""

    position_pct: float
    cuts: tuple[str, ...] = ()


def limited(position_pct: float, moment: Moment, bounds: Bounds) -> Limited:
    """The nearest allowed position. Whatever is no number is shut."""
    if not isfinite(position_pct):
        shut, words = _within_node(0.0, bounds)
        return Limited(shut, (NO_NUMBER, *words))
    position = min(100.0, max(0.0, position_pct))
    cuts: list[str] = []
    ceiling = 100.0
    for at_most, reason in _ceilings(moment, bounds):
        if at_most < ceiling:
            ceiling = at_most
            if position > at_most:
                position = at_most
                cuts.append(f"{reason}: {_at_most(at_most)}")
    floor, reason = _airing(moment)
    floor = min(floor, ceiling)
    if position < floor:
        position = floor
        cuts.append(f"{reason}: at least {floor:.0f} %")
    position, words = _within_node(position, bounds)
    return Limited(position, (*cuts, *words))


def _ceilings(moment: Moment, bounds: Bounds) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []
    wind, rain, outside = moment.wind_m_s, moment.rain_mm_h, moment.outdoor_temperature_c
    if wind is not None and wind >= bounds.storm_m_s:
        found.append((0.0, f"storm {wind:.0f} m/s"))
    if rain is not None and rain >= RAIN_MM_H:
        if wind is not None and wind >= GUSTY_M_S:
            found.append((0.0, f"rain {rain:.1f} mm/h in wind {wind:.0f} m/s"))
        found.append((bounds.rain_max_pct, f"rain {rain:.1f} mm/h"))
    if moment.temperature_c is not None and moment.temperature_c <= COLD_ROOM_C:
        found.append((0.0, f"the room has {moment.temperature_c:.1f} °C"))
    if outside is not None and outside <= FROST_C:
        if outside <= HARD_FROST_C:
            found.append((min(HARD_FROST_MAX_PCT, bounds.frost_max_pct), f"frost {outside:.1f} °C"))
        found.append((bounds.frost_max_pct, f"frost {outside:.1f} °C"))
    return found


def _airing(moment: Moment) -> tuple[float, str]:
    """What must be open however cold or loud it is, and why."""
    if moment.co2_ppm is not None and moment.co2_ppm >= STALE_AIR_PPM:
        return AIRING_PCT, f"air {moment.co2_ppm:.0f} ppm"
    if moment.humidity_pct is not None and moment.humidity_pct >= DAMP_PCT and _drier_outside(moment):
        return AIRING_PCT, f"damp {moment.humidity_pct:.0f} %"
    return 0.0, ""


def _drier_outside(moment: Moment) -> bool:
    """Only where it is known: a floor is no place for guesses."""
    inside = moment.temperature_c, moment.humidity_pct
    outside = moment.outdoor_temperature_c, moment.outdoor_humidity_pct
    if inside[0] is None or inside[1] is None or outside[0] is None or outside[1] is None:
        return False
    return vapour_g_m3(inside[0], inside[1]) - vapour_g_m3(outside[0], outside[1]) >= _OUTSIDE_DRIER_G


def _within_node(position: float, bounds: Bounds) -> tuple[float, tuple[str, ...]]:
    """The node's own limits come last: it would hold them anyway."""
    if position > bounds.node_max_pct:
        return bounds.node_max_pct, (f"its own limit: at most {bounds.node_max_pct:.0f} %",)
    if position < bounds.node_min_pct:
        return bounds.node_min_pct, (f"its own limit: at least {bounds.node_min_pct:.0f} %",)
    return position, ()


def _at_most(position: float) -> str:
    return "shut" if position <= 0 else f"at most {position:.0f} %"


def node_limits(*states: Mapping[str, object]) -> tuple[float, float]:
    """The least and most a node allows, from the first of these states of its shadow that has `limits.position`."""
    for state in states:
        limits = state.get("limits")
        band = limits.get("position") if isinstance(limits, dict) else None
        if isinstance(band, dict):
            low, high = _percent(band.get("min"), 0.0), _percent(band.get("max"), 100.0)
            return min(low, high), high
    return 0.0, 100.0


def _percent(said: object, otherwise: float) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not isfinite(said):
        return otherwise
    return min(100.0, max(0.0, float(said)))
