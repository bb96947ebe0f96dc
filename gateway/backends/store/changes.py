"""From changes to rows: one small function per type, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...core.messages import Audited, Happened
from ...core.ports import store as port
from ...core.ports.alerts import AlertKept, DeliveryKept, MarkKept, SaidKept
from ...core.ports.decisions import DecisionKept, DecisionMoved, OverrideKept
from ...core.ports.insight import BaselineKept, EpisodeKept, HealthKept
from ...core.ports.orders import CommandKept, CommandStep, DesiredKept, ReportedKept
from ...core.ports.rules import FiringKept, RuleRemembered, RuleTaped, TimerKept
from ...core.ports.store import Change, ReadingTaken
from .alerts import AlertRows
from .chores import Chores
from .decisions import DecisionRows
from .insight import InsightRows
from .orders import OrderRows
from .readings import ReadingRows
from .records import RecordRows
from .rules import RuleRows
from .sessions import SessionRows
from .settings import StoreSettings

_SETTLED = """
INSERT INTO journal VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET settled = excluded.settled, salt = excluded.salt"""


class Changes:
    """Applies batches of changes on the one connection that writes."""

    def __init__(self, connection: sqlite3.Connection, settings: StoreSettings, clock: Callable[[], int]) -> None:
        self.readings = ReadingRows(connection)
        self._chores = Chores(connection, self.readings, settings, clock)
        self._sessions = SessionRows(connection)
        self._records = RecordRows(connection, settings)
        self._orders = OrderRows(connection, settings.command_rows)
        self._decisions = DecisionRows(connection, settings)
        self._insight = InsightRows(connection, settings)
        self._rules = RuleRows(connection, settings)
        self._alerts = AlertRows(connection, settings)
        self._connection = connection
        self._apply = self._dispatch()

    def commit(self, submissions: Iterable[Sequence[Change]], journal: tuple[int, bytes]) -> int:
        """All of it or raise; then `roll_back`. Returns about how many pages were written.

        `journal`: the serial up to which the journal is settled by this, and its salt.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        take = self.readings.take
        others = 0
        for changes in submissions:
            for change in changes:
                if type(change) is ReadingTaken:
                    take(change)
                else:
                    self._apply[type(change)](change)
                    others += 1
        pages = self.readings.flush() + sum(rows.flush() for rows in self._small())
        self._connection.execute(_SETTLED, journal)
        self._connection.execute("COMMIT")
        return pages + others + 3

    def chore(self) -> bool:
        """A little of what can wait: deleted devices' remains first, then `Chores`; whether there is more to do."""
        self._connection.execute("BEGIN IMMEDIATE")
        more = self.readings.erase_some()
        self._connection.execute("COMMIT")
        return more or self._chores.step()

    def probe(self) -> None:
        """Raise sqlite3.Error when the disk takes no writes."""
        self._connection.execute("INSERT OR REPLACE INTO probe VALUES (1, random())")

    def roll_back(self) -> None:
        """Undo an unfinished batch. Raises sqlite3.Error when even that is impossible."""
        self.readings.forget()
        self._chores.forget()
        for rows in self._small():
            rows.forget()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _small(self) -> tuple[SessionRows, RecordRows, OrderRows, DecisionRows, InsightRows, RuleRows, AlertRows]:
        orders = self._orders, self._decisions, self._insight, self._rules, self._alerts
        return self._sessions, self._records, *orders

    def _dispatch(self) -> dict[type, Callable[[Any], None]]:
        readings, sessions, records, orders = self.readings, self._sessions, self._records, self._orders
        decisions, insight, rules, alerts = self._decisions, self._insight, self._rules, self._alerts
        return {
            port.BootAnchored: readings.anchor,
            port.FrameDated: readings.date_frame,
            port.DeviceErased: self._erase,
            port.SessionOpened: sessions.opened,
            port.SessionDropped: sessions.dropped,
            port.Subscribed: sessions.subscribed,
            port.Unsubscribed: sessions.unsubscribed,
            port.Queued: sessions.queued,
            port.Released: sessions.released,
            port.Delivered: sessions.delivered,
            port.Received: sessions.received,
            port.Completed: sessions.completed,
            port.Retained: records.retain,
            port.Quarantined: records.quarantine,
            port.QuarantineCleared: records.clear_quarantine,
            Audited: records.audit,
            Happened: records.happened,
            port.NotesDated: self._date,
            CommandKept: orders.command,
            CommandStep: orders.step,
            DesiredKept: orders.desired,
            ReportedKept: orders.reported,
            DecisionKept: decisions.decision,
            DecisionMoved: decisions.moved,
            OverrideKept: decisions.override,
            EpisodeKept: insight.episode,
            BaselineKept: insight.baseline,
            HealthKept: insight.health,
            FiringKept: rules.firing,
            TimerKept: rules.timer,
            RuleRemembered: rules.remember,
            RuleTaped: rules.tape,
            AlertKept: alerts.alert,
            DeliveryKept: alerts.delivery,
            MarkKept: alerts.mark,
            SaidKept: alerts.said,
        }

    def _erase(self, change: port.DeviceErased) -> None:
        self.readings.erase(change)
        self._orders.erase(change.device)
        self._decisions.erase(change.device)
        self._insight.erase(change.device)

    def _date(self, change: port.NotesDated) -> None:
        self._records.date(change)
        self._orders.date(change)
        self._decisions.date(change)
        self._insight.date(change)
        self._rules.date(change)
        self._alerts.date(change)
