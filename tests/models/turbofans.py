"""Invented engines in the public layout of C-MAPSS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.remaining_life.layout import NAMES, RISING, SENSORS

Array = NDArray[np.float64]
Change = Callable[[Array], Array]


def engine(number: int, life: int, rng: np.random.Generator, end: int | None = None) -> Array:
    """[rows, 26] of an engine that fails after `life` cycles, up to the cycle `end`."""
    cycles = np.arange(1, life + 1, dtype=float)
    damage = np.expm1(4.0 * cycles / life) / np.expm1(4.0) + rng.normal(0.0, 0.05)
    rows = np.zeros((life, 26))
    rows[:, 0], rows[:, 1], rows[:, 5:] = number, cycles, 500.0
    for place, way in zip(SENSORS, RISING, strict=True):
        rows[:, 4 + place] += way * damage * place + rng.normal(0.0, 0.15 * place, life)
    return rows[:end]


def write(folder: Path, change: Change = lambda rows: rows, trained: int = 12, tested: int = 8, seed: int = 1) -> Path:
    """The three files; `change` is done to every engine's rows of both."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    train = [change(engine(number, int(rng.integers(130, 280)), rng)) for number in range(1, trained + 1)]
    tests, truth = [], []
    for number in range(1, tested + 1):
        life = int(rng.integers(180, 280))
        left = int(rng.integers(5, 140))
        whole = engine(number, life, rng)
        tests.append(change(whole[: life - left]))
        truth.append(change(whole)[-1, 1] - tests[-1][-1, 1])
    np.savetxt(folder / NAMES[0], np.vstack(train), fmt="%.8g")
    np.savetxt(folder / NAMES[1], np.vstack(tests), fmt="%.8g")
    np.savetxt(folder / NAMES[2], truth, fmt="%g")
    return folder
