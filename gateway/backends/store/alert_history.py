"""Reading alerts, messages, marks and the assistant's log back, as functions of a connection; run by the reader's
thread.
"""

from __future__ import annotations

import sqlite3

import msgspec

from ...core.alerts.alert import Alert
from ...core.delivery import Delivery
from ...core.ports.alerts import AlertKept, DeliveryKept, SaidKept, alert_of, delivery_of
from .alerts import FIRST_END
from .insight_history import EVER, meant

ALERT_COLUMNS = "id, key, kind, level, opened_ms, body, over_ms, correlation"
DELIVERY_COLUMNS = "id, lane, alert, part, body, made_ms, state, tried, repeated, ref, detail, ended_ms"
_ALERTS = f"SELECT {ALERT_COLUMNS} FROM alerts"  # noqa: S608 - our own names
_OLDER = """
opened_ms >= :from_ms AND opened_ms < :to_ms AND (:key = '' OR key = :key)
AND (:before = '' OR (opened_ms, number) < (SELECT opened_ms, number FROM alerts WHERE id = :before))
ORDER BY opened_ms DESC, number DESC LIMIT :limit"""
_CAUSED = f"{_ALERTS} WHERE correlation = :correlation AND correlation <> '' AND {_OLDER}"
_OF_KEY = f"{_ALERTS} WHERE key = :key AND {_OLDER}"
_ANY = f"{_ALERTS} WHERE {_OLDER}"
_OPEN = f"{_ALERTS} WHERE over_ms IS NULL ORDER BY opened_ms, number"
_ALERT = f"{_ALERTS} WHERE id = ?"
_DELIVERIES = f"SELECT number, {DELIVERY_COLUMNS} FROM deliveries"  # noqa: S608 - our own names
_WHOSE = "(?1 = '' OR lane = ?1) AND (?2 = '' OR alert = ?2)"
_WAITING = f"{_DELIVERIES} WHERE state < {FIRST_END} AND {_WHOSE} ORDER BY number"
_ENDED = {
    "alert": f"{_DELIVERIES} WHERE alert = ?2 AND state >= {FIRST_END} AND {_WHOSE} ORDER BY number DESC LIMIT ?3",
    "lane": f"{_DELIVERIES} WHERE lane = ?1 AND state >= {FIRST_END} AND {_WHOSE} ORDER BY number DESC LIMIT ?3",
    "": f"{_DELIVERIES} WHERE state >= {FIRST_END} AND {_WHOSE} ORDER BY number DESC LIMIT ?3",
}
_MARKS = "SELECT name, value FROM marks"
_SAID = """
SELECT id, time_ms, who, way, text, reply, provider, tokens FROM said ORDER BY time_ms DESC, number DESC LIMIT ?"""
_REPEATED = 8
_Row = tuple[object, ...]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts."""

    limit: int = 100
    before: str = ""
    key: str = ""
    from_ms: int | None = None
    to_ms: int | None = None
    correlation: str = ""


def alerts(connection: sqlite3.Connection, wanted: Wanted) -> list[Alert]:
    """Newest first by when they were opened; `before`: only those older than the one of this id (none if unknown)."""
    sql = _CAUSED if wanted.correlation else _OF_KEY if wanted.key else _ANY
    said = {
        "key": wanted.key,
        "from_ms": EVER[0] if wanted.from_ms is None else _within(wanted.from_ms),
        "to_ms": EVER[1] if wanted.to_ms is None else _within(wanted.to_ms),
        "limit": wanted.limit,
        "before": wanted.before,
        "correlation": wanted.correlation,
    }
    return meant(connection.execute(sql, said), alert_in)


def open_alerts(connection: sqlite3.Connection) -> list[Alert]:
    """Those that go on or of which something is still to be told, oldest first."""
    return meant(connection.execute(_OPEN), alert_in)


def alert(connection: sqlite3.Connection, alert_id: str) -> Alert | None:
    """None: there is none of this id (any more)."""
    found = meant(connection.execute(_ALERT, (alert_id,)), alert_in)
    return found[0] if found else None


def deliveries(
    connection: sqlite3.Connection, *, lane: str, alert_id: str, open_only: bool, limit: int
) -> list[Delivery]:
    """In their order; those without an end whatever the limit, and of the others the newest."""
    waiting = connection.execute(_WAITING, (lane, alert_id)).fetchall()
    ended: list[_Row] = []
    if not open_only and len(waiting) < limit:
        sql = _ENDED["alert" if alert_id else "lane" if lane else ""]
        ended = connection.execute(sql, (lane, alert_id, limit - len(waiting))).fetchall()
    # By number, which no two share.
    return meant((row[1:] for row in sorted([*waiting, *ended], key=lambda row: int(row[0]))), delivery_in)


def marks(connection: sqlite3.Connection) -> dict[str, bytes]:
    """All of them, by name."""
    return dict(connection.execute(_MARKS).fetchall())


def said(connection: sqlite3.Connection, limit: int) -> list[SaidKept]:
    """Newest first."""
    return [SaidKept(*row) for row in connection.execute(_SAID, (limit,))]


def alert_in(row: _Row) -> Alert:
    """A row of alerts, `number` left out. Raises what `meant` takes for damage."""
    found = alert_of(AlertKept(*row))  # type: ignore[arg-type]  # STRICT
    if found.id != row[0]:
        raise ValueError(f"it is the alert {found.id!r}")
    return found


def delivery_in(row: _Row) -> Delivery:
    """A row of deliveries, `number` left out. Raises what `meant` takes for damage."""
    repeated = bool(row[_REPEATED])
    found = delivery_of(DeliveryKept(*row[:_REPEATED], repeated, *row[_REPEATED + 1 :]))  # type: ignore[arg-type,call-arg]
    if found.parcel.id != row[0]:
        raise ValueError(f"it is the message {found.parcel.id!r}")
    return found


def _within(time_ms: int) -> int:
    return max(EVER[0], min(time_ms, EVER[1]))
