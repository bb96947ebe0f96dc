"""What no decision may exceed, whoever made it."""

from __future__ import annotations

import msgspec


class Bounds(msgspec.Struct, frozen=True):
    """Limits of one window, in percent open and m/s."""

    node_min_pct: float = 0.0
    node_max_pct: float = 100.0
    rain_max_pct: float = 10.0
    frost_max_pct: float = 15.0
    storm_m_s: float = 15.0
