"""Alerts: what holds now that people should know, and what was told of it. Pure."""

from __future__ import annotations

import hashlib
from datetime import tzinfo
from enum import StrEnum

import msgspec

from ..rules.actions import Level


class AlertKind(StrEnum):
    """Where it comes from."""

    BREACH = "breach"
    """A plant is outside its thresholds."""
    OFFLINE = "offline"
    ANOMALY = "anomaly"
    RISK = "risk"
    """A machine's remaining life is short."""
    BATTERY = "battery"
    PART = "part"
    """A part of the gateway: the disk, the store, the certificate, the broker, sync, a channel, …"""
    NOTICE = "notice"
    """A rule says something: over as soon as it is said."""


KINDS: dict[AlertKind, int] = {kind: number for number, kind in enumerate(AlertKind)}
"""As they are stored: only append to them."""
LEVELS: dict[Level, int] = {"info": 0, "warning": 1, "alarm": 2}


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that holds now, as its source says it."""

    key: str
    """What it is about, such as `breach/fern/soil_moisture` or `part/disk`: an alert is open once a key."""
    kind: AlertKind
    level: Level
    title: str
    """Whose it is, in people's words: `Fern`."""
    text: str
    """One line; of a plant document 002's: `soil_moisture is 15.2, threshold min 20.0`."""
    human: str = ""
    """The same as a sentence for people; empty: `text` is one."""
    since_ms: int
    device: str = ""
    asset: str = ""
    metric: str = ""
    value: float | None = None
    threshold: float | None = None
    correlation: str = ""
    simulated: bool = False


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One episode of a concern, from when it was noticed until it was over."""

    id: str
    """See `alert_id`."""
    key: str
    kind: AlertKind
    level: Level
    title: str
    text: str
    human: str = ""
    opened_ms: int
    over_ms: int | None = None
    over_text: str = ""
    """What it is like now that it is over: `soil_moisture is 21.3 again`."""
    acked_ms: int | None = None
    acked_by: str = ""
    told: tuple[str, ...] = ()
    """Parts that were handed to the outbox: `open`, `again-1`, `over`, `both`; of one channel only: `open@name`."""
    told_ms: int | None = None
    """When its opening was handed over; None: it waits for that."""
    lanes: tuple[str, ...] = ()
    """Where its opening went: what follows goes there, too."""
    times: int = 1
    """How often it came, as long as nobody was told or within its cooldown, this one included."""
    first_ms: int | None = None
    """When it came the first of these times; None: `opened_ms`."""
    device: str = ""
    asset: str = ""
    metric: str = ""
    value: float | None = None
    threshold: float | None = None
    correlation: str = ""
    simulated: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When people want to be told; all of it as chosen by them."""

    settle_s: int = 120
    """Something must be over for so long before that is said; back within it, it never was."""
    cooldown_s: int = 900
    """The same thing is not told again for so long after it was over."""
    quiet: tuple[str, str] | None = None
    """From and to as `HH:MM` in `zone`; alarms come all the same."""
    zone: tzinfo
    muted_until_ms: int = 0
    escalate_s: int = 1800
    """An alarm that nobody has acknowledged is said again after so long …"""
    escalations: int = 2
    """… so many times."""
    known: bool = True
    """Whether the gateway knows the time; until then there are no quiet hours."""


class Due(msgspec.Struct, frozen=True):
    """What is to be told now, and when to look again."""

    parts: tuple[str, ...] = ()
    look_ms: int | None = None
    """UTC ms; None: not because of time alone."""


def alert_id(key: str, since_ms: int) -> str:
    """16 hex digits: the same concern since the same moment is the same alert."""
    return hashlib.sha256(f"{key}\n{since_ms}".encode()).hexdigest()[:16]
