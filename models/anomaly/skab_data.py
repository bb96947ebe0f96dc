"""Runs in the layout of the Skoltech Anomaly Benchmark: `<group>/<n>.csv`, `;` between the columns.

The columns are `datetime`, the channels in any order and number, `anomaly` and `changepoint`. Runs without labels are
of use for false alarms only.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from gateway.core.anomaly.machine_band import Row
from gateway.core.errors import Refused

TRAINING_ROWS = 400
"""The board's rule: the first rows of a run are its training part, and are not scored."""
_LABELS = ("anomaly", "changepoint")


@dataclass(frozen=True, slots=True)
class Run:
    """One file. All sequences have one entry a row."""

    name: str
    """`<group>/<file>` as it lies in the folder."""
    stamps: tuple[str, ...]
    times_s: tuple[float, ...]
    channels: tuple[str, ...]
    rows: tuple[Row, ...]
    anomaly: tuple[bool, ...] | None
    changepoint: tuple[bool, ...] | None

    @property
    def interval_s(self) -> float:
        """The usual time between two rows."""
        steps = sorted(after - before for before, after in pairwise(self.times_s))
        return steps[len(steps) // 2]


def read_runs(folder: Path) -> list[Run]:
    """All runs below a folder, in the order of their names. Raises Refused when there is none or one is unreadable."""
    paths = sorted(path for path in folder.glob("*/*.csv") if path.is_file())
    if not paths:
        raise Refused(f"no <group>/<n>.csv in {folder}: see models/anomaly/README.md for where the set comes from")
    return [read_run(path, path.relative_to(folder).as_posix()) for path in paths]


def read_run(path: Path, name: str) -> Run:
    """One file. Raises Refused, naming file and line."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file, delimiter=";")
        header = next(lines, [])
        if len(header) < 2 or header[0] != "datetime":
            raise Refused(f"{name}: the first line does not begin with datetime;")
        table: list[list[str]] = []
        for number, cells in enumerate(lines, 2):
            if len(cells) != len(header):
                raise Refused(f"{name}, line {number}: {len(cells)} columns instead of {len(header)}")
            table.append(cells)
    if len(table) <= TRAINING_ROWS:
        raise Refused(f"{name}: {len(table)} rows, and the first {TRAINING_ROWS} are for training")
    places = [at for at, column in enumerate(header) if at and column not in _LABELS]
    labels = [
        tuple(_number(cells[header.index(label)], name) == 1.0 for cells in table) if label in header else None
        for label in _LABELS
    ]
    return Run(
        name=name,
        stamps=tuple(cells[0] for cells in table),
        times_s=tuple(_time(cells[0], name) for cells in table),
        channels=tuple(header[at] for at in places),
        rows=tuple(tuple(_number(cells[at], name) for at in places) for cells in table),
        anomaly=labels[0],
        changepoint=labels[1],
    )


def _number(cell: str, name: str) -> float | None:
    """None for an empty cell or one that is not finite."""
    if not cell.strip():
        return None
    try:
        value = float(cell)
    except ValueError as error:
        raise Refused(f"{name}: {cell!r} is no number") from error
    return value if math.isfinite(value) else None


def _time(cell: str, name: str) -> float:
    try:
        return datetime.fromisoformat(cell).replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise Refused(f"{name}: {cell!r} is no time") from error
