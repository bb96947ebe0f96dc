"""How remaining life is scored on C-MAPSS: as published, so that figures can be compared."""

from __future__ import annotations

import numpy as np

from .layout import Array

CAP = 125.0
"""Cycles; many publications take no truth for longer."""
_EARLY, _LATE = 13.0, 10.0


def rmse(said: Array, truth: Array) -> float:
    """Root of the mean squared error, in cycles."""
    return float(np.sqrt(np.mean((said - truth) ** 2)))


def nasa_score(said: Array, truth: Array) -> float:
    """The challenge's sum over engines: too late costs more than too early (Saxena et al., PHM 2008)."""
    late = said - truth
    return float(np.sum(np.where(late < 0, np.expm1(-late / _EARLY), np.expm1(late / _LATE))))


def coverage(low: Array, high: Array, truth: Array) -> float:
    """The part of the engines whose truth lies within the interval, edges included."""
    return float(np.mean((low <= truth) & (truth <= high)))


def capped(cycles: Array) -> Array:
    """As publications with a cap see it; on truth and answer alike."""
    return np.minimum(cycles, CAP)
