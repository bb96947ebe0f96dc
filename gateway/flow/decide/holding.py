"""Whose will holds automatic decisions off, of each window the last one that was to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from ...core.decisions import Override
from ...core.messages import ClockSet, DeviceChanged, Overridden
from ...core.rules.ranks import RULE
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
        self._under: dict[str, Override] = {}
        """A person's, where a rule has gone before it: it holds on when that is over."""
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)

    def restore(self, known: Sequence[Override]) -> dict[str, Override]:
        """What of earlier runs still holds, `known` oldest first; of each device the last that was to, over or not."""
        now_ms = self._clock()
        last = {one.device: one for one in known if one.until_ms > one.time_ms}
        self._newest = {device: one for device, one in last.items() if one.holds(now_ms)}
        people = {one.device: one for one in known if not one.who.startswith(RULE) and one.until_ms > one.time_ms}
        for device, one in people.items():
            if one.holds(now_ms) and last[device].who.startswith(RULE):
                self._under[device] = one
                if device not in self._newest:
                    self.back(device)
        return last

    def begin(self, override: Override) -> None:
        """It holds from now on, in place of the one before."""
        person = self.person(override.device)
        if not override.who.startswith(RULE):
            self._under.pop(override.device, None)
        elif person is not None:
            self._under[override.device] = person
        self._newest[override.device] = override

    def newest(self, device: str) -> Override | None:
        """The last one, also where it has just ended."""
        return self._newest.get(device)

    def held(self, device: str) -> Override | None:
        """The will that holds now."""
        newest = self._newest.get(device)
        return newest if newest is not None and newest.holds(self._clock()) else None

    def person(self, device: str) -> Override | None:
        """The person's will that holds now, also where a rule has gone before it."""
        held = self.held(device)
        if held is not None and not held.who.startswith(RULE):
            return held
        under = self._under.get(device)
        return under if under is not None and under.holds(self._clock()) else None

    def persons(self) -> list[Override]:
        """Of every window."""
        found = [self.person(device) for device in (*self._newest, *self._under.keys() - self._newest.keys())]
        return [one for one in found if one is not None]

    def held_by(self, who: str) -> list[str]:
        """The windows that this one holds now."""
        return [device for device in self._newest if (held := self.held(device)) is not None and held.who == who]

    def back(self, device: str) -> None:
        """What a rule has gone before holds again."""
        under = self._under.pop(device, None)
        if under is not None and under.holds(self._clock()):
            self._newest[device] = under

    def changed(self, override: Override) -> None:
        """Something else of it has changed."""
        newest = self._newest.get(override.device)
        if newest is not None and newest.id == override.id:
            self._newest[override.device] = override

    def end(self, held: Override, reason: str) -> Override:
        """It holds no longer; as it is then. Who keeps it tells the others."""
        ended = replace(held, ended_ms=self._clock())
        self.changed(ended)
        if not held.who.startswith(RULE):
            self._under.pop(held.device, None)
        self._chronicle.note("window.resumed", reason, held.device)
        return ended

    def look(self) -> None:
        """Say which are over by now."""
        now_ms = self._clock()
        for device, override in list(self._newest.items()):
            if override.ended_ms is not None or now_ms >= override.until_ms:
                del self._newest[device]
                self.back(device)
                if override.ended_ms is None:
                    self._bus.publish(Overridden(override))

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self._newest = {device: re_dated(override, event) for device, override in self._newest.items()}
            self._under = {device: re_dated(override, event) for device, override in self._under.items()}

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._newest.pop(event.device, None)
            self._under.pop(event.device, None)
