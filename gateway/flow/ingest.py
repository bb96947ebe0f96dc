"""The journey of one message: decoded, dated, judged; what it changes goes to the disk; then it is announced.

Nothing a node sends raises here: what cannot be read is quarantined with the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec.structs import replace

from ..core import shapes, topics
from ..core.codec import decode_bare, decode_heartbeat, decode_status, decode_telemetry
from ..core.errors import Unreadable
from ..core.messages import (
    ClientConnected,
    DeviceChanged,
    DeviceSwapped,
    Heartbeat,
    Message,
    MessageQuarantined,
    NodeSaid,
    Reading,
    ReadingStored,
    Sample,
    StatusSaid,
)
from ..core.ports.frames import OwnTime
from ..core.ports.intake import NOTHING, Taken
from ..core.ports.store import Anchor, BootAnchored, Change, Quarantined, ReadingTaken, Retained
from ..core.quality import Quality
from ..core.timeline import Boot, Verdict
from ..core.topics import Topic
from .boot_book import BootBook, anchored, renamed
from .bus import Bus
from .correlation import CORRELATION, Named, of_message
from .dating import AlwaysSure, Dating
from .doubts import CLEAN, Doubts, Trusting, both
from .repeats import Repeats

_log = logging.getLogger(__name__)


_NEWS = Verdict.NEWS
"""An enumeration looks its members up anew each time."""

Hearer = Callable[[str, bytes, int], Taken]
"""What something a node says changes: (device, payload, when it came). May raise Unreadable."""
Orders = Callable[[Message], Taken]
"""What a program's order to a device, or its answer about a window, changes. Never raises."""


class DeviceFacts(Protocol):
    """What a reading must know of its device; the registry fulfils it."""

    def simulated(self, device: str) -> bool:
        """Whether this device is a simulated one."""


class Ingest:
    """The Intake of the gateway.

    `anchors` are the boots the store knows and `latest` the newest reading of each device, as of the start. `time` says
    how far `clock` is to be trusted; `note` (kind, reason, device) is told of a node whose own clock is wrong; `doubts`
    says which values cannot be believed. `retained`: what the broker keeps from earlier runs. `hearers` take what nodes
    say besides readings, by `NodeSaid.what`; `orders` what programs publish on `devices/{id}/command`, `answers` what
    they do on `window/{id}/control`.
    """

    def __init__(
        self,
        bus: Bus,
        devices: DeviceFacts,
        clock: Callable[[], int],
        anchors: Iterable[Anchor] = (),
        latest: Mapping[str, Reading] | None = None,
        time: OwnTime | None = None,
        note: Callable[[str, str, str], object] = lambda kind, reason, device: None,
        doubts: Doubts | None = None,
        retained: Iterable[Retained] = (),
        hearers: Mapping[str, Hearer] | None = None,
        orders: Orders | None = None,
        answers: Orders | None = None,
    ) -> None:
        self._bus = bus
        self._devices = devices
        self._clock = clock
        self._doubts: Doubts = doubts or Trusting()
        self._hearers = hearers or {}
        self._programs = {"command": orders, "control": answers}
        self._repeats = Repeats()
        self._repeats.restore(retained)
        own_time: OwnTime = time or AlwaysSure()
        self.boots = BootBook(own_time, anchors, latest or {})
        self._dating = Dating(own_time, self.boots, note)
        bus.on(DeviceChanged, self._device_changed)
        bus.on(DeviceSwapped, self._swapped)
        bus.on(ClientConnected, lambda event: self._repeats.connected(event.name))

    def take(self, message: Message) -> Taken:
        """What the message changes; NOTHING for a topic that is neither a node's nor one of programs."""
        topic = topics.parse(message.topic)
        if topic is None:
            taker = self._programs.get(message.topic.rpartition("/")[2])
            return NOTHING if taker is None else taker(message)
        now_ms = self._clock() if message.arrived_ms is None else message.arrived_ms
        try:
            return self._read(topic, message, now_ms)
        except Unreadable as error:
            reason = str(error)
        except Exception:  # noqa: BLE001 - per-message isolation: one bad message must not touch the next
            correlation = of_message()
            _log.exception("a message on %s could not be judged", message.topic, extra={"correlation": correlation})
            reason = "the gateway failed to read this; its log says why"
            return _quarantined(topic.device, message, reason, now_ms, correlation)
        return _quarantined(topic.device, message, reason, now_ms, of_message())

    def _read(self, topic: Topic, message: Message, now_ms: int) -> Taken:
        device, what, payload = topic.device, topic.what, message.payload
        if what == "telemetry":
            samples = decode_telemetry(payload)
        elif what == "sensor":
            samples = [decode_bare(topic.metric, payload)]
        else:
            return self._hear(device, what, payload, now_ms)
        if len(samples) == 1:
            plain = self._dating.plain(device, self.boots.timeline(device), samples[0], now_ms)
            if plain is not None:
                return self._judged(plain, now_ms)
            if samples[0].timestamp_ms is None and samples[0].boot is None:
                return self._take_once(device, message, samples, now_ms)
        return self._take(device, samples, now_ms)

    def _hear(self, device: str, what: str, payload: bytes, now_ms: int) -> Taken:
        if what == "heartbeat":
            return self._heartbeat(device, payload, now_ms)
        if what == "status":
            return Taken((), (StatusSaid(device, decode_status(payload), now_ms),), self.boots.set_ms)
        shapes.check(what, payload)
        hearer = self._hearers.get(what)
        heard = NOTHING if hearer is None else hearer(device, payload, now_ms)
        said = NodeSaid(device, what, payload, now_ms)
        return Taken(heard.changes, (*heard.events, said), self.boots.set_ms)

    def _take_once(self, device: str, message: Message, samples: list[Sample], now_ms: int) -> Taken:
        """A reading that has no name of its own: sent again, it is the one it was and keeps its first time."""
        known = self._repeats.find(device, message)
        if known is not None:
            return NOTHING if known.reading is None else self._take_again(device, known.reading, now_ms)
        taken = self._take(device, samples, now_ms)
        reading = taken.changes[-1]
        if (message.packet_id or message.retain) and type(reading) is ReadingTaken:
            self._repeats.keep(device, message, reading)
        return taken

    def _take(self, device: str, samples: list[Sample], now_ms: int) -> Taken:
        timeline = self.boots.timeline(device)
        simulated = self._devices.simulated(device)
        wrong = self._dating.check_clock(device, samples, now_ms)
        changes: list[Change] = []
        if samples[0].boot is not None or len(samples) > 1:
            changes.extend(self._dating.anchors(device, timeline, samples, now_ms, prompt=False))
        events: list[object] = []
        for sample in samples:
            change, time_ms, home = self._dating.place(device, timeline, sample, now_ms, changes)
            if home or wrong:
                quality = dict.fromkeys(sample.values, int(Quality.TIME))
                if wrong and sample.timestamp_ms is None:
                    change = replace(change, quality=quality)
            else:
                quality = CLEAN
            number = change.seq or 0
            found = self._doubts.judge(device, sample.values, time_ms, now_ms, change.boot, number)
            if found:
                quality = both(quality, found)
                change = replace(change, quality=both(change.quality, found))
            reading = Reading(device, time_ms, sample.values, simulated, change.boot, number, False, quality)
            changes.append(change)
            events.append(ReadingStored(reading, now_ms))
        return Taken(changes, events, self.boots.set_ms)

    def _judged(self, dated: tuple[ReadingTaken, int, Boot], now_ms: int) -> Taken:
        """The same as `_take` does, for the one reading of most messages."""
        change, time_ms, boot = dated
        device, values, name, number = change.device, change.values, change.boot, change.seq or 0
        quality = CLEAN
        found = self._doubts.judge(device, values, time_ms, now_ms, name, number)
        if found:
            quality = dict(found)
            change = replace(change, quality=quality)
        simulated = self._devices.simulated(device)
        stored = ReadingStored(Reading(device, time_ms, values, simulated, name, number, False, quality), now_ms)
        said = None if boot.kept else anchored(device, name, boot)
        return Taken((change,) if said is None else (said, change), (stored,), self.boots.set_ms)

    def _take_again(self, device: str, reading: ReadingTaken, now_ms: int) -> Taken:
        changes, time_ms = self._dating.again(device, reading, now_ms)
        simulated = self._devices.simulated(device)
        # It may be on the disk already, or the disk refused it: history needs it, nobody else does.
        boot, seq = reading.boot, reading.seq or 0
        late = Reading(device, time_ms, reading.values, simulated, boot, seq, True, reading.quality)
        return Taken(changes, (ReadingStored(late, now_ms),), self.boots.set_ms)

    def _heartbeat(self, device: str, payload: bytes, now_ms: int) -> Taken:
        vitals = decode_heartbeat(payload)
        # A heartbeat is never a backlog, so it anchors its boot better than stored readings that come late.
        sample = Sample({}, boot=vitals.boot and renamed(vitals.boot), uptime_ms=vitals.uptime_ms)
        changes = self._dating.anchors(device, self.boots.timeline(device), [sample], now_ms, prompt=True)
        # Asked again: it may have told the gateway what time it is.
        return Taken(changes, (Heartbeat(device, vitals, self._clock()),), self.boots.set_ms)

    def committed(self, taken: Taken) -> None:
        """Announce what is on the disk, marking what came late; what was there already is not announced again."""
        if taken.set_ms != self.boots.set_ms:
            taken = self.boots.re_dated(taken)
        for change in taken.changes:
            if type(change) is BootAnchored:
                self.boots.timeline(change.device).keep(change.boot, change.epoch_ms, change.frame)
        for event in taken.events:
            if type(event) is ReadingStored:
                self._announce_reading(event)
            elif type(event) is MessageQuarantined:
                self._announce(event, event.correlation)
            else:
                self._bus.publish(event)

    def _announce_reading(self, stored: ReadingStored) -> None:
        reading, arrived_ms = stored.reading, stored.arrived_ms
        timeline = self.boots.timeline(reading.device)
        if arrived_ms < timeline.newest_ms:
            arrived_ms = self._clock()  # it had been set aside for a while
        verdict = timeline.note(reading.boot, reading.seq, reading.time_ms, arrived_ms)
        if verdict is _NEWS:
            # As `_announce` does, for the one that most messages are; the bus lets nothing escape.
            before = CORRELATION.set(reading)
            self._bus.tell(stored, reading.device)
            CORRELATION.reset(before)
        elif verdict is Verdict.LATE and reading.late:
            self._announce(stored, reading)
        elif verdict is Verdict.LATE:
            # One that is only late by its number was dated by its arrival, which is not when it was measured.
            late = replace(reading, time_ms=min(reading.time_ms, timeline.newest_ms), late=True)
            self._announce(ReadingStored(late, stored.arrived_ms), late)

    def _announce(self, event: ReadingStored | MessageQuarantined, cause: Named | str) -> None:
        """Whatever is said or written because of it carries its id."""
        before = CORRELATION.set(cause)
        try:
            self._bus.publish(event)
        finally:
            CORRELATION.reset(before)

    def _swapped(self, event: DeviceSwapped) -> None:
        """Packet ids and a wrong clock were the old hardware's."""
        self._dating.forget(event.device)
        self._repeats.forget(event.device)

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self.boots.forget(event.device)
            self._dating.forget(event.device)
            self._repeats.forget(event.device)


def _quarantined(device: str, message: Message, reason: str, now_ms: int, correlation: str) -> Taken:
    _log.debug("a message on %s is set aside: %s", message.topic, reason, extra={"correlation": correlation})
    change = Quarantined(device, message.topic, message.payload, reason, now_ms, correlation)
    return Taken((change,), (MessageQuarantined(device, message.topic, reason, now_ms, correlation),))
