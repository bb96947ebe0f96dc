"""What happens, numbered and kept for a while, so that any number of browsers can follow at their own pace.

Every follower holds only its place in one ring; nobody has a queue, nothing grows, and each event is encoded once
however many follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from ...core.alerts.news import AlertMoved, AlertsMuted
from ...core.decisions import Outcome
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
    ReadingStored,
    ShadowMoved,
    TrafficSeen,
)
from ...core.rules.news import RuleChanged, RuleFired, TimerMoved
from ...flow.bus import Bus
from ...flow.chat.said import FollowUp
from .alert_messages import is_for
from .device_view import DeviceShown, DeviceView
from .live_messages import Channel, DeviceTouched, SnapshotSent, Wording
from .rule_messages import MoreFired

_KEPT = 2048
_RESUME_S = 300.0
MOST_FIRINGS = 40
"""Told within a second; each is told twice. Thousands of rules must not push all else out."""
_UNMOVED = frozenset({Outcome.KEPT, Outcome.HELD, Outcome.WAITING, Outcome.UNANSWERED})
"""After these a window is where it was."""


class _Kept:
    __slots__ = ("channel", "event", "seq", "text")

    def __init__(self, seq: int, channel: Channel, event: object) -> None:
        self.seq = seq
        self.channel = channel
        self.event = event
        self.text: bytes | None = None


class Feed:
    """The ring of events. `first_seq` has to be above every number an earlier run gave out."""

    def __init__(self, bus: Bus, view: DeviceView, first_seq: int) -> None:
        self._bus = bus
        self._view = view
        self._wording = Wording(view)
        self._ring: list[_Kept | None] = [None] * _KEPT
        self._first = first_seq
        self._waiting: set[asyncio.Event] = set()
        self._watching_traffic = 0
        self._keeping = False
        self._firings = (0, 0)
        """Of which second, and how many it had."""
        self._rest: asyncio.TimerHandle | None = None
        self.seq = first_seq
        """The number of the newest event."""
        self.open = True
        self.watchers = 0
        self.cut = 0
        """Followers cut because they were too slow."""
        self.traffic_watched: Callable[[bool], None] = lambda _watched: None
        """Told when the first one watches the traffic, and when the last one stops."""
        for kind, handler in self._handlers():
            bus.on(kind, handler)

    def _handlers(self) -> list[tuple[type, Callable[[Any], None]]]:
        return [
            (ReadingStored, self._on_reading),
            (DeviceChanged, self._on_device),
            (Happened, self._on_event),
            (Audited, self._on_audit),
            (TrafficSeen, self._on_traffic),
            (CommandMoved, self._on_command),
            (ShadowMoved, self._on_shadow),
            (PlacesChanged, self._on_places),
            (AssignmentChanged, self._on_assignment),
            (PlantBreached, self._on_plant),
            (PlantRecovered, self._on_plant),
            (Decided, self._on_decision),
            (Overridden, self._on_override),
            (ModelsChanged, self._on_models),
            (EpisodeMoved, self._on_insight),
            (BaselineMoved, self._on_insight),
            (HealthMoved, self._on_insight),
            (RuleChanged, self._on_rules),
            (TimerMoved, self._on_rules),
            (RuleFired, self._on_firing),
            (AlertMoved, self._on_alerts),
            (AlertsMuted, self._on_alerts),
            (FollowUp, self._on_follow_up),
        ]

    def close(self) -> None:
        """No more events; everybody who waits is woken."""
        self.open = False
        if self._rest is not None:
            self._rest.cancel()
        for kind, handler in self._handlers():
            self._bus.off(kind, handler)
        self._wake()

    def joined(self, channels: frozenset[Channel]) -> None:
        """Somebody follows."""
        self.watchers += 1
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if not self._keeping:
            self._keeping = True
            self._first = self.seq
        if Channel.TRAFFIC in channels:
            self._watching_traffic += 1
            if self._watching_traffic == 1:
                self.traffic_watched(True)

    def left(self, channels: frozenset[Channel]) -> None:
        """Somebody stopped following."""
        self.watchers -= 1
        if not self.watchers and self.open:
            self._rest = asyncio.get_running_loop().call_later(_RESUME_S, self._stop_keeping)
        if Channel.TRAFFIC in channels:
            self._watching_traffic -= 1
            if self._watching_traffic == 0:
                self.traffic_watched(False)

    async def snapshot(self) -> tuple[int, bytes]:
        """The place from which changes are to be followed, and how things stand since; a few devices at a time."""
        place, devices = self.seq, list[DeviceShown]()
        for part in self._view.slices():
            devices += part
            await asyncio.sleep(0)
        return place, msgspec.json.encode(SnapshotSent(place, devices))

    def holds(self, seq: int) -> bool:
        """Whether everything after `seq` is still here."""
        return max(self._first, self.seq - _KEPT) <= seq <= self.seq

    def after(self, seq: int, channels: frozenset[Channel], most: int = 256, talk: str = "") -> tuple[int, list[bytes]]:
        """The place reached and the events of `channels` on the way, looking at no more than `most`.

        `talk`: whose conversation; of others' nothing is told.
        """
        until = min(self.seq, seq + most)
        found: list[bytes] = []
        for number in range(seq + 1, until + 1):
            kept = self._ring[number % _KEPT]
            if kept is not None and kept.channel in channels and is_for(kept.event, talk):
                found.append(self._text(kept))
        return until, found

    async def news(self, seq: int, timeout_s: float) -> None:
        """Returns when there is something after `seq`, the feed closed, or time is up."""
        if self.seq > seq or not self.open:
            return
        woken = asyncio.Event()
        self._waiting.add(woken)
        try:
            async with asyncio.timeout(timeout_s):
                await woken.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.discard(woken)

    def _on_reading(self, event: ReadingStored) -> None:
        if self._keeping:
            self._keep(Channel.READINGS, event.reading)
        else:
            self.seq += 1  # nobody follows or comes back: this is on the path of every reading

    def _on_device(self, event: DeviceChanged) -> None:
        self._keep(Channel.DEVICES, event)

    def _on_event(self, event: Happened) -> None:
        self._keep(Channel.EVENTS, event)

    def _on_audit(self, event: Audited) -> None:
        self._keep(Channel.AUDIT, event)

    def _on_traffic(self, event: TrafficSeen) -> None:
        self._keep(Channel.TRAFFIC, event)

    def _on_command(self, event: CommandMoved) -> None:
        self._keep(Channel.COMMANDS, event)
        self._keep(Channel.DEVICES, DeviceTouched(event.command.device))

    def _on_shadow(self, event: ShadowMoved) -> None:
        self._keep(Channel.SHADOWS, event)
        self._keep(Channel.DEVICES, DeviceTouched(event.shadow.device))

    def _on_places(self, event: PlacesChanged) -> None:
        self._keep(Channel.PLACES, event)
        for device in self._view.at(event.id) if event.what == "asset" else ():
            self._keep(Channel.DEVICES, DeviceTouched(device))

    def _on_assignment(self, event: AssignmentChanged) -> None:
        self._keep(Channel.PLACES, event)
        self._keep(Channel.DEVICES, DeviceTouched(event.device))

    def _on_plant(self, event: PlantBreached | PlantRecovered) -> None:
        self._keep(Channel.PLANTS, event)

    def _on_decision(self, event: Decided) -> None:
        self._keep(Channel.DECISIONS, event)
        if event.decision.outcome not in _UNMOVED:
            self._keep(Channel.DEVICES, DeviceTouched(event.decision.device))

    def _on_override(self, event: Overridden) -> None:
        self._keep(Channel.DECISIONS, event)
        self._keep(Channel.DEVICES, DeviceTouched(event.override.device))

    def _on_models(self, event: ModelsChanged) -> None:
        self._keep(Channel.MODELS, event)

    def _on_insight(self, event: EpisodeMoved | BaselineMoved | HealthMoved) -> None:
        self._keep(Channel.ANOMALIES, event)

    def _on_rules(self, event: RuleChanged | TimerMoved) -> None:
        self._keep(Channel.RULES, event)

    def _on_firing(self, event: RuleFired) -> None:
        second = self._view.now_ms() // 1000
        self._firings = (second, self._firings[1] + 1) if self._firings[0] == second else (second, 1)
        if self._firings[1] <= MOST_FIRINGS:
            self._keep(Channel.RULES, event)
        elif self._firings[1] == MOST_FIRINGS + 1:
            self._keep(Channel.RULES, MoreFired())

    def _on_alerts(self, event: AlertMoved | AlertsMuted) -> None:
        self._keep(Channel.ALERTS, event)

    def _on_follow_up(self, event: FollowUp) -> None:
        self._keep(Channel.CHAT, event)

    def _stop_keeping(self) -> None:
        self._keeping, self._rest = False, None

    def _keep(self, channel: Channel, event: object) -> None:
        self.seq += 1
        if not self._keeping:
            return
        self._ring[self.seq % _KEPT] = _Kept(self.seq, channel, event)
        if self._waiting:
            self._wake()

    def _wake(self) -> None:
        for woken in self._waiting:
            woken.set()
        self._waiting.clear()

    def _text(self, kept: _Kept) -> bytes:
        # Encoded when the first one asks: without a browser an event costs next to nothing.
        if kept.text is None:
            kept.text = msgspec.json.encode(self._wording.message(kept.seq, kept.event))
        return kept.text
