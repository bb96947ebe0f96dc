"""A small house of the tests: everything between the readings and the episodes is real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from gateway.core.home import AssetKind
from gateway.core.insight import Episode, Signal
from gateway.core.messages import EpisodeMoved, Happened, Reading, SeriesJudged
from gateway.core.ports.insight import KeptMachine
from gateway.core.ports.store import Bucket, History
from gateway.core.quality import Quality
from gateway.flow.anomalies.judges import DisabledFusion, Fusing
from gateway.flow.anomalies.places import AnomalySettings
from gateway.flow.anomalies.watcher import Anomalies
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.trail import Trail
from tests.fakes import START_MS, FixedClock, MemoryAnomalyMemory, MemoryInsight, MemoryWriter

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


class SomePlaces:
    """Devices and assets as the test says."""

    def __init__(self) -> None:
        self.at: dict[str, str] = {}
        self.kinds: dict[str, AssetKind] = {}
        self.macs: dict[str, str] = {}

    def place(self, device: str) -> str | None:
        return self.at.get(device)

    def kind(self, asset: str) -> AssetKind | None:
        return self.kinds.get(asset)

    def name(self, asset: str) -> str:
        return asset.title()

    def devices_at(self, asset: str) -> list[str]:
        return [device for device, at in self.at.items() if at == asset]

    def simulated(self, device: str) -> bool:
        return device.startswith("sim-")

    def hardware(self, device: str) -> str:
        return self.macs.get(device, device)


class SaidMachines:
    """Machines whose baseline says what the test puts into `says`, for the next row."""

    def __init__(self) -> None:
        self.says: list[tuple[str, Signal]] = []
        self.rows: list[tuple[str, int, dict[str, float]]] = []
        self.followed: set[str] = set()
        self.restarted: list[str] = []

    def take(self, device: str, minute_ms: int, means: Mapping[str, float]) -> list[tuple[str, Signal]]:
        self.rows.append((device, minute_ms, dict(means)))
        return []

    def turn(self, now_ms: int) -> list[tuple[str, Signal]]:
        said, self.says = self.says, []
        return said

    def kept(self) -> dict[str, KeptMachine]:
        return {}

    def restore(self, kept: Mapping[str, KeptMachine]) -> None:
        pass

    def follows(self, asset: str) -> bool:
        return asset in self.followed

    def restart(self, asset: str) -> None:
        self.restarted.append(asset)


class MemoryHistory:
    """What was stored, condensed when it is asked for."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    async def buckets(self, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        found: dict[int, list[tuple[float, int]]] = {}
        for reading in self.readings:
            if reading.device == device and from_ms <= reading.time_ms < to_ms and metric in reading.values:
                begin_ms = reading.time_ms - reading.time_ms % step_ms
                said = reading.values[metric], reading.quality.get(metric, 0)
                found.setdefault(begin_ms, []).append(said)
        return [_bucket(begin_ms, said) for begin_ms, said in sorted(found.items())]


def _bucket(begin_ms: int, said: Sequence[tuple[float, int]]) -> Bucket:
    bits = 0
    for _, quality in said:
        bits |= quality
    values = [value for value, _ in said]
    return Bucket(begin_ms, min(values), max(values), sum(values) / len(values), len(values), bits)


class Site:
    """One gateway's noticing. `again` starts it anew on what it has kept."""

    def __init__(
        self,
        before: Site | None = None,
        *,
        learn_days: float = 3.0,
        enabled: bool = True,
        fusion: Fusing | None = None,
    ) -> None:
        self.bus = Bus()
        self.clock: FixedClock = FixedClock(START_MS) if before is None else before.clock
        self.writer: MemoryWriter = MemoryWriter() if before is None else before.writer
        self.memory: MemoryAnomalyMemory = MemoryAnomalyMemory() if before is None else before.memory
        self.history: MemoryHistory = MemoryHistory() if before is None else before.history
        self.places: SomePlaces = SomePlaces() if before is None else before.places
        self.machines = SaidMachines()
        self.known = True
        self.events: list[Happened] = []
        self.moved: list[Episode] = []
        self.bus.on(Happened, self.events.append)
        self.bus.on(EpisodeMoved, lambda event: self.moved.append(event.episode))
        self.chronicle = Chronicle(self.writer, self.bus, self.clock)
        self.trail = Trail(self.writer, self.bus, self.clock)
        self.archive = MemoryInsight(self.writer)
        self.anomalies = Anomalies(
            self.bus,
            self.writer,
            self.archive,
            cast("History", self.history),
            self.memory,
            self.chronicle,
            self.trail,
            self.clock,
            self.places,
            self.machines,
            fusion or DisabledFusion(),
            AnomalySettings(enabled=enabled, learn_days=learn_days),
            lambda: self.known,
        )
        self.episodes = self.anomalies.episodes
        self._seq: int = 0 if before is None else before._seq

    def says(self, device: str, quality: Mapping[str, int] | None = None, **values: float) -> Reading:
        """A reading of now; it is stored, and waits."""
        self._seq += 1
        reading = Reading(device, self.clock.now_ms, dict(values), boot="b", seq=self._seq, quality=dict(quality or {}))
        self.history.readings.append(reading)
        self.anomalies.take(reading)
        return reading

    def flag(self, device: str, metric: str, bits: Quality, words: str, value: float = -127.0) -> None:
        """The gate flags a reading of now, as it does: the words, the verdict, then the reading."""
        name = f"{device}/b/{self._seq + 1}"
        if words:
            self.bus.publish(Happened(self.clock.now_ms, "series.flagged", words, device, metric, name))
        self.bus.publish(SeriesJudged(device, metric, int(bits), self.clock.now_ms, name))
        self.says(device, {metric: int(bits)} if bits else {}, **{metric: value})

    def turn(self, *, s: float = 0, minutes: float = 0) -> None:
        """Time passes, and what waits is judged."""
        self.clock.advance(s=s, minutes=minutes)
        self.anomalies.turn(self.clock.now_ms)

    def told(self, kind: str = "anomaly.") -> list[str]:
        """The reasons in the event log, oldest first."""
        return [event.reason for event in self.events if event.kind.startswith(kind)]

    def baseline(self, asset: str, signal: Signal, rows: int = 1) -> None:
        """What a machine's baseline says for so many minutes."""
        for _ in range(rows):
            self.clock.advance(minutes=1)
            at = Signal(
                signal.nature,
                signal.device,
                signal.metric,
                self.clock.now_ms,
                signal.score,
                signal.need,
                signal.text,
                signal.others,
            )
            self.machines.says = [(asset, at)]
            self.anomalies.turn(self.clock.now_ms)
