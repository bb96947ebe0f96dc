"""Reading decisions and overrides back, as functions of a connection; run by the reader's thread.

A damaged page may hold anything: what is none is left out, loudly.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from ...core.decisions import Decision, Override
from ...core.ports.decisions import DecisionKept, OverrideKept, decided, overridden

_COLUMNS = """
SELECT id, device, time_ms, cause, moment, missing, position, raw_pct, confidence, model, lessons, cuts, why, outcome,
    detail, shadow, correlation, runtime
FROM decisions"""
_OLDER = "(?2 = '' OR number < (SELECT number FROM decisions WHERE id = ?2)) ORDER BY number DESC LIMIT ?3"
_LISTED = f"{_COLUMNS} WHERE ?1 = '' AND {_OLDER}"
_OF_DEVICE = f"{_COLUMNS} WHERE device = ?1 AND {_OLDER}"
_CAUSED = f"{_COLUMNS} WHERE correlation = ?4 AND correlation <> '' AND (?1 = '' OR device = ?1) AND {_OLDER}"
_ONE = f"{_COLUMNS} WHERE id = ?"
_OVERRIDES = """
SELECT id, device, time_ms, until_ms, position, who, source, moment, learnt, revoked_ms, ended_ms, correlation
FROM overrides WHERE (?1 = '' OR device = ?1) ORDER BY number"""
_DAMAGED = (msgspec.MsgspecError, UnicodeError, KeyError)
_Kept = TypeVar("_Kept", DecisionKept, OverrideKept)
_Meant = TypeVar("_Meant")
_log = logging.getLogger(__name__)


def decisions(connection: sqlite3.Connection, device: str, limit: int, before: str, correlation: str) -> list[Decision]:
    """Newest first; `before`: only those older than the decision of this id (none, when it is not known)."""
    if correlation:
        rows = connection.execute(_CAUSED, (device, before, limit, correlation))
    else:
        rows = connection.execute(_OF_DEVICE if device else _LISTED, (device, before, limit))
    return _meant(DecisionKept, rows, decided)


def decision(connection: sqlite3.Connection, decision_id: str) -> Decision | None:
    """None: there is none of this id (any more)."""
    found = _meant(DecisionKept, connection.execute(_ONE, (decision_id,)), decided)
    return found[0] if found else None


def overrides(connection: sqlite3.Connection, device: str) -> list[Override]:
    """All, oldest first; of one device, or of every one."""
    return _meant(OverrideKept, connection.execute(_OVERRIDES, (device,)), overridden)


def _meant(kind: type[_Kept], rows: Iterable[tuple[object, ...]], read: Callable[[_Kept], _Meant]) -> list[_Meant]:
    found = []
    for row in rows:
        try:
            found.append(read(kind(*row)))  # type: ignore[arg-type]  # STRICT tables: the columns are of their types
        except _DAMAGED as error:
            _log.error("what is stored of %s cannot be read: %s", row[:2], error)
    return found
