"""What shows that a machine runs or a window is open, and which argument of a verb is its value. Pure."""

from __future__ import annotations

from collections.abc import Mapping

RUNS = (("power", 2.0), ("current", 0.1), ("flow", 0.1), ("speed", 1.0))
"""Metrics that show that a machine runs, the surest first, and above which value."""
OPEN_PCT = 2.0
"""Above it a window is open."""
ARGUMENT: Mapping[str, str] = {
    "set_temperature": "temperature",
    "set_speed": "speed",
    "set_position": "position",
    "run_for": "seconds",
}
"""The argument that the value of an order is, by verb."""
