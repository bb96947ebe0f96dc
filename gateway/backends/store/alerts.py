"""Writing alerts, messages, marks and the assistant's log: collected, then few statements.

All of it is keyed, so that changes may come again in their order and end the same.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from ...core.alerts.alert import Alert
from ...core.delivery import Parcel
from ...core.ports.alerts import AlertKept, DeliveryKept, MarkKept, SaidKept
from ...core.ports.store import NotesDated
from .insight_history import UNREADABLE
from .rows import insert
from .settings import StoreSettings

FIRST_END = 3
"""See `delivery.DELIVERY_STATES`: from here on they are ends."""
_ALERTS = "alerts (id, key, kind, level, opened_ms, body, over_ms, correlation)"
_DELIVERIES = """deliveries
(id, lane, alert, part, body, made_ms, state, tried, repeated, ref, detail, ended_ms)"""
_MARKS = "marks (name, value, time_ms)"
_SAID = "said (id, time_ms, who, way, text, reply, provider, tokens)"


def _last_word(into: str, key: str) -> str:
    columns = into[into.index("(") + 1 : -1].split(", ")
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key)
    return f"ON CONFLICT ({key}) DO UPDATE SET {changes}"


_RAISED = _last_word(_ALERTS, "id")
_MOVED = f"{_last_word(_DELIVERIES, 'id')} WHERE deliveries.state < {FIRST_END}"
_MARKED = _last_word(_MARKS, "name")
_ONCE = "ON CONFLICT (id) DO NOTHING"
_OLDEST_ALERTS = """
DELETE FROM alerts WHERE number IN
    (SELECT number FROM alerts WHERE over_ms IS NOT NULL ORDER BY opened_ms, number LIMIT ?)"""
_OLDEST_DELIVERIES = f"""
DELETE FROM deliveries WHERE number IN
    (SELECT number FROM deliveries WHERE state >= {FIRST_END} ORDER BY number LIMIT ?)"""  # noqa: S608 - our own number
_OLDEST_SAID = "DELETE FROM said WHERE number IN (SELECT number FROM said ORDER BY time_ms, number LIMIT ?)"
_COUNTED = {
    "alerts": "SELECT count(*) FROM alerts WHERE over_ms IS NOT NULL",
    "deliveries": f"SELECT count(*) FROM deliveries WHERE state >= {FIRST_END}",  # noqa: S608 - our own number
    "said": "SELECT count(*) FROM said",
}
_ALERTS_THEN = """
SELECT number, body, over_ms FROM alerts
WHERE over_ms IS NULL OR opened_ms BETWEEN ?1 AND ?2 OR over_ms BETWEEN ?1 AND ?2"""
_ALERT_DATED = "UPDATE alerts SET body = ?, opened_ms = ?, over_ms = ? WHERE number = ?"
_DELIVERIES_THEN = f"""
SELECT number, body, ended_ms FROM deliveries
WHERE state < {FIRST_END} OR made_ms BETWEEN ?1 AND ?2 OR ended_ms BETWEEN ?1 AND ?2"""  # noqa: S608 - our own number
_DELIVERY_DATED = "UPDATE deliveries SET body = ?, made_ms = ?, ended_ms = ? WHERE number = ?"
_SAID_DATED = "UPDATE said SET time_ms = time_ms + ?1 WHERE time_ms BETWEEN ?2 AND ?3"
_MOMENTS = ("over_ms", "acked_ms", "told_ms", "first_ms")
"""Of an alert, besides when it was opened."""
_Said = TypeVar("_Said")
_alert = msgspec.msgpack.Decoder(Alert)
_parcel = msgspec.msgpack.Decoder(Parcel)
_log = logging.getLogger(__name__)


class AlertRows:
    """The tables alerts, deliveries, marks and said, seen from the one connection that writes them."""

    def __init__(self, connection: sqlite3.Connection, settings: StoreSettings) -> None:
        self._connection = connection
        self._limits = {
            "alerts": (settings.alert_rows, _OLDEST_ALERTS),
            "deliveries": (settings.delivery_rows, _OLDEST_DELIVERIES),
            "said": (settings.said_rows, _OLDEST_SAID),
        }
        self._at_most: dict[str, int] = {}
        """Rows by table, or fewer: what was said again is counted twice until it is too much."""
        self._clear()

    def alert(self, change: AlertKept) -> None:
        """An alert as it is now: the last word counts."""
        self._alerts[change.id] = change

    def delivery(self, change: DeliveryKept) -> None:
        """A message as it is now: the last word counts, but nothing follows an end; the first one gives its place."""
        before = self._deliveries.get(change.id)
        if before is None or before.state < FIRST_END:
            self._deliveries[change.id] = change

    def mark(self, change: MarkKept) -> None:
        """The last word counts; an empty mark is none."""
        self._marks[change.name] = change

    def said(self, change: SaidKept) -> None:
        """A question and its answer; said again it changes nothing."""
        self._said.setdefault(change.id, change)

    def date(self, change: NotesDated) -> None:
        """Move what was written down while the clock was wrong, also inside of alerts and messages."""
        self.flush()
        window = change.from_ms, change.to_ms
        for number, body, over_ms in self._connection.execute(_ALERTS_THEN, window).fetchall():
            alert = _read(_alert, body, "alert", number)
            if alert is not None:
                self._date_alert(number, alert, over_ms, change)
        for number, body, ended_ms in self._connection.execute(_DELIVERIES_THEN, window).fetchall():
            parcel = _read(_parcel, body, "message", number)
            if parcel is not None:
                self._date_delivery(number, parcel, ended_ms, change)
        self._connection.execute(_SAID_DATED, (change.shift_ms, *window))

    def flush(self) -> int:
        """Write what was collected. Returns about how many pages that changed."""
        pages = 4 * len(self._alerts) + 4 * len(self._deliveries) + len(self._marks) + 3 * len(self._said)
        if self._alerts:
            insert(self._connection, _ALERTS, 8, _flat(self._alerts.values()), _RAISED)
            self._bound("alerts", len(self._alerts))
        if self._deliveries:
            insert(self._connection, _DELIVERIES, 12, _flat(self._deliveries.values()), _MOVED)
            self._bound("deliveries", len(self._deliveries))
        if self._marks:
            self._write_marks()
        if self._said:
            insert(self._connection, _SAID, 8, _flat(self._said.values()), _ONCE)
            self._bound("said", len(self._said))
        self._clear()
        return pages

    def forget(self) -> None:
        """The batch was rolled back."""
        self._at_most.clear()
        self._clear()

    def _clear(self) -> None:
        self._alerts: dict[str, AlertKept] = {}
        self._deliveries: dict[str, DeliveryKept] = {}
        self._marks: dict[str, MarkKept] = {}
        self._said: dict[str, SaidKept] = {}

    def _write_marks(self) -> None:
        kept = [one for one in self._marks.values() if one.value]
        insert(self._connection, _MARKS, 3, _flat(kept), _MARKED)
        gone = [one.name for one in self._marks.values() if not one.value]
        if gone:
            listed = msgspec.json.encode(gone).decode()
            self._connection.execute("DELETE FROM marks WHERE name IN (SELECT value FROM json_each(?))", (listed,))

    def _date_alert(self, number: int, alert: Alert, over_ms: int | None, change: NotesDated) -> None:
        moved = replace(
            alert,
            opened_ms=alert.opened_ms + _shift(alert.opened_ms, change),
            **{name: _dated(getattr(alert, name), change) for name in _MOMENTS},
        )
        if moved != alert:
            # The column is of its own: it says when nothing of an alert is left to be told.
            said = msgspec.msgpack.encode(moved), moved.opened_ms, _dated(over_ms, change), number
            self._connection.execute(_ALERT_DATED, said)

    def _date_delivery(self, number: int, parcel: Parcel, ended_ms: int | None, change: NotesDated) -> None:
        made_ms = parcel.made_ms + _shift(parcel.made_ms, change)
        happened_ms = parcel.happened_ms + _shift(parcel.happened_ms, change)
        moved = replace(parcel, made_ms=made_ms, happened_ms=happened_ms)
        end_ms = _dated(ended_ms, change)
        if (moved, end_ms) != (parcel, ended_ms):
            self._connection.execute(_DELIVERY_DATED, (msgspec.msgpack.encode(moved), made_ms, end_ms, number))

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


def _read(decoder: msgspec.msgpack.Decoder[_Said], body: bytes, what: str, number: int) -> _Said | None:
    """None: it is damaged, which must not keep everything else from being dated."""
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        _log.error("the %s in row %d cannot be read, and keeps its time: %s", what, number, error)
        return None


def _shift(time_ms: int, change: NotesDated) -> int:
    return change.shift_ms if change.from_ms <= time_ms <= change.to_ms else 0


def _dated(time_ms: int | None, change: NotesDated) -> int | None:
    return None if time_ms is None else time_ms + _shift(time_ms, change)


def _flat(changes: Iterable[msgspec.Struct]) -> list[object]:
    return [value for one in changes for value in msgspec.structs.astuple(one)]
