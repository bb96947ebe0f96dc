"""What the live feed says of rules, firings and timers."""

from __future__ import annotations

import msgspec

from ...core.errors import NotFound
from ...core.rules.news import RuleChanged, RuleFired, TimerMoved
from ...core.rules.rule import Mode
from .live_message import Message
from .rule_shown import FiringShown, TimerShown
from .rule_view import RuleView


class RuleSent(Message, frozen=True, tag="rule"):
    """A rule is new, other than it was, in another mode, or `gone`: how it stands is at /api/rules/{rule}."""

    id: str
    gone: bool
    mode: Mode | None = None
    version: int | None = None


class FiringSent(Message, frozen=True, tag="firing"):
    """A rule has fired, or what it did has an outcome."""

    firing: FiringShown


class TimerSent(Message, frozen=True, tag="timer"):
    """A timer was armed, or has ended."""

    timer: TimerShown


class MoreSent(Message, frozen=True, tag="more"):
    """There is more of this kind in this second than is told: /api/firings has all of it."""

    kind: str


class MoreFired(msgspec.Struct, frozen=True):
    """More rules fire at once than anybody reads."""


def of_rules(seq: int, event: RuleChanged | RuleFired | TimerMoved | MoreFired, view: RuleView | None) -> Message:
    """What is sent for an event of rules."""
    assert view is not None, "there are no rules, and one did something"
    match event:
        case RuleChanged():
            try:
                kept = view.kept(event.id)
            except NotFound:
                return RuleSent(seq, event.id, True)
            return RuleSent(seq, event.id, False, kept.mode, kept.version)
        case RuleFired():
            return FiringSent(seq, view.firing(event.firing))
        case TimerMoved():
            return TimerSent(seq, view.timer(event.timer))
        case MoreFired():
            return MoreSent(seq, "firing")
