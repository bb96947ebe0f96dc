"""Everything a decision about one window rests on. This is what is stored, replayed and exported."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec


class Character(StrEnum):
    """What sort of sound a room's sound is."""

    QUIET = "quiet"
    TRAFFIC = "traffic"
    VOICES = "voices"
    STEADY = "steady"
    SHARP = "sharp"


class Moment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a room and its surroundings at one time; None: not known."""

    time_ms: int
    hour: float
    """Of the site's clock on the wall, 0 to 24."""
    day: int
    """Of the year, 1 to 366, by the site's calendar."""
    temperature_c: float | None = None
    humidity_pct: float | None = None
    sound_db: float | None = None
    character: Character | None = None
    """What sort of sound, when a node sends sound."""
    co2_ppm: float | None = None
    outdoor_temperature_c: float | None = None
    outdoor_humidity_pct: float | None = None
    outdoor_mean_c: float | None = None
    """Running mean of EN 16798-1, annex B."""
    rain_mm_h: float | None = None
    wind_m_s: float | None = None
    position_pct: float | None = None
    """Where the window is; 0 is shut, 100 fully open."""
    shut_h: float | None = None
    """For how long it has been shut."""


class Missing(msgspec.Struct, frozen=True):
    """An input that was not used, and why: nobody measures it, it is too old, or it cannot be believed.

    `name` is the field of `Moment` without its unit: `humidity`, `outdoor_temperature`.
    """

    name: str
    why: Literal["unknown", "stale", "doubtful"]
    detail: str = ""
    """In words: `2 h old`, `drift`."""
