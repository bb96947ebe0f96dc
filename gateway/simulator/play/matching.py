"""Which readings of a ledger are in a history, and what is in it besides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from .evidence import Row
from .ledger import Entry, Fate


class Match(msgspec.Struct, frozen=True):
    """`missing`: acknowledged, but not there. `extra`: there, but never sent, or there already."""

    missing: list[Entry]
    extra: list[tuple[int, float]]


def match(entries: Iterable[Entry], rows: Iterable[Row], metric: str, tolerance_ms: float) -> Match:
    """Lay the readings of one metric beside its history; each row is used once.

    Of what may have arrived as many count as have room beside what was acknowledged, so that among equal values no
    order of looking makes a row seem strange.
    """
    times: defaultdict[float, list[int]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.time_ms):
        times[row.value].append(row.time_ms)
    sure: defaultdict[float, list[Entry]] = defaultdict(list)
    unsure: defaultdict[float, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.due_ms):
        if metric in entry.values and entry.fate is Fate.ACKNOWLEDGED:
            sure[entry.values[metric]].append(entry)
        elif metric in entry.values and entry.fate in (Fate.SENT, Fate.UNSURE):
            unsure[entry.values[metric]].append(entry)
    missing = [entry for value, known in sure.items() for entry in _laid(known, times[value], tolerance_ms)[0]]
    extra: list[tuple[int, float]] = []
    for value, at_ms in times.items():
        told = _laid(sure[value], at_ms, tolerance_ms)[0]
        kept = [entry for entry in sure[value] if entry not in told]
        for entry in unsure[value]:
            tried = sorted([*kept, entry], key=lambda one: one.due_ms)
            if not _laid(tried, at_ms, tolerance_ms)[0]:
                kept = tried
        extra += [(time_ms, value) for time_ms in _laid(kept, at_ms, tolerance_ms)[1]]
    return Match(sorted(missing, key=lambda entry: entry.due_ms), sorted(extra))


def _laid(entries: Sequence[Entry], times: Sequence[int], tolerance_ms: float) -> tuple[list[Entry], list[int]]:
    """The entries, oldest first, that find no row, and the rows that nobody takes: each takes the earliest it can,
    which for windows of one length leaves the fewest.
    """
    alone, left, at = list[Entry](), list[int](), 0
    for entry in entries:
        while at < len(times) and times[at] < entry.due_ms - tolerance_ms:
            left.append(times[at])
            at += 1
        if at < len(times) and times[at] <= entry.due_ms + tolerance_ms:
            at += 1
        else:
            alone.append(entry)
    return alone, [*left, *times[at:]]
