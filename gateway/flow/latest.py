"""The newest value of every metric of one device: never restamped, each with how far it can be trusted."""

from __future__ import annotations

import msgspec

from ..core.messages import Reading
from ..core.quality import Quality

MOST_METRICS = 256
"""Values remembered per device; the metric that was new first goes first."""


_NONE: frozenset[str] = frozenset()


class Latest(msgspec.Struct, frozen=True):
    """The newest value of one metric, under the time it was measured."""

    value: float
    time_ms: int
    quality: int = 0
    """Bits of `quality.Quality`."""
    correlation: str = ""
    """The reading it came with."""


class LatestValues:
    """Taken from readings in the order in which they reach the disk.

    The newest reading is taken apart only when somebody asks, or when another does not say the same metrics anew: this
    is on the path of every reading.
    """

    __slots__ = ("_now_ms", "_values", "_whole", "reading")

    def __init__(self) -> None:
        self.reading: Reading | None = None
        """The newest reading set."""
        self._whole = False  # it is not in `_values` yet
        self._now_ms = 0  # when it was taken
        self._values: dict[str, tuple[float, int, Reading]] = {}

    def take(self, reading: Reading, now_ms: int) -> frozenset[str]:
        """A reading is on the disk. One that is late or a repetition moves only what it is newer than.

        The metrics in it that there were not before; of a device that has more than are remembered, none.
        """
        newest, new = self.reading, _NONE
        if newest is None:
            new = frozenset(reading.values)
        elif reading.late:
            self._take_apart()
            new = self._missing(reading)
            self._sort_in(reading, now_ms)
            return new
        elif reading.values.keys() != newest.values.keys():
            self._take_apart()
            new = self._missing(reading)
        elif reading.time_ms < newest.time_ms:
            self._take_apart()
        self.reading, self._now_ms, self._whole = reading, now_ms, True
        return new

    def _missing(self, reading: Reading) -> frozenset[str]:
        known = self._values
        if reading.values.keys() <= known.keys() or len(known) >= MOST_METRICS:
            return _NONE
        return frozenset(reading.values.keys() - known.keys())

    def _take_apart(self) -> None:
        if self._whole and self.reading is not None:
            self._whole = False
            self._sort_in(self.reading, self._now_ms)

    def _sort_in(self, reading: Reading, now_ms: int) -> None:
        time_ms, late = reading.time_ms, reading.late
        values = self._values
        for metric, value in reading.values.items():
            known = values.get(metric)
            # A value from the future (a node's wrong clock) gives way to the next one.
            if known is None or time_ms > known[1] or (not late and (time_ms == known[1] or known[1] > now_ms)):
                values[metric] = (value, time_ms, reading)
        while len(values) > MOST_METRICS:
            del values[next(iter(values))]

    def times(self) -> dict[str, tuple[float, int]]:
        """Value and UTC ms by metric."""
        self._take_apart()
        return {metric: (value, time_ms) for metric, (value, time_ms, _) in self._values.items()}

    def all(self) -> dict[str, Latest]:
        """By metric."""
        self._take_apart()
        return {
            metric: Latest(value, time_ms, reading.quality.get(metric, 0), reading.correlation)
            for metric, (value, time_ms, reading) in self._values.items()
        }

    def redate(self, ms: int, *, sure: bool) -> None:
        """The gateway's clock was set: values of whose time it was not sure move; `sure`: it knows the time now."""
        self._take_apart()
        moved: dict[int, Reading] = {}
        for metric, (value, time_ms, reading) in self._values.items():
            if reading.quality.get(metric, 0) & Quality.TIME:
                dated = moved.get(id(reading))
                if dated is None:
                    dated = moved[id(reading)] = _dated(reading, ms, sure)
                self._values[metric] = (value, time_ms + ms, dated)
        if self.reading is not None:
            self.reading = moved.get(id(self.reading), self.reading)


def _dated(reading: Reading, ms: int, sure: bool) -> Reading:
    unsure = 0 if sure else int(Quality.TIME)
    left = {metric: bits & ~Quality.TIME | bits & unsure for metric, bits in reading.quality.items()}
    quality = {metric: int(bits) for metric, bits in left.items() if bits}
    return msgspec.structs.replace(reading, time_ms=reading.time_ms + ms, quality=quality)
