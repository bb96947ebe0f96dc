"""Readings of one device as arrays: what rehearsals of rules read, far more than people look at.

Only what is asked for is decoded: times and the values of the metrics; sequence numbers where they decide about order.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import nan
from typing import TypeVar

from ...core.ports.rules import Columns
from ...core.ports.store import OWN_CLOCK
from ...core.quality import IMPOSSIBLE, Quality
from . import blocks, rollups
from .chunks import Table
from .figures import DAY_MS, MINUTE_MS, Figure
from .history import moment, places

_FAR = 1 << 62
_TIME = Quality.TIME.value
_IMPOSSIBLE = IMPOSSIBLE.value
_Places = dict[str, dict[int, int]]
"""By metric: where it is among the values of each shape that has it."""
_Number = TypeVar("_Number", int, float)


class _Piece:
    """Readings of one table, in the order of their sequence numbers."""

    __slots__ = ("bits", "boot", "rows", "table", "times", "values")

    def __init__(self, times: Sequence[int], boot: int, rows: slice | list[int], table: Table | None) -> None:
        self.times = times
        self.boot = boot
        self.rows = rows
        self.table = table
        self.values: dict[str, Sequence[float]] = {}
        self.bits: dict[str, Sequence[int]] = {}

    def numbers(self) -> Sequence[int]:
        """Sequence numbers; of minutes any that rise."""
        return range(len(self.times)) if self.table is None else _picked(self.table.seqs, self.rows)


def columns(connection: sqlite3.Connection, device: str, metrics: Sequence[str], from_ms: int, to_ms: int) -> Columns:
    """Of [from, to), by time, then order of arrival. Where readings are no longer kept, minutes stand for them."""
    from_ms, to_ms = max(from_ms, -_FAR), min(to_ms, _FAR)
    with moment(connection):
        where = {metric: places(connection, metric) for metric in metrics}
        state = rollups.state(connection, device)
        pieces: list[_Piece] = []
        until_ms = 0
        if state is not None and state.raw_from * DAY_MS > from_ms:
            minutes = _minutes(connection, state, metrics, from_ms, to_ms)
            if minutes is not None:
                pieces, until_ms = [minutes], min(state.raw_from * DAY_MS, to_ms)
        for start_ms, end_ms in _kept(connection, state, from_ms, to_ms):
            pieces += _readings(connection, device, where, start_ms, end_ms)
    pieces.sort(key=lambda piece: piece.times[0])
    times = [time_ms for piece in pieces for time_ms in piece.times]
    order = None if _is_in_order(pieces) else _order(pieces, times)
    bits = {metric: _bits(pieces, metric, order) for metric in metrics if any(metric in one.bits for one in pieces)}
    return Columns(
        array("q", times if order is None else [times[row] for row in order]),
        {metric: _values(pieces, metric, order) for metric in metrics},
        bits,
        until_ms,
    )


def _kept(
    connection: sqlite3.Connection, state: rollups.DeviceState | None, from_ms: int, to_ms: int
) -> Iterator[tuple[int, int]]:
    """Where readings count: not in days that only rollups have any more, but for what came late for such a day."""
    if state is None or state.raw_from * DAY_MS <= from_ms:
        yield from_ms, to_ms
        return
    late = rollups.stale_days(connection, state.id, max(from_ms // DAY_MS, 0), state.raw_from - 1)
    days = [(day * DAY_MS, (day + 1) * DAY_MS) for day in late]
    for start_ms, end_ms in ((-_FAR, 0), *days, (max(state.raw_from, 0) * DAY_MS, _FAR)):
        if max(start_ms, from_ms) < min(end_ms, to_ms):
            yield max(start_ms, from_ms), min(end_ms, to_ms)


def _readings(
    connection: sqlite3.Connection, device: str, where: _Places, from_ms: int, to_ms: int
) -> Iterator[_Piece]:
    for extent in blocks.extents(connection, device, from_ms, to_ms):
        for table in blocks.tables(connection, extent):
            found = {metric: shapes[table.shape] for metric, shapes in where.items() if table.shape in shapes}
            if found:
                when = blocks.times(table, extent.boot)
                rows = _within(when, from_ms, to_ms)
                if rows is not None:
                    dated: Sequence[int] = _picked(when, rows)  # type: ignore[arg-type]  # none of them is None
                    piece = _Piece(dated, extent.boot.id, rows, table)
                    _fill(piece, extent.boot, found)
                    yield piece


def _within(times: Sequence[int | None], from_ms: int, to_ms: int) -> slice | list[int] | None:
    """The rows of [from, to); None: there are none. Those without a date are in no span."""
    if None not in times:
        known: Sequence[int] = times  # type: ignore[assignment]
        if from_ms <= min(known) and max(known) < to_ms:
            return slice(0, len(known))
    rows = [row for row, time_ms in enumerate(times) if time_ms is not None and from_ms <= time_ms < to_ms]
    if not rows:
        return None
    return slice(rows[0], rows[-1] + 1) if rows[-1] - rows[0] + 1 == len(rows) else rows


def _picked(column: Sequence[_Number], rows: slice | list[int]) -> Sequence[_Number]:
    return column[rows] if isinstance(rows, slice) else [column[row] for row in rows]


def _fill(piece: _Piece, boot: blocks.Boot, found: dict[str, int]) -> None:
    table, rows = piece.table, piece.rows
    assert table is not None
    for metric, place in found.items():
        piece.values[metric] = _picked(table.values(place), rows)
        bits: Sequence[int] = table.quality(place)
        if boot.provisional:
            marks = bits or bytes(len(table.flags))
            bits = [mark if flag & OWN_CLOCK else mark | _TIME for mark, flag in zip(marks, table.flags, strict=True)]
        if any(bits):
            piece.bits[metric] = _picked(bits, rows)


def _minutes(
    connection: sqlite3.Connection, state: rollups.DeviceState, metrics: Sequence[str], from_ms: int, to_ms: int
) -> _Piece | None:
    """Two readings for each minute: what was smallest where it begins, what was largest in its middle."""
    first, last = max(from_ms // DAY_MS, 0), min((to_ms - 1) // DAY_MS, state.raw_from - 1)
    by_metric: dict[str, dict[int, Figure]] = {}
    for metric in metrics:
        by_metric[metric], _, _ = rollups.read(connection, state.id, rollups.MINUTES, first, last, metric)
    steps = sorted({step for figures in by_metric.values() for step in figures})
    times = [step * MINUTE_MS + half for step in steps for half in (0, MINUTE_MS // 2)]
    rows = _within(times, from_ms, to_ms) if times else None
    if rows is None:
        return None
    piece = _Piece(_picked(times, rows), -1, rows, None)
    for metric, figures in by_metric.items():
        found = [figures.get(step) for step in steps]
        both = [value for one in found for value in ((nan, nan) if one is None else one[:2])]
        piece.values[metric] = _picked(both, rows)
        marks = [bits for one in found for bits in (0 if one is None else _marks(one),) * 2]
        if any(marks):
            piece.bits[metric] = _picked(marks, rows)
    return piece


def _marks(figure: Figure) -> int:
    """What holds for a figure's values: impossible ones are in none that has others."""
    return figure[4] & ~_IMPOSSIBLE if figure[3] > 0 else figure[4]


def _is_in_order(pieces: list[_Piece]) -> bool:
    """Whether all readings, one piece after the other, are in order of time."""
    if any(one.times[-1] >= other.times[0] for one, other in pairwise(pieces)):
        return False
    return all(list(piece.times) == sorted(piece.times) for piece in pieces)


def _order(pieces: list[_Piece], times: list[int]) -> list[int]:
    """The rows of all pieces by (time, boot, seq)."""
    boots = [piece.boot for piece in pieces for _ in piece.times]
    numbers = [number for piece in pieces for number in piece.numbers()]
    return sorted(range(len(times)), key=lambda row: (times[row], boots[row], numbers[row]))


def _values(pieces: list[_Piece], metric: str, order: list[int] | None) -> array[float]:
    found = array("d")
    for piece in pieces:
        values = piece.values.get(metric)
        found.extend(array("d", [nan]) * len(piece.times) if values is None else values)
    return found if order is None else array("d", [found[row] for row in order])


def _bits(pieces: list[_Piece], metric: str, order: list[int] | None) -> array[int]:
    found = array("H")
    for piece in pieces:
        found.extend(piece.bits.get(metric) or bytes(len(piece.times)))
    return found if order is None else array("H", [found[row] for row in order])
