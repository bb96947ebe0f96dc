"""The fusion network: features of a record -> how probably it is a fault's, as a logit. Adam by hand, numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gateway.core.anomaly.views import FEATURES

Single = NDArray[np.float32]
SIZES = (len(FEATURES), 24, 12, 1)
STEPS = 127
"""A whole number of int8 stands for as many parts of the largest."""
FORMULA = [name for name, *_ in FEATURES].index("formula")
TRUST = 1.5
"""What the network says comes on top of the formula times this: invented faults teach how to weigh records, no more."""


@dataclass(frozen=True)
class Course:
    """How long, how fast, and how strongly weights are held small: figures of what was tried are on the card."""

    steps: int = 6000
    batch: int = 512
    rate: float = 3e-3
    decay: float = 1e-2


@dataclass(frozen=True)
class Net:
    """Layers of tanh, the last one plain: weights [in, out] and biases [out]."""

    weights: tuple[Single, ...]
    biases: tuple[Single, ...]
    knots: tuple[tuple[float, float], ...] = field(default=())
    """(raw, score), both rising: what normal life says of a raw number."""

    def raw(self, rows: Single, *, quantised: bool = False) -> Single:
        """[n, features] -> [n]."""
        now = rows
        last = len(self.weights) - 1
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if quantised and number:
                now = np.clip(np.rint(now * STEPS), -128, STEPS).astype(np.float32) / np.float32(STEPS)
            now = now @ (as_whole(weight) if quantised else weight) + bias
            now = now if number == last else np.tanh(now)
        return np.asarray(now[:, 0] + np.float32(TRUST) * rows[:, FORMULA], dtype=np.float32)


def whole_weights(weight: Single) -> tuple[NDArray[np.int8], Single]:
    """As whole numbers from -127 to 127, and the step of each output."""
    steps = np.maximum(np.abs(weight).max(0), 1e-6) / np.float32(STEPS)
    return np.clip(np.rint(weight / steps), -STEPS, STEPS).astype(np.int8), steps.astype(np.float32)


def as_whole(weight: Single) -> Single:
    """The weight that int8 stands for."""
    whole, steps = whole_weights(weight)
    return whole.astype(np.float32) * steps


def trained(rows: Single, faulty: Single, course: Course, rng: np.random.Generator) -> Net:
    """A network for `rows` [n, features] of records, `faulty` [n] 1 where a fault made it and 0 where life did."""
    parameters: list[Single] = []
    for into, out in pairwise(SIZES):
        parameters.append(rng.normal(0.0, 1.0 / np.sqrt(into), (into, out)).astype(np.float32))
        parameters.append(np.zeros(out, np.float32))
    moments = [(np.zeros_like(one), np.zeros_like(one)) for one in parameters]
    for step in range(course.steps):
        picked = rng.integers(0, len(rows), course.batch)
        gradients = _gradients(parameters, rows[picked], faulty[picked], course.decay)
        rate = course.rate * (0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * step / course.steps)))
        unbiased = math.sqrt(1.0 - 0.999 ** (step + 1)) / (1.0 - 0.9 ** (step + 1))
        for parameter, (first, second), gradient in zip(parameters, moments, gradients, strict=True):
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient * gradient - second)
            parameter -= np.float32(rate * unbiased) * first / (np.sqrt(second) + np.float32(1e-8))
    return Net(tuple(parameters[::2]), tuple(parameters[1::2]))


def _gradients(parameters: list[Single], rows: Single, faulty: Single, decay: float) -> list[Single]:
    """Of the mean log loss, and of half the squared weights."""
    acts, last = [rows], len(parameters) - 2
    for number in range(0, len(parameters), 2):
        total = acts[-1] @ parameters[number] + parameters[number + 1]
        acts.append(np.asarray(total if number == last else np.tanh(total), dtype=np.float32))
    said = 1.0 / (1.0 + np.exp(-acts[-1][:, 0]))
    back = ((said - faulty) / np.float32(len(rows)))[:, None].astype(np.float32)
    gradients: list[Single] = []
    for number in range(last, -1, -2):
        weight, into = parameters[number], acts[number // 2]
        gradients[:0] = [into.T @ back + np.float32(decay) * weight, back.sum(0)]
        back = (back @ weight.T) * (1.0 - into**2)
    return gradients
