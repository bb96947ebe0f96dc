"""Writing firings, timers, and the memory and the tape of rules: collected, then few statements.

All of it is keyed, so that changes may come again in their order and end the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from ...core.ports.rules import FiringKept, RuleRemembered, RuleTaped, TimerKept
from ...core.ports.store import NotesDated
from .figures import DAY_MS
from .rows import insert
from .settings import StoreSettings

TAPE_DAYS = 60
ARMED = 0
"""See `timers.TIMER_STATES`."""
_FIRINGS = """firings
(id, rule, version, part, mode, time_ms, noted_ms, why, trace, acts, outcome, depth, correlation, simulated)"""
_TIMERS = """timers
(id, name, rule, firing, armed_ms, due_ms, then_, safe, catch_up, priority, actuator, state, ended_ms, detail,
shadow, correlation, simulated)"""
_MEMORY = "rule_memory (rule, version, time_ms, memory)"
_TAPE = "rule_tape (id, time_ms, place, kind, body)"


def _last_word(into: str, key: str) -> str:
    columns = into[into.index("(") + 1 : -1].replace("\n", " ").split(", ")
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key)
    return f"ON CONFLICT ({key}) DO UPDATE SET {changes}"


_FIRED = _last_word(_FIRINGS, "id")
_MOVED = f"{_last_word(_TIMERS, 'id')} WHERE timers.state = {ARMED} OR excluded.state <> {ARMED}"
_REMEMBERED = _last_word(_MEMORY, "rule")
_ONCE = "ON CONFLICT (id) DO NOTHING"
_OLDEST_FIRINGS = """
DELETE FROM firings WHERE number IN
    (SELECT number FROM firings WHERE outcome <> 0 ORDER BY time_ms, number LIMIT ?)"""
_OLDEST_TIMERS = f"""
DELETE FROM timers WHERE number IN
    (SELECT number FROM timers WHERE state <> {ARMED} ORDER BY ended_ms, number LIMIT ?)"""  # noqa: S608 - our own number
_OLDEST_TAPE = "DELETE FROM rule_tape WHERE id IN (SELECT id FROM rule_tape ORDER BY time_ms, place LIMIT ?)"
_COUNTED = {
    "firings": "SELECT count(*) FROM firings",
    "timers": f"SELECT count(*) FROM timers WHERE state <> {ARMED}",  # noqa: S608 - our own number
    "rule_tape": "SELECT count(*) FROM rule_tape",
}
_DATED = (
    "UPDATE firings SET time_ms = time_ms + ?1 WHERE time_ms BETWEEN ?2 AND ?3",
    "UPDATE firings SET noted_ms = noted_ms + ?1 WHERE noted_ms BETWEEN ?2 AND ?3",
    "UPDATE timers SET ended_ms = ended_ms + ?1 WHERE ended_ms BETWEEN ?2 AND ?3",
    "UPDATE timers SET armed_ms = armed_ms + ?1, due_ms = due_ms + ?1 WHERE armed_ms BETWEEN ?2 AND ?3",
    "UPDATE rule_memory SET time_ms = time_ms + ?1 WHERE time_ms BETWEEN ?2 AND ?3",
    "UPDATE rule_tape SET time_ms = time_ms + ?1 WHERE time_ms BETWEEN ?2 AND ?3",
)


class RuleRows:
    """The tables firings, timers, rule_memory and rule_tape, seen from the one connection that writes them."""

    def __init__(self, connection: sqlite3.Connection, settings: StoreSettings) -> None:
        self._connection = connection
        self._limits = {
            "firings": (settings.firing_rows, _OLDEST_FIRINGS),
            "timers": (settings.timer_rows, _OLDEST_TIMERS),
            "rule_tape": (settings.tape_rows, _OLDEST_TAPE),
        }
        self._at_most: dict[str, int] = {}
        """Rows by table, or fewer: what was said again is counted twice until it is too much."""
        self._clear()

    def firing(self, change: FiringKept) -> None:
        """A firing as it is now: the last word counts."""
        self._firings[change.id] = change

    def timer(self, change: TimerKept) -> None:
        """A timer as it is now: the last word counts, but one that has ended is never armed again."""
        before = self._timers.get(change.id)
        if before is None or before.state == ARMED or change.state != ARMED:
            self._timers[change.id] = change

    def remember(self, change: RuleRemembered) -> None:
        """What a rule goes on from: the last word counts; an empty memory is none."""
        self._memory[change.rule] = change

    def tape(self, change: RuleTaped) -> None:
        """What was heard; said again it changes nothing."""
        self._tape.setdefault(change.id, change)

    def date(self, change: NotesDated) -> None:
        """Move what was written down while the clock was wrong; when a timer is due moves with when it was armed."""
        self.flush()
        for sql in _DATED:
            self._connection.execute(sql, (change.shift_ms, change.from_ms, change.to_ms))

    def flush(self) -> int:
        """Write what was collected. Returns about how many pages that changed."""
        pages = 4 * len(self._firings) + 3 * len(self._timers) + len(self._memory) + len(self._tape)
        if self._firings:
            insert(self._connection, _FIRINGS, 14, _flat(self._firings.values()), _FIRED)
            self._bound("firings", len(self._firings))
        if self._timers:
            insert(self._connection, _TIMERS, 17, _flat(self._timers.values()), _MOVED)
            self._bound("timers", len(self._timers))
        if self._memory:
            self._write_memory()
        if self._tape:
            self._write_tape()
        self._clear()
        return pages

    def forget(self) -> None:
        """The batch was rolled back."""
        self._at_most.clear()
        self._clear()

    def _clear(self) -> None:
        self._firings: dict[str, FiringKept] = {}
        self._timers: dict[str, TimerKept] = {}
        self._memory: dict[str, RuleRemembered] = {}
        self._tape: dict[str, RuleTaped] = {}

    def _write_memory(self) -> None:
        kept = [one for one in self._memory.values() if one.memory]
        insert(self._connection, _MEMORY, 4, _flat(kept), _REMEMBERED)
        gone = [one.rule for one in self._memory.values() if not one.memory]
        if gone:
            listed = msgspec.json.encode(gone).decode()
            self._connection.execute(
                "DELETE FROM rule_memory WHERE rule IN (SELECT value FROM json_each(?))", (listed,)
            )

    def _write_tape(self) -> None:
        insert(self._connection, _TAPE, 5, _flat(self._tape.values()), _ONCE)
        # By the oldest of what was just heard: a clock that is ahead for a moment takes less with it.
        before = min(one.time_ms for one in self._tape.values()) - TAPE_DAYS * DAY_MS
        self._connection.execute("DELETE FROM rule_tape WHERE time_ms < ?", (before,))
        self._bound("rule_tape", len(self._tape))

    def _bound(self, table: str, written: int) -> None:
        limit, make_room = self._limits[table]
        known = self._at_most.get(table, limit)
        self._at_most[table] = known + written
        if known + written <= limit:
            return
        count: int = self._connection.execute(_COUNTED[table]).fetchone()[0]
        if count > limit:
            # A twentieth more at a time, so that few commits pay for it.
            count -= self._connection.execute(make_room, (count - limit + limit // 20,)).rowcount
        self._at_most[table] = count


def _flat(changes: Iterable[msgspec.Struct]) -> list[object]:
    return [value for one in changes for value in msgspec.structs.astuple(one)]
