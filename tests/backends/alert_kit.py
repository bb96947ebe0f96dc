"""Alerts, messages, marks and log for tests of the store, and what must become of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from gateway.core.alerts.alert import Alert, AlertKind, alert_id
from gateway.core.delivery import ENDS, Delivery, DeliveryState, Parcel
from gateway.core.ports.alerts import AlertKept, DeliveryKept, MarkKept, SaidKept, alert_of, delivery_of
from gateway.core.ports.store import Change

MADE_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
KEY = "breach/fern/soil_moisture"


def alert(identity: str = "", at_ms: int = MADE_MS, **said: Any) -> Alert:
    """An alert with something in every field, over."""
    whole = Alert(
        id=identity or alert_id(KEY, at_ms),
        key=KEY,
        kind=AlertKind.BREACH,
        level="alarm",
        title="Fern \0 ü",
        text="soil_moisture is 15.2, threshold min 20.0",
        human="The fern's soil is drier than it should be.",
        opened_ms=at_ms,
        over_ms=at_ms + HOUR_MS,
        over_text="soil_moisture is 21.3 again",
        acked_ms=at_ms + 7,
        acked_by="anna",
        told=("open", "over@ntfy"),
        told_ms=at_ms + 3,
        lanes=("telegram/42",),
        times=3,
        first_ms=at_ms - HOUR_MS,
        device="node-1",
        asset="fern",
        metric="soil_moisture",
        value=1 / 3,
        threshold=20.0,
        correlation="node-1/b1/7",
        simulated=True,
    )
    return replace(whole, **said)


def still(identity: str = "", at_ms: int = MADE_MS, **said: Any) -> Alert:
    """One that is not over."""
    return alert(identity, at_ms, **({"over_ms": None, "over_text": ""} | said))


def parcel(identity: str = "a1-open@telegram/42", at_ms: int = MADE_MS, **said: Any) -> Parcel:
    """A parcel with something in every field."""
    whole = Parcel(
        id=identity,
        lane="telegram/42",
        alert="a1",
        part="open",
        level="warning",
        made_ms=at_ms,
        happened_ms=at_ms - 5,
        title="Fern",
        text="soil_moisture is 15.2, threshold min 20.0",
        simulated=True,
        kind="breach",
        buttons=(("Acknowledge", "a:a1-open"),),
    )
    return replace(whole, **said)


def queued(identity: str = "a1-open@telegram/42", at_ms: int = MADE_MS, **said: Any) -> Delivery:
    """A message that waits; `said` of its parcel."""
    return Delivery(parcel=parcel(identity, at_ms, **said))


def delivered(identity: str = "a1-open@telegram/42", at_ms: int = MADE_MS, **said: Any) -> Delivery:
    """A message that arrived, with something in every field; `said` of its parcel."""
    return Delivery(
        parcel=parcel(identity, at_ms, **said),
        state=DeliveryState.DELIVERED,
        tried=2,
        repeated=True,
        ref="4711",
        detail="found",
        ended_ms=at_ms + 9,
    )


def mark(name: str = "telegram.updates", value: bytes = b"\0\xff", at_ms: int = MADE_MS) -> MarkKept:
    return MarkKept(name, value, at_ms)


def said(identity: str = "s1", at_ms: int = MADE_MS, reply: bytes = b'{"kind":"none"}') -> SaidKept:
    return SaidKept(identity, at_ms, "anna", "page", b"it feels stuffy \xff", reply, "openai", 321)


class AlertFold:
    """What must be in the store after these changes, one after the other."""

    def __init__(self) -> None:
        self.alerts: dict[str, Alert] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.marks: dict[str, bytes] = {}
        self.said: dict[str, SaidKept] = {}

    def take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case AlertKept():
                    self.alerts[change.id] = alert_of(change)
                case DeliveryKept():
                    before = self.deliveries.get(change.id)
                    if before is None or before.state not in ENDS:
                        self.deliveries[change.id] = delivery_of(change)
                case MarkKept():
                    self.marks[change.name] = change.value
                    if not change.value:
                        del self.marks[change.name]
                case SaidKept():
                    self.said.setdefault(change.id, change)
