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
    ((0.165, 0.449, 0.921), (0.163, 0.435, 0.982), (0.156, 0.453, 1.271)),
    ((0.191, 0.632, 1.761), (0.153, 0.52, 1.819), (0.091, 0.475, 1.945)),
    ((0.288, 1.125, 1.787), (0.224, 0.738, 1.917), (0.098, 0.572, 2.436)),
    ((0.59, 1.086, 1.506), (0.232, 0.877, 1.718), (0.096, 0.822, 2.271)),
    ((0.507, 1.021, 1.403), (0.217, 0.995, 1.792), (0.192, 1.054, 3.666)),
)
"""Low, middle, high for each band of the worn part and of the uncertainty."""


def factors(part: float, unsure: float) -> tuple[float, float, float]:
    """Low, middle and high for a part worn so far whose slope is so unsure."""
    row = FACTORS[sum(part >= edge for edge in PARTS)]
    return row[sum(unsure >= edge for edge in UNSURE)]
