"""What is told of alerts and of the messages about them: the types of it, and how they are made."""

from __future__ import annotations

import msgspec

from ...core.alerts.alert import Alert, AlertKind
from ...core.delivery import Delivery, DeliveryState
from ...core.rules.actions import Level
from .times import maybe_text, to_text


class AlertShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something people should know, from when it was noticed until it was over."""

    id: str
    key: str
    """What it is about, such as `breach/fern/soil_moisture`: an alert is open once a key."""
    kind: AlertKind
    level: Level
    title: str
    """Whose it is: `Fern`."""
    text: str
    """Such as `soil_moisture is 15.2, threshold min 20.0`."""
    human: str
    """The same as a sentence; empty: `text` is one."""
    opened: str
    opened_ms: int
    over: str | None
    over_ms: int | None
    """null: it goes on."""
    over_text: str
    """What it is like now that it is over."""
    acked: str | None
    acked_ms: int | None
    acked_by: str
    times: int
    """How often it came before anybody was told, or soon after it was over, this one included."""
    device: str
    asset: str
    plant_id: str | None
    """The asset, where it is a plant's value."""
    metric: str
    value: float | None
    threshold: float | None
    sent_at: str | None
    sent_ms: int | None
    """When its first message was handed over to be sent; null: nobody was told yet."""
    correlation: str
    simulated: bool


class DeliveryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A message to one person or place, and what has become of it."""

    id: str
    channel: str
    target: str
    alert: str
    part: str
    """`open`, `again-1`, `over`, `both` (it is over already), `test`."""
    level: Level
    title: str
    text: str
    state: DeliveryState
    """`unsure`: whether it arrived is being found out."""
    tried: int
    repeated: bool
    """It was sent once more although it may have arrived."""
    detail: str
    made: str
    made_ms: int
    ended: str | None
    ended_ms: int | None
    simulated: bool


class AlertStory(AlertShown, frozen=True, kw_only=True):
    """Answer to GET /api/alerts/{alert}: with the messages about it."""

    deliveries: list[DeliveryShown]
    """In the order in which they were made."""


def alert_shown(alert: Alert) -> AlertShown:
    """An alert as it is shown."""
    return AlertShown(
        id=alert.id,
        key=alert.key,
        kind=alert.kind,
        level=alert.level,
        title=alert.title,
        text=alert.text,
        human=alert.human,
        opened=to_text(alert.opened_ms),
        opened_ms=alert.opened_ms,
        over=maybe_text(alert.over_ms),
        over_ms=alert.over_ms,
        over_text=alert.over_text,
        acked=maybe_text(alert.acked_ms),
        acked_ms=alert.acked_ms,
        acked_by=alert.acked_by,
        times=alert.times,
        device=alert.device,
        asset=alert.asset,
        plant_id=alert.asset if alert.kind is AlertKind.BREACH else None,
        metric=alert.metric,
        value=alert.value,
        threshold=alert.threshold,
        sent_at=maybe_text(alert.told_ms),
        sent_ms=alert.told_ms,
        correlation=alert.correlation,
        simulated=alert.simulated,
    )


def alert_story(alert: Alert, deliveries: list[Delivery]) -> AlertStory:
    """An alert with what people were told of it."""
    shown = msgspec.structs.asdict(alert_shown(alert))
    return AlertStory(**shown, deliveries=[delivery_shown(one) for one in deliveries])


def delivery_shown(delivery: Delivery) -> DeliveryShown:
    """A message as it is shown."""
    parcel = delivery.parcel
    channel, _, target = parcel.lane.partition("/")
    return DeliveryShown(
        id=parcel.id,
        channel=channel,
        target=target,
        alert=parcel.alert,
        part=parcel.part,
        level=parcel.level,
        title=parcel.title,
        text=parcel.text,
        state=delivery.state,
        tried=delivery.tried,
        repeated=delivery.repeated,
        detail=delivery.detail,
        made=to_text(parcel.made_ms),
        made_ms=parcel.made_ms,
        ended=maybe_text(delivery.ended_ms),
        ended_ms=delivery.ended_ms,
        simulated=parcel.simulated,
    )
