"""QoS 2 after its PUBLISH: each step is on the disk before the other side may rely on it."""

from __future__ import annotations

from ...core.mqtt import packets
from ...core.ports.store import Change, Completed, Writer
from .connection import Connection
from .receipts import Acknowledgement


class ExactlyOnce:
    """The handshake's second half, in both directions."""

    def __init__(self, writer: Writer | None) -> None:
        self._writer = writer

    def received(self, connection: Connection, packet_id: int) -> None:
        """PUBREC: remember that the client has the message, then release it."""
        session = connection.session
        change = session.released(packet_id) if session is not None else None
        self._answer(connection, packets.encode_ack(packets.PUBREL_HEAD, packet_id), change)

    def complete(self, connection: Connection, packet_id: int) -> None:
        """PUBREL: the packet id is free again once that is durable."""
        session = connection.session
        assert session is not None
        known = packet_id in session.received
        session.received.discard(packet_id)
        change = Completed(session.client, packet_id) if known and session.persistent else None
        self._answer(connection, packets.encode_ack(packets.PUBCOMP_HEAD, packet_id), change)

    def _answer(self, connection: Connection, packet: bytes, change: Change | None) -> None:
        if change is None or self._writer is None:
            connection.write(packet)
            return
        connection.unsettled += 1
        self._writer.submit((change,), Acknowledgement(connection, packet))
