"""What rules, timers and scenes tell the rest of the gateway over its bus. Pure."""

from __future__ import annotations

import msgspec

from ..timers import Timer
from .actions import Level
from .firing import Firing


class RuleChanged(msgspec.Struct, frozen=True):
    """A rule is new, other than it was, in another mode, or gone."""

    id: str
    gone: bool = False


class RuleFired(msgspec.Struct, frozen=True):
    """A firing as it is now: said when it is noted, and again when what it does has an outcome."""

    firing: Firing


class TimerMoved(msgspec.Struct, frozen=True):
    """A timer was armed or has ended."""

    timer: Timer


class Notice(msgspec.Struct, frozen=True):
    """A rule tells people something."""

    text: str
    level: Level
    rule: str
    time_ms: int
    correlation: str = ""
    simulated: bool = False


class SceneChanged(msgspec.Struct, frozen=True):
    """A scene is new, other than it was, or gone."""

    id: str
    gone: bool = False
