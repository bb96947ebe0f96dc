"""Vectors about MQTT: filters that match, streams split into frames, packets read and written."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..core.errors import ProtocolError
from ..core.mqtt import packets
from ..core.mqtt.filters import check_filter, check_topic, matches
from ..core.mqtt.framing import Frame, Framer
from ..core.mqtt.packets import Connect, Will
from .vector_payloads import Case

_LARGEST = 268_435_455


class FilterCase(Case, kw_only=True):
    """Whether a valid filter takes a valid topic in."""

    filter: str
    topic: str
    matches: bool

    def failure(self) -> str:
        """See Case."""
        check_filter(self.filter)
        check_topic(self.topic)
        return "" if matches(self.filter, self.topic) == self.matches else f"matches: {not self.matches}"


class FrameSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frame: its first byte and its body, in hex."""

    header: str
    body: str


class FramesCase(Case, kw_only=True):
    """A stream, read whole and byte by byte, gives these frames and holds `left` bytes back; or it is refused."""

    hex: str
    limit: int = _LARGEST
    frames: list[FrameSeen] = msgspec.field(default_factory=list)
    left: int = 0
    refused: bool = False

    def failure(self) -> str:
        """See Case."""
        stream = bytes.fromhex(self.hex)
        return self._fed([stream]) or self._fed([stream[at : at + 1] for at in range(len(stream))])

    def _fed(self, pieces: list[bytes]) -> str:
        framer = Framer(self.limit)
        try:
            found = [frame for piece in pieces for frame in framer.feed(piece)]
        except ProtocolError as error:
            return "" if self.refused else f"refused: {error}"
        if self.refused:
            return "is accepted"
        seen = [FrameSeen(f"{header:02x}", body.hex()) for header, body in found]
        right = seen == self.frames and framer.buffered == self.left
        return "" if right else f"gives {seen} and holds {framer.buffered} bytes back"


class WillFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A CONNECT's will."""

    topic: str
    payload: str
    qos: int
    retain: bool


class Fields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The fields of a packet of any type; bytes in hex; what a type does not have is left out."""

    type: str
    packet_id: int = 0
    client_id: str | None = None
    clean: bool | None = None
    keep_alive_s: int | None = None
    username: str | None = None
    password: str | None = None
    will: WillFields | None = None
    session_present: bool | None = None
    code: int | None = None
    topic: str | None = None
    payload: str | None = None
    qos: int | None = None
    dup: bool | None = None
    retain: bool | None = None
    filters: list[str] | None = None
    wanted: list[int] | None = None
    """SUBSCRIBE: the QoS wanted for each filter."""
    codes: list[int] | None = None


class PacketCase(Case, kw_only=True):
    """A packet's bytes and fields: read as these fields and written as these bytes; or refused."""

    hex: str
    packet: Fields | None = None
    writes: bool = True
    """False: other bytes are written for these fields."""
    refused: bool = False
    return_code: int = 0
    """A refused CONNECT is answered with this CONNACK code before the connection closes; 0: just closed."""

    def failure(self) -> str:
        """See Case."""
        stream = bytes.fromhex(self.hex)
        try:
            found = _read(_only_frame(stream))
        except ProtocolError as error:
            code = packets.BAD_PROTOCOL if isinstance(error, packets.UnsupportedProtocol) else 0
            return "" if self.refused and code == self.return_code else f"refused with code {code}: {error}"
        if self.packet is None:
            return f"is accepted as {msgspec.to_builtins(found)}"
        if found != self.packet:
            return f"is {msgspec.to_builtins(found)}"
        written = _WRITERS[found.type](found) if self.writes else stream
        return "" if written == stream else f"is written {written.hex()}"


def _only_frame(stream: bytes) -> Frame:
    framer = Framer(_LARGEST)
    frames = framer.feed(stream)
    if len(frames) != 1 or framer.buffered:
        raise ProtocolError("not exactly one whole packet")
    return frames[0]


def _read(frame: Frame) -> Fields:
    header, body = frame
    reader = _READERS.get(header >> 4)
    if reader is None:
        raise ProtocolError(f"packet type {header >> 4} does not exist")
    return reader(header, body)


def _connect(header: int, body: bytes) -> Fields:
    said = packets.decode_connect(header, body)
    will = said.will
    return Fields(
        type="connect",
        client_id=said.client_id,
        clean=said.clean,
        keep_alive_s=said.keep_alive_s,
        username=said.username,
        password=None if said.password is None else said.password.hex(),
        will=None if will is None else WillFields(will.topic, will.payload.hex(), will.qos, will.retain),
    )


def _write_connect(fields: Fields) -> bytes:
    will = fields.will
    return packets.encode_connect(
        Connect(
            fields.client_id or "",
            bool(fields.clean),
            fields.keep_alive_s or 0,
            fields.username,
            None if fields.password is None else bytes.fromhex(fields.password),
            None if will is None else Will(will.topic, bytes.fromhex(will.payload), will.qos, will.retain),
        )
    )


def _connack(_header: int, body: bytes) -> Fields:
    present, code = packets.decode_connack(body)
    return Fields(type="connack", session_present=present, code=code)


def _publish(header: int, body: bytes) -> Fields:
    raw, packet_id, payload = packets.decode_publish(header, body)
    topic = packets.decode_text(raw)
    check_topic(topic)
    return Fields(
        type="publish",
        topic=topic,
        payload=payload.hex(),
        qos=header >> 1 & 3,
        dup=bool(header & packets.DUP),
        retain=bool(header & 1),
        packet_id=packet_id,
    )


def _write_publish(fields: Fields) -> bytes:
    flags = packets.DUP * bool(fields.dup) | bool(fields.retain)
    topic = packets.topic_field(fields.topic or "")
    return packets.encode_publish(topic, bytes.fromhex(fields.payload or ""), fields.qos or 0, fields.packet_id, flags)


def _subscribe(header: int, body: bytes) -> Fields:
    packet_id, pairs = packets.decode_subscribe(header, body)
    filters, wanted = [name for name, _ in pairs], [qos for _, qos in pairs]
    return Fields(type="subscribe", packet_id=packet_id, filters=filters, wanted=wanted)


def _unsubscribe(header: int, body: bytes) -> Fields:
    packet_id, filters = packets.decode_unsubscribe(header, body)
    return Fields(type="unsubscribe", packet_id=packet_id, filters=filters)


def _suback(_header: int, body: bytes) -> Fields:
    packet_id, codes = packets.decode_suback(body)
    return Fields(type="suback", packet_id=packet_id, codes=codes)


def _ack(name: str) -> Callable[[int, bytes], Fields]:
    return lambda header, body: Fields(type=name, packet_id=packets.decode_ack(header, body))


_READERS: dict[int, Callable[[int, bytes], Fields]] = {
    packets.CONNECT: _connect,
    packets.CONNACK: _connack,
    packets.PUBLISH: _publish,
    packets.PUBACK: _ack("puback"),
    packets.PUBREC: _ack("pubrec"),
    packets.PUBREL: _ack("pubrel"),
    packets.PUBCOMP: _ack("pubcomp"),
    packets.SUBSCRIBE: _subscribe,
    packets.SUBACK: _suback,
    packets.UNSUBSCRIBE: _unsubscribe,
    packets.UNSUBACK: _ack("unsuback"),
}
_WRITERS: dict[str, Callable[[Fields], bytes]] = {
    "connect": _write_connect,
    "connack": lambda fields: packets.encode_connack(fields.code or 0, bool(fields.session_present)),
    "publish": _write_publish,
    "puback": lambda fields: packets.encode_ack(packets.PUBACK_HEAD, fields.packet_id),
    "pubrec": lambda fields: packets.encode_ack(packets.PUBREC_HEAD, fields.packet_id),
    "pubrel": lambda fields: packets.encode_ack(packets.PUBREL_HEAD, fields.packet_id),
    "pubcomp": lambda fields: packets.encode_ack(packets.PUBCOMP_HEAD, fields.packet_id),
    "subscribe": lambda fields: packets.encode_subscribe(
        fields.packet_id, list(zip(fields.filters or (), fields.wanted or (), strict=True))
    ),
    "suback": lambda fields: packets.encode_suback(fields.packet_id, fields.codes or []),
    "unsubscribe": lambda fields: packets.encode_unsubscribe(fields.packet_id, fields.filters or []),
    "unsuback": lambda fields: packets.encode_unsuback(fields.packet_id),
}
