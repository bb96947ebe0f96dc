"""Control packets of MQTT 3.1.1: bodies to values and values to bytes, for both sides of a connection.

Decoders take a frame's body (see `framing`) and raise ProtocolError on anything the standard forbids.
Source: OASIS MQTT 3.1.1, 29 October 2014; section numbers stand beside the checks.
"""

from __future__ import annotations

from struct import Struct

import msgspec

from ..errors import ProtocolError
from .filters import check_filter, check_topic
from .framing import encode_length

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 10, 11, 12, 13, 14

ACCEPTED, BAD_PROTOCOL, BAD_CLIENT_ID, UNAVAILABLE, BAD_CREDENTIALS, NOT_AUTHORISED = range(6)
SUBSCRIPTION_REFUSED = 0x80
DUP = 0x08

PINGREQ_BYTES = b"\xc0\x00"
PINGRESP_BYTES = b"\xd0\x00"
DISCONNECT_BYTES = b"\xe0\x00"
PUBACK_HEAD = b"\x40\x02"
PUBREC_HEAD = b"\x50\x02"
PUBREL_HEAD = b"\x62\x02"
PUBCOMP_HEAD = b"\x70\x02"

# Packing is a third faster than bytes(…) and to_bytes, and these run for every message.
_PACKET_ID = Struct("!H").pack
_TWO_BYTES = Struct("!BB").pack
_THREE_BYTES = Struct("!BBB").pack


class UnsupportedProtocol(ProtocolError):
    """A CONNECT for another protocol level; answered with return code 1 before the connection closes (3.1.2.2)."""


class Will(msgspec.Struct, frozen=True):
    """What the broker publishes when the client disappears."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


class Connect(msgspec.Struct, frozen=True):
    """A client's first packet. `keep_alive_s` of 0 turns the check off."""

    client_id: str
    clean: bool = True
    keep_alive_s: int = 60
    username: str | None = None
    password: bytes | None = None
    will: Will | None = None


class _Fields:
    """Reads length-prefixed fields off a body, in order."""

    __slots__ = ("body", "position")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.position = 0

    def binary(self) -> bytes:
        start = self.position + 2
        end = start + int.from_bytes(self.take(2), "big")
        if end > len(self.body):
            raise ProtocolError("field is longer than its packet")
        self.position = end
        return self.body[start:end]

    def text(self) -> str:
        return decode_text(self.binary())

    def take(self, count: int) -> bytes:
        chunk = self.body[self.position : self.position + count]
        if len(chunk) < count:
            raise ProtocolError("packet ends inside a field")
        self.position += count
        return chunk

    def finish(self) -> None:
        if self.position != len(self.body):
            raise ProtocolError("packet has bytes after its last field")

    @property
    def more(self) -> bool:
        return self.position < len(self.body)


def decode_text(raw: bytes) -> str:
    """UTF-8 as MQTT allows it: no U+0000, no surrogates (1.5.3)."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError("text is not UTF-8") from error
    if "\0" in text:
        raise ProtocolError("text contains U+0000")
    return text


def encode_text(text: str) -> bytes:
    """A length-prefixed UTF-8 string; ValueError above 65535 bytes."""
    return _binary(text.encode())


def decode_connect(header: int, body: bytes) -> Connect:
    """The CONNECT packet, strictly (3.1)."""
    if header & 15:
        raise ProtocolError("reserved flags of CONNECT are set")
    fields = _Fields(body)
    name = fields.binary()
    level = fields.take(1)[0]
    if name != b"MQTT":
        if name == b"MQIsdp" and level == 3:
            raise UnsupportedProtocol("MQTT 3.1 is not spoken here; use 3.1.1")
        raise ProtocolError("protocol name is not MQTT")
    if level != 4:
        raise UnsupportedProtocol(f"protocol level {level} is not spoken here; use MQTT 3.1.1 (level 4)")
    flags = fields.take(1)[0]
    keep_alive_s = int.from_bytes(fields.take(2), "big")
    _check_connect_flags(flags)
    client_id = fields.text()
    will = None
    if flags & 0x04:
        topic = fields.text()
        check_topic(topic)
        will = Will(topic, fields.binary(), flags >> 3 & 3, bool(flags & 0x20))
    username = fields.text() if flags & 0x80 else None
    password = fields.binary() if flags & 0x40 else None
    fields.finish()
    return Connect(client_id, bool(flags & 2), keep_alive_s, username, password, will)


def _check_connect_flags(flags: int) -> None:
    if flags & 1:
        raise ProtocolError("reserved connect flag is set")
    if flags & 0x04:
        if flags & 0x18 == 0x18:
            raise ProtocolError("will QoS is 3")
    elif flags & 0x38:
        raise ProtocolError("will QoS or retain without a will")
    if flags & 0x40 and not flags & 0x80:
        raise ProtocolError("password without a user name")


def encode_connect(connect: Connect) -> bytes:
    """The CONNECT packet a client sends."""
    flags = 2 * connect.clean
    payload = encode_text(connect.client_id)
    if connect.will is not None:
        flags |= 0x04 | connect.will.qos << 3 | 0x20 * connect.will.retain
        payload += encode_text(connect.will.topic) + _binary(connect.will.payload)
    if connect.username is not None:
        flags |= 0x80
        payload += encode_text(connect.username)
    if connect.password is not None:
        flags |= 0x40
        payload += _binary(connect.password)
    body = b"\x00\x04MQTT\x04" + bytes((flags,)) + connect.keep_alive_s.to_bytes(2, "big") + payload
    return b"\x10" + encode_length(len(body)) + body


def _binary(raw: bytes) -> bytes:
    if len(raw) > 65535:
        raise ValueError(f"{len(raw)} bytes do not fit an MQTT field")
    return len(raw).to_bytes(2, "big") + raw


def encode_connack(code: int, session_present: bool = False) -> bytes:
    """The broker's answer to CONNECT (3.2)."""
    return bytes((0x20, 2, session_present, code))


def decode_connack(body: bytes) -> tuple[bool, int]:
    """(session present, return code)."""
    if len(body) != 2 or body[0] > 1 or body[1] > NOT_AUTHORISED or (body[0] and body[1]):
        raise ProtocolError("malformed CONNACK")
    return bool(body[0]), body[1]


def decode_publish(header: int, body: bytes) -> tuple[bytes, int, bytes]:
    """(topic as bytes, packet id or 0, payload). The topic is checked where it is first resolved, not here."""
    size = len(body)
    if size < 2:
        raise ProtocolError("PUBLISH without a topic")
    end = 2 + (body[0] << 8 | body[1])
    qos = header & 6
    if not qos:
        if end > size or header & DUP:
            raise ProtocolError("malformed PUBLISH")
        return body[2:end], 0, body[end:]
    if qos == 6 or end + 2 > size:
        raise ProtocolError("malformed PUBLISH")
    packet_id = body[end] << 8 | body[end + 1]
    if not packet_id:
        raise ProtocolError("packet id 0")
    return body[2:end], packet_id, body[end + 2 :]


def encode_publish(topic: bytes, payload: bytes, qos: int = 0, packet_id: int = 0, flags: int = 0) -> bytes:
    """A PUBLISH packet. `topic` carries its length prefix (`topic_field`); `flags` are DUP and retain bits."""
    size = len(topic) + len(payload) + (2 if qos else 0)
    first = 0x30 | qos << 1 | flags
    if size < 128:
        head = _TWO_BYTES(first, size)
    elif size < 16384:
        head = _THREE_BYTES(first, size & 127 | 128, size >> 7)
    else:
        head = bytes((first,)) + encode_length(size)
    if qos:
        return b"".join((head, topic, _PACKET_ID(packet_id), payload))
    return b"".join((head, topic, payload))


def topic_field(topic: str) -> bytes:
    """A topic with its length prefix, as `encode_publish` takes it."""
    return encode_text(topic)


def decode_ack(header: int, body: bytes) -> int:
    """The packet id of PUBACK, PUBREC, PUBREL, PUBCOMP or UNSUBACK."""
    packet_id = int.from_bytes(body, "big")
    if len(body) != 2 or not packet_id or header & 15 != (2 if header >> 4 == PUBREL else 0):
        raise ProtocolError("malformed acknowledgement or packet id 0")
    return packet_id


def encode_ack(head: bytes, packet_id: int) -> bytes:
    """An acknowledgement; `head` is one of the *_HEAD constants."""
    return head + _PACKET_ID(packet_id)


def decode_subscribe(header: int, body: bytes) -> tuple[int, list[tuple[str, int]]]:
    """(packet id, [(filter, QoS)]), in the client's order (3.8)."""
    packet_id, fields = _request(header, body)
    wanted: list[tuple[str, int]] = []
    while fields.more:
        topic_filter = fields.text()
        check_filter(topic_filter)
        qos = fields.take(1)[0]
        if qos > 2:
            raise ProtocolError("requested QoS is above 2")
        wanted.append((topic_filter, qos))
    if not wanted:
        raise ProtocolError("SUBSCRIBE without a filter")
    return packet_id, wanted


def decode_unsubscribe(header: int, body: bytes) -> tuple[int, list[str]]:
    """(packet id, [filter]) (3.10)."""
    packet_id, fields = _request(header, body)
    filters: list[str] = []
    while fields.more:
        filters.append(fields.text())
    if not filters:
        raise ProtocolError("UNSUBSCRIBE without a filter")
    for topic_filter in filters:
        check_filter(topic_filter)
    return packet_id, filters


def _request(header: int, body: bytes) -> tuple[int, _Fields]:
    if header & 15 != 2:
        raise ProtocolError("reserved flags are wrong")
    fields = _Fields(body)
    packet_id = int.from_bytes(fields.take(2), "big")
    if not packet_id:
        raise ProtocolError("packet id 0")
    return packet_id, fields


def encode_subscribe(packet_id: int, wanted: list[tuple[str, int]]) -> bytes:
    """A SUBSCRIBE packet a client sends."""
    body = packet_id.to_bytes(2, "big") + b"".join(encode_text(name) + bytes((qos,)) for name, qos in wanted)
    return b"\x82" + encode_length(len(body)) + body


def encode_unsubscribe(packet_id: int, filters: list[str]) -> bytes:
    """An UNSUBSCRIBE packet a client sends."""
    body = packet_id.to_bytes(2, "big") + b"".join(map(encode_text, filters))
    return b"\xa2" + encode_length(len(body)) + body


def encode_suback(packet_id: int, codes: list[int]) -> bytes:
    """The granted QoS, or 0x80, for each filter of a SUBSCRIBE."""
    return b"\x90" + encode_length(2 + len(codes)) + packet_id.to_bytes(2, "big") + bytes(codes)


def decode_suback(body: bytes) -> tuple[int, list[int]]:
    """(packet id, [granted QoS or 0x80])."""
    if len(body) < 3 or any(code not in (0, 1, 2, SUBSCRIPTION_REFUSED) for code in body[2:]):
        raise ProtocolError("malformed SUBACK")
    packet_id = body[0] << 8 | body[1]
    if not packet_id:
        raise ProtocolError("packet id 0")
    return packet_id, list(body[2:])


def encode_unsuback(packet_id: int) -> bytes:
    """The answer to UNSUBSCRIBE."""
    return b"\xb0\x02" + packet_id.to_bytes(2, "big")
