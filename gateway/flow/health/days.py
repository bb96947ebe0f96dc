"""One number a day of what tells of a machine's wear, read from its history once the day is over."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from ...core.health.catalogue import Recipe, day_value
from ...core.local_time import Span
from ...core.ports.store import History
from ..anomalies.channel_rows import ChannelRows

MINUTE_S = 60
EPOCH = date(1970, 1, 1)


def number_of(day: date) -> int:
    """Days since 1970-01-01, as they are stored."""
    return (day - EPOCH).days


class DayReader:
    """Makes days of the minutes that the history has."""

    def __init__(self, history: History) -> None:
        self._rows = ChannelRows(history, MINUTE_S)

    async def read(
        self,
        channels: Collection[str],
        recipes: Sequence[Recipe],
        day: Span,
        begin: Callable[[str], int] = lambda device: 0,
    ) -> dict[str, float]:
        """The day's number of each recipe that has one; `channels` are `device/metric`, `begin` says from when on what
        a device has measured counts. Raises StoreError.
        """
        needed = {metric for recipe in recipes for metric in recipe.needs}
        minutes: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for channel in sorted(channels):
            device, _, metric = channel.rpartition("/")
            if metric in needed:
                start_ms = max(day.start_ms, begin(device))
                for minute, value in (await self._rows.read(device, metric, start_ms, day.end_ms)).items():
                    # Of two that measure the same the first counts, and always the same one.
                    minutes[minute].setdefault(metric, value)
        return await asyncio.to_thread(_numbers, recipes, minutes) if minutes else {}


def _numbers(recipes: Sequence[Recipe], minutes: Mapping[int, Mapping[str, float]]) -> dict[str, float]:
    """In a thread: some ms a sensor."""
    begins = sorted(minutes)
    rows, at = [minutes[begin] for begin in begins], [begin // (MINUTE_S * 1000) for begin in begins]
    found = {recipe.key: day_value(recipe, rows, at) for recipe in recipes}
    return {key: value for key, value in found.items() if value is not None}
