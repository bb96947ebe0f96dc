"""Who is alive and well, and what each device said last: statuses, events with their reasons, vitals, newest values."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

import msgspec

from ..core.messages import (
    ClientConnected,
    ClientDisconnected,
    ClockSet,
    DeviceChanged,
    DeviceStatus,
    DeviceSwapped,
    Happened,
    Heartbeat,
    MessageQuarantined,
    MetricsLearnt,
    NodeSaid,
    Reading,
    ReadingStored,
    StatusSaid,
    Vitals,
)
from .bus import Bus
from .chronicle import Chronicle
from .latest import Latest
from .presence import Said
from .standing import NOBODY, Standing, Watched
from .trouble import FirmwareState
from .vitals import KeptVitals

SWEEP_S = 5.0
_ONLINE = DeviceStatus.ONLINE
"""An enumeration looks its members up anew each time."""
_GOODBYE = "disconnected"
"""Why a connection ended when the client said DISCONNECT."""


class Watch:
    """Presence and newest values of every device, from the events of the bus.

    `is_device` tells devices from programs, whose connections are of no interest here. `series_quality` gives the bits
    that concern a whole series of a device (it is stale, stuck, …), by metric.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Callable[[], int],
        chronicle: Chronicle,
        is_device: Callable[[str], bool] = lambda name: True,
        series_quality: Callable[[str], Mapping[str, int]] = lambda device: {},
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._chronicle = chronicle
        self._is_device = is_device
        self._series_quality = series_quality
        self._devices: dict[str, Watched] = {}
        self._closed = False
        bus.on(ClientConnected, self._connected)
        bus.on(ClientDisconnected, self._disconnected)
        bus.on(ReadingStored, self._stored)
        bus.on(Heartbeat, self._beat)
        bus.on(NodeSaid, self._spoke)
        bus.on(StatusSaid, self._status_said)
        bus.on(MessageQuarantined, self._quarantined)
        bus.on(DeviceChanged, self._changed)
        bus.on(DeviceSwapped, self._swapped)
        bus.on(Happened, self._happened)
        bus.on(ClockSet, self._clock_set)

    # What is known

    def status(self, device: str) -> DeviceStatus:
        """Online while connected or heard within three heartbeats; provisioning when never heard.

        Error while something is wrong with a device that is there: see `trouble`.
        """
        return self.standing(device).status

    def standing(self, device: str) -> Standing:
        """The status with its reason and since when."""
        watched = self._devices.get(device)
        return NOBODY if watched is None else watched.look(self._clock())

    def last_seen_ms(self, device: str) -> int | None:
        """When anything was last heard of it; None: never."""
        watched = self._devices.get(device)
        return None if watched is None else watched.presence.heard_ms

    def absent(self) -> dict[str, tuple[int, str]]:
        """The devices of which was told that they are offline: since when, in UTC ms, and why."""
        now_ms = self._clock()
        return {
            device: (since_ms, watched.presence.why_away(now_ms))
            for device, watched in self._devices.items()
            if (since_ms := watched.presence.told_away_ms) is not None and not watched.presence.there(now_ms)
        }

    def vitals(self, device: str) -> tuple[Vitals, int] | None:
        """What it last said of itself, and when; None: nothing."""
        watched = self._devices.get(device)
        return None if watched is None else watched.vitals.known

    def latest(self, device: str) -> Reading | None:
        """The newest value of every metric, under the time of the newest."""
        watched = self._devices.get(device)
        if watched is None or watched.latest.reading is None:
            return None
        newest = watched.latest.reading
        times = watched.latest.times()
        values = {metric: value for metric, (value, _) in times.items()}
        time_ms = max((time for _, time in times.values()), default=newest.time_ms)
        return Reading(device, time_ms, values, newest.simulated, newest.boot, newest.seq)

    def values(self, device: str) -> dict[str, tuple[float, int]]:
        """The newest value of every metric with its own time in UTC ms; empty when there is none."""
        watched = self._devices.get(device)
        return {} if watched is None else watched.latest.times()

    def newest(self, device: str) -> dict[str, Latest]:
        """The same with quality, of the value and of its series, and the reading it came with."""
        watched = self._devices.get(device)
        if watched is None:
            return {}
        found = watched.latest.all()
        for metric, bits in self._series_quality(device).items():
            if metric in found and bits:
                known = found[metric]
                found[metric] = msgspec.structs.replace(known, quality=known.quality | bits)
        return found

    # Its life

    def prime(self, latest: Mapping[str, Reading], events: Iterable[Happened] = ()) -> None:
        """Start from what the store remembers; announces nothing. `events`: of devices, newest first."""
        now_ms = self._clock()
        heard = {device: reading.time_ms for device, reading in latest.items() if self._is_device(device)}
        told: dict[str, bool] = {}
        for event in reversed([event for event in events if self._is_device(event.device)]):
            self._watched(event.device).trouble.restore(event.kind, event.reason)
            if event.kind in ("device.online", "device.offline"):
                told[event.device] = event.kind == "device.online"
            if event.kind == "device.online":
                heard[event.device] = max(event.time_ms, heard.get(event.device, 0))
        for device, heard_ms in heard.items():
            watched = self._watched(device)
            watched.presence.prime(min(heard_ms, now_ms), now_ms, told.get(device))
            if device in latest:
                watched.latest.take(latest[device], now_ms)
            watched.standing = watched.look(now_ms)

    def forget(self, device: str) -> None:
        """The device is gone."""
        self._devices.pop(device, None)

    def sweep(self) -> None:
        """Notice what time alone has changed."""
        now_ms = self._clock()
        for device, watched in list(self._devices.items()):
            self._tell(device, watched.trouble.sweep(now_ms))
            self._announce(device, watched, now_ms)
        self._chronicle.settle()

    def close(self) -> None:
        """The gateway stops: that connections end from now on is its own doing and says nothing about devices."""
        self._closed = True

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep()

    # What happens

    def _connected(self, event: ClientConnected) -> None:
        if self._is_device(event.name):
            watched, now_ms = self._watched(event.name), self._clock()
            watched.presence.connected(now_ms)
            self._announce(event.name, watched, now_ms)

    def _disconnected(self, event: ClientDisconnected) -> None:
        watched, now_ms = self._devices.get(event.name), self._clock()
        if watched is None or self._closed:
            return
        if watched.presence.disconnected(now_ms, event.reason, goodbye=event.reason == _GOODBYE):
            self._announce(event.name, watched, now_ms)

    def _stored(self, event: ReadingStored) -> None:
        reading = event.reading
        device = reading.device
        watched = self._devices.get(device) or self._watched(device)
        now_ms, presence = event.arrived_ms, watched.presence
        new = watched.latest.take(reading, now_ms)
        if new:
            self._bus.publish(MetricsLearnt(device, new))
        if presence.heard_ms is not None and now_ms < presence.heard_ms:
            return  # it had been set aside, and says nothing of today
        nothing_new = presence.hear(now_ms)
        if watched.trouble.faults:
            self._tell(device, watched.trouble.read(), reading.correlation)
        elif watched.standing.status is _ONLINE and nothing_new:
            return  # this is on the path of every reading
        self._announce(device, watched, now_ms, reading.correlation)

    def _beat(self, event: Heartbeat) -> None:
        device, vitals = event.device, event.vitals
        watched = self._watched(device)
        watched.presence.beat(event.time_ms)
        self._tell(device, [*watched.vitals.take(vitals, event.time_ms), *watched.trouble.beat(vitals)])
        self._announce(device, watched, event.time_ms)

    def _spoke(self, event: NodeSaid) -> None:
        watched = self._watched(event.device)
        watched.presence.hear(event.time_ms)
        if event.what == "ota/state":
            said = watched.trouble.firmware(msgspec.json.decode(event.payload, type=FirmwareState))
            self._tell(event.device, said)
        self._announce(event.device, watched, event.time_ms)

    def _status_said(self, event: StatusSaid) -> None:
        if self._closed:
            return
        watched = self._watched(event.device)
        if event.online:
            watched.presence.hear(event.time_ms)
        else:
            watched.presence.say_offline(event.time_ms)
        self._announce(event.device, watched, event.time_ms)

    def _quarantined(self, event: MessageQuarantined) -> None:
        watched = self._watched(event.device)
        watched.presence.hear(event.time_ms)
        self._tell(event.device, watched.trouble.quarantined(event.time_ms, event.reason))
        self._announce(event.device, watched, event.time_ms)

    def _changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self.forget(event.device)

    def _swapped(self, event: DeviceSwapped) -> None:
        """Nothing that was known of the old hardware says anything of the new; what it measured stays."""
        watched = self._watched(event.device)
        hardware = f"new hardware {event.after_mac} in place of {event.before_mac}"
        self._tell(event.device, [Said("device.swapped", f"{hardware}; calibration starts anew")])
        self._tell(event.device, watched.trouble.replaced())
        watched.vitals = KeptVitals()
        watched.presence.replaced(event.time_ms)
        self._announce(event.device, watched, event.time_ms)

    def _happened(self, event: Happened) -> None:
        """The quality of a series is part of how its device is shown."""
        watched = self._devices.get(event.device) if event.metric else None
        if watched is not None:
            self._bus.publish(DeviceChanged(event.device, watched.look(self._clock()).status))

    def _clock_set(self, event: ClockSet) -> None:
        """What is remembered by the gateway's clock moves with it; the times of values only when they were not sure."""
        for watched in self._devices.values():
            watched.presence.shift(event.moved)
            watched.trouble.shift(event.moved)
            watched.vitals.shift(event.moved)
            if event.redates:
                watched.latest.redate(event.shift_ms, sure=event.learnt)
            since_ms = watched.standing.since_ms
            if since_ms is not None:
                watched.standing = msgspec.structs.replace(watched.standing, since_ms=event.moved(since_ms))
        if event.redates:
            for device, watched in self._devices.items():
                self._bus.publish(DeviceChanged(device, watched.standing.status))

    # What is told

    def _watched(self, device: str) -> Watched:
        watched = self._devices.get(device)
        if watched is None:
            watched = self._devices[device] = Watched()
        return watched

    def _announce(self, device: str, watched: Watched, now_ms: int, cause: str = "") -> None:
        news = watched.presence.news(now_ms)
        before, watched.standing = watched.standing, watched.look(now_ms)
        after = watched.standing
        if (after.status, after.flapping) != (before.status, before.flapping):
            self._bus.publish(DeviceChanged(device, after.status))
        self._tell(device, news, cause)

    def _tell(self, device: str, news: Iterable[Said], cause: str = "") -> None:
        for said in news:
            self._chronicle.note(said.kind, said.reason, device, correlation=cause)
