"""What alerts and the outbox tell the rest of the gateway over its bus. Pure."""

from __future__ import annotations

import msgspec

from ..delivery import Delivery
from .alert import Alert


class AlertMoved(msgspec.Struct, frozen=True):
    """An alert was opened, acknowledged, told, or is over."""

    alert: Alert


class DeliveryMoved(msgspec.Struct, frozen=True):
    """A message to somebody is in another state."""

    delivery: Delivery


class AlertsMuted(msgspec.Struct, frozen=True):
    """Only alarms come until then; 0: everything comes again."""

    until_ms: int
    who: str
