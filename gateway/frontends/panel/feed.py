"""What happens, numbered and kept for a while, so that any number of browsers can follow at their own pace.

Every follower holds only its place in one ring; nobody has a queue, nothing grows, and each event is encoded once
however many follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum

import msgspec

from ...core.errors import NotFound
from ...core.messages import Audited, DeviceChanged, Happened, Reading, ReadingStored, TrafficSeen
from ...flow.bus import Bus
from .audit import AuditShown, audit_shown
from .device_view import DeviceShown, DeviceView
from .events import EventShown, event_shown
from .quality_names import quality_names
from .times import to_text

_KEPT = 2048
_RESUME_S = 300.0


class Channel(StrEnum):
    """What one may follow."""

    DEVICES = "devices"
    READINGS = "readings"
    EVENTS = "events"
    AUDIT = "audit"
    TRAFFIC = "traffic"


class _Event(msgspec.Struct, frozen=True, tag_field="type"):
    seq: int


class SnapshotSent(_Event, frozen=True, tag="snapshot"):
    """How things stand; changes from `seq` on follow."""

    devices: list[DeviceShown]


class ResumedSent(_Event, frozen=True, tag="resumed"):
    """Nothing was missed after `seq`: the changes since then follow instead of a snapshot."""


class ReadingSent(_Event, frozen=True, tag="reading"):
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


class DeviceSent(_Event, frozen=True, tag="device"):
    """A device is new or changed."""

    id: str
    device: DeviceShown | None
    """None: it was deleted."""


class EventSent(_Event, frozen=True, tag="event"):
    """Something happened to a device or to the gateway."""

    event: EventShown


class AuditSent(_Event, frozen=True, tag="audit"):
    """Something was written into the trail."""

    entry: AuditShown


class TrafficSent(_Event, frozen=True, tag="traffic"):
    """A PUBLISH passed the broker."""

    time_ms: int
    client: str
    topic: str
    size: int
    qos: int
    retain: bool
    preview: str


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
        self._ring: list[_Kept | None] = [None] * _KEPT
        self._first = first_seq
        self._waiting: set[asyncio.Event] = set()
        self._watching_traffic = 0
        self._keeping = False
        self._rest: asyncio.TimerHandle | None = None
        self.seq = first_seq
        """The number of the newest event."""
        self.open = True
        self.watchers = 0
        self.cut = 0
        """Followers cut because they were too slow."""
        self.traffic_watched: Callable[[bool], None] = lambda _watched: None
        """Told when the first one watches the traffic, and when the last one stops."""
        bus.on(ReadingStored, self._on_reading)
        bus.on(DeviceChanged, self._on_device)
        bus.on(Happened, self._on_event)
        bus.on(Audited, self._on_audit)
        bus.on(TrafficSeen, self._on_traffic)

    def close(self) -> None:
        """No more events; everybody who waits is woken."""
        self.open = False
        if self._rest is not None:
            self._rest.cancel()
        self._bus.off(ReadingStored, self._on_reading)
        self._bus.off(DeviceChanged, self._on_device)
        self._bus.off(Happened, self._on_event)
        self._bus.off(Audited, self._on_audit)
        self._bus.off(TrafficSeen, self._on_traffic)
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

    def snapshot(self) -> bytes:
        """How things stand now."""
        return msgspec.json.encode(SnapshotSent(self.seq, self._view.all()))

    def holds(self, seq: int) -> bool:
        """Whether everything after `seq` is still here."""
        return max(self._first, self.seq - _KEPT) <= seq <= self.seq

    def after(self, seq: int, channels: frozenset[Channel], most: int = 256) -> tuple[int, list[bytes]]:
        """The place reached and the events of `channels` on the way, looking at no more than `most`."""
        until = min(self.seq, seq + most)
        found: list[bytes] = []
        for number in range(seq + 1, until + 1):
            kept = self._ring[number % _KEPT]
            if kept is not None and kept.channel in channels:
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
        self._keep(Channel.READINGS, event.reading)

    def _on_device(self, event: DeviceChanged) -> None:
        self._keep(Channel.DEVICES, event)

    def _on_event(self, event: Happened) -> None:
        self._keep(Channel.EVENTS, event)

    def _on_audit(self, event: Audited) -> None:
        self._keep(Channel.AUDIT, event)

    def _on_traffic(self, event: TrafficSeen) -> None:
        self._keep(Channel.TRAFFIC, event)

    def _stop_keeping(self) -> None:
        self._keeping, self._rest = False, None

    def _keep(self, channel: Channel, event: object) -> None:
        self.seq += 1
        if not self._keeping:
            return  # nobody follows or comes back: this is on the path of every reading
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
            kept.text = msgspec.json.encode(self._sent(kept.seq, kept.event))
        return kept.text

    def _sent(self, seq: int, event: object) -> _Event:
        match event:
            case Reading():
                return _reading(seq, event)
            case DeviceChanged():
                return DeviceSent(seq, event.device, self._device(event))
            case Happened():
                return EventSent(seq, event_shown(event))
            case Audited():
                return AuditSent(seq, audit_shown(event))
            case TrafficSeen():
                return TrafficSent(
                    seq,
                    event.time_ms,
                    event.client,
                    event.topic,
                    event.size,
                    event.qos,
                    event.retain,
                    event.preview,
                )
        raise AssertionError(f"no such event in the feed: {type(event).__name__}")

    def _device(self, event: DeviceChanged) -> DeviceShown | None:
        try:
            return None if event.status is None else self._view.one(event.device)
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


def resumed(seq: int) -> bytes:
    """The first message to somebody who missed nothing."""
    return msgspec.json.encode(ResumedSent(seq))
