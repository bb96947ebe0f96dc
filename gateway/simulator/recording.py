"""Recorded readings in a CSV file, row by row.

Four forms, told apart by the heading: `timestamp,metric,value`; `timestamp,device,metric,value`;
`timestamp,<metric>,<metric>…`; `timestamp,value`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from ..core.codec import IGNORED, MOST_METRICS
from ..core.errors import ConfigError
from ..core.timeline import read_timestamp
from ..core.topics import DEVICE_ID, METRIC

_LARGEST_CELL = 1000
_TAKEN = frozenset({"timestamp", "boot", "seq", "uptime_ms", "readings"})
"""Keys of telemetry that are no metrics."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row. `number` counts rows below the heading from 1 and stays the same when others are unreadable."""

    number: int
    line: int
    time_ms: int
    values: dict[str, float]
    device: str = ""
    """Whose values they are; empty: the file does not say."""


class BadRow(msgspec.Struct, frozen=True, gc=False):
    """A row that cannot be read, and why."""

    line: int
    reason: str


class _Form(Protocol):
    def __call__(self, cells: list[str]) -> tuple[dict[str, float], str]:
        """The values of a row by metric, and whose they are; ValueError when it cannot be read."""


def read_rows(path: Path, metric: str = "value") -> Iterator[Row | BadRow]:
    """The rows of a file in order; `metric` names the values of the form `timestamp,value`.

    Raises ConfigError when the file cannot be opened or its heading is none of the four.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from _rows(csv.reader(file, strict=True), metric, path.name)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: not a CSV file: {error}") from error


class _Lines(Protocol):
    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def _rows(lines: _Lines, metric: str, name: str) -> Iterator[Row | BadRow]:
    heading = [cell.strip() for cell in next(lines, [])]
    form = _form(heading, metric, name)
    number = 0
    for cells in lines:
        if not cells:
            continue
        number += 1
        try:
            if len(cells) != len(heading):
                raise ValueError(f"{len(cells)} columns instead of {len(heading)}")
            yield Row(number, lines.line_num, _time_ms(cells[0].strip()), *form(cells))
        except ValueError as error:
            yield BadRow(lines.line_num, str(error))


def _form(heading: list[str], metric: str, name: str) -> _Form:
    if len(heading) < 2 or heading[0].lower() != "timestamp":
        raise ConfigError(f"{name}: the first line must be a heading that starts with timestamp")
    columns = [cell.lower() for cell in heading[1:]]
    if columns == ["metric", "value"]:
        return lambda cells: (_named(cells[1:]), "")
    if columns == ["device", "metric", "value"]:
        return lambda cells: (_named(cells[2:]), _device(cells[1].strip()))
    metrics = [metric] if columns == ["value"] else heading[1:]
    for column in metrics:
        if not _is_metric(column):
            raise ConfigError(f"{name}: {column!r} cannot be a metric; use lower case letters, digits and _")
    if len(metrics) > MOST_METRICS:
        raise ConfigError(f"{name}: {len(metrics)} metrics are more than the {MOST_METRICS} of one reading")
    if len(set(metrics)) != len(metrics):
        raise ConfigError(f"{name}: a metric has two columns")
    return lambda cells: (_columns(metrics, cells[1:]), "")


def _named(cells: list[str]) -> dict[str, float]:
    metric = cells[0].strip()
    if not _is_metric(metric):
        raise ValueError(f"{metric[:40]!r} cannot be a metric")
    return {metric: _number(cells[1])}


def _device(name: str) -> str:
    if not DEVICE_ID.fullmatch(name):
        raise ValueError(f"{name[:40]!r} cannot be a device; an id is 3 to 40 of a-z, 0-9 and -")
    return name


def _columns(metrics: list[str], cells: list[str]) -> dict[str, float]:
    values = {metric: _number(cell) for metric, cell in zip(metrics, cells, strict=True) if cell.strip()}
    if not values:
        raise ValueError("it has no value")
    return values


def _is_metric(name: str) -> bool:
    return METRIC.fullmatch(name) is not None and name not in IGNORED and name not in _TAKEN


def _number(cell: str) -> float:
    try:
        value = float(cell) if len(cell) < _LARGEST_CELL else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{cell[:40]!r} is not a number")
    return value


def _time_ms(cell: str) -> int:
    try:
        return read_timestamp(float(cell) if cell.replace(".", "", 1).isdigit() else cell)
    except ValueError as error:
        raise ValueError(f"timestamp {cell[:40]!r} {error}") from error
