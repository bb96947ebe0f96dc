"""What a detector says of a reading, and which score makes an episode."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

WEEK_S = 604_800.0
USUAL_S = 300.0
DECADES = 10.0
"""A score of 1 is a chance of 10^-10 within `USUAL_S`; each tenth is one power of ten."""
_PACE = 0.42

Fuse = Callable[[Sequence[float]], float]
"""The fusion model: `views.FEATURES` numbers of one reading -> its score. Raises nothing."""


class Kind(StrEnum):
    """In which way a reading is unlike what was before it."""

    LEVEL = "level"
    """Higher or lower than for long: `since_s`, or never (`first`)."""
    JUMP = "jump"
    """From one reading to the next by more than usual: `size` is the jump."""
    SHIFT = "shift"
    """The level of the last hours moved: `size` is by how much, `usual` from where."""
    SEASON = "season"
    """Unusual for this time of day: `usual` is what it is otherwise."""
    SPREAD = "spread"
    """It swings more (`size` > 0) or less than it did: times the usual spread, as a natural logarithm."""
    FLAT = "flat"
    """It does not move at all: `size` is for how many seconds."""
    PATTERN = "pattern"
    """The course of the last readings was not seen so before."""


@dataclass(frozen=True, slots=True)
class Part:
    """One reason, as data; texts are made elsewhere. `size`, `usual`: in the series' unit unless `Kind` says so."""

    kind: Kind
    strength: float
    """How far beyond what was usual, in [0, 1]; the strongest part comes first."""
    size: float
    """With sign: above or below."""
    usual: float | None = None
    since_s: float | None = None
    """For so long nothing as high (size > 0) or as low was seen; with `first` since the series began."""
    first: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """What `Series.step` says of one reading."""

    at_s: float
    value: float
    score: float
    """In [0, 1]: -log10 of the chance of something as strange in normal life, a tenth each power."""
    parts: tuple[Part, ...] = ()
    """Strongest first; empty where nothing stands out."""
    ready: bool = False
    """False while too little is known to judge."""
    lasting: float = 0.0
    """As `score`, by the formula alone, but not held down by what was just before: how long something lasts."""


def pace(interval_s: float) -> float:
    """How many records of normal life with a point every `USUAL_S` stand for one with a point every `interval_s`.

    Records come with time rather than with points: on invented lives a point every minute brings twice as many
    a week as one every five minutes, one every hour a third.
    """
    return math.pow(interval_s / USUAL_S, _PACE)


def score_of(chance: float) -> float:
    """The score of what has this chance within `USUAL_S` of normal life."""
    return 0.0 if chance >= 1.0 else min(1.0, -math.log10(max(chance, 1e-300)) / DECADES)


def chance_of(score: float) -> float:
    """The chance within `USUAL_S` of normal life that a score stands for."""
    return math.pow(10.0, -DECADES * score)


def episode_threshold(false_per_week: float, interval_s: float) -> float:
    """The score from which an episode begins, if so many may begin for nothing; a point comes every `interval_s`.

    In (0, 1). Raises ValueError.
    """
    if not (false_per_week > 0.0 and interval_s > 0.0):
        raise ValueError("a rate and an interval are above nought")
    return score_of(min(0.5, false_per_week * pace(interval_s) * USUAL_S / WEEK_S))
