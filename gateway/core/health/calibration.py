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
    ((0.312, 0.566, 1.138), (0.237, 0.491, 1.183), (0.205, 0.464, 1.415)),
    ((0.452, 1.032, 1.862), (0.296, 0.668, 1.907), (0.231, 0.75, 2.027)),
    ((0.536, 1.23, 1.847), (0.337, 0.925, 2.119), (0.183, 1.023, 2.211)),
    ((0.606, 1.115, 1.522), (0.313, 1.024, 1.745), (0.113, 0.997, 2.084)),
    ((0.575, 1.04, 1.485), (0.268, 1.0, 1.937), (0.412, 1.022, 2.853)),
)
"""Low, middle, high for each band of the worn part and of the uncertainty."""


def factors(part: float, unsure: float) -> tuple[float, float, float]:
    """Low, middle and high for a part worn so far whose slope is so unsure."""
    row = FACTORS[sum(part >= edge for edge in PARTS)]
    return row[sum(unsure >= edge for edge in UNSURE)]
