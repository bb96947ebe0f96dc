"""What a client sends besides PUBLISH, once it is admitted: each packet and where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.errors import ProtocolError
from ...core.mqtt import packets

if TYPE_CHECKING:
    from .connection import Connection
    from .session import Session


def handle(connection: Connection, session: Session, header: int, body: bytes) -> None:
    """One packet of a client with a session. Raises ProtocolError, and NotYet when a plugin has to wait."""
    kind = header >> 4
    exchange = connection.exchange
    if kind == packets.PUBACK:
        change = session.acknowledged(packets.decode_ack(header, body), 1)
        if change is not None:
            exchange.save(change)
    elif kind == packets.PINGREQ:
        _expect_empty(header, body)
        connection.write(packets.PINGRESP_BYTES)
    elif kind == packets.PUBREC:
        exchange.exactly_once.received(connection, packets.decode_ack(header, body))
    elif kind == packets.PUBREL:
        exchange.exactly_once.complete(connection, packets.decode_ack(header, body))
    elif kind == packets.PUBCOMP:
        exchange.save(session.acknowledged(packets.decode_ack(header, body), 2))
    elif kind == packets.SUBSCRIBE:
        exchange.subscriptions.subscribe(connection, *packets.decode_subscribe(header, body))
    elif kind == packets.UNSUBSCRIBE:
        exchange.subscriptions.unsubscribe(connection, *packets.decode_unsubscribe(header, body))
    elif kind == packets.DISCONNECT:
        _expect_empty(header, body)
        connection.will = None
        connection.close("disconnected")
    else:
        raise ProtocolError(f"packet type {kind} is not for a client to send now")


def _expect_empty(header: int, body: bytes) -> None:
    if body or header & 15:
        raise ProtocolError("packet has flags or a body it must not have")
