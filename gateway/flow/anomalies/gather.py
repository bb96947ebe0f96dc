"""What is on the path of every reading: it is put aside to be judged later, or its device has fallen behind."""

from __future__ import annotations

from collections import deque

from ...core.messages import ClockSet, Reading, ReadingStored
from ..bus import Bus
from .flags import Flag, Flags

MOST = 20_000
"""Readings that wait; what does not fit is read from the history later."""
MOST_HELD = 1000
"""Readings of one device that wait until the last of what it missed is read."""
_LONG_AGO_MS = -(1 << 62)
_APART_MS = 1000
"""Measured closer than this to the one before of the same device, a reading is left to the quality gate alone."""


class Gather:
    """Hears every stored reading. Nothing is judged here."""

    def __init__(self, bus: Bus, flags: Flags, most: int = MOST) -> None:
        self.behind: dict[str, int] = {}
        """Devices of which readings were left out, and the time of the first of them: to be caught up."""
        self.inbox: deque[Reading | Flag] = deque()
        self.dropped = 0
        """Readings that did not fit."""
        self._flags = flags
        self._held: dict[str, list[Reading]] = {}
        self._waiting = flags.waiting
        self._most = most
        self._last: dict[str, dict[str, int]] = {}
        bus.on(ReadingStored, self._stored)
        bus.on(ClockSet, lambda event: self._last.clear())

    def take(self, reading: Reading) -> None:
        """Put it aside."""
        self._stored(ReadingStored(reading, reading.time_ms))

    def _stored(self, event: ReadingStored) -> None:
        reading = event.reading
        device, time_ms = reading.device, reading.time_ms
        if device in self._waiting:
            self.inbox.extend(self._flags.dated(reading))
        # Nodes of document 001 send each metric as a message of its own: by the device alone they would be lost.
        last = self._last.get(device)
        if last is None:
            last = self._last[device] = {}
        first = next(iter(reading.values), "")
        if time_ms - last.get(first, _LONG_AGO_MS) < _APART_MS or reading.late:
            return
        last[first] = time_ms
        inbox = self.inbox
        if device in self.behind:
            self._put_by(reading)
        elif len(inbox) >= self._most:
            self.dropped += 1
            self.behind[device] = time_ms
        else:
            inbox.append(reading)

    def hold(self, device: str) -> None:
        """What comes of it from now on waits beside, for what is left to be read is short."""
        self._held[device] = []

    def caught_up(self, device: str, read_ms: int) -> bool:
        """It was read up to this moment: what waits beside is next, unless that became too much."""
        held = self._held.pop(device, None)
        if held is None or device not in self.behind:
            return False
        del self.behind[device]
        self.inbox.extend(reading for reading in held if reading.time_ms > read_ms)
        return True

    def let_go(self, device: str) -> None:
        """What waited beside is read later."""
        self._held.pop(device, None)

    def _put_by(self, reading: Reading) -> None:
        held = self._held.get(reading.device)
        if held is not None and len(held) < MOST_HELD:
            held.append(reading)
        else:
            self.dropped += 1
            self._held.pop(reading.device, None)

    def newest_ms(self, device: str) -> int | None:
        """When the last reading was measured that came of it; None: none did."""
        return max(self._last.get(device, {}).values(), default=None)

    def forget(self, device: str) -> None:
        """The device is gone."""
        self.behind.pop(device, None)
        self._held.pop(device, None)
        kept = [item for item in self.inbox if item.device != device]
        self.inbox.clear()
        self.inbox.extend(kept)
        self._last.pop(device, None)
