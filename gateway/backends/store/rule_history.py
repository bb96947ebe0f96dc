"""Reading firings, timers, and the memory and the tape of rules back, as functions of a connection; run by the reader's
thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import get_args

import msgspec

from ...core.ports.rules import (
    MEMORY_TAPED,
    FiringKept,
    RuleRemembered,
    RuleTaped,
    TimerKept,
    firing_of,
    timer_of,
)
from ...core.rules.actions import CatchUp
from ...core.rules.firing import PARTS, Firing, Part
from ...core.rules.memory import Memory
from ...core.timers import Timer
from .insight_history import EVER, meant
from .rules import ARMED

FIRING_COLUMNS = (
    "id, rule, version, part, mode, time_ms, noted_ms, why, trace, acts, outcome, depth, correlation, simulated"
)
TIMER_COLUMNS = (
    "id, name, rule, firing, armed_ms, due_ms, then_, safe, catch_up, priority, actuator, state, ended_ms, detail,"
    " shadow, correlation, simulated"
)
_FIRINGS = f"SELECT {FIRING_COLUMNS} FROM firings"  # noqa: S608 - our own names
_OLDER = """
time_ms >= :from_ms AND time_ms < :to_ms AND (:rule = '' OR rule = :rule)
AND (:parts = '' OR instr(:parts, part))
AND (:before = '' OR (time_ms, number) < (SELECT time_ms, number FROM firings WHERE id = :before))
ORDER BY time_ms DESC, number DESC LIMIT :limit"""
_CAUSED = f"{_FIRINGS} WHERE correlation = :correlation AND correlation <> '' AND {_OLDER}"
_OF_RULE = f"{_FIRINGS} WHERE rule = :rule AND {_OLDER}"
_ANY = f"{_FIRINGS} WHERE {_OLDER}"
_PENDING = f"{_FIRINGS} WHERE outcome = 0 ORDER BY time_ms, number"
_ACTIVITY = "SELECT rule, max(time_ms), sum(time_ms >= ?) FROM firings WHERE part = 'then' GROUP BY rule"
_FIRING = f"{_FIRINGS} WHERE id = ?"
_TIMERS = f"SELECT {TIMER_COLUMNS} FROM timers"  # noqa: S608 - our own names
_ARMED = f"{_TIMERS} WHERE state = {ARMED} AND (?1 = '' OR rule = ?1) ORDER BY due_ms DESC, number DESC"
_ENDED = f"""{_TIMERS} WHERE state <> {ARMED} AND (?1 = '' OR rule = ?1) ORDER BY due_ms DESC, number DESC LIMIT ?2"""
_TIMER = f"{_TIMERS} WHERE id = ?"
_REMEMBERED = "SELECT rule, version, time_ms, memory FROM rule_memory ORDER BY rule"
_TAPE = """
SELECT id, time_ms, place, kind, body FROM rule_tape
WHERE time_ms < ?2 AND time_ms >= coalesce(
    (SELECT max(time_ms) FROM rule_tape WHERE kind = ?3 AND time_ms <= ?1), ?1)
ORDER BY time_ms, place, id"""
_PART, _CATCH_UP, _SHADOW = 3, 8, 14
_Row = tuple[object, ...]
_memory = msgspec.msgpack.Decoder(Memory)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which firings."""

    rule: str = ""
    from_ms: int | None = None
    to_ms: int | None = None
    limit: int = 100
    before: str = ""
    correlation: str = ""
    parts: Sequence[Part] = ()


def firings(connection: sqlite3.Connection, wanted: Wanted) -> list[Firing]:
    """Newest first by their own time; `before`: only those older than the firing of this id (none if unknown)."""
    sql = _CAUSED if wanted.correlation else _OF_RULE if wanted.rule else _ANY
    said = {
        "rule": wanted.rule,
        "from_ms": EVER[0] if wanted.from_ms is None else _within(wanted.from_ms),
        "to_ms": EVER[1] if wanted.to_ms is None else _within(wanted.to_ms),
        "limit": wanted.limit,
        "before": wanted.before,
        "correlation": wanted.correlation,
        "parts": " ".join(wanted.parts),
    }
    return meant(connection.execute(sql, said), firing_in)


def firing(connection: sqlite3.Connection, firing_id: str) -> Firing | None:
    """None: there is none of this id (any more)."""
    found = meant(connection.execute(_FIRING, (firing_id,)), firing_in)
    return found[0] if found else None


def activity(connection: sqlite3.Connection, since_ms: int) -> dict[str, tuple[int, int]]:
    """Of each rule that has fired: when it did `then` last, and how often since."""
    rows = connection.execute(_ACTIVITY, (_within(since_ms),))
    return {rule: (last_ms, count) for rule, last_ms, count in rows}


def pending_firings(connection: sqlite3.Connection) -> list[Firing]:
    """Those without an outcome, oldest first."""
    return meant(connection.execute(_PENDING), firing_in)


def timers(connection: sqlite3.Connection, rule: str, limit: int, *, armed_only: bool) -> list[Timer]:
    """By when they are due, the latest first; armed ones whatever the limit."""
    armed = meant(connection.execute(_ARMED, (rule,)), timer_in)
    if armed_only or len(armed) >= limit:
        return armed
    ended = meant(connection.execute(_ENDED, (rule, limit - len(armed))), timer_in)
    return sorted([*armed, *ended], key=lambda one: -one.due_ms)


def timer(connection: sqlite3.Connection, timer_id: str) -> Timer | None:
    """None: there is none of this id (any more)."""
    found = meant(connection.execute(_TIMER, (timer_id,)), timer_in)
    return found[0] if found else None


def remembered(connection: sqlite3.Connection) -> list[RuleRemembered]:
    """What every rule goes on from, by rule."""
    return [RuleRemembered(*row) for row in connection.execute(_REMEMBERED)]


def tape(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> list[RuleTaped]:
    """What was taped before `to_ms`, from the newest memory at or before `from_ms` on (else from then)."""
    rows = connection.execute(_TAPE, (_within(from_ms), _within(to_ms), MEMORY_TAPED))
    return [RuleTaped(*row) for row in rows]


def firing_in(row: _Row) -> Firing:
    """A row of firings, `number` left out. Raises what `meant` takes for damage."""
    if row[_PART] not in PARTS:
        raise ValueError(f"a firing has no part {row[_PART]!r}")
    return firing_of(FiringKept(*row[:-1], bool(row[-1])))  # type: ignore[arg-type,call-arg]  # STRICT


def timer_in(row: _Row) -> Timer:
    """A row of timers, `number` left out. Raises what `meant` takes for damage."""
    if row[_CATCH_UP] not in get_args(CatchUp):
        raise ValueError(f"there is no catch-up {row[_CATCH_UP]!r}")
    shadow, correlation, simulated = row[_SHADOW:]
    return timer_of(TimerKept(*row[:_SHADOW], bool(shadow), correlation, bool(simulated)))  # type: ignore[arg-type,call-arg]


def memory_in(row: _Row) -> Memory:
    """A row of (rule, memory). Raises what `meant` takes for damage."""
    return _memory.decode(row[1])  # type: ignore[arg-type]  # as above


def _within(time_ms: int) -> int:
    return max(EVER[0], min(time_ms, EVER[1]))
