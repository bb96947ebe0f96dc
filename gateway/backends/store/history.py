"""Reading back, as functions of a connection; run by the reader's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from ...core.messages import Audited, Happened, Reading
from ...core.ports.store import Anchor, Bucket, Quarantined, QuarantineEntry
from . import blocks
from . import buckets as condensed

_ANCHORS = """
SELECT device, boot, epoch_ms,
    max(coalesce((SELECT max(seq) FROM readings WHERE boot = id), -1),
        coalesce((SELECT last FROM chunks WHERE boot = id ORDER BY block DESC LIMIT 1), -1)), frame, drift_ppm
FROM boots"""
_QUARANTINE = """
SELECT id, device, topic, payload, reason, time_ms, correlation FROM quarantine
WHERE ?1 = '' OR correlation = ?1 ORDER BY id DESC LIMIT ?2"""
_QUARANTINED = "SELECT id, device, topic, payload, reason, time_ms, correlation FROM quarantine WHERE id = ?"
_AUDIT = """
SELECT time_ms, kind, who, detail, correlation FROM audit
WHERE substr(kind, 1, length(?1)) = ?1 AND (?2 = '' OR who = ?2) AND (?3 = '' OR correlation = ?3)
ORDER BY id DESC LIMIT ?4"""
_HAPPENED = """
SELECT time_ms, kind, reason, device, metric, correlation, simulated, asset FROM happened
WHERE substr(kind, 1, length(?1)) = ?1 AND (?2 = '' OR device = ?2) AND (?3 = '' OR correlation = ?3)
ORDER BY id DESC LIMIT ?4"""


@contextmanager
def moment(connection: sqlite3.Connection) -> Iterator[None]:
    """All statements see the database as it is now: meanwhile rows may become chunks, and readings rollups."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def raw(
    connection: sqlite3.Connection, device: str, metric: str, from_ms: int, to_ms: int, limit: int
) -> list[tuple[int, float, int]]:
    """(time_ms, value, quality bits) in [from, to), by time and then order of arrival; the newest `limit`."""
    with moment(connection):
        found: list[tuple[int, int, int, float, int]] = []
        where = places(connection, metric)
        for extent in blocks.extents(connection, device, from_ms, to_ms):
            found += blocks.column(connection, extent, where, from_ms, to_ms)
            if len(found) > 2 * limit + 10_000:
                found = _newest(found, limit)
    return [(time_ms, value, bits) for time_ms, _, _, value, bits in _newest(found, limit)]


def _newest(found: list[tuple[int, int, int, float, int]], limit: int) -> list[tuple[int, int, int, float, int]]:
    found.sort()
    return found[-limit:] if limit > 0 else []


def buckets(
    connection: sqlite3.Connection, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int
) -> list[Bucket]:
    """The readings of [from, to) condensed to steps aligned to the epoch."""
    where = places(connection, metric)

    def readings(start_ms: int, end_ms: int) -> list[tuple[int, float, int]]:
        return [
            (time_ms, value, bits)
            for extent in blocks.extents(connection, device, start_ms, end_ms)
            for time_ms, _, _, value, bits in blocks.column(connection, extent, where, start_ms, end_ms)
        ]

    with moment(connection):
        return condensed.buckets(connection, device, metric, from_ms, to_ms, step_ms, readings)


def latest(connection: sqlite3.Connection) -> dict[str, Reading]:
    """Per device its newest dated reading set."""
    with moment(connection):
        boots = dict(connection.execute("SELECT id, boot FROM boots"))
        devices = [row[0] for row in connection.execute("SELECT DISTINCT device FROM boots ORDER BY device")]
        found = {}
        for device in devices:
            newest = _newest_row(connection, device)
            if newest is not None:
                boot, row = newest
                found[device] = _reading(device, boots[boot], row, _names(connection, row.shape))
        return found


def _newest_row(connection: sqlite3.Connection, device: str) -> tuple[int, blocks.Row] | None:
    extents = blocks.newest(connection, device)
    candidates = [
        (row.time_ms, extent.boot.id, row.seq, row) for extent in extents for row in blocks.rows(connection, extent)
    ]
    if not candidates:
        return None
    _, boot, _, row = max(candidates, key=lambda candidate: candidate[:3])
    return boot, row


def _reading(device: str, boot: str, row: blocks.Row, names: list[str]) -> Reading:
    values = dict(zip(names, row.values, strict=True))
    quality = {name: bits for name, bits in zip(names, row.quality, strict=False) if bits}
    return Reading(device, row.time_ms, values, boot=boot, seq=row.seq, quality=quality)


def anchors(connection: sqlite3.Connection) -> list[Anchor]:
    """Every boot known; `last_seq` -1 where nothing is stored."""
    return [Anchor(*row) for row in connection.execute(_ANCHORS)]


def quarantine(connection: sqlite3.Connection, limit: int, correlation: str) -> list[QuarantineEntry]:
    """Newest first."""
    return [
        QuarantineEntry(row[0], Quarantined(*row[1:])) for row in connection.execute(_QUARANTINE, (correlation, limit))
    ]


def quarantined(connection: sqlite3.Connection, entry_id: int) -> QuarantineEntry | None:
    """One entry; None: there is none of this id (any more)."""
    row = connection.execute(_QUARANTINED, (entry_id,)).fetchone()
    return None if row is None else QuarantineEntry(row[0], Quarantined(*row[1:]))


def audit(connection: sqlite3.Connection, limit: int, kind: str, who: str, correlation: str) -> list[Audited]:
    """Newest first; `kind` is a prefix."""
    return [Audited(*row) for row in connection.execute(_AUDIT, (kind, who, correlation, limit))]


def happened(connection: sqlite3.Connection, limit: int, kind: str, device: str, correlation: str) -> list[Happened]:
    """Newest first; `kind` is a prefix."""
    rows = connection.execute(_HAPPENED, (kind, device, correlation, limit))
    return [
        Happened(time_ms, kind, reason, device, metric, correlation, bool(simulated), asset)
        for time_ms, kind, reason, device, metric, correlation, simulated, asset in rows
    ]


def reading(connection: sqlite3.Connection, device: str, boot: str, seq: int) -> Reading | None:
    """One stored reading set by its name; None when there is none or its boot is not dated."""
    with moment(connection):
        extent = blocks.one(connection, device, boot, seq)
        found = [] if extent is None else [row for row in blocks.rows(connection, extent) if row.seq == seq]
        return _reading(device, boot, found[0], _names(connection, found[0].shape)) if found else None


def _names(connection: sqlite3.Connection, shape: int) -> list[str]:
    """The metrics of a shape, in the order of its values."""
    metrics = connection.execute("SELECT metrics FROM shapes WHERE id = ?", (shape,)).fetchone()[0]
    return msgspec.json.decode(metrics, type=list[str])


def places(connection: sqlite3.Connection, metric: str) -> dict[int, int]:
    """Where `metric` is among the values of each shape that has it."""
    # Looked through by SQLite: a node that names its metrics anew in every message makes a shape of each.
    sql = "SELECT id, metrics FROM shapes WHERE instr(metrics, ?)"
    rows = connection.execute(sql, (msgspec.json.encode(metric).decode(),))
    shapes = [(key, msgspec.json.decode(metrics, type=list[str])) for key, metrics in rows]
    return {key: names.index(metric) for key, names in shapes if metric in names}
