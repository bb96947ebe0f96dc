"""Which readings of a ledger are in a history, and what is in it besides."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

import msgspec

from .evidence import Row
from .ledger import Entry, Fate


class Match(msgspec.Struct, frozen=True):
    """`missing`: acknowledged, but not there. `extra`: there, but never sent, or there already."""

    missing: list[Entry]
    extra: list[tuple[int, float]]


def match(entries: Iterable[Entry], rows: Iterable[Row], metric: str, tolerance_ms: float) -> Match:
    """Lay the readings of one metric beside its history; each row is used once."""
    left: dict[float, list[int]] = {}
    for row in sorted(rows, key=lambda row: row.time_ms):
        left.setdefault(row.value, []).append(row.time_ms)
    known = [entry for entry in entries if metric in entry.values]
    missing = [entry for entry in _of(known, Fate.ACKNOWLEDGED) if not _found(entry, left, metric, tolerance_ms)]
    for entry in _of(known, Fate.SENT, Fate.UNSURE):
        _found(entry, left, metric, tolerance_ms)
    return Match(missing, sorted((time_ms, value) for value, times in left.items() for time_ms in times))


def _of(entries: list[Entry], *fates: Fate) -> list[Entry]:
    return sorted((entry for entry in entries if entry.fate in fates), key=lambda entry: entry.due_ms)


def _found(entry: Entry, left: dict[float, list[int]], metric: str, tolerance_ms: float) -> bool:
    times = left.get(entry.values[metric], [])
    index = bisect_left(times, entry.due_ms - tolerance_ms)
    if index == len(times) or times[index] > entry.due_ms + tolerance_ms:
        return False
    del times[index]
    return True
