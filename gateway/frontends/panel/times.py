"""Instants as people and programs write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from .names import INSTANT
from .problems import Problem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?\d{1,15}")
_SPACE_FOR_PLUS = re.compile(r"(?<=\d) (?=\d\d:\d\d$)")


def to_text(time_ms: int) -> str:
    """RFC 3339 in UTC with milliseconds."""
    text = (_EPOCH + timedelta(milliseconds=time_ms)).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def maybe_text(time_ms: int | None) -> str | None:
    """The same where there may be no instant."""
    return None if time_ms is None else to_text(time_ms)


def from_text(text: str, key: str) -> int:
    """UTC ms from an ISO 8601 instant (UTC when it names no zone) or from ms. Raises Problem that names `key`."""
    try:
        if _NUMBER.fullmatch(text):
            to_text(int(text))
            return int(text)
        # A + that was not percent-encoded arrives as a space.
        moment = datetime.fromisoformat(_SPACE_FOR_PLUS.sub("+", text))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError) as error:
        status = 409 if re.search(INSTANT, text) else 422  # there is no 30 February, but it is written right
        raise Problem(status, f"{key}: not an instant; write 2026-01-07T12:00:00Z or milliseconds.", key=key) from error


def in_order(from_ms: int | None, to_ms: int | None) -> None:
    """Raises Problem that names `from` when nothing lies in [from, to); None: without bound."""
    if from_ms is not None and to_ms is not None and from_ms >= to_ms:
        raise Problem(409, "from: must be before `to`.", key="from")
