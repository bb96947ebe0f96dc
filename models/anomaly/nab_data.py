"""A folder in the Numenta Anomaly Benchmark's layout: `<group>/<file>.csv` and `labels/combined_windows.json`."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from gateway.core.errors import Refused

from .nab_scores import Array, Marked, marked

LABELS = Path("labels") / "combined_windows.json"


@dataclass(frozen=True)
class File:
    """One series with its labels."""

    name: str
    stamps: tuple[str, ...]
    times_s: Array
    values: Array
    mark: Marked


def read(folder: Path) -> list[File]:
    """Every file that the labels name, by name; the public set has them below `data/` too. Raises OSError, Refused."""
    path = folder / LABELS
    try:
        windows = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise Refused(f"{path} is not JSON: {error}") from error
    if not isinstance(windows, dict) or not windows:
        raise Refused(f"{path} names no file")
    found = []
    for name, ranges in sorted(windows.items()):
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise Refused(f"{LABELS} names {name}, which would lie elsewhere")
        places = [folder / name, folder / "data" / name]
        present = next((place for place in places if place.is_file()), None)
        if present is None:
            raise Refused(f"{LABELS} names {name}, which is not there")
        found.append(_file(name, present, ranges))
    return found


def _file(name: str, path: Path, ranges: Sequence[Sequence[str]]) -> File:
    stamps, values = [], []
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), 2):
            try:
                stamps.append(row["timestamp"])
                values.append(float(row["value"]))
            except (KeyError, TypeError, ValueError) as error:
                raise Refused(f"{name}, line {number}: it needs timestamp,value ({error!r})") from error
    if not stamps:
        raise Refused(f"{name} is empty")
    times = [_seconds(stamp, name) for stamp in stamps]
    firsts: dict[float, int] = {}
    for number, at_s in enumerate(times):
        firsts.setdefault(at_s, number)
    try:
        windows = sorted((firsts[_seconds(begin, name)], firsts[_seconds(end, name)]) for begin, end in ranges)
    except (KeyError, ValueError) as error:
        raise Refused(f"{name}: a window of the labels is not among its times ({error!r})") from error
    return File(name, tuple(stamps), np.array(times), np.array(values), marked(len(values), windows))


def _seconds(stamp: str, name: str) -> float:
    """Local time as if it were UTC: only differences and the time of day count."""
    try:
        return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise Refused(f"{name}: {stamp!r} is no time") from error
