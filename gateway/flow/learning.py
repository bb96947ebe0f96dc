"""What devices show of themselves: the metrics they send, noted in the registry without being asked.

Nothing is written per reading: a device that sends something new waits a few seconds with all others that do, and one
write notes them all.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping

from ..core.errors import StoreError
from ..core.messages import ClockSet, DeviceChanged, MetricsLearnt, Reading
from .bus import Bus
from .chronicle import Chronicle
from .registry import Registry

LEARNT = "device.learnt"
WAIT_S = 5.0
"""New metrics gather for so long."""
AGAIN_S = 60.0
"""When the disk refused them."""
NEW_MS = 3_600_000
"""Whatever a device sends in its first hour is what it is, and no news."""
_log = logging.getLogger(__name__)


class Learning:
    """Notes which metrics devices send; `chronicle` is told of what one sends in addition later.

    Needs a running event loop.
    """

    def __init__(
        self,
        bus: Bus,
        registry: Registry,
        clock: Callable[[], int],
        chronicle: Chronicle | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._chronicle = chronicle
        self._wait_s = wait_s
        self._sent: dict[str, dict[str, int]] = {}
        self._recalled: set[str] = set()
        self._gathering: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        bus.on(MetricsLearnt, self._learnt)
        bus.on(DeviceChanged, self._changed)
        bus.on(ClockSet, self._clock_set)

    def recall(self, latest: Mapping[str, Reading]) -> None:
        """What the store has of devices, as of the start: the last run may have ended before it was noted."""
        for device, reading in latest.items():
            if self._note(device, reading.values, min(reading.time_ms, self._clock())):
                self._recalled.add(device)

    async def close(self) -> None:
        """Note what has gathered; nothing is noted afterwards."""
        self._closing.set()
        if self._gathering is not None:
            await self._gathering

    def _learnt(self, event: MetricsLearnt) -> None:
        self._note(event.device, event.metrics, self._clock())

    def _note(self, device: str, metrics: Iterable[str], time_ms: int) -> bool:
        """Remember what is new of them until the next write; False: nothing is."""
        if self._closing.is_set() or not self._registry.known(device):
            return False
        known = self._registry.device(device).learnt
        new = {metric: time_ms for metric in metrics if metric not in known}
        if not new:
            return False
        self._sent[device] = {**new, **self._sent.get(device, {})}
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.get_running_loop().create_task(self._gather())
        return True

    async def _gather(self) -> None:
        wait_s = self._wait_s
        while self._sent:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), wait_s)
            wait_s = self._wait_s if await self._written() else AGAIN_S
            if self._closing.is_set():
                return

    async def _written(self) -> bool:
        """Whether the disk took what was gathered; else it is still there."""
        sent, self._sent = self._sent, {}
        recalled, self._recalled = self._recalled, set()
        news = {device for device in sent if device not in recalled and self._is_news(device)}
        try:
            learnt = await self._registry.learn(sent)
        except StoreError as error:
            _log.warning("what devices send could not be noted; once more in a minute: %s", error)
            for device, metrics in sent.items():
                self._sent[device] = {**self._sent.get(device, {}), **metrics}
            self._recalled |= recalled
            return False
        for device in learnt.keys() & news:
            self._tell(device, learnt[device])
        return True

    def _is_news(self, device: str) -> bool:
        """Whether people know this device by what it sent until now."""
        if not self._registry.known(device):
            return False
        known = self._registry.device(device)
        return bool(known.learnt) and self._clock() - known.created_ms >= NEW_MS

    def _tell(self, device: str, metrics: Iterable[str]) -> None:
        if self._chronicle is not None:
            for metric in metrics:
                self._chronicle.note(LEARNT, f"it also measures {metric}", device, metric)

    def _changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._sent.pop(event.device, None)

    def _clock_set(self, event: ClockSet) -> None:
        self._sent = {
            device: {metric: event.moved(first_ms) for metric, first_ms in metrics.items()}
            for device, metrics in self._sent.items()
        }
