"""What an engine's history is boiled down to after each row: levels, slopes, its first cycles, its age. Causal.

All of it is linear in the sensors; sums are weighted by the cycles they stand for, so that every second row left out
changes nothing but the noise.
"""

from __future__ import annotations

import numpy as np

from gateway.core.health.features import AGE_SCALE, COLUMNS, FIRST, LEVELS, SLOPES

from .layout import Array, Engine

LEAST_CYCLES = 31
"""No test engine of the public set has a shorter history, so that none is trained on."""
_GAP = 5.0
_DAMPING = 2.0
WIDTH = len(COLUMNS)


def summaries(engine: Engine) -> Array:
    """[n, WIDTH] of a scaled engine: the row k knows rows 0 to k."""
    steps = np.minimum(np.diff(engine.cycles, prepend=engine.cycles[0] - 1.0), _GAP)
    parts = [level(engine.values, steps, half) for half in LEVELS]
    parts += [slope(engine.values, steps, half) for half in SLOPES]
    age = engine.cycles - engine.cycles[0] + 1.0
    young = np.where(age <= FIRST, steps, 0.0)
    parts += [_mean(engine.values, young), _mean(engine.values, steps)]
    return np.hstack([*parts, np.stack([age / AGE_SCALE, np.minimum(age, FIRST) / FIRST], 1)])


def level(values: Array, steps: Array, half: float) -> Array:
    """[n, s]: exponentially weighted means; `steps` are the cycles each row stands for, `half` the half-life."""
    weights, _ = _weights(steps, half)
    return np.asarray(weights @ values / weights.sum(1, keepdims=True))


def slope(values: Array, steps: Array, half: float) -> Array:
    """[n, s]: exponentially weighted regression slopes, per half-life, drawn to 0 while little is known."""
    weights, ago = _weights(steps, half)
    leaning = weights * ago
    weight, first, second = (one.sum(1, keepdims=True) for one in (weights, leaning, leaning * ago))
    spread = weight * second - first * first + _DAMPING * half * half
    return np.asarray(half * (weight * (leaning @ values) - first * (weights @ values)) / spread)


def _weights(steps: Array, half: float) -> tuple[Array, Array]:
    """[n, n] what each row weighs for each later one, and how many cycles before it is, as a number below 0."""
    times = np.cumsum(steps)
    ago = np.minimum(times[None, :] - times[:, None], 0.0)
    return np.tril(0.5 ** (-ago / half) * steps[None, :]), ago


def _mean(values: Array, weights: Array) -> Array:
    count = np.cumsum(weights)[:, None]
    return np.asarray(np.cumsum(values * weights[:, None], 0) / count)
