"""An ingest on a disk that obeys, for the tests of what it is made of."""

from __future__ import annotations

import json

from gateway.core.messages import (
    Heartbeat,
    Message,
    MessageQuarantined,
    NodeSaid,
    Reading,
    ReadingStored,
    StatusSaid,
)
from gateway.core.ports.intake import Taken
from gateway.core.ports.store import Anchor
from gateway.flow.bus import Bus
from gateway.flow.ingest import Ingest
from tests.fakes import FixedClock

EVENTS = (ReadingStored, MessageQuarantined, Heartbeat, StatusSaid, NodeSaid)


class Facts:
    """Which devices are simulated; one that is unknown is a mistake in the gateway."""

    def simulated(self, device: str) -> bool:
        return {"node-1": False, "node-2": False, "sim-1": True}[device]


class Desk:
    """An ingest with a disk that obeys: `send` commits, `lose` does not."""

    def __init__(self, anchors: tuple[Anchor, ...] = (), latest: dict[str, Reading] | None = None) -> None:
        self.clock = FixedClock()
        self.bus = Bus()
        self.events: list[object] = []
        for kind in EVENTS:
            self.bus.on(kind, self.events.append)
        self.noted: list[tuple[str, str]] = []
        self.ingest = Ingest(
            self.bus,
            Facts(),
            self.clock,
            anchors,
            latest,
            note=lambda kind, _reason, device: self.noted.append((kind, device)),
        )

    def lose(self, topic: str, payload: bytes | dict[str, object]) -> Taken:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.ingest.take(Message("node-1", topic, raw, 1, False))

    def send(self, topic: str, payload: bytes | dict[str, object]) -> Taken:
        taken = self.lose(topic, payload)
        self.ingest.committed(taken)
        return taken

    def tell(self, payload: bytes | dict[str, object], device: str = "node-1") -> Taken:
        return self.send(f"devices/{device}/telemetry", payload)

    @property
    def readings(self) -> list[Reading]:
        return [event.reading for event in self.events if isinstance(event, ReadingStored)]

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in self.events if isinstance(event, MessageQuarantined)]
