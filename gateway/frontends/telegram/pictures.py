"""Pictures of what was measured in the last day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import tzinfo

from ...core.local_time import LocalTime
from ...core.ports.store import Bucket, History
from ...core.rules.words import Names

_DAY_MS = 86_400_000
_STEPS = 300
_STEP_MS = _DAY_MS // _STEPS
_TICK_HOURS = 4
_MONTHS = ("January", "February", "March", "April", "May", "June")
_MORE_MONTHS = ("July", "August", "September", "October", "November", "December")


class Pictures:
    """Drawn in a thread, from condensed steps: a day is 300 of them, however much was measured."""

    def __init__(
        self,
        *,
        history: History,
        names: Names,
        unit: Callable[[str, str], str],
        simulated: Callable[[str], bool],
        clock: Callable[[], int],
        limits: Callable[[str, str], tuple[float, ...]] = lambda device, metric: (),
    ) -> None:
        """`unit`, `limits`: of (device, metric); limits are drawn as lines."""
        self._history = history
        self._names = names
        self._unit = unit
        self._simulated = simulated
        self._clock = clock
        self._limits = limits

    async def day(self, device: str, metric: str) -> tuple[bytes, str] | None:
        """A PNG of the last 24 hours and its caption; None: nothing was measured. Raises StoreError."""
        to_ms = self._clock()
        buckets = await self._history.buckets(device, metric, to_ms - _DAY_MS, to_ms, _STEP_MS)
        if not buckets:
            return None
        name, words, unit = self._names.device(device), metric.replace("_", " "), self._unit(device, metric)
        simulated = self._simulated(device)
        drawn = await asyncio.to_thread(self._draw, buckets, f"{name}: {words}", unit, device, metric, to_ms)
        space = f" {unit}" if unit else ""
        least, most = min(one.minimum for one in buckets), max(one.maximum for one in buckets)
        caption = (
            f"{name}: {words} of the last 24 h, {least:.4g} to {most:.4g}{space}, now {buckets[-1].mean:.4g}{space}"
        )
        return drawn, caption + (" · SIMULATED" if simulated else "")

    def _draw(self, buckets: list[Bucket], title: str, unit: str, device: str, metric: str, to_ms: int) -> bytes:
        from .picture import Course, Point, draw

        return draw(
            Course(
                title=title,
                unit=unit,
                points=[Point(one.time_ms, one.minimum, one.maximum, one.mean) for one in buckets],
                from_ms=to_ms - _DAY_MS,
                to_ms=to_ms,
                step_ms=_STEP_MS,
                ticks=_ticks(LocalTime(self._names.site_zone), to_ms),
                limits=self._limits(device, metric),
                simulated=self._simulated(device),
            )
        )


def wall_clock(zone: Callable[[], tzinfo], clock: Callable[[], int]) -> Callable[[int], str]:
    """How a moment, UTC ms, is said: `14:02`, on another day `14:02 on 3 March`."""

    def said(time_ms: int) -> str:
        local = LocalTime(zone())
        wall = local.wall(time_ms)
        time = f"{wall.hour:02}:{wall.minute:02}"
        if local.date_of(time_ms) == local.date_of(clock()):
            return time
        return f"{time} on {wall.day} {(*_MONTHS, *_MORE_MONTHS)[wall.month - 1]}"

    return said


def _ticks(local: LocalTime, to_ms: int) -> list[tuple[int, str]]:
    found, hour = [], local.hour(to_ms - _DAY_MS)
    while (hour := local.hour(hour.end_ms)).start_ms < to_ms:
        wall = local.wall(hour.start_ms)
        if wall.hour % _TICK_HOURS == 0:
            found.append((hour.start_ms, f"{wall.hour:02}:00"))
    return found
