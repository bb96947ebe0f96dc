"""What the live feed says, message by message."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from ...core.alerts.news import AlertMoved, AlertsMuted
from ...core.errors import NotFound
from ...core.messages import (
    AssignmentChanged,
    Audited,
    BaselineMoved,
    CommandMoved,
    Decided,
    DeviceChanged,
    EpisodeMoved,
    Happened,
    HealthMoved,
    ModelsChanged,
    Overridden,
    PlacesChanged,
    PlantBreached,
    PlantRecovered,
    Reading,
    ShadowMoved,
    TrafficSeen,
)
from ...core.rules.news import RuleChanged, RuleFired, TimerMoved
from ...flow.chat.said import FollowUp
from .alert_messages import of_alerts
from .audit import AuditShown, audit_shown
from .commands import CommandShown, command_shown
from .decision_view import DecisionShown, OverrideShown, decision_shown, override_shown
from .device_view import DeviceShown, DeviceView
from .events import EventShown, event_shown
from .insight_shown import BaselineShown, EpisodeShown
from .live_message import Message
from .quality_names import quality_names
from .rule_messages import MoreFired, of_rules
from .shadow import ShadowShown, shadow_shown
from .times import to_text


class Channel(StrEnum):
    """What one may follow."""

    DEVICES = "devices"
    READINGS = "readings"
    EVENTS = "events"
    AUDIT = "audit"
    TRAFFIC = "traffic"
    COMMANDS = "commands"
    SHADOWS = "shadows"
    PLACES = "places"
    """Zones, assets, and which device is assigned to what."""
    PLANTS = "plants"
    """Values that go outside their thresholds, and come back."""
    DECISIONS = "decisions"
    """About windows, and what people want instead."""
    MODELS = "models"
    ANOMALIES = "anomalies"
    """Episodes, the baselines of machines, and when there is another day of their health."""
    RULES = "rules"
    """Rules, what they do, and their timers."""
    ALERTS = "alerts"
    CHAT = "chat"
    """What became of what one has said oneself."""


class SnapshotSent(Message, frozen=True, tag="snapshot"):
    """How things stand; changes from `seq` on follow."""

    devices: list[DeviceShown]


class ResumedSent(Message, frozen=True, tag="resumed"):
    """Nothing was missed after `seq`: the changes since then follow instead of a snapshot."""


class ReadingSent(Message, frozen=True, tag="reading"):
    """A reading is on the disk. `late`: it repairs history and is not the newest."""

    device: str
    time: str
    time_ms: int
    values: dict[str, float]
    simulated: bool
    late: bool
    correlation: str
    quality: dict[str, tuple[str, ...]]
    """What is wrong, by metric; only those with something wrong."""


class DeviceSent(Message, frozen=True, tag="device"):
    """A device is new or changed."""

    id: str
    device: DeviceShown | None
    """None: it was deleted."""


class EventSent(Message, frozen=True, tag="event"):
    """Something happened to a device or to the gateway."""

    event: EventShown


class AuditSent(Message, frozen=True, tag="audit"):
    """Something was written into the trail."""

    entry: AuditShown


class TrafficSent(Message, frozen=True, tag="traffic"):
    """A PUBLISH passed the broker."""

    time_ms: int
    client: str
    topic: str
    size: int
    qos: int
    retain: bool
    preview: str


class CommandSent(Message, frozen=True, tag="command"):
    """Something happened to a command: the last step of its history."""

    command: CommandShown


class ShadowSent(Message, frozen=True, tag="shadow"):
    """Either side of a shadow has changed."""

    shadow: ShadowShown


class PlaceSent(Message, frozen=True, tag="place"):
    """A zone or an asset is new, changed or `gone`; or the device `id` is assigned to `asset`, `before` to another."""

    what: Literal["zone", "asset", "assignment"]
    id: str
    gone: bool = False
    asset: str | None = None
    before: str | None = None
    simulated: bool = False
    """The device is."""


class PlantSent(Message, frozen=True, tag="plant"):
    """A plant's value went outside its threshold, or, `breached` no more, came back: `text` says why."""

    plant: str
    device: str
    metric: str
    breached: bool
    text: str
    time: str
    time_ms: int
    correlation: str
    simulated: bool
    value: float | None = None
    direction: str | None = None
    threshold: float | None = None


class DecisionSent(Message, frozen=True, tag="decision"):
    """A decision was made, or something became of it."""

    decision: DecisionShown


class OverrideSent(Message, frozen=True, tag="override"):
    """What somebody wants of a window: it begins, teaches, ends or was forgotten."""

    override: OverrideShown


class ModelSent(Message, frozen=True, tag="model"):
    """Another version of this model is used or tried, or its versions are others."""

    name: str


class EpisodeSent(Message, frozen=True, tag="episode"):
    """An episode was opened, has grown, was closed, or somebody has judged it."""

    episode: EpisodeShown


class BaselineSent(Message, frozen=True, tag="baseline"):
    """A commissioning began, or came to its end."""

    asset: str
    baseline: BaselineShown | None
    """None: the asset is gone."""


class HealthSent(Message, frozen=True, tag="health"):
    """There is something new about a machine's health."""

    asset: str


class DeviceTouched(msgspec.Struct, frozen=True):
    """Something about a device is shown otherwise now: its assignment, its shadow, its commands."""

    device: str


class Wording:
    """Makes messages of events."""

    def __init__(self, view: DeviceView) -> None:
        self._view = view

    def message(self, seq: int, event: object) -> Message:
        """What is sent for an event of the feed."""
        match event:
            case Reading():
                return _reading(seq, event)
            case DeviceChanged():
                return DeviceSent(seq, event.device, None if event.status is None else self._device(event.device))
            case DeviceTouched():
                return DeviceSent(seq, event.device, self._device(event.device))
            case Happened():
                return EventSent(seq, event_shown(event))
            case Audited():
                return AuditSent(seq, audit_shown(event))
            case TrafficSeen():
                return _traffic(seq, event)
            case CommandMoved():
                sends = self._view.sends(event.command.id)
                return CommandSent(seq, command_shown(event.command, event.simulated, sends))
            case ShadowMoved():
                return ShadowSent(seq, shadow_shown(event.shadow, event.simulated))
            case Decided():
                return DecisionSent(seq, decision_shown(event.decision))
            case Overridden():
                return OverrideSent(seq, override_shown(event.override, self._view.now_ms()))
            case ModelsChanged():
                return ModelSent(seq, event.name)
            case EpisodeMoved() | BaselineMoved() | HealthMoved():
                return self._noticed(seq, event)
            case RuleChanged() | RuleFired() | TimerMoved() | MoreFired():
                return of_rules(seq, event, self._view.rules)
            case AlertMoved() | AlertsMuted() | FollowUp():
                return of_alerts(seq, event)
            case _:
                return self._of_places(seq, event)

    def _noticed(self, seq: int, event: EpisodeMoved | BaselineMoved | HealthMoved) -> Message:
        insight = self._view.insight
        assert insight is not None, "nothing notices, and something was noticed"
        match event:
            case EpisodeMoved():
                return EpisodeSent(seq, insight.episode(event.episode))
            case BaselineMoved():
                asset = event.baseline.asset
                try:
                    return BaselineSent(seq, asset, insight.baseline(asset))
                except NotFound:  # deleted since
                    return BaselineSent(seq, asset, None)
            case HealthMoved():
                return HealthSent(seq, event.asset)

    def _of_places(self, seq: int, event: object) -> Message:
        match event:
            case PlacesChanged():
                return PlaceSent(seq, event.what, event.id, event.gone)
            case AssignmentChanged():
                simulated = self._view.simulated(event.device)
                return PlaceSent(seq, "assignment", event.device, False, event.asset, event.before, simulated)
            case PlantBreached():
                return _breached(seq, event)
            case PlantRecovered():
                return _recovered(seq, event)
        raise AssertionError(f"no such event in the feed: {type(event).__name__}")

    def _device(self, device: str) -> DeviceShown | None:
        try:
            return self._view.one(device)
        except NotFound:  # deleted since
            return None


def _reading(seq: int, reading: Reading) -> ReadingSent:
    return ReadingSent(
        seq,
        reading.device,
        to_text(reading.time_ms),
        reading.time_ms,
        reading.values,
        reading.simulated,
        reading.late,
        reading.correlation,
        {metric: quality_names(bits) for metric, bits in reading.quality.items()},
    )


def _traffic(seq: int, seen: TrafficSeen) -> TrafficSent:
    return TrafficSent(seq, seen.time_ms, seen.client, seen.topic, seen.size, seen.qos, seen.retain, seen.preview)


def _breached(seq: int, event: PlantBreached) -> PlantSent:
    return PlantSent(
        seq,
        event.plant,
        event.device,
        event.metric,
        True,
        event.text,
        to_text(event.time_ms),
        event.time_ms,
        event.correlation,
        event.simulated,
        event.value,
        event.direction,
        event.threshold,
    )


def _recovered(seq: int, event: PlantRecovered) -> PlantSent:
    return PlantSent(
        seq,
        event.plant,
        event.device,
        event.metric,
        False,
        event.reason,
        to_text(event.time_ms),
        event.time_ms,
        event.correlation,
        event.simulated,
    )


def resumed(seq: int) -> bytes:
    """The first message to somebody who missed nothing."""
    return msgspec.json.encode(ResumedSent(seq))
