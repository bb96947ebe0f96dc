"""When something around a window has changed so much that it is worth deciding anew."""

from __future__ import annotations

import msgspec


class Thresholds(msgspec.Struct, frozen=True):
    """A change of so much is worth a decision."""

    temperature_c: float = 0.5
    humidity_pct: float = 4.0
    co2_ppm: float = 120.0
    sound_db: float = 6.0
    outdoor_c: float = 1.0
    rain_mm_h: float = 0.1
    wind_m_s: float = 3.0
