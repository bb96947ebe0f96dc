"""By what a guess of remaining life is multiplied for the range that holds nine times of ten.

Written by `python -m models.remaining_life.wear --write`, on simulated wear; do not edit.
"""

from __future__ import annotations

from typing import Final

PARTS: Final = (0.15, 0.3, 0.5, 0.75)
"""Edges of the bands of the worn part."""
UNSURE: Final = (0.15, 0.35)
"""Edges of the bands of the slope's uncertainty."""
FACTORS: Final = (
    ((0.312, 0.586, 1.203), (0.239, 0.511, 1.29), (0.206, 0.49, 1.846)),
    ((0.452, 1.023, 1.86), (0.298, 0.677, 1.907), (0.232, 0.76, 2.412)),
    ((0.536, 1.227, 1.839), (0.34, 0.903, 2.119), (0.184, 1.023, 2.565)),
    ((0.606, 1.109, 1.518), (0.315, 1.011, 1.753), (0.121, 1.001, 2.38)),
    ((0.572, 1.038, 1.481), (0.268, 0.998, 1.999), (0.412, 1.024, 3.013)),
)
"""Low, middle, high for each band of the worn part and of the uncertainty."""


def factors(part: float, unsure: float) -> tuple[float, float, float]:
    """Low, middle and high for a part worn so far whose slope is so unsure."""
    row = FACTORS[sum(part >= edge for edge in PARTS)]
    return row[sum(unsure >= edge for edge in UNSURE)]
