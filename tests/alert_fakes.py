"""Small stand-ins for what alerts are kept in and told over; they keep the ports' promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from gateway.core.alerts.alert import Alert
from gateway.core.delivery import ENDS, Delivery, Parcel
from gateway.core.ports.alerts import AlertKept, DeliveryKept, MarkKept, SaidKept, alert_of, delivery_of
from gateway.core.ports.channel import DeliveryFailed, Found, NotSent, Perhaps, Rate
from tests.fakes import MemoryWriter


class MemoryAlerts:
    """Reads alerts, deliveries, marks and the log back from what a MemoryWriter was given."""

    def __init__(self, writer: MemoryWriter) -> None:
        self._writer = writer

    def _alerts(self) -> list[Alert]:
        found = {change.id: alert_of(change) for change in self._writer.changes if isinstance(change, AlertKept)}
        return sorted(found.values(), key=lambda one: one.opened_ms)

    async def open_alerts(self) -> list[Alert]:
        found = {change.id: change for change in self._writer.changes if isinstance(change, AlertKept)}
        pending = {kept.id for kept in found.values() if kept.over_ms is None}
        return [alert for alert in self._alerts() if alert.id in pending]

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
        known = self._alerts()
        ids = [alert.id for alert in known]
        end = ids.index(before) if before in ids else len(ids)
        since, until = -(1 << 62) if from_ms is None else from_ms, 1 << 62 if to_ms is None else to_ms
        return [
            alert
            for alert in known[:end][::-1]
            if key in ("", alert.key) and since <= alert.opened_ms < until and correlation in ("", alert.correlation)
        ][:limit]

    async def alert(self, alert_id: str) -> Alert | None:
        return next((alert for alert in self._alerts() if alert.id == alert_id), None)

    async def deliveries(
        self, *, lane: str = "", alert: str = "", open_only: bool = False, limit: int = 1000
    ) -> list[Delivery]:
        found: dict[str, Delivery] = {}
        for change in self._writer.changes:
            if isinstance(change, DeliveryKept):
                before = found.get(change.id)
                if before is None or before.state not in ENDS:
                    found[change.id] = delivery_of(change)
        chosen = [one for one in found.values() if lane in ("", one.parcel.lane) and alert in ("", one.parcel.alert)]
        waiting = [one for one in chosen if one.state not in ENDS]
        return waiting if open_only else chosen[-max(limit, len(waiting)) :]

    async def marks(self) -> dict[str, bytes]:
        found = {change.name: change.value for change in self._writer.changes if isinstance(change, MarkKept)}
        return {name: value for name, value in found.items() if value}

    async def said(self, *, limit: int = 100) -> list[SaidKept]:
        found = {change.id: change for change in self._writer.changes[::-1] if isinstance(change, SaidKept)}
        return list(found.values())[:limit]


Step = DeliveryFailed | Literal["ok", "taken", "lost"]
"""What happens to one message: it arrives and that is said; it arrives or not and nobody says (`taken`, `lost`); or it
fails as said."""


class FakeChannel:
    """A channel that does as it was told, message by message, then says ok; `ledger` is what people have seen."""

    def __init__(
        self, name: str = "fake", *script: Step, findable: bool = True, targets: tuple[str, ...] = ("1",)
    ) -> None:
        self.name = name
        self.rate = Rate(each_s=0.0, target_per_min=1_000_000)
        self.script = list(script)
        self.findable = findable
        self.away = False
        self.ledger: list[tuple[str, str, str]] = []
        """(lane, id, text) in the order in which they arrived."""
        self.repeats: list[str] = []
        self.before_send: Callable[[Parcel], None] = lambda parcel: None
        self._targets = targets

    async def targets(self) -> tuple[str, ...]:
        return self._targets

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        self.before_send(parcel)
        if self.away:
            raise NotSent("it is away")
        step: Step = self.script.pop(0) if self.script else "ok"
        if isinstance(step, DeliveryFailed):
            raise step
        if step != "lost":
            self.ledger.append((parcel.lane, parcel.id, text))
            if repeat:
                self.repeats.append(parcel.id)
        if step in ("taken", "lost"):
            raise Perhaps("no answer came")
        return str(len(self.ledger))

    async def find(self, parcel: Parcel, newest: str) -> Found | Literal["absent", "unknown"]:
        if self.away:
            raise NotSent("it is away")
        if not self.findable:
            return "unknown"
        for number, (_, known, _) in enumerate(self.ledger, 1):
            if known == parcel.id:
                return Found(str(number))
        return "absent"
