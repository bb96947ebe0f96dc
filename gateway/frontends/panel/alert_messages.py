"""What the live feed says of alerts, and of what became of what somebody said."""

from __future__ import annotations

from ...core.alerts.news import AlertMoved, AlertsMuted
from ...flow.chat.said import FollowUp
from .alert_shown import AlertShown, alert_shown
from .live_message import Message


class AlertSent(Message, frozen=True, tag="alert"):
    """An alert was opened, acknowledged, told, or is over."""

    alert: AlertShown


class MutedSent(Message, frozen=True, tag="muted"):
    """Only alarms come until then; 0: everything comes again."""

    until_ms: int
    who: str


class FollowUpSent(Message, frozen=True, tag="followup"):
    """What became of an order, to who gave it. `done` false: it failed, or the device is away."""

    talk: str
    said: str
    text: str
    done: bool


def of_alerts(seq: int, event: AlertMoved | AlertsMuted | FollowUp) -> Message:
    """What is sent for such an event."""
    match event:
        case AlertMoved():
            return AlertSent(seq, alert_shown(event.alert))
        case AlertsMuted():
            return MutedSent(seq, event.until_ms, event.who)
        case FollowUp():
            return FollowUpSent(seq, event.talk, event.said, event.text, event.done)


def is_for(event: object, talk: str) -> bool:
    """Whether somebody of this conversation may hear it."""
    return not isinstance(event, FollowUp) or event.talk == talk or event.talk.startswith(f"{talk}/")
