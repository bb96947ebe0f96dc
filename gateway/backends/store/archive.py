"""What the broker restores at start."""

from __future__ import annotations

import sqlite3

from ...core.ports.store import Retained, StoredMessage, StoredSession
from .sessions import PACKET_BITS, SERIAL_BITS

_SERIALS = (1 << SERIAL_BITS) - 1
_PACKETS = (1 << PACKET_BITS) - 1


def retained(connection: sqlite3.Connection) -> list[Retained]:
    """All retained messages."""
    return [Retained(*row) for row in connection.execute("SELECT topic, payload, qos FROM retained ORDER BY topic")]


def sessions(connection: sqlite3.Connection) -> list[StoredSession]:
    """All persistent sessions with everything they hold."""
    subscriptions: dict[int, dict[str, int]] = {}
    for session, topic_filter, qos in connection.execute("SELECT session, filter, qos FROM subscriptions"):
        subscriptions.setdefault(session, {})[topic_filter] = qos
    received: dict[int, set[int]] = {}
    for (key,) in connection.execute("SELECT id FROM received"):
        received.setdefault(key >> PACKET_BITS, set()).add(key & _PACKETS)
    queues = _queues(connection)
    found = connection.execute("SELECT id, client, user, high FROM sessions ORDER BY id").fetchall()
    return [
        StoredSession(
            client,
            user,
            subscriptions.get(key, {}),
            queue := queues.get(key, []),
            received.get(key, set()),
            max(high, queue[-1].serial if queue else 0) + 1,
        )
        for key, client, user, high in found
    ]


def _queues(connection: sqlite3.Connection) -> dict[int, list[StoredMessage]]:
    queues: dict[int, list[StoredMessage]] = {}
    rows = connection.execute("SELECT id, topic, payload, qos, retain, released FROM queue ORDER BY id")
    for key, topic, payload, qos, retain, released in rows:
        message = StoredMessage(key & _SERIALS, topic, payload, qos, bool(retain), bool(released))
        queues.setdefault(key >> SERIAL_BITS, []).append(message)
    return queues
