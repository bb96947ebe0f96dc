"""History that follows what a device, or an asset, was in time: across swaps, former ids and assignments.

Readings are found under the ids they were stored with, clipped to the time they count for: [from, to), so that no
reading counts twice and one that is re-dated later is found where it then belongs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import merge
from operator import itemgetter
from typing import Protocol

import msgspec

from ..core.home import Assignment, clipped
from ..core.ports.store import Bucket, History
from ..core.quality import IMPOSSIBLE

Value = tuple[int, float, int]
"""(UTC ms, value, quality bits)."""
_Part = tuple[str, int, int]
"""(id in the store, from, to)."""


class Formers(Protocol):
    """Who knows under which ids a device's readings lie; the registry."""

    def series_of(self, device_id: str, from_ms: int, to_ms: int) -> list[tuple[str, int, int]]:
        """(id, from, to) of each part, itself last."""


class Spans(Protocol):
    """Who knows which devices measured an asset, and when; the assignments."""

    def of_asset(self, asset: str) -> list[Assignment]:
        """Every one, by its begin."""


class Rows(msgspec.Struct, frozen=True):
    """What was found: values by time, or buckets when a step was asked for."""

    rows: Sequence[Value | Bucket]
    devices: tuple[str, ...]
    """Whose they may be, in the order in which they begin to count."""
    truncated: bool
    """There was more: only the newest are here."""


async def of_device(
    history: History,
    registry: Formers,
    device: str,
    metric: str,
    from_ms: int,
    to_ms: int,
    step_ms: int | None,
    limit: int,
) -> Rows:
    """[from, to) of a device, with what was stored under the ids it had before; the newest `limit` values."""
    parts = _parts(registry, device, from_ms, to_ms)
    rows, truncated = await _read(history, parts, metric, step_ms, limit)
    return Rows(rows, (device,), truncated)


async def of_asset(
    history: History,
    registry: Formers,
    assignments: Spans,
    asset: str,
    metric: str,
    from_ms: int,
    to_ms: int,
    step_ms: int | None,
    limit: int,
) -> Rows:
    """[from, to) of an asset: of each device what it measured while it was assigned; the newest `limit` values."""
    spans = clipped(assignments.of_asset(asset), from_ms, to_ms)
    parts = [part for span in spans for part in _parts(registry, span.device, span.from_ms, span.to_ms or to_ms)]
    rows, truncated = await _read(history, parts, metric, step_ms, limit)
    return Rows(rows, tuple(dict.fromkeys(span.device for span in spans)), truncated)


def _parts(registry: Formers, device: str, from_ms: int, to_ms: int) -> list[_Part]:
    series = registry.series_of(device, from_ms, to_ms) if from_ms < to_ms else []
    clip = [(name, max(start, from_ms), min(end, to_ms)) for name, start, end in series]
    return [part for part in clip if part[1] < part[2]]


async def _read(
    history: History, parts: Sequence[_Part], metric: str, step_ms: int | None, limit: int
) -> tuple[Sequence[Value | Bucket], bool]:
    if step_ms is not None:
        return await _buckets(history, parts, metric, step_ms), False
    found = [await history.raw(part[0], metric, part[1], part[2], limit) for part in parts]
    rows = list(merge(*found, key=itemgetter(0)))
    truncated = len(rows) > limit or any(len(values) >= limit for values in found)
    return rows[-limit:] if limit > 0 else [], truncated


async def _buckets(history: History, parts: Sequence[_Part], metric: str, step_ms: int) -> list[Bucket]:
    """Each part's steps; a step that several share is made of all of them."""
    by_step: defaultdict[int, list[Bucket]] = defaultdict(list)
    for name, start, end in parts:
        for bucket in await history.buckets(name, metric, start, end, step_ms):
            by_step[bucket.time_ms].append(bucket)
    # What is impossible has no part in a figure, but only a step that has nothing else consists of it: that is not to
    # be seen from a bucket.
    unsure = [time_ms for time_ms, shared in by_step.items() if len(shared) > 1 and _any_impossible(shared)]
    condensed = await _condensed(history, parts, metric, step_ms, unsure)
    return [condensed.get(time_ms) or _together(shared) for time_ms, shared in sorted(by_step.items())]


async def _condensed(
    history: History, parts: Sequence[_Part], metric: str, step_ms: int, steps: Iterable[int]
) -> dict[int, Bucket]:
    """These steps from their values, as far as those are still kept."""
    found: dict[int, Bucket] = {}
    for time_ms in steps:
        values: list[Value] = []
        for name, start, end in parts:
            start, end = max(start, time_ms), min(end, time_ms + step_ms)
            values += await history.raw(name, metric, start, end) if start < end else []
        used = [value for _, value, bits in values if not bits & IMPOSSIBLE] or [value for _, value, _ in values]
        if used:
            quality = 0
            for _, _, bits in values:
                quality |= bits
            found[time_ms] = _bucket(time_ms, min(used), max(used), sum(used), len(used), quality)
    return found


def _together(shared: Sequence[Bucket]) -> Bucket:
    if len(shared) == 1:
        return shared[0]
    quality = 0
    for bucket in shared:
        quality |= bucket.quality
    total = sum(bucket.mean * bucket.count for bucket in shared)
    lowest, highest = min(bucket.minimum for bucket in shared), max(bucket.maximum for bucket in shared)
    return _bucket(shared[0].time_ms, lowest, highest, total, sum(bucket.count for bucket in shared), quality)


def _bucket(time_ms: int, lowest: float, highest: float, total: float, count: int, quality: int) -> Bucket:
    """A mean is never outside of its own range, whatever rounding does."""
    return Bucket(time_ms, lowest, highest, min(max(total / count, lowest), highest), count, quality)


def _any_impossible(shared: Sequence[Bucket]) -> bool:
    return any(bucket.quality & IMPOSSIBLE for bucket in shared)
