"""An owner lives with the model for some weeks: half of them teach it, the other half is scored."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np

from gateway.core.window.head import Head, Prior

from .columns import Array

MOST_OVERRIDES = 12
BOTHERS_PP = 15.0
"""An owner overrides what is farther off than this, ..."""
NOTICES = 0.5
"""... as often as he notices (he is asked every half hour), ..."""
HUMAN_PP = 5.0
"""... and sets the window as exactly as this (a standard deviation)."""
_HOLD_STEPS = 2
_AHEAD = 48


@dataclass(frozen=True)
class Score:
    """What a head says of the second half, each [rows]."""

    lessons: int
    position: Array
    spread: Array
    truth: Array

    @property
    def error(self) -> Array:
        """In percent points."""
        return np.abs(self.position - self.truth)

    @property
    def mean_pp(self) -> float:
        """The mean error."""
        return float(self.error.mean())


def live(
    prior: Prior,
    basis: Array,
    truth: Array,
    rng: np.random.Generator,
    checkpoints: tuple[int, ...] = (0, MOST_OVERRIDES),
    every: int = 2,
) -> tuple[list[Score], Head]:
    """A score for each of the rising `checkpoints`: after so many overrides, or fewer if there were no more.

    `basis` [n, d] and `truth` [n] in percent are in order of time; every `every`th row of the second half is scored.
    The head is the one after the last checkpoint.
    """
    head, kept = Head(prior), {0: Head(prior)}
    half = len(truth) // 2
    notices = rng.random(half) < NOTICES
    slips = rng.normal(0.0, HUMAN_PP, half)
    row = 0
    while row < half and head.lessons < checkpoints[-1]:
        # As long as nothing is learnt, many moments cost little more than one.
        ahead = np.nonzero(notices[row : row + _AHEAD])[0] + row
        position, _ = head.opinions(basis[ahead])
        bothered = ahead[np.abs(position - truth[ahead]) > BOTHERS_PP]
        if not len(bothered):
            row += _AHEAD
            continue
        row = int(bothered[0])
        head.learn(basis[row], float(np.clip(truth[row] + slips[row], 0.0, 100.0)))
        kept[head.lessons] = copy(head)
        row += _HOLD_STEPS
    scored = slice(half, None, every)
    scores = []
    for lessons in (min(checkpoint, head.lessons) for checkpoint in checkpoints):
        position, spread = kept[lessons].opinions(basis[scored])
        scores.append(Score(lessons, position, spread, truth[scored]))
    return scores, head
