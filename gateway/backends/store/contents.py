"""What a record of the journal holds: changes as MessagePack, in the lists in which they were submitted."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

from ...core.ports.store import Change

UNWRITABLE = b"\xc1"
"""Begins no MessagePack."""

encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[list[Change]]).decode
_decode_one = msgspec.msgpack.Decoder(list[Change]).decode
_divide = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_log = logging.getLogger(__name__)


class Unacceptable(Exception):
    """Something in a batch cannot be stored, and that is not the disk's fault."""


def check(part: bytes) -> None:
    """See that what was submitted together can be read again when it is settled. Raises Unacceptable."""
    if part.startswith(UNWRITABLE):
        raise Unacceptable(part[1:].decode())
    try:
        _decode_one(part)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Unacceptable(str(error)) from error


def joined(parts: Sequence[bytes]) -> bytes:
    """One record of several submissions."""
    return b"\xdd" + len(parts).to_bytes(4, "big") + b"".join(parts)


def read(content: bytes) -> list[list[Change]]:
    """The submissions of a record. One that cannot be read (of a newer version, say) is told and left out."""
    try:
        return _decode(content)
    except (msgspec.MsgspecError, UnicodeError):
        return [changes for part in _divide(content) if (changes := _read_one(bytes(part))) is not None]


def _read_one(part: bytes) -> list[Change] | None:
    try:
        return _decode_one(part)
    except (msgspec.MsgspecError, UnicodeError) as error:
        _log.error("what was acknowledged cannot be read: %s: %.2000r", error, part)
        return None
