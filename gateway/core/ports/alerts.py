"""Alerts, messages on their way, marks and the assistant's log as the store keeps them, and how they are read back."""

from __future__ import annotations

from typing import Annotated, Protocol

import msgspec

from ..alerts.alert import KINDS, LEVELS, Alert
from ..delivery import DELIVERY_STATES, Delivery, Parcel

_Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]


class AlertKept(msgspec.Struct, frozen=True, array_like=True, tag=34):
    """A whole alert, each time; the last one of an id counts. `body` is MessagePack of Alert."""

    id: str
    key: str
    kind: int
    """See `alert.KINDS`."""
    level: int
    """See `alert.LEVELS`."""
    opened_ms: _Int64
    body: bytes
    over_ms: _Int64 | None = None
    """None: it goes on, or something of it is still to be told; then `body` says when it was over."""
    correlation: str = ""


class DeliveryKept(msgspec.Struct, frozen=True, array_like=True, tag=35):
    """A whole delivery, each time; the last one of an id counts, but nothing follows an end.

    The first one of an id gives its place in the lane. `body` is MessagePack of Parcel.
    """

    id: str
    lane: str
    alert: str
    part: str
    body: bytes
    made_ms: _Int64
    state: int
    """See `delivery.DELIVERY_STATES`."""
    tried: int
    repeated: bool = False
    ref: str = ""
    detail: str = ""
    ended_ms: _Int64 | None = None


class MarkKept(msgspec.Struct, frozen=True, array_like=True, tag=36):
    """Something small under a name; the last one counts. Empty: there is none any more."""

    name: str
    """`telegram.updates`, `telegram.newest/<chat or shared>`, `alerts.muted`, `assistant.used/<day>`, …"""
    value: bytes
    time_ms: _Int64


class SaidKept(msgspec.Struct, frozen=True, array_like=True, tag=37):
    """What the assistant was asked and answered, without secrets. Said again it changes nothing."""

    id: str
    time_ms: _Int64
    who: str
    way: str
    text: bytes
    reply: bytes
    provider: str = ""
    tokens: int = 0


_alert = msgspec.msgpack.Decoder(Alert)
_parcel = msgspec.msgpack.Decoder(Parcel)
_states = {number: state for state, number in DELIVERY_STATES.items()}


def alert_kept(alert: Alert, *, pending: bool = False) -> AlertKept:
    """As it is stored. `pending`: it may be over, but that is still to be told."""
    return AlertKept(
        id=alert.id,
        key=alert.key,
        kind=KINDS[alert.kind],
        level=LEVELS[alert.level],
        opened_ms=alert.opened_ms,
        body=msgspec.msgpack.encode(alert),
        over_ms=None if pending else alert.over_ms,
        correlation=alert.correlation,
    )


def alert_of(kept: AlertKept) -> Alert:
    """As it was. Raises msgspec.ValidationError for what no version has written."""
    return _alert.decode(kept.body)


def delivery_kept(delivery: Delivery) -> DeliveryKept:
    """As it is stored."""
    parcel = delivery.parcel
    return DeliveryKept(
        id=parcel.id,
        lane=parcel.lane,
        alert=parcel.alert,
        part=parcel.part,
        body=msgspec.msgpack.encode(parcel),
        made_ms=parcel.made_ms,
        state=DELIVERY_STATES[delivery.state],
        tried=delivery.tried,
        repeated=delivery.repeated,
        ref=delivery.ref,
        detail=delivery.detail,
        ended_ms=delivery.ended_ms,
    )


def delivery_of(kept: DeliveryKept) -> Delivery:
    """As it was. Raises msgspec.ValidationError, KeyError for what no version has written."""
    return Delivery(
        parcel=_parcel.decode(kept.body),
        state=_states[kept.state],
        tried=kept.tried,
        repeated=kept.repeated,
        ref=kept.ref,
        detail=kept.detail,
        ended_ms=kept.ended_ms,
    )


class AlertArchive(Protocol):
    """Reading back; all see what is committed. May raise StoreError."""

    async def open_alerts(self) -> list[Alert]:
        """Those that go on or of which something is still to be told, oldest first, whatever their number."""

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

    async def alert(self, alert_id: str) -> Alert | None:
        """One; None: there is none of this id (any more)."""

    async def deliveries(
        self, *, lane: str = "", alert: str = "", open_only: bool = False, limit: int = 1000
    ) -> list[Delivery]:
        """In their order, oldest first; those without an end whatever the limit."""

    async def marks(self) -> dict[str, bytes]:
        """All of them."""

    async def said(self, *, limit: int = 100) -> list[SaidKept]:
        """Newest first."""
