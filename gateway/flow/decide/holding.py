"""Whose will holds automatic decisions off, of each window the last one that was to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from ...core.decisions import Override
from ...core.messages import ClockSet, DeviceChanged, Overridden
from ..bus import Bus
from ..chronicle import Chronicle
from .teaching import re_dated


class Holding:
    """Nothing of it is written down here. Listens to the bus by itself."""

    def __init__(self, bus: Bus, chronicle: Chronicle, clock: Callable[[], int]) -> None:
        self._bus = bus
        self._chronicle = chronicle
        self._clock = clock
        self._newest: dict[str, Override] = {}
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)

    def restore(self, known: Sequence[Override]) -> dict[str, Override]:
        """What of earlier runs still holds, `known` oldest first; of each device the last that was to, over or not."""
        now_ms = self._clock()
        last = {one.device: one for one in known if one.until_ms > one.time_ms}
        self._newest = {device: one for device, one in last.items() if one.holds(now_ms)}
        return last

    def begin(self, override: Override) -> None:
        """It holds from now on, in place of the one before."""
        self._newest[override.device] = override

    def newest(self, device: str) -> Override | None:
        """The last one, also where it has just ended."""
        return self._newest.get(device)

    def held(self, device: str) -> Override | None:
        """The will that holds now."""
        newest = self._newest.get(device)
        return newest if newest is not None and newest.holds(self._clock()) else None

    def changed(self, override: Override) -> None:
        """Something else of it has changed."""
        newest = self._newest.get(override.device)
        if newest is not None and newest.id == override.id:
            self._newest[override.device] = override

    def end(self, held: Override, reason: str) -> Override:
        """It holds no longer; as it is then. Who keeps it tells the others."""
        ended = replace(held, ended_ms=self._clock())
        self.changed(ended)
        self._chronicle.note("window.resumed", reason, held.device)
        return ended

    def look(self) -> None:
        """Say which are over by now."""
        now_ms = self._clock()
        for device, override in list(self._newest.items()):
            if override.ended_ms is not None or now_ms >= override.until_ms:
                del self._newest[device]
                if override.ended_ms is None:
                    self._bus.publish(Overridden(override))

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self._newest = {device: re_dated(override, event) for device, override in self._newest.items()}

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._newest.pop(event.device, None)
