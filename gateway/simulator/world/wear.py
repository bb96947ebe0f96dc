"""How rolling bearings age: each one has a life of its own, is quiet for most of it, and gets worse ever faster."""

from __future__ import annotations

import math

from .noise import chance

_SPREAD = 1.5
"""Weibull shape of the lives of rolling bearings (ISO 281 uses 10/9 to 3/2)."""
_HASTE = 5.0


def life_h(seed: int, name: str, l10_h: float) -> float:
    """Hours until this bearing fails. Nine of ten outlive `l10_h`; a few live many times as long."""
    dead = 0.02 + 0.96 * chance(seed, "life", name)
    return float(l10_h * (math.log(1.0 - dead) / math.log(0.9)) ** (1.0 / _SPREAD))


def damage(hours: float, life: float) -> float:
    """0 new, 1 failed: a tenth of it is there after 55 % of the life, half after 86 %."""
    part = min(1.0, max(0.0, hours / life))
    return (math.exp(_HASTE * part) - 1.0) / (math.exp(_HASTE) - 1.0)
