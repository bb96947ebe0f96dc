"""SUBSCRIBE and UNSUBSCRIBE: what is granted, answered once it is on the disk, and followed by what is retained."""

from __future__ import annotations

from collections.abc import Callable

from amqtt.contexts import Action

from ...core.mqtt import packets
from ...core.ports.store import Change, Retained, Subscribed, Unsubscribed, Writer
from .connection import Connection
from .receipts import Afterwards
from .rights import NotYet, Rights
from .router import Router
from .session import Session
from .settings import BrokerSettings

_MAX_LEVELS = 200


class Subscriptions:
    """`denied` (connection, what, topic) is told what a client may not have.

    `granted` (session, filters) is told what it was granted, after its SUBACK and what is retained.
    """

    def __init__(
        self,
        limits: BrokerSettings,
        router: Router,
        rights: Rights,
        writer: Writer | None,
        denied: Callable[[Connection, str, str], None],
        granted: Callable[[Session, tuple[str, ...]], None],
    ) -> None:
        self._limits = limits
        self._router = router
        self._rights = rights
        self._writer = writer
        self._denied = denied
        self._granted = granted

    def subscribe(self, connection: Connection, packet_id: int, wanted: list[tuple[str, int]]) -> None:
        """Grant what the client may have, then send what is retained."""
        session = connection.session
        assert session is not None
        # Every question first: NotYet must find nothing changed.
        granted = [self._grant(connection, session, name, qos) for name, qos in wanted]
        theirs = [
            (name, code)
            for (name, _), code in zip(wanted, granted, strict=True)
            if code != packets.SUBSCRIPTION_REFUSED
        ]
        changes: list[Change] = []
        for name, code in theirs:
            self._router.subscribe(session, name, code)
            if session.persistent:
                changes.append(Subscribed(session.client, name, code))
        answer = packets.encode_suback(packet_id, granted)

        def send() -> None:
            connection.write(answer)
            for name, code in theirs:
                self._send_retained(connection, session, name, code)
            if theirs:
                self._granted(session, tuple(name for name, _ in theirs))

        self._then(connection, changes, send)

    def _grant(self, connection: Connection, session: Session, topic_filter: str, qos: int) -> int:
        fits = len(session.subscriptions) < self._limits.max_subscriptions or topic_filter in session.subscriptions
        if not fits or topic_filter.count("/") >= _MAX_LEVELS:
            return packets.SUBSCRIPTION_REFUSED
        if not self._rights.allowed(connection, session.identity, topic_filter, Action.SUBSCRIBE):
            self._denied(connection, "subscribe", topic_filter)
            return packets.SUBSCRIPTION_REFUSED
        return qos

    def _send_retained(self, connection: Connection, session: Session, topic_filter: str, qos: int) -> None:
        changes: list[Change] = []
        for kept in self._router.retained_for(topic_filter):
            if not self._may_receive(connection, session, kept):
                continue
            field = packets.topic_field(kept.topic)
            change = session.offer(kept.topic, field, kept.payload, min(qos, kept.qos), 1)
            if change is not None:
                changes.append(change)
        if changes and self._writer is not None:
            self._writer.submit(changes)

    def _may_receive(self, connection: Connection, session: Session, kept: Retained) -> bool:
        try:
            return self._rights.allowed(connection, session.identity, kept.topic, Action.RECEIVE)
        except NotYet:
            # A plugin that waits is not worth holding the subscription for: the next publish is checked again.
            return False

    def unsubscribe(self, connection: Connection, packet_id: int, filters: list[str]) -> None:
        """Take back subscriptions; unknown ones are acknowledged too (3.10.4)."""
        session = connection.session
        assert session is not None
        changes: list[Change] = [
            Unsubscribed(session.client, name)
            for name in filters
            if self._router.unsubscribe(session, name) and session.persistent
        ]
        answer = packets.encode_unsuback(packet_id)
        self._then(connection, changes, lambda: connection.write(answer))

    def _then(self, connection: Connection, changes: list[Change], action: Callable[[], None]) -> None:
        """Act at once, or when the changes are durable."""
        if changes and self._writer is not None:
            connection.unsettled += 1
            self._writer.submit(changes, Afterwards(connection, action))
        else:
            action()
