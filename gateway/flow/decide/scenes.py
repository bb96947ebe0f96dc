"""All windows that are thought about: what happens to one of them, and which of them is due when."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...core.decisions import Outcome
from ...core.messages import (
    ClientConnected,
    ClientSubscribed,
    ClockSet,
    DeviceChanged,
    DeviceSwapped,
    Overridden,
)
from ...core.window.change import Change
from ..bus import Bus
from ..correlation import current
from .awaited import Awaited
from .inputs import Inputs
from .mind import DecideSettings
from .notes import Notes
from .record import Records
from .scene import Scene

_LONGEST_S = 1.0
_SHORTEST_S = 0.02
_JUST_NOW_MS = 60_000
_log = logging.getLogger(__name__)


class Scenes:
    """Listens to the bus by itself, once `hear` is called. `wake` is set when something may be due."""

    def __init__(
        self,
        bus: Bus,
        clock: Callable[[], int],
        inputs: Inputs,
        records: Records,
        notes: Notes,
        awaited: Awaited,
        settings: DecideSettings,
    ) -> None:
        self.ready = False
        """Whether there is somebody with an opinion; before that nothing is due."""
        self.wake = asyncio.Event()
        self._bus = bus
        self._clock = clock
        self._inputs = inputs
        self._records = records
        self._notes = notes
        self._awaited = awaited
        self._settings = settings
        self._scenes: dict[str, Scene] = {}

    def hear(self) -> None:
        """Listen from now on."""
        bus = self._bus
        bus.on(Overridden, self._overridden)
        bus.on(ClientSubscribed, lambda event: self._back(event.name))
        bus.on(ClientConnected, lambda event: self._back(event.name))
        bus.on(DeviceChanged, self._device_changed)
        bus.on(DeviceSwapped, self._swapped)
        bus.on(ClockSet, self._clock_set)

    # Looking up

    def of(self, window: str) -> Scene:
        """Its scene; a new one the first time."""
        scene = self._scenes.get(window)
        if scene is None:
            scene = self._scenes[window] = Scene(self._settings)
        return scene

    def find(self, window: str) -> Scene | None:
        """Its scene, if it was ever thought about."""
        return self._scenes.get(window)

    def all(self) -> list[tuple[str, Scene]]:
        """Every one, by its window."""
        return list(self._scenes.items())

    def next_s(self, window: str) -> float | None:
        """When it is thought about if nothing changes; None: it never was."""
        scene = self._scenes.get(window)
        next_ms = None if scene is None else scene.pacing.next_ms()
        return None if next_ms is None else max(0, next_ms - self._clock()) / 1000

    # When

    def due(self, scene: Scene, now_ms: int) -> Change | None:
        """What to think about now: nothing before the model is there, nor while an answer is awaited."""
        due = scene.pacing.due(now_ms) if self.ready else None
        return due if due is not None and self._awaited.admits(scene, urgent=due.urgent) else None

    def pause_s(self) -> float:
        """Until something is due."""
        moments = [moment for one in self._scenes.values() for moment in self._next_ms(one) if moment]
        next_s = (min(moments) - self._clock()) / 1000 if moments and self.ready else _LONGEST_S
        return min(max(next_s, _SHORTEST_S), _LONGEST_S)

    def _next_ms(self, scene: Scene) -> tuple[int | None, int | None]:
        """When it is thought about, if an answer that is awaited does not come before it; when that is out of time."""
        admitted = self._awaited.admits(scene, urgent=scene.pacing.urgent)
        return scene.pacing.next_ms() if admitted else None, self._awaited.next_ms(scene)

    @contextmanager
    def alone(self, window: str) -> Iterator[None]:
        """What goes wrong with one window keeps nobody from deciding about the others."""
        try:
            yield
        except Exception:  # noqa: BLE001 - per-window isolation: one that cannot be thought about must not end the rest
            _log.exception("window %s could not be thought about", window)
            # Not again at once: it would go wrong in every turn of the loop.
            if window in self._scenes:
                self._scenes[window].pacing.asked(self._clock())

    # What happens

    def drop(self, window: str, why: str) -> None:
        """It is thought about no longer."""
        scene = self._scenes.pop(window, None)
        if scene is not None:
            with self.alone(window):
                self._awaited.drop(scene, why)

    def _overridden(self, event: Overridden) -> None:
        """Somebody else moves the window; or leaves it to the gateway again; or wants something forgotten."""
        override, now_ms = event.override, self._clock()
        scene = self.of(override.device)
        if override.holds(now_ms):
            scene.pacing.lost()
            return
        end_ms = override.until_ms if override.ended_ms is None else override.ended_ms
        # A lesson that was brought in, or that counts again, never held anything.
        held = override.until_ms > override.time_ms
        over = held and 0 <= now_ms - end_ms < _JUST_NOW_MS and override.revoked_ms is None
        self._want(override.device, Change("the hold is over" if over else "what was learnt has changed", urgent=over))

    def _back(self, name: str) -> None:
        known = self._records.of(name)
        if known and known[0].outcome is Outcome.AWAY:
            self._want(name, Change("the window is back", urgent=True))

    def _want(self, window: str, change: Change) -> None:
        scene = self.of(window)
        scene.pacing.want(change)
        scene.correlation = current()
        self.wake.set()

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._renew(event.device)
            self._records.forget(event.device)
            self._notes.forget(event.device)

    def _swapped(self, event: DeviceSwapped) -> None:
        scene = self._scenes.get(event.device)
        if scene is not None:
            self._awaited.drop(scene, "it has other hardware now")
        self._renew(event.device)

    def _renew(self, device: str) -> None:
        """Nothing that is remembered of its hardware holds any more."""
        self._scenes.pop(device, None)
        self._inputs.forget(device)

    def _clock_set(self, event: ClockSet) -> None:
        for scene in self._scenes.values():
            scene.shift(event)
        self._records.re_date(event)
