"""Small networks side by side, trained at once with numpy: two hidden layers with ReLU each, their mean counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Single = NDArray[np.float32]
SPAN = 50.0
"""Cycles that the networks' unit stands for."""


@dataclass(frozen=True)
class Course:
    """How training goes; chosen by cross-validation over training engines (`crossing.py`)."""

    members: int = 8
    hidden: tuple[int, int] = (64, 32)
    epochs: int = 40
    batch: int = 128
    rate: float = 3e-3
    decay: float = 0.3
    noise: float = 0.1
    """Standard deviation added to standardised inputs."""
    dropped: float = 0.0


@dataclass
class Ensemble:
    """Weights [m, in, out] and biases [m, 1, out] of three layers; answers are `middle + SPAN * mean`."""

    weights: list[Single]
    biases: list[Single]
    middle: float

    def layers(self, rows: Single) -> list[Single]:
        """What each layer of each member passes on: [m, n, width] thrice, the last in units of SPAN."""
        found = [np.broadcast_to(rows, (len(self.weights[0]), *rows.shape[-2:]))]
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            after = found[-1] @ weight + bias
            found.append(after if number == len(self.weights) - 1 else np.maximum(after, 0))
        return found[1:]

    def cycles(self, rows: Single) -> NDArray[np.float64]:
        """[n] expected remaining cycles of standardised inputs [n, d]."""
        return np.asarray(self.middle + SPAN * self.layers(rows)[-1].astype(float).mean(0)[:, 0])


def trained(rows: Single, cycles: Single, odds: NDArray[np.float64], course: Course, seed: int) -> Ensemble:
    """Least squares over rows that each network draws by `odds` [n] of sum 1. Same seed, same weights."""
    rng = np.random.default_rng([seed, 50])
    middle = float(odds @ cycles)
    wanted = ((cycles - middle) / SPAN).astype(np.float32)
    sizes = (rows.shape[1], *course.hidden, 1)
    made = Ensemble(
        [_weights(course.members, *pair, rng) for pair in pairwise(sizes)],
        [np.zeros((course.members, 1, size), np.float32) for size in sizes[1:]],
        middle,
    )
    adam = _Adam(made.weights + made.biases, len(made.weights), course.decay)
    reach = np.cumsum(odds)
    reach[-1] = 1.0
    steps = max(1, course.epochs * len(rows) // course.batch)
    for step in range(steps):
        drawn = np.searchsorted(reach, rng.random((course.members, course.batch)))
        noise = rng.standard_normal((*drawn.shape, rows.shape[1]), dtype=np.float32)
        batch = rows[drawn] + np.float32(course.noise) * noise
        adam.step(_gradients(made, batch, wanted[drawn], course.dropped, rng), _rate(course.rate, step / steps))
    return made


def _weights(members: int, into: int, out: int, rng: np.random.Generator) -> Single:
    spread = math.sqrt(2.0 / into)
    return np.asarray(rng.standard_normal((members, into, out)) * spread, dtype=np.float32)


def _rate(most: float, part: float) -> float:
    """Rises for a tenth of the way, then falls as a cosine."""
    return most * min(1.0, part / 0.1 + 0.01) * 0.5 * (1.0 + math.cos(math.pi * max(0.0, (part - 0.1) / 0.9)))


def _gradients(made: Ensemble, batch: Single, wanted: Single, dropped: float, rng: np.random.Generator) -> list[Single]:
    inputs, masks = [batch], []
    for weight, bias in zip(made.weights[:-1], made.biases[:-1], strict=True):
        after = np.maximum(inputs[-1] @ weight + bias, 0)
        masks.append((rng.random(after.shape, dtype=np.float32) >= dropped) / np.float32(1.0 - dropped))
        inputs.append(after * masks[-1])
    said = inputs[-1] @ made.weights[-1] + made.biases[-1]
    slope = (said - wanted[..., None]) * np.float32(2.0 / batch.shape[1])
    weights, biases = [], []
    for number in range(len(made.weights) - 1, -1, -1):
        weights.append(np.swapaxes(inputs[number], 1, 2) @ slope)
        biases.append(slope.sum(1, keepdims=True))
        if number:
            slope = (slope @ np.swapaxes(made.weights[number], 1, 2)) * masks[number - 1] * (inputs[number] > 0)
    return [*weights[::-1], *biases[::-1]]


class _Adam:
    """AdamW; only the first `decaying` arrays decay."""

    def __init__(self, values: list[Single], decaying: int, decay: float) -> None:
        self._values = values
        self._decaying, self._decay = decaying, decay
        self._means = [np.zeros_like(value) for value in values]
        self._squares = [np.zeros_like(value) for value in values]
        self._steps = 0

    def step(self, gradients: list[Single], rate: float) -> None:
        self._steps += 1
        for at, (value, gradient) in enumerate(zip(self._values, gradients, strict=True)):
            self._means[at] += np.float32(0.1) * (gradient - self._means[at])
            self._squares[at] += np.float32(0.01) * (gradient * gradient - self._squares[at])
            mean = self._means[at] / np.float32(1.0 - 0.9**self._steps)
            square = self._squares[at] / np.float32(1.0 - 0.99**self._steps)
            change = mean / (np.sqrt(square) + np.float32(1e-8))
            if at < self._decaying:
                change += np.float32(self._decay) * value
            value -= np.float32(rate) * change
