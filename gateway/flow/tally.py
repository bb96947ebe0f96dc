"""Counts per device what happens to its messages, and events by kind, since the start."""

from __future__ import annotations

from collections import Counter

from ..core.messages import DeviceChanged, Happened, MessageQuarantined, ReadingStored
from ..core.quality import Quality
from .bus import Bus


class Counted:
    """The counts of one device."""

    __slots__ = ("flags", "late", "quarantined", "readings")

    def __init__(self) -> None:
        self.readings = 0
        self.late = 0
        """Of those, older than what was known already, or come again."""
        self.quarantined = 0
        self.flags: Counter[int] = Counter()
        """Values by bit of `Quality`."""


class Tally:
    """Counts from the events of the bus."""

    def __init__(self, bus: Bus) -> None:
        self.events: Counter[str] = Counter()
        """Entries of the event log by kind; kinds are the gateway's own words, so there are only so many."""
        self._devices: dict[str, Counted] = {}
        bus.on(ReadingStored, self._stored)
        bus.on(MessageQuarantined, self._quarantined)
        bus.on(Happened, self._happened)
        bus.on(DeviceChanged, self._changed)

    def of(self, device: str) -> Counted:
        """Its counts; zeros when nothing came of it."""
        return self._devices.get(device) or Counted()

    def _stored(self, event: ReadingStored) -> None:
        reading = event.reading
        counted = self._devices.get(reading.device)
        if counted is None:
            counted = self._devices[reading.device] = Counted()
        counted.readings += 1
        if reading.late:
            counted.late += 1
        if reading.quality:
            for bits in reading.quality.values():
                counted.flags.update(int(flag) for flag in Quality if bits & flag)

    def _quarantined(self, event: MessageQuarantined) -> None:
        self._devices.setdefault(event.device, Counted()).quarantined += 1

    def _happened(self, event: Happened) -> None:
        self.events[event.kind] += 1

    def _changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._devices.pop(event.device, None)
