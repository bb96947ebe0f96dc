"""A node's payload as JSON, or the reason why not in words a person understands."""

from __future__ import annotations

import re
from enum import StrEnum
from math import isfinite

import msgspec

from .errors import Unreadable

_KEY_AND_NUMBER = re.compile(rb'"([^"\\]{1,40})"\s*:\s*([-+.\w]{1,40})')
_decode = msgspec.json.Decoder().decode


class Fault(StrEnum):
    """The classes of what makes a payload unreadable."""

    EMPTY = "empty"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"
    """An object where a value belongs, or the reverse; a required key that is missing."""
    BAD_NAME = "bad_name"
    """A key that is not the name of a metric."""
    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    NO_VALUES = "no_values"
    TOO_MANY = "too_many"
    BAD_TIMESTAMP = "bad_timestamp"
    BAD_SEQUENCE = "bad_sequence"
    """`boot`, `seq` or `uptime_ms` is wrong, or one is there without the other."""
    BAD_TEXT = "bad_text"


def parse(payload: bytes, whole: str = "payload") -> object:
    """The JSON value in `payload`; `whole` is what to call it in a reason. Raises Unreadable."""
    try:
        return _decode(payload)
    except RecursionError as error:
        raise Unreadable(Fault.WRONG_SHAPE, "payload is nested too deeply") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unparsable(payload, whole, str(error)) from error


def parse_object(payload: bytes) -> dict[str, object]:
    """The JSON object in `payload`. Raises Unreadable."""
    raw = parse(payload)
    if type(raw) is dict:
        return raw
    raise Unreadable(Fault.WRONG_SHAPE, f"payload is not an object: {shown(raw)}")


def shown(value: object) -> str:
    """A decoded value as JSON, short enough for a reason."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    if isinstance(value, int) and not isinstance(value, bool):
        text = str(value)  # of any size, which an encoder may refuse
    else:
        text = msgspec.json.encode(value[:40] if isinstance(value, str) else value).decode()
    return text if len(text) <= 60 else text[:60] + "…"


def _unparsable(payload: bytes, whole: str, error: str) -> Unreadable:
    """Why the payload is not JSON, looked for only now that it matters."""
    if not payload.strip():
        return Unreadable(Fault.EMPTY, "payload is empty")
    if payload.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return Unreadable(Fault.NOT_JSON, "payload starts with a byte order mark")
    try:
        payload.decode()
    except UnicodeDecodeError as wrong:
        return Unreadable(Fault.NOT_UTF8, f"payload is not UTF-8 (byte {wrong.start})")
    # A failed sensor printed as nan is the commonest mistake of firmware: it deserves its own words.
    for key, number in [*_KEY_AND_NUMBER.findall(payload), (whole.encode(), payload.strip()[:40])]:
        if not _may_be_finite(number):
            return Unreadable(Fault.NOT_FINITE, f"{key.decode()} is not a finite number: {number.decode()}")
    return Unreadable(Fault.NOT_JSON, f"payload is not JSON: {error}")


def _may_be_finite(number: bytes) -> bool:
    try:
        return isfinite(float(number))
    except ValueError:
        return True
