"""Which nodes' batteries are low: for an hour, by values that can be believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from ...core.messages import DeviceSwapped
from ..bus import Bus
from ..devices import Device
from ..latest import Latest

METRIC = "battery"
CLEAR_V = 0.1
"""So far above the limit it is well again."""
_LOW_FOR_MS = 3_600_000
_LOOK_MS = 60_000
_PERCENT = 15.0
"""The limit of what is given in percent."""


class Low(msgspec.Struct, frozen=True):
    """A battery that is low."""

    value: float
    limit: float
    since_ms: int
    """When it was low for long enough."""


class Batteries:
    """Looks at the newest values now and then. `newest`: of a device by metric; `devices`: those there are.

    `up_ms`: a clock that nobody sets.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Callable[[], int],
        up_ms: Callable[[], int],
        devices: Callable[[], Iterable[Device]],
        newest: Callable[[str], dict[str, Latest]],
        battery_v: float,
    ) -> None:
        self._clock = clock
        self._up_ms = up_ms
        self._devices = devices
        self._newest = newest
        self._battery_v = battery_v
        self._below: dict[str, int] = {}
        """Since when a value is below the limit, by the clock that nobody sets."""
        self._low: dict[str, Low] = {}
        self._swapped: dict[str, int] = {}
        self._look_ms = up_ms()
        bus.on(DeviceSwapped, self._replaced)

    def low(self) -> dict[str, Low]:
        """By device."""
        up_ms = self._up_ms()
        if up_ms >= self._look_ms:
            self._look_ms = up_ms + _LOOK_MS
            self._look(up_ms)
        return self._low

    def value(self, device: str) -> float | None:
        """The newest that can be believed; None: there is none."""
        found = self._newest(device).get(METRIC)
        if found is None or found.quality or found.time_ms <= self._swapped.get(device, -1):
            return None
        return found.value

    def limit(self, device: Device) -> float:
        """Below it is low: what the node declared, else what holds for all."""
        said = device.capabilities.get("battery_low")
        if isinstance(said, int | float) and not isinstance(said, bool):
            return float(said)
        declared = (device.capabilities.get("metrics"), device.capabilities.get("units"))
        percent = any(isinstance(units, dict) and units.get(METRIC) == "%" for units in declared)
        return _PERCENT if percent else self._battery_v

    def _look(self, up_ms: int) -> None:
        devices = {device.id: device for device in self._devices()}
        for known in (self._below, self._low, self._swapped):
            for gone in known.keys() - devices.keys():
                del known[gone]
        for name, device in devices.items():
            value, limit = self.value(name), self.limit(device)
            if value is None:
                continue
            if value >= limit + (CLEAR_V if name in self._low else 0.0):
                self._below.pop(name, None)
                self._low.pop(name, None)
            elif name not in self._low:
                since_ms = self._below.setdefault(name, up_ms)
                if up_ms - since_ms >= _LOW_FOR_MS:
                    self._low[name] = Low(value, limit, self._clock())

    def _replaced(self, event: DeviceSwapped) -> None:
        """What the old hardware said of its battery says nothing of the new."""
        self._swapped[event.device] = event.time_ms
        self._below.pop(event.device, None)
        self._low.pop(event.device, None)
