"""A house under the gateway's own judgement and watch: the objects are those that a running gateway has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

import msgspec

from ..core.insight import Episode
from ..core.judging.kept import KeptDevice
from ..core.messages import EpisodeMoved, Reading, ReadingStored
from ..core.ports.insight import BaselineKept, EpisodeKept, KeptAnomalies
from ..core.ports.models import RowModel
from ..flow.anomalies.baselines import Baselines
from ..flow.anomalies.fusion import Fusion
from ..flow.anomalies.judges import DisabledFusion, Fusing
from ..flow.anomalies.machines import Machines
from ..flow.anomalies.places import AnomalySettings
from ..flow.anomalies.watcher import Anomalies
from ..flow.bus import Bus
from ..flow.chronicle import Chronicle
from ..flow.judge import Judge
from ..flow.model_rows import RowSeat
from ..flow.thresholds import Thresholds
from ..flow.trail import Trail
from ..flow.verdicts import Verdicts
from ..simulator.site import Site
from .figures import NotMeasured
from .grounds import Gates, Learnt, NoDocuments, Notes, Past, Rooms
from .households import Recording
from .thinkers import anomaly_model

_WHO = "bench"
_BOOT = "1"
_LOOK_S = 0.05


class Snapshot(msgspec.Struct, frozen=True):
    """All that was learnt and told of some devices, as it lies on the disk."""

    time_ms: int
    gates: dict[str, KeptDevice] = {}
    learnt: KeptAnomalies = KeptAnomalies()
    episodes: dict[str, EpisodeKept] = {}
    baselines: dict[str, BaselineKept] = {}

    def of(self, asset: str, devices: Sequence[str]) -> Snapshot:
        """Of one place only."""
        return Snapshot(
            self.time_ms,
            {device: kept for device, kept in self.gates.items() if device in devices},
            KeptAnomalies(
                self.learnt.saved_ms,
                {device: kept for device, kept in self.learnt.devices.items() if device in devices},
                {name: kept for name, kept in self.learnt.machines.items() if name == asset},
            ),
            {name: kept for name, kept in self.episodes.items() if kept.asset == asset},
            {name: kept for name, kept in self.baselines.items() if kept.asset == asset},
        )


class Moved(msgspec.Struct, frozen=True):
    """An episode as it was told at one moment."""

    time_ms: int
    episode: Episode


class WatchedHouse:
    """Readings come in with their own times, which is the only clock there is."""

    def __init__(self, site: Site, recordings: Sequence[Recording], begin: Snapshot) -> None:
        self.now_ms = begin.time_ms
        self.told: list[Moved] = []
        self.bus = Bus()
        self.past = Past(recordings)
        self._notes = Notes(begin.episodes, begin.baselines)
        self._gates, self._learnt = Gates(begin.gates), Learnt(begin.learnt)
        self._seq = 0
        chronicle = Chronicle(self._notes, self.bus, self._clock, lambda device: True)
        trail = Trail(self._notes, self.bus, self._clock)
        verdicts = Verdicts(self.bus, self._clock, chronicle)
        self._judge = Judge(self.bus, verdicts, self._clock, Thresholds(NoDocuments()), self._gates)
        places, settings = Rooms(site), AnomalySettings(zone=ZoneInfo(site.site.time_zone))
        model = _model()
        self._fusion: Fusing = DisabledFusion() if model is None else Fusion(partial(_seated, model))
        self._label = "" if model is None else model.label
        machines = Machines(places, chronicle, settings.interval_s)
        self.anomalies = Anomalies(
            self.bus,
            self._notes,
            self._notes,
            self.past,
            self._learnt,
            chronicle,
            trail,
            self._clock,
            places,
            machines,
            self._fusion,
            settings,
        )
        self._baselines = Baselines(
            self._notes,
            self._notes,
            self.past,
            self.bus,
            trail,
            chronicle,
            self._clock,
            places,
            machines,
            {device.id: device.metrics for device in site.devices}.__getitem__,
            settings.interval_s,
        )
        self.bus.on(EpisodeMoved, lambda event: self.told.append(Moved(self.now_ms, event.episode)))

    def _clock(self) -> int:
        return self.now_ms

    async def open(self) -> None:
        """Go on from what it began with."""
        self._judge.load()
        await self.anomalies.load()
        await self._baselines.load()
        self._fusion.want()
        running = asyncio.create_task(self.anomalies.run())
        while self.anomalies.snapshot().behind or self._fusion.label != self._label:  # noqa: ASYNC110 - as anybody outside sees it
            await asyncio.sleep(_LOOK_S)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    def say(self, device: str, time_ms: int, values: Mapping[str, float]) -> None:
        """One reading, as ingest has it: judged, stored, told."""
        self.now_ms = max(self.now_ms, time_ms)
        self._seq += 1
        found = dict(self._judge.judge(device, values, time_ms, time_ms, _BOOT, self._seq))
        for metric, bits in found.items():
            self.past.flags.setdefault((device, metric), {})[time_ms] = bits
        reading = Reading(device, time_ms, dict(values), True, _BOOT, self._seq, quality=found)
        self.bus.publish(ReadingStored(reading, time_ms))

    @property
    def steps(self) -> int:
        """Values that were judged."""
        return self.anomalies.snapshot().steps

    def turn(self) -> None:
        """All work that has come up."""
        self.anomalies.turn(self.now_ms)

    async def commission(self, asset: str, hours: int, since_ms: int) -> None:
        """Somebody says that it ran well then."""
        await self._baselines.commission(asset, _WHO, hours, since_ms)

    async def snapshot(self) -> Snapshot:
        """Everything, as after a stop."""
        await self._judge.close()
        await self.anomalies.close()
        return Snapshot(
            self.now_ms,
            self._gates.kept,
            self._learnt.kept,
            dict(self._notes.kept_episodes),
            dict(self._notes.kept_baselines),
        )


def judged_by() -> str:
    """The model behind the series, such as `anomaly@1`, or that there is none that works, and the formula judges."""
    try:
        return anomaly_model().label
    except NotMeasured as error:
        return f"the formula alone: {error}"


def _model() -> RowModel | None:
    try:
        return anomaly_model()
    except NotMeasured:
        return None


async def _seated(model: RowModel) -> RowSeat:
    seat = RowSeat(_said, _said, lambda: None)
    seat.seat(model, None, None)
    return seat


def _said(reason: str) -> None:
    """It stays as it is: what it does not answer, the formula does."""
