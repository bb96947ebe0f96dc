"""What was missed is read from the history and judged as if it had come one by one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from ...core.ports.store import Bucket, History
from ...core.quality import IMPOSSIBLE
from .book import Book
from .incident import Heard
from .places import Places

MOST_MS = 7 * 86_400_000
"""What is older is not judged any more."""
_CHUNK_MS = 86_400_000
_PAUSE_S = 0.05
"""Between two questions: the page's own share the reader."""
_BELIEVED = ~int(IMPOSSIBLE)
"""Figures are made without impossible values; with any other flag in it an interval is not believed."""
_SLICE = 200


class Catchup:
    """Reads intervals of several devices of one place side by side, so that a machine's rows are whole."""

    def __init__(
        self,
        history: History,
        book: Book,
        places: Places,
        interval_s: int,
        clock: Callable[[], int],
        pause_s: float = _PAUSE_S,
    ) -> None:
        self._history = history
        self._book = book
        self._places = places
        self._interval_ms = interval_s * 1000
        self._clock = clock
        self._pause_s = pause_s

    async def of(self, devices: Sequence[str], from_ms: Mapping[str, int], to_ms: int) -> AsyncIterator[Heard]:
        """What is heard of [from, to]; the interval of `to_ms` goes on. Raises StoreError."""
        end_ms = to_ms - to_ms % self._interval_ms
        at_ms = max(min(from_ms.values()), end_ms - MOST_MS)
        at_ms -= at_ms % self._interval_ms
        while at_ms < end_ms:
            next_ms = min(at_ms + _CHUNK_MS, end_ms)
            intervals = await self._read(devices, at_ms, next_ms)
            for count, begin_ms in enumerate(sorted(intervals)):
                for device, buckets in intervals[begin_ms].items():
                    if begin_ms >= from_ms[device] - self._interval_ms:
                        for heard in self._book.replay(device, begin_ms, buckets, self._places.simulated(device)):
                            yield heard
                if count % _SLICE == _SLICE - 1:
                    await asyncio.sleep(0)
            at_ms = next_ms
        for device, buckets in (await self._read(devices, end_ms, to_ms + 1)).get(end_ms, {}).items():
            told = self._places.simulated(device), self._clock()
            for heard in self._book.resume(device, end_ms, buckets, *told):
                yield heard

    async def _read(
        self, devices: Sequence[str], from_ms: int, to_ms: int
    ) -> Mapping[int, dict[str, dict[str, Bucket]]]:
        """Buckets by their begin, device and metric."""
        found: defaultdict[int, dict[str, dict[str, Bucket]]] = defaultdict(dict)
        for device in devices:
            for metric in self._book.metrics(device):
                for bucket in await self._history.buckets(device, metric, from_ms, to_ms, self._interval_ms):
                    if not bucket.quality & _BELIEVED:
                        found[bucket.time_ms].setdefault(device, {})[metric] = bucket
                await asyncio.sleep(self._pause_s)
        return found
