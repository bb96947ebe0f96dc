"""Reading commands and shadows back, as functions of a connection; run by the reader's thread.

A damaged page may hold anything: what is no command is left out, loudly.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable

import msgspec

from ...core.commands import CODES, Command, CommandStatus, Step
from ...core.shadow import Shadow
from .orders import STATUSES

_MOST_EXPIRED = 1000
_DAY_MS = 24 * 60 * 60 * 1000
_COLUMNS = """
SELECT c.number, c.id, c.device, c.verb, c.args, c.created_ms, c.expires_ms, c.who, c.correlation, c.boot, c.hardware,
    c.status, s.status, s.time_ms, s.detail
FROM commands AS c LEFT JOIN command_steps AS s ON s.command = c.number WHERE c.number IN ("""
_OPEN = f"""{_COLUMNS}
    SELECT number FROM commands WHERE status < 4 AND status < 3
    UNION ALL
    SELECT number FROM (
        SELECT number FROM commands AS e WHERE status < 4 AND status = 3 AND EXISTS
            (SELECT 1 FROM command_steps WHERE command = e.number AND status = 3 AND time_ms >= ?1)
        ORDER BY number DESC LIMIT ?2))
ORDER BY c.number, s.place"""  # noqa: S608 - our own names
_LISTED = f"""{_COLUMNS}
    SELECT number FROM commands
    WHERE (?1 = '' OR device = ?1) AND (?2 = '' OR correlation = ?2)
        AND (?3 = '' OR number < (SELECT number FROM commands WHERE id = ?3))
    ORDER BY number DESC LIMIT ?4)
ORDER BY c.number DESC, s.place"""  # noqa: S608 - our own names
_OF_DEVICE = _LISTED.replace("(?1 = '' OR device = ?1)", "device = ?1")
_ONE = f"""{_COLUMNS}
    SELECT number FROM commands WHERE id = ?)
ORDER BY s.place"""  # noqa: S608 - our own names
_SHADOWS = """
SELECT device, desired_version, desired, desired_ms, desired_by, reported_version, reported, reported_ms, hardware
FROM shadows ORDER BY device"""
_Row = tuple[int, str, str, str, bytes, int, int, str, str, str, str, int, int | None, int, str]
_decode = msgspec.json.Decoder(dict[str, object]).decode
_log = logging.getLogger(__name__)


def open_commands(connection: sqlite3.Connection, now_ms: int) -> list[Command]:
    """Every command without an end, and of those that expired within a day the newest; oldest first."""
    return _commands(connection.execute(_OPEN, (now_ms - _DAY_MS, _MOST_EXPIRED)))


def commands(connection: sqlite3.Connection, device: str, limit: int, before: str, correlation: str) -> list[Command]:
    """Newest first; `before`: only those older than the command of this id (none, when it is not known)."""
    return _commands(connection.execute(_OF_DEVICE if device else _LISTED, (device, correlation, before, limit)))


def command(connection: sqlite3.Connection, command_id: str) -> Command | None:
    """None: there is none of this id."""
    found = _commands(connection.execute(_ONE, (command_id,)))
    return found[0] if found else None


def shadows(connection: sqlite3.Connection) -> list[Shadow]:
    """Of every device that has one."""
    return [
        Shadow(device, version, _state(device, wanted), wanted_ms, by, read, _state(device, said), said_ms, hardware)
        for device, version, wanted, wanted_ms, by, read, said, said_ms, hardware in connection.execute(_SHADOWS)
    ]


def _commands(rows: Iterable[_Row]) -> list[Command]:
    """One of the rows of each, which are together."""
    grouped: dict[int, list[_Row]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    found = (_command(group) for group in grouped.values())
    return [one for one in found if one is not None]


def _command(rows: list[_Row]) -> Command | None:
    _, identity, device, verb, args, created_ms, expires_ms, who, correlation, boot, hardware, status, *_ = rows[0]
    steps = [Step(CommandStatus.QUEUED, created_ms)]
    try:
        steps += [Step(STATUSES[code], time_ms, detail) for *_, code, time_ms, detail in rows if code is not None]
        if status > max(CODES[step.status] for step in steps):
            # Its page was damaged. What had ended must not look open: it would be done again.
            steps.append(Step(STATUSES[status], steps[-1].time_ms, "when and why is lost"))
        meant = _decode(args)
    except (msgspec.MsgspecError, UnicodeError, IndexError) as error:
        _log.error("the command %s of %s cannot be read: %s", identity, device, error)
        return None
    return Command(
        identity, device, verb, meant, created_ms, expires_ms, who, correlation, boot, hardware, tuple(steps)
    )


def _state(device: str, raw: bytes) -> dict[str, object]:
    """Its version still counts where what it says is lost: a later one must be above it."""
    try:
        return _decode(raw)
    except (msgspec.MsgspecError, UnicodeError) as error:
        _log.error("a part of the shadow of %s cannot be read: %s", device, error)
        return {}
