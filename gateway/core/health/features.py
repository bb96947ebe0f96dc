"""What the reference model of remaining life takes: nine numbers of each of 14 sensors of a turbofan, and its age.

Every sensor counts in standard deviations of its fleet's training rows from their mean, so that units cancel;
`models/remaining_life/summaries.py` makes the numbers.
"""

from __future__ import annotations

from typing import Final

SENSORS: Final = (2, 3, 4, 7, 8, 9, 11, 12, 13, 14, 15, 17, 20, 21)
"""Those of 21 that move at all at one operating point."""
LEVELS: Final = (3.0, 8.0, 20.0, 50.0)
"""Half-lives of exponentially weighted means, in cycles."""
SLOPES: Final = (8.0, 20.0, 50.0)
"""Half-lives of exponentially weighted slopes."""
FIRST: Final = 20.0
"""Cycles that say how an engine was when it was young."""
AGE_SCALE: Final = 200.0


def _columns() -> tuple[tuple[str, str, float, float], ...]:
    kinds = [(f"level_{half:g}", "sd") for half in LEVELS]
    kinds += [(f"slope_{half:g}", "sd per half-life") for half in SLOPES]
    kinds += [(f"first_{FIRST:g}", "sd"), ("mean", "sd")]
    made = [(f"s{sensor}_{kind}", unit, 0.0, 1.0) for kind, unit in kinds for sensor in SENSORS]
    return (*made, ("age", "cycles", 0.0, AGE_SCALE), ("young", "cycles", 0.0, FIRST))


COLUMNS: Final = _columns()
"""Name, unit, centre and scale of each input."""
OUTPUTS: Final = (("low", "cycles"), ("likely", "cycles"), ("high", "cycles"))
"""The ends of the interval that holds nine times of ten, and the expectation between them."""
