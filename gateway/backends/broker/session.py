"""One client's MQTT state, apart from any connection: what it wants, what is on its way to it, what it has sent.

A persistent session's changes are returned as store changes; the caller commits them. Packet ids follow from
the serial number of a message (`serial % 65535 + 1`), so that a message keeps its id across a restart without
the id ever being written down.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

import msgspec

from ...core.mqtt import packets
from ...core.ports.store import Change, Delivered, Queued, Released, StoredMessage, StoredSession
from .rights import Identity
from .settings import BrokerSettings, Counters


class Wire(Protocol):
    """A live connection as its session sees it."""

    clogged: bool

    def write(self, data: bytes) -> None:
        """Send soon, together with what else is due."""

    def unblock(self, reason: object) -> None:
        """Whatever `reason` was waited for has passed."""


class Outgoing(msgspec.Struct, gc=False):
    """A QoS 1 or 2 message on its way to one client. `field` is the topic with its length prefix."""

    serial: int
    field: bytes
    payload: bytes
    qos: int
    retain: int
    released: bool = False
    repeated: bool = False
    volatile: bool = False
    """For this connection only: neither on the disk nor sent again on another."""

    @property
    def packet_id(self) -> int:
        """The id on the wire."""
        return self.serial % 65535 + 1

    def again(self) -> bytes:
        """The packet that is due once more: the message, or the PUBREL that ends it."""
        if self.released:
            return packets.encode_ack(packets.PUBREL_HEAD, self.packet_id)
        return packets.encode_publish(self.field, self.payload, self.qos, self.packet_id, self.retain | packets.DUP)


class Session:
    """The state of one client id. `user` owns it; another user's CONNECT never inherits it."""

    __slots__ = (
        "_counters",
        "_limits",
        "client",
        "identity",
        "inflight",
        "pending",
        "pending_bytes",
        "persistent",
        "progress",
        "received",
        "sent",
        "serial",
        "service",
        "slow",
        "subscriptions",
        "user",
        "waiting",
        "window",
        "wire",
    )

    def __init__(self, client: str, user: str, persistent: bool, limits: BrokerSettings, counters: Counters) -> None:
        self.client = client
        self.user = user
        self.identity = Identity.of(client, user)
        self.persistent = persistent
        self.service = False
        self.sent = 0
        self.slow = False
        """Its live client takes less than it is sent; publishers should wait."""
        self.subscriptions: dict[str, int] = {}
        self.serial = 0
        self.inflight: dict[int, Outgoing] = {}
        self.pending: deque[Outgoing] = deque()
        self.pending_bytes = 0
        self.received: set[int] = set()
        self.wire: Wire | None = None
        self.waiting: set[Wire] = set()
        self.progress = 0
        self._limits = limits
        self.window = limits.window
        self._counters = counters

    @classmethod
    def restore(cls, stored: StoredSession, limits: BrokerSettings, counters: Counters) -> Session:
        """A persistent session as it was committed; it may have been sent anything of its window already."""
        session = cls(stored.client, stored.user, True, limits, counters)
        session.subscriptions = dict(stored.subscriptions)
        session.serial = stored.next_serial - 1
        session.received = set(stored.received)
        most_in_flight = max(limits.window, limits.service_window)
        for index, message in enumerate(stored.queue):
            session._append(_outgoing(message, repeated=index < most_in_flight))
        return session

    # --- towards the client -------------------------------------------------------------------------------

    def offer(self, topic: str, field: bytes, payload: bytes, qos: int, retain: int = 0) -> Change | None:
        """Send or queue one message; returns what must be committed for a persistent session."""
        wire = self.wire
        if not qos:
            if wire is not None:
                self.sent += 1
                wire.write(packets.encode_publish(field, payload, 0, 0, retain))
            return None
        pending = self.pending
        if (wire is None and not self.persistent) or (pending and self.full):
            self._counters.dropped += wire is not None or self.persistent
            return None
        self.serial = serial = self.serial + 1
        message = Outgoing(serial, field, payload, qos, retain)
        packet_id = serial % 65535 + 1
        inflight = self.inflight
        # As in `_send`, written out because it runs for every delivery.
        if wire is None or pending or wire.clogged or len(inflight) >= self.window or packet_id in inflight:
            self._append(message)
        else:
            inflight[packet_id] = message
            wire.write(packets.encode_publish(field, payload, qos, packet_id, retain))
        return Queued(self.client, serial, topic, payload, qos, bool(retain)) if self.persistent else None

    def hand(self, field: bytes, payload: bytes, granted: int) -> bool:
        """Send one message to the client that is connected now, at QoS 1 at most; whether it is on its way.

        It ends with the connection: nothing of it is queued or kept.
        """
        wire = self.wire
        if wire is None or (granted and self.full):
            return False
        if not granted:
            self.sent += 1
            wire.write(packets.encode_publish(field, payload, 0, 0, 0))
            return True
        self.serial += 1
        message = Outgoing(self.serial, field, payload, 1, 0, volatile=True)
        if self.pending or not self._send(wire, message):
            self._append(message)
        return True

    @property
    def full(self) -> bool:
        """At its limit: nothing more fits."""
        return len(self.pending) >= self._limits.queue_messages or self.pending_bytes > self._limits.queue_bytes

    def _append(self, message: Outgoing) -> None:
        self.pending.append(message)
        self.pending_bytes += len(message.payload) + len(message.field)
        limits = self._limits
        if len(self.pending) >= limits.high_water or self.pending_bytes > limits.queue_bytes // 4:
            self.slow = self.wire is not None

    def _send(self, wire: Wire, message: Outgoing) -> bool:
        inflight = self.inflight
        packet_id = message.serial % 65535 + 1
        if len(inflight) >= self.window or packet_id in inflight or wire.clogged:
            return False
        inflight[packet_id] = message
        if message.repeated or message.released:
            wire.write(message.again())
        else:
            wire.write(packets.encode_publish(message.field, message.payload, message.qos, packet_id, message.retain))
        return True

    def pump(self) -> None:
        """Send what the window has room for, and let publishers go on when the backlog is gone."""
        wire = self.wire
        if wire is None:
            return
        pending = self.pending
        while pending and self._send(wire, pending[0]):
            message = pending.popleft()
            self.pending_bytes -= len(message.payload) + len(message.field)
        if self.slow and not wire.clogged and len(pending) <= self._limits.high_water // 2:
            self.release_publishers()

    def release_publishers(self) -> None:
        """Nobody needs to wait for this client any longer."""
        self.slow = False
        waiting, self.waiting = self.waiting, set()
        for publisher in waiting:
            publisher.unblock(self)

    def resend(self) -> None:
        """Send the whole window again, in order, marked as repeated (4.4)."""
        if self.wire is not None:
            for message in self.inflight.values():
                self.wire.write(message.again())

    def acknowledged(self, packet_id: int, qos: int) -> Change | None:
        """PUBACK (`qos` 1) or PUBCOMP (2): the client has the message for good."""
        message = self.inflight.get(packet_id)
        if message is None or message.qos != qos or (qos == 2 and not message.released):
            return None
        del self.inflight[packet_id]
        self.progress += 1
        if self.pending or self.slow:
            self.pump()
        return Delivered(self.client, message.serial) if self.persistent and not message.volatile else None

    def released(self, packet_id: int) -> Change | None:
        """PUBREC: from now on only PUBREL is repeated. The caller sends it once this is committed."""
        message = self.inflight.get(packet_id)
        if message is None or message.qos != 2:
            return None
        message.released = True
        message.payload = b""
        self.progress += 1
        return Released(self.client, message.serial) if self.persistent else None

    def attach(self, wire: Wire) -> None:
        """The client is back; `resend` and `pump` follow once it has its CONNACK."""
        self.wire = wire
        self.slow = wire.clogged

    def detach(self) -> None:
        """The connection is gone. What was in flight stays, for a persistent session, but for what was handed over."""
        self.wire = None
        self.release_publishers()
        if self.persistent:
            self._forget_volatile()
        else:
            self.inflight.clear()
            self.pending.clear()
            self.pending_bytes = 0
            self.received.clear()

    def _forget_volatile(self) -> None:
        for packet_id in [key for key, message in self.inflight.items() if message.volatile]:
            del self.inflight[packet_id]
        if any(message.volatile for message in self.pending):
            self.pending = deque(message for message in self.pending if not message.volatile)
            self.pending_bytes = sum(len(message.payload) + len(message.field) for message in self.pending)


def _outgoing(stored: StoredMessage, repeated: bool) -> Outgoing:
    return Outgoing(
        stored.serial,
        packets.topic_field(stored.topic),
        stored.payload,
        stored.qos,
        int(stored.retain),
        stored.released,
        repeated,
    )


def restore_all(archive: Iterable[StoredSession], limits: BrokerSettings, counters: Counters) -> dict[str, Session]:
    """Every persistent session by client id."""
    return {stored.client: Session.restore(stored, limits, counters) for stored in archive}
