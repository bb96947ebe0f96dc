"""Which devices are windows, and which devices speak for what is around each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from ...core import topics
from ...core.capabilities import Capabilities
from ...core.home import AssetKind
from ...core.messages import (
    AssignmentChanged,
    ClientConnected,
    ClientSubscribed,
    DeviceChanged,
    MetricsLearnt,
    PlacesChanged,
)
from ...core.mqtt.filters import matches
from ..assignments import Assignments
from ..bus import Bus
from ..devices import Device
from ..home import Home

WINDOW = "window"
_NOBODY: tuple[str, ...] = ()


class Roll(Protocol):
    """What must be known of devices; the registry fulfils it."""

    def devices(self) -> list[Device]:
        """Every device."""

    def known(self, device_id: str) -> bool:
        """Whether there is such a device."""

    def abilities(self, device_id: str) -> Capabilities:
        """What a device declared and has shown. Raises NotFound."""


class Speaker(msgspec.Struct, frozen=True):
    """A device, and since when it has been where it is: what it measured before says nothing of this place."""

    device: str
    since_ms: int | None = None


class Near(msgspec.Struct, frozen=True):
    """Who speaks for what is around a window; the window itself first."""

    room: tuple[Speaker, ...]
    outdoor: tuple[Speaker, ...]


class Surroundings:
    """Works out anew who is where when something of it has changed and somebody asks.

    A device is a window when its kind says so. One that declares nothing at all is a window, too, once it listens for
    controls: the nodes of the first documents tell nothing of themselves. `subscribed`: whether its client does now.
    """

    def __init__(
        self,
        home: Home,
        assignments: Assignments,
        roll: Roll,
        bus: Bus,
        subscribed: Callable[[str], bool] = lambda device: False,
    ) -> None:
        self._home = home
        self._assignments = assignments
        self._roll = roll
        self._subscribed = subscribed
        self._bus = bus
        self._stale = True
        self._listeners: set[str] = set()
        self._windows: dict[str, Near] = {}
        self._index: dict[str, tuple[str, ...]] = {}
        self._outside: frozenset[str] = frozenset()
        bus.on(PlacesChanged, lambda event: self._outdate())
        bus.on(AssignmentChanged, lambda event: self._outdate())
        bus.on(MetricsLearnt, lambda event: self._look(event.device))
        bus.on(DeviceChanged, self._changed)
        bus.on(ClientSubscribed, self._listens)
        bus.on(ClientConnected, self._connected)

    def listen(self, subscribed: Callable[[str], bool]) -> None:
        """How it is known whose client listens for controls now."""
        self._subscribed = subscribed
        self._outdate()

    def windows_of(self, device: str) -> tuple[str, ...]:
        """The windows around which this device measures; on the path of every reading."""
        if self._stale:
            self._rebuild()
        return self._index.get(device, _NOBODY)

    def windows(self) -> tuple[str, ...]:
        """Every window."""
        if self._stale:
            self._rebuild()
        return tuple(self._windows)

    def is_window(self, device: str) -> bool:
        """Whether the gateway may decide about it."""
        if self._stale:
            self._rebuild()
        return device in self._windows

    def is_outside(self, device: str) -> bool:
        """Whether it measures outside."""
        if self._stale:
            self._rebuild()
        return device in self._outside

    def of(self, window: str) -> Near:
        """Who speaks for what is around it; of a device that is no window, itself."""
        if self._stale:
            self._rebuild()
        return self._windows.get(window) or Near((Speaker(window),), ())

    def outdoor(self) -> tuple[Speaker, ...]:
        """Who measures outside."""
        found = [
            Speaker(device, self._since(device))
            for asset in self._home.assets(AssetKind.OUTDOOR)
            for device in self._assignments.devices_at(asset.id)
            if self._roll.known(device)
        ]
        free = [device.id for device in self._roll.devices() if self._assignments.current(device.id) is None]
        return tuple(found + [Speaker(device) for device in free if self._roll.abilities(device).kind == "outdoor"])

    def _rebuild(self) -> None:
        self._stale = False
        outdoor = self.outdoor()
        self._outside = frozenset(speaker.device for speaker in outdoor)
        windows = [device.id for device in self._roll.devices() if self._counts(device.id)]
        self._windows = {window: Near(self._room(window), outdoor) for window in windows}
        index: dict[str, dict[str, None]] = {}
        for window, near in self._windows.items():
            for speaker in (*near.room, *near.outdoor):
                index.setdefault(speaker.device, {})[window] = None
        self._index = {device: tuple(found) for device, found in index.items()}

    def _counts(self, device: str) -> bool:
        kind = self._roll.abilities(device).kind
        if kind:
            return kind == WINDOW
        return device in self._listeners or self._subscribed(device)

    def _room(self, window: str) -> tuple[Speaker, ...]:
        """The window itself, and who else measures its room."""
        own = Speaker(window, self._since(window))
        asset_id = self._assignments.current(window)
        asset = None if asset_id is None else self._home.plan.asset(asset_id)
        if asset is None or asset.kind is not AssetKind.ROOM:
            return (own,)
        others = [device for device in self._assignments.devices_at(asset.id) if device != window]
        return (own, *(Speaker(device, self._since(device)) for device in others if self._roll.known(device)))

    def _since(self, device: str) -> int | None:
        present = self._assignments.present(device)
        return None if present is None else present.from_ms

    # What changes it

    def _outdate(self) -> None:
        self._stale = True
        self._bus.reconsider()

    def _changed(self, event: DeviceChanged) -> None:
        """Its status is of no interest here, and changes all the time."""
        if event.status is None:
            self._listeners.discard(event.device)
            self._outdate()
        else:
            self._look(event.device)

    def _look(self, device: str) -> None:
        if self._stale or not self._roll.known(device):
            return
        if self._counts(device) != (device in self._windows) or self._is_outdoor(device):
            self._outdate()

    def _is_outdoor(self, device: str) -> bool:
        """An outdoor sensor that nobody has noticed yet."""
        return self._roll.abilities(device).kind == "outdoor" and device not in self._index

    def _listens(self, event: ClientSubscribed) -> None:
        if event.client == event.name and any(
            matches(wanted, topics.window_control(event.name)) for wanted in event.filters
        ):
            self._listeners.add(event.name)
            self._look(event.name)

    def _connected(self, event: ClientConnected) -> None:
        """One with a session of its own does not subscribe again."""
        self._look(event.name)
