"""A pump with a history, its baselines and whoever follows it; what it measures is made here."""

from __future__ import annotations

import math
import random
from typing import cast

from gateway.core.home import AssetKind
from gateway.core.insight import Signal
from gateway.core.messages import BaselineMoved, Happened, Reading
from gateway.core.ports.store import History
from gateway.flow.anomalies.baselines import Baselines
from gateway.flow.anomalies.machines import Machines
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.trail import Trail
from tests.fakes import START_MS, FixedClock, MemoryInsight, MemoryWriter

from .site import DAY, HOUR, MINUTE, MemoryHistory, SomePlaces

CHANNELS = ("flow", "pressure", "vibration", "current")
PUMP = "pump"
FLOW_NODE, OTHER_NODE = "node-1", "node-2"
"""The second one measures the current."""


class PumpSite:
    """`again` starts it anew on what is on the disk."""

    def __init__(self, before: PumpSite | None = None, interval_s: int = 60, *, enabled: bool = True) -> None:
        self.bus = Bus()
        self.clock: FixedClock = FixedClock() if before is None else before.clock
        self.writer: MemoryWriter = MemoryWriter() if before is None else before.writer
        self.history: MemoryHistory = MemoryHistory() if before is None else before.history
        self.places: SomePlaces = SomePlaces() if before is None else before.places
        self.rng: random.Random = random.Random(3) if before is None else before.rng
        if before is None:
            self.places.at = {FLOW_NODE: PUMP, OTHER_NODE: PUMP, "thermometer": "room"}
            self.places.kinds = {PUMP: AssetKind.PUMP, "room": AssetKind.ROOM}
        self.begins: dict[str, int] = {} if before is None else before.begins
        """From when on what a device measured is the pump's."""
        self.known = True
        self.events: list[Happened] = []
        self.moved: list[BaselineMoved] = []
        self.bus.on(Happened, self.events.append)
        self.bus.on(BaselineMoved, self.moved.append)
        self.trail = Trail(self.writer, self.bus, self.clock)
        chronicle = Chronicle(self.writer, self.bus, self.clock)
        self.machines = Machines(self.places, chronicle, interval_s)
        self.baselines = Baselines(
            self.writer,
            MemoryInsight(self.writer),
            cast(History, self.history),
            self.bus,
            self.trail,
            chronicle,
            self.clock,
            self.places,
            self.machines,
            self.metrics,
            interval_s,
            lambda: self.known,
            lambda device, asset: self.begins.get(device, 0),
            enabled,
        )

    def metrics(self, device: str) -> list[str]:
        """What a node measures; it counts the energy, too."""
        return ["current", "energy"] if device == OTHER_NODE else [*CHANNELS[:3]]

    def minute(self, time_ms: int, **instead: float) -> dict[str, dict[str, float]]:
        """What both nodes say in one minute of a pump that runs well; `instead` are values of another one."""
        load = math.sin(time_ms / HOUR) * 0.1
        said = {
            "flow": 30 + 3 * load + self.rng.gauss(0, 0.2),
            "pressure": 2.5 - load * 0.4 + self.rng.gauss(0, 0.02),
            "vibration": 1.4 + self.rng.gauss(0, 0.04),
            "current": 3.1 + load + self.rng.gauss(0, 0.03),
        }
        said.update(instead)
        current = {"current": said.pop("current"), "energy": time_ms / HOUR}
        return {FLOW_NODE: said, OTHER_NODE: current}

    def live(self, minutes: int, **instead: float) -> list[Signal]:
        """Time passes; it is in the history and judged where a baseline says so."""
        found: list[Signal] = []
        for _ in range(minutes):
            begin_ms = self.clock.now_ms - self.clock.now_ms % MINUTE
            for device, values in self.minute(begin_ms, **instead).items():
                self.history.readings.append(Reading(device, begin_ms, values))
                found += [signal for _, signal in self.machines.take(device, begin_ms, values)]
            self.clock.advance(ms=MINUTE)
        return found

    def told(self, kind: str) -> list[str]:
        """Reasons of the events of this kind."""
        return [event.reason for event in self.events if event.kind == kind]


__all__ = ["CHANNELS", "DAY", "FLOW_NODE", "HOUR", "MINUTE", "OTHER_NODE", "PUMP", "START_MS", "PumpSite"]
