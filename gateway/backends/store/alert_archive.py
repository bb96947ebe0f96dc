"""What the store says about alerts, messages, marks and the assistant's log."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from ...core.alerts.alert import Alert
from ...core.delivery import Delivery
from ...core.ports.alerts import SaidKept
from . import alert_history

_Answer = TypeVar("_Answer")


class AlertQueries:
    """A part of `Store`. Fulfils the port AlertArchive; all may raise StoreError."""

    async def open_alerts(self) -> list[Alert]:
        """Those that go on or of which something is still to be told, oldest first, whatever their number."""
        return await self._ask(alert_history.open_alerts)

    async def alerts(
        self,
        *,
        limit: int = 100,
        before: str = "",
        key: str = "",
        from_ms: int | None = None,
        to_ms: int | None = None,
        correlation: str = "",
    ) -> list[Alert]:
        """Newest first by when they were opened, in [from, to); `before`: older than the one of this id."""
        wanted = alert_history.Wanted(
            limit=limit, before=before, key=key, from_ms=from_ms, to_ms=to_ms, correlation=correlation
        )
        return await self._ask(lambda db: alert_history.alerts(db, wanted))

    async def alert(self, alert_id: str) -> Alert | None:
        """None: there is none of this id (any more)."""
        return await self._one(lambda db: alert_history.alert(db, alert_id), alert_id)

    async def deliveries(
        self, *, lane: str = "", alert: str = "", open_only: bool = False, limit: int = 1000
    ) -> list[Delivery]:
        """In their order, oldest first; those without an end whatever the limit."""

        def query(db: sqlite3.Connection) -> list[Delivery]:
            return alert_history.deliveries(db, lane=lane, alert_id=alert, open_only=open_only, limit=limit)

        return await self._ask(query)

    async def marks(self) -> dict[str, bytes]:
        """All of them."""
        return await self._ask(alert_history.marks)

    async def said(self, *, limit: int = 100) -> list[SaidKept]:
        """Newest first."""
        return await self._ask(lambda db: alert_history.said(db, limit))

    async def _ask(self, query: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        raise NotImplementedError

    async def _one(self, query: Callable[[sqlite3.Connection], _Answer | None], name: str) -> _Answer | None:
        raise NotImplementedError
