"""What people do all day: where they are, when they shower, how loud the street is. Pure functions of seed and time."""

from __future__ import annotations

from enum import StrEnum

from .noise import chance, drift
from .weather import MINUTE_MS


class Use(StrEnum):
    """What a room is for; it decides when people are in it."""

    LIVING = "living"
    SLEEPING = "sleeping"
    WASHING = "washing"
    WORKING = "working"
    STORAGE = "storage"


# (from hour, to hour, how likely each person is there in a quarter of an hour); the first match counts
_PRESENCE: dict[Use, tuple[tuple[float, float, float], ...]] = {
    Use.LIVING: ((6.5, 8.5, 0.6), (8.5, 16.0, 0.15), (16.0, 22.5, 0.8)),
    Use.SLEEPING: ((0.0, 6.5, 0.97), (6.5, 7.5, 0.3), (22.0, 24.0, 0.85)),
    Use.WASHING: ((6.0, 8.0, 0.25), (8.0, 20.0, 0.03), (20.0, 23.0, 0.15)),
    Use.WORKING: ((8.0, 12.0, 0.8), (13.0, 17.5, 0.8)),
    Use.STORAGE: (),
}


def people(seed: int, room: str, use: Use, occupants: int, time_ms: int, hour: float) -> int:
    """How many are in the room."""
    likely = next((odds for start, end, odds in _PRESENCE[use] if start <= hour < end), 0.0)
    slot = time_ms // (15 * MINUTE_MS)
    return sum(chance(seed, "there", room, person, slot) < likely for person in range(occupants))


def shower_is_on(seed: int, time_ms: int, hour: float) -> bool:
    """Whether somebody takes a shower; each takes seven of ten minutes."""
    slot, within_ms = divmod(time_ms, 10 * MINUTE_MS)
    likely = 0.14 if 6.0 <= hour < 8.5 else 0.07 if 19.0 <= hour < 22.5 else 0.005
    return within_ms < 7 * MINUTE_MS and chance(seed, "shower", slot) < likely


def tap_l_min(seed: int, time_ms: int, hour: float) -> float:
    """Hot water drawn in the kitchen."""
    if not 6.0 <= hour < 22.5:
        return 0.0
    return 2.0 if chance(seed, "tap", time_ms // (2 * MINUTE_MS)) < 0.08 else 0.0


def street_db(seed: int, time_ms: int, hour: float) -> float:
    """How loud it is outside: quiet at night, loudest in the morning and evening traffic."""
    traffic = 62.0 if 7.0 <= hour < 9.5 or 16.0 <= hour < 19.0 else 56.0 if 6.0 <= hour < 22.0 else 43.0
    return traffic + 4.0 * drift(seed, "street", time_ms, 2 * MINUTE_MS)
