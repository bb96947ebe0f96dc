"""The quality gate's flags, as evidence that a sensor is at fault."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from ...core.anomaly.words import sensor_reason
from ...core.insight import Nature, Signal
from ...core.messages import Happened, Reading, SeriesJudged
from ...core.quality import Quality
from ..bus import Bus
from ..verdicts import FLAGGED

TELLING = int(Quality.STUCK | Quality.DRIFT | Quality.JUMP | Quality.OUT_OF_RANGE)
"""Silence, ghosts and doubtful times are told elsewhere."""
NEED = 0.5
"""A flag's score is 1: whether it opens an episode is no matter of degree."""
WAIT_MS = 30_000
"""For the reading that showed it; the disk may have refused that one."""


def is_consequence(bits: int) -> bool:
    """Whether a machine that really changes may raise these, too."""
    return bool(bits) and not bits & Quality.STUCK


class Flag(msgspec.Struct, frozen=True):
    """A series was flagged, or is well again."""

    device: str
    metric: str
    bits: int
    words: str
    correlation: str
    time_ms: int
    """When the reading was measured that showed it; until that is here, when it was told."""

    def signal(self, time_ms: int) -> Signal:
        """As evidence at this time; of one that has bits."""
        text = sensor_reason(self.metric, self.words)
        return Signal(Nature.SENSOR, self.device, self.metric, time_ms, 1.0, NEED, text)


class Flags:
    """Hears the gate. A flag waits for its reading, so that it has that one's time and place in the order of things."""

    def __init__(self, bus: Bus) -> None:
        self.waiting: dict[str, list[Flag]] = {}
        """By device."""
        self.raised: dict[tuple[str, str], Flag] = {}
        """What holds, as far as readings have been looked at."""
        self._words: dict[tuple[str, str], str] = {}
        self._up: set[tuple[str, str]] = set()
        """What the gate has told, whether it was looked at by now or not."""
        bus.on(Happened, self._happened)
        bus.on(SeriesJudged, self._judged)

    def dated(self, reading: Reading) -> list[Flag]:
        """The flags that this reading has shown; of a device that is in `waiting`."""
        name = reading.correlation
        mine = [flag for flag in self.waiting[reading.device] if flag.correlation == name]
        self._leave(reading.device, [flag for flag in self.waiting[reading.device] if flag.correlation != name])
        return [replace(flag, time_ms=reading.time_ms) for flag in mine]

    def overdue(self, now_ms: int, newest_ms: Callable[[str], int | None]) -> list[Flag]:
        """Those whose reading did not come, or that none has shown; with the time of the device's newest."""
        found: list[Flag] = []
        for device, flags in list(self.waiting.items()):
            due = [flag for flag in flags if not flag.correlation or not 0 <= now_ms - flag.time_ms < WAIT_MS]
            if due:
                found += [replace(flag, time_ms=newest_ms(device) or flag.time_ms) for flag in due]
                self._leave(device, [flag for flag in flags if flag not in due])
        return found

    def take(self, flag: Flag) -> bool:
        """It is its turn; whether it is news that something is wrong."""
        key = flag.device, flag.metric
        before = self.raised.pop(key, None)
        if not flag.bits:
            return False
        self.raised[key] = flag
        return before is None or bool(flag.bits & ~before.bits)

    def bits(self, device: str, metric: str) -> int:
        """What holds of a series."""
        flag = self.raised.get((device, metric))
        return 0 if flag is None else flag.bits

    def forget(self, device: str) -> None:
        """The device is gone, or another one."""
        self.waiting.pop(device, None)
        for key in [key for key in self.raised if key[0] == device]:
            del self.raised[key]
        self._up = {key for key in self._up if key[0] != device}

    def _leave(self, device: str, left: list[Flag]) -> None:
        if left:
            self.waiting[device] = left
        else:
            self.waiting.pop(device, None)

    def _happened(self, event: Happened) -> None:
        # Told just before the same is published as SeriesJudged; in a flood only that is.
        if event.kind == FLAGGED and event.metric:
            self._words[event.device, event.metric] = event.reason

    def _judged(self, event: SeriesJudged) -> None:
        key, bits = (event.device, event.metric), event.quality & TELLING
        words = self._words.pop(key, "")
        if bits or key in self._up:
            flag = Flag(event.device, event.metric, bits, words, event.correlation, event.time_ms)
            self.waiting.setdefault(event.device, []).append(flag)
            if bits:
                self._up.add(key)
            else:
                self._up.discard(key)
