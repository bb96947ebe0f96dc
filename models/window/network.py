"""The trunk: what many owners' wishes have in common, trained on all of them at once. Adam by hand, numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .columns import Array

Single = NDArray[np.float32]
SIZES = (24, 96, 96, 48)
STEPS = 127
"""A whole number of int8 stands for as many parts of the largest."""


@dataclass(frozen=True)
class Trunk:
    """Layers of tanh: weights [in, out] and biases [out]."""

    weights: tuple[Single, ...]
    biases: tuple[Single, ...]

    def phi(self, rows: Array | Single) -> Single:
        """[n, 24] -> [n, 48], each -1 to 1."""
        now: Single = rows.astype(np.float32)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            now = np.tanh(now @ weight + bias)
        return now


@dataclass(frozen=True)
class Course:
    """How long and how fast."""

    steps: int = 12000
    batch: int = 384
    owners: int = 96
    """Drawn of all for each step."""
    rate: float = 4e-3
    decay: float = 2e-5


def trained(rows: Array, fixed: Array, wanted: Single, course: Course, rng: np.random.Generator) -> Trunk:
    """A trunk for `rows` [n, 24] beside the rest of the basis, `fixed` [n, f]; `wanted` [n, owners] of 0 to 1."""
    inputs, beside = rows.astype(np.float32), fixed.astype(np.float32)
    parameters = _begin(wanted.shape[1], beside.shape[1], rng)
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
    for step in range(course.steps):
        picked = rng.integers(0, len(inputs), course.batch)
        who = rng.choice(wanted.shape[1], min(course.owners, wanted.shape[1]), replace=False)
        gradients = _gradients(
            parameters, inputs[picked], beside[picked], wanted[np.ix_(picked, who)], who, course.decay
        )
        _adam(parameters, moments, gradients, step, _rate(step, course))
    layers = len(SIZES) - 1
    return Trunk(tuple(parameters[: 2 * layers : 2]), tuple(parameters[1 : 2 * layers : 2]))


def _begin(owners: int, beside: int, rng: np.random.Generator) -> list[Single]:
    """Weight and bias of every layer, the common head and every owner's difference from it."""
    parameters: list[Single] = []
    for into, out in pairwise(SIZES):
        parameters.append(rng.normal(0.0, 1.2 / np.sqrt(into), (into, out)).astype(np.float32))
        parameters.append(rng.normal(0.0, 0.1, out).astype(np.float32))
    parameters.append(np.zeros((SIZES[-1] + beside, 1), np.float32))
    parameters.append(rng.normal(0.0, 0.03, (SIZES[-1] + beside, owners)).astype(np.float32))
    return parameters


def _gradients(
    parameters: list[Single], rows: Single, beside: Single, wanted: Single, who: NDArray[np.int64], decay: float
) -> list[Single]:
    *layers, common, own = parameters
    acts = [rows]
    for number in range(0, len(layers), 2):
        acts.append(np.tanh(acts[-1] @ layers[number] + layers[number + 1]))
    basis = np.concatenate([acts[-1], beside], axis=1)
    heads = common + own[:, who]
    said = basis @ heads
    off = said - wanted
    # Beyond an end nothing is wrong, as long as it is not far beyond: the position is clipped.
    beyond = ((wanted <= 0.0) & (said < 0.0)) | ((wanted >= 1.0) & (said > 1.0))
    slope = np.where(beyond, 0.1 * (said - np.clip(said, -0.4, 1.4)), off) * (2.0 / said.size)
    own_slope = np.zeros_like(own)
    head_slope = basis.T @ slope
    own_slope[:, who] = head_slope + 2.0 * decay * own[:, who] / len(who)
    gradients: list[Single] = []
    back = (slope @ heads.T)[:, : SIZES[-1]]
    for number in range(len(layers) - 2, -1, -2):
        back = back * (1.0 - acts[number // 2 + 1] ** 2)
        gradients[:0] = [acts[number // 2].T @ back, back.sum(0)]
        back = back @ layers[number].T
    return [*gradients, head_slope.sum(1, keepdims=True), own_slope]


def _adam(
    parameters: list[Single], moments: list[tuple[Single, Single]], gradients: list[Single], step: int, rate: float
) -> None:
    unbiased = np.sqrt(1.0 - 0.999 ** (step + 1)) / (1.0 - 0.9 ** (step + 1))
    for parameter, (first, second), gradient in zip(parameters, moments, gradients, strict=True):
        first += 0.1 * (gradient - first)
        second += 0.001 * (gradient * gradient - second)
        parameter -= np.float32(rate * unbiased) * first / (np.sqrt(second) + np.float32(1e-8))


def _rate(step: int, course: Course) -> float:
    """Up for a tenth of the course, then down along a cosine."""
    part = step / course.steps
    if part < 0.1:
        return course.rate * (0.1 + 0.9 * part / 0.1)
    return course.rate * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * (part - 0.1) / 0.9)))


def whole_weights(weight: Single) -> tuple[NDArray[np.int8], Single]:
    """As whole numbers from -127 to 127, and the step of each output."""
    steps = np.maximum(np.abs(weight).max(0), 1e-6) / np.float32(STEPS)
    return np.clip(np.rint(weight / steps), -STEPS, STEPS).astype(np.int8), steps.astype(np.float32)


def phi_as_int8(trunk: Trunk, rows: NDArray[np.float32]) -> Single:
    """What the int8 graph answers, by numpy: rounded as onnxruntime does, equal to float32's last digits."""
    now = rows.astype(np.float32)
    for number, (weight, bias) in enumerate(zip(trunk.weights, trunk.biases, strict=True)):
        if number:
            now = np.clip(np.rint(now * STEPS), -128, STEPS).astype(np.float32) / np.float32(STEPS)
        whole, steps = whole_weights(weight)
        now = np.tanh(now @ (whole.astype(np.float32) * steps) + bias)
    return now
