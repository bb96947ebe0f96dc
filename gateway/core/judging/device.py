"""All series of one device: each judged by itself, and what only the whole shows: silence and echoes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..quality import Quality
from .kept import KeptDevice
from .rhythm import Rhythm
from .rules import Rule
from .series import Series

MOST_SERIES = 256
"""Series per device; of more metrics each value is judged as if it were the first."""
AHEAD_MS = 60_000
"""A reading this far in the future teaches nothing: its node's clock is wrong."""
LEAP_MS = 300_000
"""Times that rise by so much more than has passed: a clock was set, and no series is late because of that."""
BURST_MS = 500
"""Arrivals closer together are one: a node that empties its queue does not measure faster."""
GHOST_TIMES = 3
"""An echo: the same time and the same values, so many times again."""
CLEAN: Mapping[str, int] = {}


class DeviceGate:
    """Judges the readings of one device. Times are UTC ms, `now` twice: by the gateway's clock and since its start."""

    __slots__ = ("_day_known", "_echoes", "_heard_ms", "_last", "_leapt_ms", "_rhythm", "_rules", "_series", "time_ms")

    def __init__(self, rules: Callable[[str], Rule]) -> None:
        self._rules = rules
        self._series: dict[str, Series] = {}
        self._rhythm = Rhythm()
        self._day_known = True
        self.time_ms = 0
        self._heard_ms: int | None = None
        self._last: Mapping[str, float] = CLEAN
        self._echoes = 0
        self._leapt_ms = 0

    def judge(self, values: Mapping[str, float], time_ms: int, utc_ms: int, up_ms: int) -> Mapping[str, int]:
        """Bits of the metrics that have any. A value that is not later than the last of its series teaches nothing."""
        if time_ms > utc_ms + AHEAD_MS:
            return self.check(values)
        if time_ms > self.time_ms:
            self._hear(time_ms, up_ms)
        elif time_ms == self.time_ms and values == self._last:
            return self._echo(values)
        elif self.time_ms > utc_ms + AHEAD_MS:
            self._set_back(time_ms)
        self._last = values
        found: dict[str, int] | None = None
        known = self._series
        for metric, value in values.items():
            series = known.get(metric) or self._new(metric)
            bits = series.judge(value, time_ms)
            if bits:
                if found is None:
                    found = {}
                found[metric] = bits
        return CLEAN if found is None else found

    def check(self, values: Mapping[str, float]) -> Mapping[str, int]:
        """What can be said of values that teach nothing: whether sensors can measure them."""
        return {m: int(Quality.OUT_OF_RANGE) for m, v in values.items() if not self._rules(m).possible(v)} or CLEAN

    def stale(self, up_ms: int) -> list[str]:
        """The metrics of which nothing came for longer than usual."""
        if self._heard_ms is None:
            return []
        if up_ms - self._heard_ms > self._rhythm.patience_ms:
            return list(self._series)
        return [metric for metric, series in self._series.items() if series.silent(self.time_ms, self._leapt_ms)]

    def know_the_day(self, known: bool) -> None:
        """Whether times are sure from now on."""
        self._day_known = known
        for series in self._series.values():
            series.know_the_day(known)

    def kept(self, hardware: str = "") -> KeptDevice:
        """What has to outlive the process."""
        rhythm = self._rhythm.interval_ms, self._rhythm.pause_ms
        return KeptDevice(rhythm, {metric: series.kept() for metric, series in self._series.items()}, hardware)

    def restore(self, kept: KeptDevice, up_ms: int) -> None:
        """Go on from what was kept; silence counts from now on."""
        self._heard_ms = up_ms
        self._rhythm.restore(*kept.rhythm)
        for metric, series in kept.series.items():
            restored = self._series[metric] = Series.restored(self._rules(metric), series)
            restored.know_the_day(self._day_known)
            self.time_ms = max(self.time_ms, series.times[1])

    def series(self, metric: str) -> Series | None:
        """What is known of one series."""
        return self._series.get(metric)

    def obey(self, metric: str, rule: Rule, *, normal: bool) -> None:
        """Its owner has set limits, or says that what it does now is normal."""
        series = self._series.get(metric)
        if series is not None:
            series.obey(rule)
            if normal:
                series.accept()

    @property
    def interval_ms(self) -> float:
        """How often it speaks."""
        return self._rhythm.interval_ms

    @property
    def metrics(self) -> list[str]:
        """The series there are."""
        return list(self._series)

    def _hear(self, time_ms: int, up_ms: int) -> None:
        if self._heard_ms is not None and time_ms - self.time_ms > up_ms - self._heard_ms + LEAP_MS:
            self._leapt_ms = time_ms
        self.time_ms = time_ms
        self._echoes = 0
        if self._heard_ms is None:
            self._heard_ms = up_ms
        elif up_ms - self._heard_ms >= BURST_MS:
            self._rhythm.note(up_ms - self._heard_ms)
            self._heard_ms = up_ms

    def _echo(self, values: Mapping[str, float]) -> Mapping[str, int]:
        self._echoes += 1
        return dict.fromkeys(values, int(Quality.GHOST)) if self._echoes >= GHOST_TIMES else CLEAN

    def _set_back(self, time_ms: int) -> None:
        """A clock was ahead and is right again."""
        self.time_ms = time_ms
        for series in self._series.values():
            series.set_back(time_ms)

    def _new(self, metric: str) -> Series:
        series = Series(self._rules(metric))
        series.know_the_day(self._day_known)
        if len(self._series) < MOST_SERIES:
            self._series[metric] = series
        return series
