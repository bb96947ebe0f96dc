"""MQTT 3.1.1 by hand: bytes written from the standard's text, independent of the gateway's own codec."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = range(8, 15)
PING = b"\xc0\x00"
BYE = b"\xe0\x00"


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return len(raw).to_bytes(2, "big") + raw


def packet(first: int, body: bytes = b"") -> bytes:
    length, head = len(body), bytearray((first,))
    while True:
        byte, length = length % 128, length // 128
        head.append(byte | 128 if length else byte)
        if not length:
            return bytes(head) + body


@dataclass
class Will:
    topic: str | bytes
    payload: bytes = b"gone"
    qos: int = 0
    retain: bool = False


def connect(
    client_id: str | bytes,
    *,
    clean: bool = True,
    keep_alive: int = 60,
    will: Will | None = None,
    user: str | bytes | None = None,
    password: bytes | None = None,
    level: int = 4,
    name: bytes = b"MQTT",
    flags: int | None = None,
) -> bytes:
    """`flags` replaces the connect flags that follow from the rest."""
    bits, payload = 2 * clean, text(client_id)
    if will is not None:
        bits |= 4 | will.qos << 3 | will.retain << 5
        payload += text(will.topic) + text(will.payload)
    if user is not None:
        bits |= 0x80
        payload += text(user)
    if password is not None:
        bits |= 0x40
        payload += text(password)
    bits = bits if flags is None else flags
    return packet(0x10, text(name) + bytes((level, bits)) + keep_alive.to_bytes(2, "big") + payload)


def publish(
    topic: str | bytes, payload: bytes = b"", qos: int = 0, pid: int = 0, *, dup: bool = False, retain: bool = False
) -> bytes:
    number = pid.to_bytes(2, "big") if qos else b""
    return packet(0x30 | dup << 3 | qos << 1 | retain, text(topic) + number + payload)


def subscribe(pid: int, *wanted: tuple[str | bytes, int]) -> bytes:
    return packet(0x82, pid.to_bytes(2, "big") + b"".join(text(name) + bytes((qos,)) for name, qos in wanted))


def unsubscribe(pid: int, *filters: str) -> bytes:
    return packet(0xA2, pid.to_bytes(2, "big") + b"".join(text(name) for name in filters))


def ack(kind: int, pid: int) -> bytes:
    return bytes((kind << 4 | (2 if kind == PUBREL else 0), 2)) + pid.to_bytes(2, "big")


@dataclass(frozen=True)
class Packet:
    first: int
    body: bytes

    @property
    def kind(self) -> int:
        return self.first >> 4

    @property
    def qos(self) -> int:
        return self.first >> 1 & 3

    @property
    def dup(self) -> bool:
        return bool(self.first & 8)

    @property
    def retain(self) -> bool:
        return bool(self.first & 1)

    @property
    def _topic_end(self) -> int:
        return 2 + int.from_bytes(self.body[:2], "big")

    @property
    def topic(self) -> str:
        return self.body[2 : self._topic_end].decode()

    @property
    def pid(self) -> int:
        start = self._topic_end if self.kind == PUBLISH else 0
        return int.from_bytes(self.body[start : start + 2], "big")

    @property
    def payload(self) -> bytes:
        return self.body[self._topic_end + (2 if self.qos else 0) :]


class Closed(Exception):
    """The broker ended the connection."""


class Wire:
    """One TCP connection that sends what it is given and takes packets apart."""

    def __init__(self, port: int, patience_s: float = 8) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), patience_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pending = b""
        self._held: list[Packet] = []

    def send(self, *packets: bytes) -> None:
        """In one write. A connection the broker has closed already is found out by the next read."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(b"".join(packets))

    def _more(self) -> None:
        try:
            got = self._socket.recv(65536)
        except ConnectionResetError as error:
            raise Closed from error
        if not got:
            raise Closed
        self._pending += got

    def take(self) -> Packet:
        """The next packet; raises Closed, or TimeoutError when nothing comes."""
        if self._held:
            return self._held.pop(0)
        while True:
            length, shift, at = 0, 0, 1
            while at < len(self._pending):
                byte = self._pending[at]
                length |= (byte & 127) << shift
                shift, at = shift + 7, at + 1
                if byte < 128:
                    if len(self._pending) < at + length:
                        break
                    found = Packet(self._pending[0], self._pending[at : at + length])
                    self._pending = self._pending[at + length :]
                    return found
            self._more()

    def expect(self, kind: int, pid: int | None = None) -> Packet:
        """The next packet, which has to be of this kind."""
        found = self.take()
        assert found.kind == kind, f"expected packet type {kind}, got {found}"
        assert pid is None or found.pid == pid, f"expected packet id {pid}, got {found}"
        return found

    def before(self, topic: str) -> list[Packet]:
        """Messages that arrive before the one on `topic`, acknowledged like it as their QoS asks."""
        found: list[Packet] = []
        while True:
            message = self.take()
            if message.kind == PUBREL:
                self.send(ack(PUBCOMP, message.pid))
                continue
            assert message.kind == PUBLISH, message
            if message.qos:
                self.send(ack(PUBACK if message.qos == 1 else PUBREC, message.pid))
            if message.topic == topic:
                return found
            found.append(message)

    def finish_qos2(self, message: Packet) -> None:
        """The rest of an exactly-once delivery; expects no other message in between."""
        self.send(ack(PUBREC, message.pid))
        self.expect(PUBREL, message.pid)
        self.send(ack(PUBCOMP, message.pid))

    def put(self, topic: str, payload: bytes = b"", qos: int = 1, pid: int = 1, *, retain: bool = False) -> None:
        """Publish and see the whole handshake through."""
        self.send(publish(topic, payload, qos, pid, retain=retain))
        if qos == 1:
            self.expect(PUBACK, pid)
        elif qos == 2:
            self.expect(PUBREC, pid)
            self.send(ack(PUBREL, pid))
            self.expect(PUBCOMP, pid)

    def want(self, topic_filter: str, qos: int = 0, pid: int = 9) -> None:
        """Subscribe and see it granted; messages may come before the grant (3.8.4)."""
        self.send(subscribe(pid, (topic_filter, qos)))
        early: list[Packet] = []
        while (answer := self.take()).kind == PUBLISH:
            early.append(answer)
        assert (answer.kind, answer.body) == (SUBACK, pid.to_bytes(2, "big") + bytes((qos,))), answer
        self._held = early

    def ping(self) -> None:
        """Still usable: the next packet to come is the answer to a ping."""
        self.send(PING)
        assert self.take() == Packet(0xD0, b"")

    def ends(self) -> list[Packet]:
        """What still comes until the broker closes; TimeoutError when it does not."""
        found: list[Packet] = []
        while True:
            try:
                found.append(self.take())
            except Closed:
                return found

    def drop(self) -> None:
        """Vanish without DISCONNECT."""
        self._socket.close()

    def bye(self) -> None:
        """Leave properly, and wait until the broker has noticed."""
        self.send(BYE)
        deadline = time.monotonic() + 5
        try:
            while time.monotonic() < deadline:
                self.take()
        except Closed:
            pass
        self._socket.close()


Dial = Callable[[], Wire]


class Join(Protocol):
    """Opens a connection and gets it accepted; without an id, under a fresh one."""

    def __call__(
        self,
        client_id: str = "",
        *,
        clean: bool = True,
        keep_alive: int = 60,
        will: Will | None = None,
        present: bool | None = None,
    ) -> Wire: ...
