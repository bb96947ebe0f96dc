"""Writing decisions about windows, what became of them, and what people wanted instead: collected, then few statements.

All of it is keyed, so that changes may come again in their order and end the same.
"""

from __future__ import annotations

import sqlite3

import msgspec

from ...core.ports.decisions import DecisionKept, DecisionMoved, OverrideKept
from ...core.ports.store import NotesDated
from .rows import insert, update
from .settings import StoreSettings

LESSONS = 256
"""Of one device so many count at most (flow/decide/lessons.py); older ones make room first."""
_DECISIONS = """decisions
(id, device, time_ms, cause, moment, missing, position, raw_pct, confidence, model, lessons, cuts, why, outcome, detail,
shadow, correlation, runtime)"""
_ONCE = "ON CONFLICT (id) DO NOTHING"
_MOVE = "UPDATE decisions SET outcome = said.outcome, detail = said.detail FROM said WHERE decisions.id = said.id"
_SAID = "said (id, outcome, detail)"
_OLDEST = "DELETE FROM decisions WHERE number IN (SELECT number FROM decisions ORDER BY number LIMIT ?)"
_OVERRIDES = """overrides
(id, device, time_ms, until_ms, position, who, source, moment, learnt, revoked_ms, ended_ms, correlation)"""
_CHANGES = """ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms, learnt = excluded.learnt,
revoked_ms = excluded.revoked_ms, ended_ms = excluded.ended_ms WHERE overrides.device = excluded.device"""
_LEAST = f"""
DELETE FROM overrides WHERE number IN (
    SELECT number FROM (
        SELECT number, teaches AND row_number() OVER (PARTITION BY device, teaches ORDER BY number DESC) <= {LESSONS}
            AS counts
        FROM (SELECT number, device, revoked_ms IS NULL AND length(moment) > 0 AS teaches FROM overrides))
    ORDER BY counts, number LIMIT ?)"""  # noqa: S608 - our own number
_DATED = (
    "UPDATE decisions SET time_ms = time_ms + ?1 WHERE time_ms BETWEEN ?2 AND ?3",
    "UPDATE overrides SET revoked_ms = revoked_ms + ?1 WHERE revoked_ms BETWEEN ?2 AND ?3",
    "UPDATE overrides SET ended_ms = ended_ms + ?1 WHERE ended_ms BETWEEN ?2 AND ?3",
    "UPDATE overrides SET time_ms = time_ms + ?1, until_ms = until_ms + ?1 WHERE time_ms BETWEEN ?2 AND ?3",
)


class DecisionRows:
    """The tables decisions and overrides, seen from the one connection that writes them; the oldest make room."""

    def __init__(self, connection: sqlite3.Connection, settings: StoreSettings) -> None:
        self._connection = connection
        self._decision_rows = settings.decision_rows
        self._override_rows = settings.override_rows
        self._count: int | None = None
        """Of decisions."""
        self._early: dict[str, DecisionMoved] = {}
        """What was said of decisions that are not in this batch, or not yet."""
        self._kept: dict[str, DecisionKept] = {}
        self._late: dict[str, DecisionMoved] = {}
        """What was said after the decision was, in this batch."""
        self._overrides: list[OverrideKept] = []

    def decision(self, change: DecisionKept) -> None:
        """A decision was made; said again it changes nothing."""
        self._kept.setdefault(change.id, change)

    def moved(self, change: DecisionMoved) -> None:
        """Something became of a decision: the last word counts. Of one that nobody knows it is ignored."""
        (self._late if change.id in self._kept else self._early)[change.id] = change

    def override(self, change: OverrideKept) -> None:
        """Somebody wants something else; said again only its end, its words and whether it is revoked change.

        An id belongs to the device it was first said of; of another one it changes nothing.
        """
        self._overrides.append(change)

    def erase(self, device: str) -> None:
        """Forget a device's decisions and what was wanted of it."""
        self.flush()
        for table in ("decisions", "overrides"):
            self._connection.execute(f"DELETE FROM {table} WHERE device = ?", (device,))  # noqa: S608 - a constant
        self._count = None

    def date(self, change: NotesDated) -> None:
        """Move what was written down while the clock was wrong; a hold's end moves with its beginning."""
        self.flush()
        for sql in _DATED:
            self._connection.execute(sql, (change.shift_ms, change.from_ms, change.to_ms))

    def flush(self) -> int:
        """Write what was collected. Returns about how many pages that changed."""
        pages = 3 * len(self._kept) + len(self._early) + len(self._late) + 2 * len(self._overrides)
        self._move(self._early)
        if self._kept:
            self._insert()
        self._move(self._late)
        if self._overrides:
            self._want()
        self._clear()
        return pages

    def forget(self) -> None:
        """The batch was rolled back."""
        self._count = None
        self._clear()

    def _clear(self) -> None:
        self._early, self._kept, self._late, self._overrides = {}, {}, {}, []

    def _insert(self) -> None:
        if self._count is None:
            self._count = self._connection.execute("SELECT count(*) FROM decisions").fetchone()[0]
        rows = [value for one in self._kept.values() for value in msgspec.structs.astuple(one)]
        self._count += insert(self._connection, _DECISIONS, 18, rows, _ONCE)
        if self._count > self._decision_rows:
            # A twentieth at a time, so that few commits pay for it.
            most = self._count - self._decision_rows + self._decision_rows // 20
            self._count -= self._connection.execute(_OLDEST, (most,)).rowcount

    def _move(self, said: dict[str, DecisionMoved]) -> None:
        rows = [value for one in said.values() for value in msgspec.structs.astuple(one)]
        update(self._connection, _SAID, _MOVE, 3, rows)

    def _want(self) -> None:
        rows = [value for one in self._overrides for value in msgspec.structs.astuple(one)]
        insert(self._connection, _OVERRIDES, 12, rows, _CHANGES)
        # Counted each time: people do not want something that often.
        count: int = self._connection.execute("SELECT count(*) FROM overrides").fetchone()[0]
        if count > self._override_rows:
            most = count - self._override_rows + self._override_rows // 20
            self._connection.execute(_LEAST, (most,))
