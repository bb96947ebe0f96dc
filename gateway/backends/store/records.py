"""Writing retained messages, the quarantine, the audit trail and the event log."""

from __future__ import annotations

import sqlite3

import msgspec

from ...core.messages import Audited, Happened
from ...core.ports.store import NotesDated, QuarantineCleared, Quarantined, Retained
from .rows import insert
from .settings import StoreSettings

_TRIM_BYTES = """
DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM
    (SELECT id, sum(length(payload)) OVER (ORDER BY id DESC) AS bytes FROM quarantine) WHERE bytes > ?)"""


class _Bounded:
    """Keeps a table with rising ids below a number of rows, a twentieth at a time so that few commits pay for it."""

    def __init__(self, connection: sqlite3.Connection, table: str, rows: int) -> None:
        self._connection = connection
        self._table = table
        self._rows = rows
        self._oldest: int | None = None

    def added(self, newest: int | None) -> None:
        """The row with the id `newest` was inserted."""
        assert newest is not None
        if self._oldest is None:
            self._oldest = self._connection.execute(f"SELECT min(id) FROM {self._table}").fetchone()[0]  # noqa: S608
        assert self._oldest is not None
        if newest - self._oldest >= self._rows:
            self._oldest = newest - self._rows + self._rows // 20 + 1
            self._connection.execute(f"DELETE FROM {self._table} WHERE id < ?", (self._oldest,))  # noqa: S608

    def forget(self) -> None:
        """Look again before the next decision."""
        self._oldest = None


class RecordRows:
    """The tables retained, quarantine, audit and happened, seen from the one connection that writes them."""

    def __init__(self, connection: sqlite3.Connection, settings: StoreSettings) -> None:
        self._connection = connection
        self._retained: dict[str, Retained] = {}
        self._quarantine = _Bounded(connection, "quarantine", settings.quarantine_rows)
        self._quarantine_limit = settings.quarantine_bytes
        self._quarantine_bytes: int | None = None
        self._audit = _Bounded(connection, "audit", settings.audit_rows)
        self._happened = _Bounded(connection, "happened", settings.event_rows)

    def retain(self, change: Retained) -> None:
        """Collect; of several for one topic the last counts."""
        self._retained[change.topic] = change

    def quarantine(self, change: Quarantined) -> None:
        """Keep an unreadable message; the oldest make room."""
        added = self._connection.execute(
            "INSERT INTO quarantine (time_ms, device, topic, reason, payload, correlation) VALUES (?, ?, ?, ?, ?, ?)",
            (change.time_ms, change.device, change.topic, change.reason, change.payload, change.correlation),
        )
        self._quarantine.added(added.lastrowid)
        self._bound_quarantine(len(change.payload))

    def clear_quarantine(self, change: QuarantineCleared) -> None:
        """Remove one entry."""
        self._connection.execute("DELETE FROM quarantine WHERE id = ?", (change.id,))
        self._quarantine_bytes = None

    def audit(self, change: Audited) -> None:
        """Keep an entry of the trail; the oldest make room."""
        added = self._connection.execute(
            "INSERT INTO audit (time_ms, kind, who, detail, correlation) VALUES (?, ?, ?, ?, ?)",
            (change.time_ms, change.kind, change.who, change.detail, change.correlation),
        )
        self._audit.added(added.lastrowid)

    def happened(self, change: Happened) -> None:
        """Keep an event; the oldest make room."""
        added = self._connection.execute(
            "INSERT INTO happened (time_ms, kind, reason, device, metric, correlation, simulated, asset)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            msgspec.structs.astuple(change),
        )
        self._happened.added(added.lastrowid)

    def date(self, change: NotesDated) -> None:
        """Move what was written down while the clock was wrong."""
        for table in ("happened", "audit", "quarantine"):
            move = f"UPDATE {table} SET time_ms = time_ms + ? WHERE time_ms BETWEEN ? AND ?"  # noqa: S608 - a constant
            self._connection.execute(move, (change.shift_ms, change.from_ms, change.to_ms))

    def flush(self) -> int:
        """Write what was collected. Returns about how many pages that changed."""
        if not self._retained:
            return 0
        kept = [row for row in self._retained.values() if row.payload]
        rows = [value for row in kept for value in (row.topic, row.payload, row.qos)]
        gone = [(topic,) for topic, row in self._retained.items() if not row.payload]
        self._retained = {}
        clash = "ON CONFLICT (topic) DO UPDATE SET payload = excluded.payload, qos = excluded.qos"
        insert(self._connection, "retained", 3, rows, clash)
        for topic in gone:
            self._connection.execute("DELETE FROM retained WHERE topic = ?", topic)
        return 2 * len(rows) + len(gone)

    def forget(self) -> None:
        """The batch was rolled back."""
        self._retained = {}
        self._quarantine_bytes = None
        self._quarantine.forget()
        self._audit.forget()
        self._happened.forget()

    def _bound_quarantine(self, added: int) -> None:
        if self._quarantine_bytes is None:
            total = "SELECT coalesce(sum(length(payload)), 0) FROM quarantine"
            self._quarantine_bytes = self._connection.execute(total).fetchone()[0]
        else:
            self._quarantine_bytes += added
        assert self._quarantine_bytes is not None
        if self._quarantine_bytes > self._quarantine_limit:
            limit = self._quarantine_limit - self._quarantine_limit // 20
            self._connection.execute(_TRIM_BYTES, (limit,))
            self._quarantine_bytes = None
