"""Detectors with a published score, so that anyone with the data sees that our scorer is the benchmark's."""

from __future__ import annotations

import math

import numpy as np

from .nab_scores import Array

WINDOW_ROWS, STEP_ROWS = 6400, 100
PUBLISHED_DIGITS = 12
WINDOWED_GAUSSIAN = 39.65
"""Its published standard score, with the threshold 1, which digits beyond the twelfth would not reach."""


def windowed_gaussian(values: Array) -> Array:
    """How far down the tail of a normal curve each value lies, fitted to the 6400 before, moved on by 100 at once."""
    rows = len(values)
    off = values - values[0]
    sums = np.concatenate([[0.0], np.cumsum(off)])
    squares = np.concatenate([[0.0], np.cumsum(off * off)])
    found = np.zeros(rows)
    for row in range(1, rows):
        stop = row if row <= WINDOW_ROWS else row - (row - WINDOW_ROWS) % STEP_ROWS
        start = max(0, stop - WINDOW_ROWS)
        mean = (sums[stop] - sums[start]) / (stop - start)
        square = (squares[stop] - squares[start]) / (stop - start) - mean * mean
        spread = math.sqrt(square) if square > 0.0 else 1e-6
        found[row] = 1.0 - 0.5 * math.erfc(abs(off[row] - mean) / spread / math.sqrt(2.0))
    return np.round(found, PUBLISHED_DIGITS)
