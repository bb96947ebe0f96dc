"""How often the model is right when it is so sure: split-conformal tables from owners nothing else has seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gateway.core.window.head import LESSON_BANDS, Prior

from .columns import Array
from .living import Score

SPREAD_BANDS = 6
_QUANTILES = 64
_FEWEST = 400


def calibrated(prior: Prior, scores: list[Score]) -> Prior:
    """The prior with the quantiles of |error| / spread of those scores, by lessons and by spread."""
    lessons = np.concatenate([np.full(len(score.spread), score.lessons) for score in scores])
    spread = np.concatenate([score.spread for score in scores])
    ratio = np.concatenate([score.error for score in scores]) / np.maximum(spread, 1e-6)
    band = np.searchsorted(LESSON_BANDS, lessons, side="right")
    edges = np.quantile(spread, np.linspace(0.0, 1.0, SPREAD_BANDS + 1)[1:-1])
    cell = np.searchsorted(edges, spread, side="right")
    tables = np.empty((len(LESSON_BANDS) + 1, SPREAD_BANDS, _QUANTILES))
    for row in range(len(tables)):
        of_band = band == row
        for column in range(SPREAD_BANDS):
            both = of_band & (cell == column)
            # Too few of the kind: what such a spread meant after any number of lessons.
            tables[row, column] = _rising(ratio[both if both.sum() >= _FEWEST else cell == column])
    return replace(prior, spread_edges=edges, quantiles=tables)


def _rising(ratio: Array) -> Array:
    quantiles = np.quantile(ratio, np.linspace(0.0, 1.0, _QUANTILES))
    # Equal neighbours would make the table ambiguous.
    rising: Array = np.maximum.accumulate(quantiles + 1e-9 * np.arange(_QUANTILES))
    return rising
