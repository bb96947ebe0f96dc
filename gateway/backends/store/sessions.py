"""Writing persistent sessions: subscriptions, queues and QoS 2 state.

Queue changes are collected like readings. A message that is queued and delivered within one commit is never written.
"""

from __future__ import annotations

import logging
import sqlite3

from ...core.ports.store import (
    Completed,
    Delivered,
    Queued,
    Received,
    Released,
    SessionDropped,
    SessionOpened,
    Subscribed,
    Unsubscribed,
)
from .rows import by_id, insert

SERIAL_BITS = 40
PACKET_BITS = 16
_AHEAD = 1000
_Row = tuple[int, int, int, int, str, bytes]
_log = logging.getLogger(__name__)


class _Session:
    """What the writer knows of one session."""

    __slots__ = ("high", "id")

    def __init__(self, key: int, high: int) -> None:
        self.id = key
        self.high = high


class SessionRows:
    """The tables sessions, subscriptions, queue and received, seen from the one connection that writes them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sessions: dict[str, _Session | None] = {}
        self._queued: dict[int, _Row] = {}
        self._released: list[int] = []
        self._delivered: list[int] = []
        self._unwritten: list[int] = []
        """Queued and delivered in this batch; in the database only when the journal is settled once more."""
        self._received: dict[int, bool] = {}

    def opened(self, change: SessionOpened) -> None:
        """Create the session, or give it to another user."""
        self._connection.execute(
            "INSERT INTO sessions (client, user) VALUES (?, ?) ON CONFLICT (client) DO UPDATE SET user = excluded.user",
            (change.client, change.user),
        )
        self._sessions.pop(change.client, None)

    def dropped(self, change: SessionDropped) -> None:
        """Remove everything of the client."""
        self.flush()
        session = self._find(change.client)
        if session is None:
            return
        for table, bits in (("queue", SERIAL_BITS), ("received", PACKET_BITS)):
            low = session.id << bits
            sql = f"DELETE FROM {table} WHERE id BETWEEN ? AND ?"  # noqa: S608 - our own names
            self._connection.execute(sql, (low, low + (1 << bits) - 1))
        self._connection.execute("DELETE FROM subscriptions WHERE session = ?", (session.id,))
        self._connection.execute("DELETE FROM sessions WHERE id = ?", (session.id,))
        self._sessions[change.client] = None

    def subscribed(self, change: Subscribed) -> None:
        """Add a subscription or change its QoS."""
        session = self._known(change.client)
        if session is not None:
            row = (session.id, change.filter, change.qos)
            self._connection.execute("INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?)", row)

    def unsubscribed(self, change: Unsubscribed) -> None:
        """Remove a subscription."""
        session = self._find(change.client)
        if session is not None:
            row = (session.id, change.filter)
            self._connection.execute("DELETE FROM subscriptions WHERE session = ? AND filter = ?", row)

    def queued(self, change: Queued) -> None:
        """Collect one message for its session."""
        session = self._known(change.client)
        if session is not None:
            key = session.id << SERIAL_BITS | change.serial
            self._queued[key] = (key, change.qos, int(change.retain), 0, change.topic, change.payload)

    def released(self, change: Released) -> None:
        """The client has it; only its PUBREL is owed, so its payload may go."""
        session = self._find(change.client)
        if session is None:
            return
        key = session.id << SERIAL_BITS | change.serial
        row = self._queued.get(key)
        if row is not None:
            self._queued[key] = (*row[:3], 1, row[4], b"")
        self._released.append(key)

    def delivered(self, change: Delivered) -> None:
        """The client is done with it."""
        session = self._find(change.client)
        if session is None:
            return
        if change.serial > session.high:
            self._raise_high(session, change.serial + _AHEAD)
        key = session.id << SERIAL_BITS | change.serial
        written = self._queued.pop(key, None) is None
        (self._delivered if written else self._unwritten).append(key)

    def received(self, change: Received) -> None:
        """An incoming QoS 2 packet id is taken."""
        session = self._find(change.client)
        if session is not None:
            self._received[session.id << PACKET_BITS | change.packet_id] = True

    def completed(self, change: Completed) -> None:
        """An incoming QoS 2 packet id is free."""
        session = self._find(change.client)
        if session is not None:
            self._received[session.id << PACKET_BITS | change.packet_id] = False

    def flush(self) -> int:
        """Write what was collected. Returns about how many pages that changed."""
        pages = len(self._released) + len(self._delivered) + len(self._received)
        if self._queued:
            pages += sum(1 + len(row[5]) // 1024 for row in self._queued.values())
            rows = [value for row in self._queued.values() for value in row]
            insert(self._connection, "queue", 6, rows, "ON CONFLICT (id) DO NOTHING")
            self._queued = {}
        if self._released:
            by_id(self._connection, "UPDATE queue SET released = 1, payload = x''", self._released)
            self._released = []
        if self._delivered or self._unwritten:
            by_id(self._connection, "DELETE FROM queue", self._delivered + self._unwritten)
            self._delivered, self._unwritten = [], []
        if self._received:
            self._flush_received()
        return pages

    def forget(self) -> None:
        """The batch was rolled back."""
        self._sessions.clear()
        self._queued = {}
        self._released = []
        self._delivered = []
        self._unwritten = []
        self._received = {}

    def _flush_received(self) -> None:
        taken = [key for key, waits in self._received.items() if waits]
        freed = [key for key, waits in self._received.items() if not waits]
        self._received = {}
        insert(self._connection, "received", 1, taken, "ON CONFLICT (id) DO NOTHING")
        by_id(self._connection, "DELETE FROM received", freed)

    def _raise_high(self, session: _Session, high: int) -> None:
        # Ahead of need, so that acknowledgements do not each write this row, too.
        session.high = high
        self._connection.execute("UPDATE sessions SET high = ? WHERE id = ?", (high, session.id))

    def _known(self, client: str) -> _Session | None:
        session = self._find(client)
        if session is None:
            _log.warning("a change for %s was ignored: it has no persistent session", client)
        return session

    def _find(self, client: str) -> _Session | None:
        try:
            return self._sessions[client]
        except KeyError:
            row = self._connection.execute("SELECT id, high FROM sessions WHERE client = ?", (client,)).fetchone()
            session = self._sessions[client] = _Session(row[0], row[1]) if row else None
            return session
