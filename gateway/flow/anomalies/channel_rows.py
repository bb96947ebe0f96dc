"""What several series measured side by side, read from the history: one row an interval."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from ...core.anomaly.machine import LEAST_ROWS
from ...core.ports.store import History
from ...core.quality import IMPOSSIBLE

_AT_ONCE_MS = 7 * 86_400_000
"""Asked of the history at a time."""
_PAUSE_S = 0.02
"""Between two questions: the page's own share the reader."""
_BELIEVED = ~int(IMPOSSIBLE)
_LARGEST = 1e100
"""What is larger cannot be squared, and was not measured."""
_LEAST_SHARE, _LEAST_VALUES = 0.1, LEAST_ROWS // 2
"""A channel that has values in less of the rows is left out, that it does not keep the others from being judged."""

Rows = list[list[float | None]]


class ChannelRows:
    """Means of `interval_s` seconds, aligned to the epoch; one with a flag in it is not believed."""

    def __init__(self, history: History, interval_s: int) -> None:
        self._history = history
        self._interval_ms = interval_s * 1000

    async def of(
        self, channels: Sequence[str], from_ms: int, to_ms: int, begin: Callable[[str], int] = lambda device: 0
    ) -> tuple[list[str], Rows]:
        """The channels (`device/metric`) that were measured in [from, to), and their rows, oldest first.

        begin: from when on what a device has measured counts. Raises StoreError.
        """
        values: dict[str, dict[int, float]] = {}
        for channel in channels:
            device, _, metric = channel.rpartition("/")
            values[channel] = await self.read(device, metric, max(from_ms, begin(device)), to_ms)
        # A week of many channels takes longer than the event loop may wait.
        return await asyncio.to_thread(_side_by_side, values)

    async def read(self, device: str, metric: str, from_ms: int, to_ms: int) -> dict[int, float]:
        """Mean by begin of the interval. Raises StoreError."""
        found: dict[int, float] = {}
        while from_ms < to_ms:
            until_ms = min(from_ms + _AT_ONCE_MS, to_ms)
            for bucket in await self._history.buckets(device, metric, from_ms, until_ms, self._interval_ms):
                if not bucket.quality & _BELIEVED and -_LARGEST < bucket.mean < _LARGEST:
                    found[bucket.time_ms] = bucket.mean
            from_ms = until_ms
            await asyncio.sleep(_PAUSE_S)
        return found


def _side_by_side(values: Mapping[str, Mapping[int, float]]) -> tuple[list[str], Rows]:
    minutes = sorted({minute for known in values.values() for minute in known})
    least = max(1.0 if len(minutes) < LEAST_ROWS else _LEAST_VALUES, _LEAST_SHARE * len(minutes))
    kept = [channel for channel, known in values.items() if len(known) >= least]
    return kept, [[values[channel].get(minute) for channel in kept] for minute in minutes]
