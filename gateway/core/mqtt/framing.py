"""Bytes to control packets: the fixed header and nothing more (MQTT 3.1.1, section 2.2)."""

from __future__ import annotations

from ..errors import ProtocolError

Frame = tuple[int, bytes]
"""The first byte (packet type and flags) and the packet's body without its fixed header."""


class Framer:
    """Splits a stream of bytes into frames, keeping what is incomplete.

    `limit` is the largest body accepted, in bytes; it may be changed between calls.
    """

    __slots__ = ("_need", "_rest", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        # One buffer rather than a list of what was read: a packet that trickles in costs its size and no more.
        self._rest = bytearray()
        self._need = 0

    @property
    def buffered(self) -> int:
        """Bytes held back because their packet is incomplete."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames completed by `data`, in order.

        Raises ProtocolError for a malformed length or a packet over the limit; the stream is then unusable.
        """
        if self._rest and not (data := self._joined(data)):
            return []
        frames: list[Frame] = []
        size = len(data)
        position = 0
        while size - position >= 2:
            length = data[position + 1]
            body = position + 2
            if length > 127:
                if size - position > 2 and data[body] < 128:
                    # Two bytes: nearly every reading. The general case costs as much as the rest of the loop.
                    length = length & 127 | data[body] << 7
                    body += 1
                else:
                    decoded = self._long_length(data, position + 1)
                    if decoded is None:
                        self._need = 0
                        break
                    length, body = decoded
            if length > self.limit:
                raise ProtocolError(f"packet of {length} bytes is over the limit of {self.limit}")
            end = body + length
            if end > size:
                self._need = end - position
                break
            frames.append((data[position], data[body:end]))
            position = end
        else:
            self._need = 2
        if position < size:
            self._rest += data[position:] if position else data
        return frames

    def _joined(self, data: bytes) -> bytes:
        """What was held back with `data` behind it; empty, and held back, while the packet is incomplete."""
        self._rest += data
        if len(self._rest) < self._need:
            return b""
        joined, self._rest = bytes(self._rest), bytearray()
        return joined

    @staticmethod
    def _long_length(data: bytes, position: int) -> tuple[int, int] | None:
        """The remaining length that starts at `position` and where the body begins; None when bytes are missing."""
        length = 0
        for index in range(4):
            if position + index >= len(data):
                return None
            byte = data[position + index]
            length |= (byte & 127) << 7 * index
            if byte < 128:
                return length, position + index + 1
        raise ProtocolError("remaining length has more than four bytes")


def encode_length(length: int) -> bytes:
    """A remaining length as MQTT's variable byte integer."""
    out = bytearray()
    while True:
        length, byte = length >> 7, length & 127
        if not length:
            out.append(byte)
            return bytes(out)
        out.append(byte | 128)
