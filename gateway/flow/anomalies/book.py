"""Every series that is watched: what came of it in this interval, and the detector that knows the rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import perf_counter

import msgspec
from msgspec.structs import replace

from ...core.anomaly.points import UNWATCHED, Point, Points, of_bucket
from ...core.anomaly.scoring import Scored
from ...core.anomaly.series import ASK, Series
from ...core.anomaly.words import series_reason
from ...core.insight import Nature, Signal
from ...core.local_time import LocalTime
from ...core.messages import Reading
from ...core.metrics import Histogram
from ...core.ports.insight import KeptDevice, KeptSeries
from ...core.ports.store import Bucket
from ...core.units import unit
from .incident import HOLD, Heard
from .judges import Fusing
from .places import MACHINES, AnomalySettings, Places

MOST_OF_A_DEVICE, MOST = 64, 4000
"""Series that are watched."""
_STEP_S = (0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1)
_TELLING = ASK * HOLD
"""No score below this opens an episode or keeps one open."""

Row = Callable[[str, int, Mapping[str, float]], Iterable[Heard]]
"""(device, begin of an interval, means): what a machine's baseline says to it."""


class _Watched(msgspec.Struct):
    points: Points
    series: Series
    at_ms: int = -1
    """Begin of the last interval it was given."""
    gap_ms: int = 0
    """From the one before it to that one."""


class _Device(msgspec.Struct):
    metrics: dict[str, _Watched] = {}
    begin_ms: int = -1
    """Of the interval that goes on; -1: none does."""
    heard_ms: int = 0
    """When its last reading was looked at, by the gateway's clock."""
    last: Reading | None = None


class Book:
    """Series by device and metric. `needs` (asset, device, metric, time): the score that opens an episode."""

    def __init__(
        self,
        places: Places,
        local: LocalTime,
        settings: AnomalySettings,
        needs: Callable[[str, str, str, int], float],
        row: Row,
        fusion: Fusing,
        unwatched: Callable[[str], None] = lambda device: None,
    ) -> None:
        self.steps = 0
        """Points that series were judged by."""
        self.took = Histogram(_STEP_S)
        """How long each took."""
        self._places = places
        self._local = local
        self._interval_ms = settings.interval_s * 1000
        self._learn_s = settings.learn_days * 86_400.0
        self._needs = needs
        self._row = row
        self._fusion = fusion
        self._unwatched = unwatched
        self._devices: dict[str, _Device] = {}
        self._many: set[str] = set()
        self._count = 0
        self._minute = (-1, 0)

    # What is known

    @property
    def count(self) -> int:
        """Series that are watched."""
        return self._count

    @property
    def ready(self) -> int:
        """Series that are known for long enough to be judged."""
        return sum(self._learnt(one.series) for device in self._devices.values() for one in device.metrics.values())

    def judged(self, device: str) -> int:
        """How many of its series are."""
        known = self._devices.get(device)
        return 0 if known is None else sum(self._learnt(one.series) for one in known.metrics.values())

    def devices(self) -> list[str]:
        """Of which any series is watched."""
        return list(self._devices)

    def metrics(self, device: str) -> list[str]:
        """That are watched."""
        known = self._devices.get(device)
        return [] if known is None else list(known.metrics)

    def newest_ms(self, device: str) -> int | None:
        """When its last reading was measured, or as far as the history was read."""
        known = self._devices.get(device)
        if known is None:
            return None
        read_ms = max((one.at_ms for one in known.metrics.values()), default=-1)
        newest = read_ms if known.last is None else max(known.last.time_ms, read_ms)
        return None if newest < 0 else newest

    def next_ms(self, device: str) -> int | None:
        """Begin of the first interval that not all of its series were given; None: nothing is known of it."""
        known = self._devices.get(device)
        at_ms = [] if known is None else [one.at_ms for one in known.metrics.values() if one.at_ms >= 0]
        return min(at_ms) + self._interval_ms if at_ms else None

    # What comes

    def take(self, reading: Reading, now_ms: int) -> list[Heard]:
        """A believed reading, in order of time within its device."""
        device = self._devices.get(reading.device)
        if device is None:
            device = self._devices[reading.device] = _Device()
        time_ms = reading.time_ms
        begin_ms = time_ms - time_ms % self._interval_ms
        found: list[Heard] = []
        if begin_ms > device.begin_ms:
            found = self._close(reading.device, device)
            device.begin_ms = begin_ms
        device.last, device.heard_ms = reading, now_ms
        for metric, value in reading.values.items():
            if metric in UNWATCHED or reading.quality.get(metric, 0):
                continue
            watched = device.metrics.get(metric) or self._new(reading.device, device, metric)
            if watched is not None:
                point = watched.points.take(time_ms, value, watched.series.quiet)
                if point is not None:
                    found += self._step(reading.device, metric, watched, point, reading)
        return found

    def turn(self, now_ms: int) -> Iterator[list[Heard]]:
        """Intervals that are over because nothing more comes in them, a device at a time; others may run between."""
        for name, device in list(self._devices.items()):
            quiet_ms = now_ms - device.heard_ms
            over = device.begin_ms >= 0 and now_ms >= device.begin_ms + self._interval_ms
            # What a node sends of old, or faster than it happened, goes on within an interval that is long over.
            if over and not 0 <= quiet_ms < self._interval_ms and self._devices.get(name) is device:
                found = self._close(name, device)
                device.begin_ms = -1
                yield found

    def replay(self, name: str, begin_ms: int, buckets: Mapping[str, Bucket], simulated: bool) -> list[Heard]:
        """An interval that is over, from the history; what a series was given before is not given again."""
        device = self._devices.get(name)
        if device is None:
            return []
        found: list[Heard] = []
        reading = Reading(name, begin_ms, {}, simulated)
        for metric, bucket in buckets.items():
            watched = device.metrics.get(metric)
            if watched is not None and begin_ms > watched.at_ms:
                found += self._step(name, metric, watched, of_bucket(bucket, watched.series.quiet), reading)
        found += self._row(name, begin_ms, {metric: bucket.mean for metric, bucket in buckets.items()})
        return found

    def begin_anew(self, name: str) -> None:
        """The interval that goes on is read from the history, with all that was left out of it."""
        device = self._devices.get(name)
        if device is not None:
            device.begin_ms = -1
            for one in device.metrics.values():
                one.points = Points(self._interval_ms)

    def resume(
        self, name: str, begin_ms: int, buckets: Mapping[str, Bucket], simulated: bool, now_ms: int
    ) -> list[Heard]:
        """An interval that goes on, of which the history has the beginning."""
        device = self._devices.get(name)
        if device is None:
            return []
        device.begin_ms, device.heard_ms = begin_ms, now_ms
        found: list[Heard] = []
        reading = Reading(name, begin_ms, {}, simulated)
        for metric, bucket in buckets.items():
            watched = device.metrics.get(metric)
            if watched is not None:
                point = watched.points.resume(bucket, watched.series.quiet)
                if point is not None:
                    found += self._step(name, metric, watched, point, reading)
        return found

    # What ends

    def forget(self, device: str) -> None:
        """It is gone, or elsewhere, or another one: its series begin anew."""
        known = self._devices.pop(device, None)
        if known is not None:
            self._count -= len(known.metrics)
        self._many.discard(device)

    def re_date(self, now_ms: int) -> None:
        """The clock was set: intervals begin anew, and a series that is ahead of it now is no use."""
        for device in self._devices.values():
            device.begin_ms, device.last = -1, None
            for metric, one in list(device.metrics.items()):
                one.points = Points(self._interval_ms)
                if one.at_ms > now_ms + self._interval_ms:
                    del device.metrics[metric]
                    self._count -= 1

    # What is kept

    def kept(self) -> Iterator[tuple[str, KeptDevice]]:
        """All that was learnt, a device at a time."""
        for name in list(self._devices):
            device = self._devices.get(name)
            if device is not None:
                series = {
                    metric: KeptSeries(one.at_ms, one.series.kept())
                    for metric, one in device.metrics.items()
                    if one.at_ms >= 0
                }
                yield name, KeptDevice(self._places.hardware(name), series)

    def restore(self, name: str, kept: KeptDevice) -> None:
        """Go on from there. Raises ValueError for what is damaged or of another version."""
        series = {metric: (one.at_ms, Series.of(one.state)) for metric, one in kept.series.items()}
        device = self._devices[name] = _Device()
        for metric, (at_ms, one) in series.items():
            device.metrics[metric] = _Watched(Points(self._interval_ms), one, at_ms)
        self._count += len(series)

    # How it is done

    def _new(self, name: str, device: _Device, metric: str) -> _Watched | None:
        if len(device.metrics) >= MOST_OF_A_DEVICE or self._count >= MOST:
            if name not in self._many:
                self._many.add(name)
                self._unwatched(name)
            return None
        self._count += 1
        watched = device.metrics[metric] = _Watched(Points(self._interval_ms), Series())
        return watched

    def _learnt(self, series: Series) -> bool:
        return series.ready and series.days * 86_400.0 >= self._learn_s

    def _close(self, name: str, device: _Device) -> list[Heard]:
        """The interval is over, for all of its series."""
        begin_ms, found, means = device.begin_ms, [], {}
        if begin_ms < 0 or device.last is None:
            return []
        for metric, watched in device.metrics.items():
            point = watched.points.close()
            if point is not None:
                found += self._step(name, metric, watched, point, device.last)
                if point.mean is not None:
                    means[metric] = point.mean
        if means:
            found += self._row(name, begin_ms, means)
        return found

    def _step(self, name: str, metric: str, watched: _Watched, point: Point, reading: Reading) -> list[Heard]:
        if point.value is None or point.time_ms <= watched.at_ms:
            return []
        began = perf_counter()
        learnt = self._learnt(watched.series)
        fuse = self._fusion.fuse() if learnt else None
        scored = watched.series.step(point.time_ms / 1000.0, point.value, self._minute_of(point.time_ms), fuse)
        self.took.observe(perf_counter() - began)
        self.steps += 1
        # Of two: the pause of an outage is not how often it speaks.
        gap_ms = 0 if watched.at_ms < 0 else point.time_ms - watched.at_ms
        every_ms, watched.gap_ms = min(gap_ms, watched.gap_ms), gap_ms
        watched.at_ms = point.time_ms
        if learnt and scored.score >= ASK:
            if fuse is None:
                self._fusion.want()
            elif self._fusion.failed:
                scored, fuse = dataclasses.replace(scored, score=scored.lasting), None
        if not learnt or max(scored.score, scored.lasting) < _TELLING:
            return []
        heard = self._heard(name, metric, scored, point, reading, fuse is not None, max(gap_ms, self._interval_ms))
        return [replace(heard, every_ms=every_ms)]

    def _heard(
        self, name: str, metric: str, scored: Scored, point: Point, reading: Reading, fused: bool, apart_ms: int
    ) -> Heard:
        asset = self._places.place(name) or ""
        kind = self._places.kind(asset) if asset else None
        nature = Nature.MACHINE if kind in MACHINES else Nature.UNUSUAL
        time_ms = max(point.time_ms, reading.time_ms) if point.mean is None else point.time_ms
        need = self._needs(asset, name, metric, time_ms)
        text = series_reason(metric, scored, apart_ms / 1000.0, unit)
        return Heard(
            asset=asset,
            signal=Signal(nature, name, metric, time_ms, scored.score, need, text),
            lasting=scored.lasting,
            correlation=reading.correlation if reading.values else "",
            model=self._fusion.label if fused and scored.score >= ASK else "",
            simulated=reading.simulated,
        )

    def _minute_of(self, time_ms: int) -> int:
        """Of the local day; most series ask for the same."""
        if self._minute[0] != time_ms:
            self._minute = time_ms, self._local.minute(time_ms)
        return self._minute[1]
