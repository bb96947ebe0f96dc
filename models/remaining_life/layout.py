"""Folders in the public layout of C-MAPSS FD001, read so that units cancel.

`train_FD001.txt` and `test_FD001.txt`: engine, cycle, three settings, 21 sensors, by white space; `RUL_FD001.txt`: what
each test engine still had after its last row, in the order of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gateway.core.errors import Refused
from gateway.core.health.features import SENSORS

Array = NDArray[np.float64]
NAMES = ("train_FD001.txt", "test_FD001.txt", "RUL_FD001.txt")
RISING = np.array([1, 1, 1, -1, 1, 1, 1, -1, 1, 1, 1, 1, -1, -1], dtype=float)
"""Which way each goes with wear in the public set; a set with a turned sensor is turned back."""
MEDIAN_LIFE = 199.0
"""Cycles, of the public training engines."""
_SAME_UNIT = (0.8, 1.25)
_COLUMNS = 26
_TURNED = 0.1


@dataclass(frozen=True)
class Engine:
    """Rows of one engine in the order of its cycles."""

    number: int
    cycles: Array
    """[n], rising."""
    values: Array
    """[n, 14], as in the file or as `Scaling.applied` made them."""


@dataclass(frozen=True)
class Scaling:
    """What makes a sensor's values comparable: where its training rows lie, and which way it turns."""

    centre: Array
    scale: Array
    """Negative for a sensor that is turned; 0 nowhere."""
    cycle: float = 1.0
    """Of the folder's cycles, for one of the public set's."""

    def applied(self, engine: Engine) -> Engine:
        """Standard deviations from the mean, cycles as in the public set."""
        return Engine(engine.number, engine.cycles / self.cycle, (engine.values - self.centre) / self.scale)


def read_engines(path: Path) -> list[Engine]:
    """Every engine of a train or test file, in its order. Raises Refused, OSError."""
    rows = _rows(path)
    if rows.shape[1] < _COLUMNS:
        raise Refused(f"{path.name} has {rows.shape[1]} columns; {_COLUMNS} are the layout's")
    wanted = [4 + sensor for sensor in SENSORS]
    if not np.isfinite(rows[:, [0, 1, *wanted]]).all():
        raise Refused(f"{path.name} has values that are no numbers")
    found = []
    for number in dict.fromkeys(rows[:, 0].tolist()):
        own = rows[rows[:, 0] == number]
        own = own[np.argsort(own[:, 1], kind="stable")]
        if (np.diff(own[:, 1]) <= 0).any():
            raise Refused(f"{path.name}: engine {number:g} has the same cycle twice")
        found.append(Engine(int(number), own[:, 1].copy(), own[:, wanted]))
    return found


def read_truth(path: Path) -> Array:
    """[engines] cycles. Raises Refused, OSError."""
    return np.asarray(_rows(path)[:, 0])


def scaling_of(engines: Sequence[Engine]) -> Scaling:
    """From training engines that ran until they failed. Raises Refused without any."""
    if not engines:
        raise Refused(f"{NAMES[0]} has no engines")
    values = np.vstack([engine.values for engine in engines])
    part = np.concatenate([(one.cycles - one.cycles[0]) / max(float(np.ptp(one.cycles)), 1.0) for one in engines])
    centre, spread = values.mean(0), values.std(0)
    still = spread <= 1e-12 * np.maximum(1.0, np.abs(centre))
    spread = np.where(still, 1.0, spread)
    rises = ((values - centre) / spread * (part - part.mean())[:, None]).mean(0) / max(float(part.std()), 1e-9)
    turned = (rises * RISING < -_TURNED) & ~still
    life = float(np.median([float(np.ptp(one.cycles)) + 1.0 for one in engines])) / MEDIAN_LIFE
    low, high = _SAME_UNIT
    return Scaling(centre, np.where(turned, -spread, spread), 1.0 if low < life < high else life)


def remaining(engine: Engine) -> Array:
    """[n] cycles after each row, of an engine that ran until it failed."""
    return np.asarray(engine.cycles[-1] - engine.cycles)


def _rows(path: Path) -> Array:
    try:
        rows = np.loadtxt(path, ndmin=2)
    except ValueError as error:
        raise Refused(f"{path.name} cannot be read: {error}") from error
    if not len(rows):
        raise Refused(f"{path.name} is empty")
    return np.asarray(rows)
