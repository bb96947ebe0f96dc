"""Which rules a change of the house concerns: they are told once for all that changed together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from ...core.messages import AssignmentChanged, DeviceChanged, MetricsLearnt, PlacesChanged, ShadowMoved
from ..bus import Bus
from ..chronicle import Chronicle
from .house import House
from .live import Live
from .resolve import Looks, Resolve


class Following:
    """Listens to the bus by itself; at the start metrics come by the hundred."""

    def __init__(
        self,
        bus: Bus,
        house: House,
        live: Live,
        resolve: Resolve,
        chronicle: Chronicle,
        interval_s: Callable[[str], float],
    ) -> None:
        self._house = house
        self._live = live
        self._resolve = resolve
        self._chronicle = chronicle
        self._interval_s = interval_s
        self._intervals: dict[str, float] = {}
        self._concerned: set[str] = set()
        self._waits = False
        self._missing: dict[str, str] = {}
        self._present: set[str] = set()
        bus.on(AssignmentChanged, self._assignment_changed)
        bus.on(PlacesChanged, self._places_changed)
        bus.on(MetricsLearnt, self._metrics_learnt)
        bus.on(DeviceChanged, self._device_changed)
        bus.on(ShadowMoved, self._shadow_moved)

    @property
    def missing(self) -> dict[str, str]:
        """What rules name that is not there any more, in words, by rule."""
        return {rule: reason for rule, reason in self._missing.items() if self._live.kept(rule) is not None}

    def begin(self, devices: Iterable[str]) -> None:
        """At the start: the devices that are there, and every rule."""
        self._present = set(devices)
        self._concerned = set(self._live.looks())
        self.look()

    def look(self) -> None:
        """Look at all that may have changed."""
        self._waits = False
        rules, self._concerned = self._concerned, set()
        self._live.refresh(sorted(rules))
        for rule in sorted(rules):
            kept = self._live.kept(rule)
            reason = "" if kept is None else self._resolve.missing(kept.rule)
            if kept is not None and reason and reason != self._missing.get(rule):
                self._chronicle.note("rule.broken", f"{kept.rule.name}: {reason}")
            self._missing.pop(rule, None)
            if reason:
                self._missing[rule] = reason

    def _concern(self, meant: Callable[[Looks], bool]) -> None:
        found = [rule for rule, looks in self._live.looks().items() if meant(looks)]
        self._concerned.update(found)
        if found and not self._waits:
            self._waits = True
            asyncio.get_running_loop().call_soon(self.look)

    def _assignment_changed(self, event: AssignmentChanged) -> None:
        assets = {asset for asset in (event.asset, event.before) if asset is not None}
        zones = {zone for asset in assets for zone in self._house.around(asset)}
        self._concern(lambda one: bool(one.assets & assets or one.zones & zones))

    def _places_changed(self, event: PlacesChanged) -> None:
        self._concern(lambda one: bool(one.assets or one.zones or one.alerts))

    def _metrics_learnt(self, event: MetricsLearnt) -> None:
        self._concern(lambda one: bool(one.metrics & event.metrics and (one.assets or one.zones)))

    def _device_changed(self, event: DeviceChanged) -> None:
        """It comes with whatever changes of a device: here only whether it is there counts."""
        device = event.device
        if event.status is None:
            self._present.discard(device)
        elif device in self._present:
            return
        else:
            self._present.add(device)
        named = {device}
        self._concern(
            lambda one: (
                bool(one.devices & named or one.statuses & named or one.commanded & named)
                or any(known == device for known, _ in one.states)
            )
        )

    def _shadow_moved(self, event: ShadowMoved) -> None:
        device = event.shadow.device
        interval_s = self._interval_s(device)
        if self._intervals.get(device, 0.0) != interval_s:
            # How long a value counts depends on how often there is one.
            self._intervals[device] = interval_s
            self._concern(lambda one: bool(one.devices or one.assets or one.zones))
