"""A gateway's way from message to dated history without broker and disk, on a machine whose clocks the test moves."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from gateway.core.messages import ClockSet, Happened, Message, Reading, ReadingStored
from gateway.core.ports.clock import Remembered, Said, Trust
from gateway.core.ports.store import OWN_CLOCK, Anchor, BootAnchored, Change, FrameDated, ReadingTaken, Receipt
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.ingest import Ingest
from gateway.flow.timekeeper import TimeKeeper


class Machine:
    """The clocks of a machine. Time passes with `now_ms`, the true time; the wall clock shows it plus an error."""

    def __init__(self, now_ms: int, error_ms: int = 0, trust: Trust = Trust.SYNCHRONISED, boot: str = "m1") -> None:
        self.now_ms = now_ms
        self.started_ms = now_ms
        self.error_ms = error_ms
        self.trust = trust
        self.boot = boot

    def monotonic_ms(self) -> int:
        return self.now_ms - self.started_ms

    def say(self) -> Said:
        return Said(self.monotonic_ms(), self.now_ms + self.error_ms, self.trust)

    def set_right(self, trust: Trust = Trust.SYNCHRONISED) -> None:
        self.error_ms, self.trust = 0, trust


class Memory:
    """A file in memory."""

    def __init__(self) -> None:
        self.kept: Remembered | None = None

    def load(self) -> Remembered | None:
        return self.kept

    def save(self, remembered: Remembered) -> None:
        self.kept = remembered


class _Anchored(msgspec.Struct):
    epoch_ms: int | None = None
    frame: str = ""
    drift_ppm: float = 0.0


class Shelf:
    """What a store keeps of readings and boots, applied at once. `broken`: it refuses everything."""

    def __init__(self) -> None:
        self.readings: dict[tuple[str, str, int], ReadingTaken] = {}
        self.boots: dict[tuple[str, str], _Anchored] = {}
        self.events: list[Happened] = []
        self.broken: Exception | None = None
        self.congested = False

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        if self.broken is None:
            for change in changes:
                self._apply(change)
        if receipt is not None:
            receipt.settled(self.broken)  # type: ignore[arg-type]

    def when_relieved(self, callback: object) -> None:
        raise AssertionError("never congested")

    def _apply(self, change: Change) -> None:
        match change:
            case ReadingTaken(device, boot, int(seq)):
                self.readings.setdefault((device, boot, seq), change)
                self.boots.setdefault((device, boot), _Anchored())
            case BootAnchored(device, boot, epoch_ms, frame, drift_ppm):
                self.boots[device, boot] = _Anchored(epoch_ms, frame, drift_ppm)
            case FrameDated(frame, shift_ms, into):
                for boot in self.boots.values():
                    if boot.frame == frame and boot.epoch_ms is not None:
                        boot.epoch_ms, boot.frame = boot.epoch_ms + shift_ms, into
            case Happened():
                self.events.append(change)
            case _:
                raise AssertionError(f"not a change of readings: {change}")

    def dates(self) -> dict[tuple[str, str, int], int]:
        """When each reading was taken."""
        found = {}
        for key, reading in self.readings.items():
            boot = self.boots[key[:2]]
            if reading.flags & OWN_CLOCK:
                found[key] = reading.at_ms
            else:
                assert boot.epoch_ms is not None, f"{key} was never dated"
                found[key] = boot.epoch_ms + round(reading.at_ms * (1 + boot.drift_ppm / 1e6))
        return found

    def history(self, device: str) -> list[tuple[int, dict[str, float]]]:
        """(UTC ms, values) by time, whatever the readings are called."""
        dates = self.dates()
        rows = [(dates[key], reading.values) for key, reading in self.readings.items() if key[0] == device]
        return sorted(rows, key=lambda row: (row[0], sorted(row[1].items())))

    def anchors(self) -> list[Anchor]:
        return [
            Anchor(device, boot, known.epoch_ms, self._last(device, boot), known.frame, known.drift_ppm)
            for (device, boot), known in self.boots.items()
        ]

    def _last(self, device: str, boot: str) -> int:
        return max((seq for known, name, seq in self.readings if (known, name) == (device, boot)), default=-1)

    def latest(self) -> dict[str, Reading]:
        found: dict[str, Reading] = {}
        for (device, boot, seq), time_ms in sorted(self.dates().items(), key=lambda item: item[1]):
            found[device] = Reading(device, time_ms, self.readings[device, boot, seq].values, boot=boot, seq=seq)
        return found


class Facts:
    """No device is simulated."""

    def simulated(self, device: str) -> bool:
        return False


class Gateway:
    """One run of a gateway on a shelf that outlives it."""

    def __init__(self, machine: Machine, shelf: Shelf, memory: Memory) -> None:
        self.machine = machine
        self.shelf = shelf
        self.bus = Bus()
        self.readings: list[Reading] = []
        self.steps: list[ClockSet] = []
        self.bus.on(ReadingStored, lambda event: self.readings.append(event.reading))
        self.bus.on(ClockSet, self.steps.append)
        latest = shelf.latest()
        known_ms = max((event.time_ms for event in shelf.events[-1:]), default=0)
        newest_ms = max((reading.time_ms for reading in latest.values()), default=0)
        self._memory = memory
        self.keeper = TimeKeeper(machine, memory, shelf, self.bus, shelf.anchors(), known_ms, newest_ms)
        chronicle = Chronicle(shelf, self.bus, self.keeper.now_ms)
        self.ingest = Ingest(
            self.bus, Facts(), self.keeper.now_ms, shelf.anchors(), latest, self.keeper, chronicle.note
        )
        self.keeper.attach(self.ingest.boots, chronicle.note)
        self.look()

    def look(self) -> None:
        """Once in a while, as the keeper's own loop does."""
        self.keeper.look()
        if self.keeper._due() and not self.keeper._owed:
            self._memory.save(self.keeper._own.remember(self.machine.say()))
            self.keeper._saved_at_ms = self.machine.monotonic_ms()

    def hear(self, topic: str, payload: object, commit: bool = True) -> None:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        taken = self.ingest.take(Message("node", topic, raw, 1, False))
        if commit:
            self.shelf.submit(taken.changes)
            self.ingest.committed(taken)

    def tell(self, device: str, payload: object) -> None:
        self.hear(f"devices/{device}/telemetry", payload)

    def beat(self, device: str, boot: str, uptime_ms: int) -> None:
        self.hear(f"devices/{device}/heartbeat", {"boot": boot, "uptime_ms": uptime_ms})

    def reasons(self, kind: str) -> list[str]:
        return [event.reason for event in self.shelf.events if event.kind == kind]
