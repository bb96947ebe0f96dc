"""Light checks of what nodes say besides readings: the right size and shape, not yet the meaning."""

from __future__ import annotations

from collections.abc import Callable

from .errors import Unreadable
from .payload import Fault, parse_object, shown

LOG_LIMIT_BYTES = 4096
OBJECT_LIMIT_BYTES = 64 * 1024

_ACKS = frozenset({"accepted", "done", "failed"})
_OTA_STATES = frozenset({"downloading", "verifying", "trial", "confirmed", "rolled_back", "failed"})


def check(what: str, payload: bytes) -> None:
    """Raises Unreadable unless `payload` has the shape of `what` (a topic's part after the device's id)."""
    if not payload:
        raise Unreadable(Fault.EMPTY, "payload is empty")
    _CHECKS[what](payload)


def deeper(value: object, levels: int) -> bool:
    """Whether objects and lists in a decoded value are nested more than `levels` deep; looks no further than that."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(deeper(one, levels - 1) for one in inner)


def _audio(payload: bytes) -> None:
    """WAV, JSON with base64, or bare PCM of 16 bits."""
    if payload[:4] == b"RIFF" and payload[8:12] == b"WAVE":
        return
    # PCM may begin with any bytes; that it begins and ends like an object by chance is a matter of 2^-24.
    if payload[:2] == b'{"' and payload.rstrip()[-1:] == b"}":
        _require(parse_object(payload), "data", str)
    elif len(payload) % 2:
        raise Unreadable(Fault.WRONG_SHAPE, f"{len(payload)} bytes are no whole number of 16-bit samples")


def _log(payload: bytes) -> None:
    _limit(payload, LOG_LIMIT_BYTES)
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(Fault.NOT_UTF8, f"payload is not UTF-8 (byte {error.start})") from error


def _shadow(payload: bytes) -> None:
    raw = _object(payload)
    _require(raw, "version", int)
    _require(raw, "state", dict)


def _ack(payload: bytes) -> None:
    raw = _object(payload)
    _require(raw, "id", str)
    _word(raw, "status", _ACKS)


def _ota(payload: bytes) -> None:
    raw = _object(payload)
    _word(raw, "state", _OTA_STATES)
    for key in ("version", "detail"):
        if raw.get(key) is not None:
            _require(raw, key, str)


_CHECKS: dict[str, Callable[[bytes], None]] = {
    "audio": _audio,
    "log": _log,
    "shadow/reported": _shadow,
    "command/ack": _ack,
    "ota/state": _ota,
}

_NAMES = {str: "a text", int: "a whole number", dict: "an object"}


def _limit(payload: bytes, limit: int) -> None:
    if len(payload) > limit:
        raise Unreadable(Fault.TOO_MANY, f"{len(payload)} bytes; the limit here is {limit}")


def _object(payload: bytes) -> dict[str, object]:
    _limit(payload, OBJECT_LIMIT_BYTES)
    return parse_object(payload)


def _require(raw: dict[str, object], key: str, kind: type) -> None:
    if key not in raw:
        raise Unreadable(Fault.WRONG_SHAPE, f"{key} is missing")
    if type(raw[key]) is not kind:
        raise Unreadable(Fault.WRONG_SHAPE, f"{key} is not {_NAMES[kind]}: {shown(raw[key])}")


def _word(raw: dict[str, object], key: str, allowed: frozenset[str]) -> None:
    _require(raw, key, str)
    if raw[key] not in allowed:
        raise Unreadable(Fault.BAD_TEXT, f"{key} is none of {', '.join(sorted(allowed))}: {shown(raw[key])}")
