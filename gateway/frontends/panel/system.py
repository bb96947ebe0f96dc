"""The machine the gateway runs on: board, memory, disk, what is written to it and how long it will last."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence

import msgspec

from ...core.ports.machine import Board, Day, Disk, Life, Space
from .parts import PanelSettings, PartHealth, Parts
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op


class DayShown(msgspec.Struct, frozen=True):
    """What was written on one day of the site's calendar."""

    day: str
    seconds: float
    """How long was measured."""
    part_bytes: Mapping[str, int]
    total_bytes: int
    disk_bytes: int | None
    """To the whole disk, by everybody."""


class WearShown(msgspec.Struct, frozen=True):
    """What is written to the disk. What is null is not known, or not yet."""

    measured: bool
    budget_bytes_per_day: int
    """0: no budget."""
    over_budget: bool
    today: DayShown
    days: Sequence[DayShown]
    """Newest first."""
    part_bytes_per_day: Mapping[str, int]
    total_bytes_per_day: int | None
    disk_bytes_per_day: int | None
    life: Life


class SystemShown(msgspec.Struct, frozen=True):
    """Answer to GET /api/system."""

    version: str
    python: str
    demo: bool
    time: str
    time_ms: int
    clock_known: bool
    """False: the times are provisional, and are dated anew once the gateway knows better."""
    up_s: float
    """Of the gateway; the board has its own."""
    board: Board
    disk: Disk
    space: Space
    wear: WearShown
    parts: Mapping[str, PartHealth]


class System:
    """GET /api/system."""

    def __init__(self, parts: Parts, settings: PanelSettings) -> None:
        self._parts = parts
        self._settings = settings
        self._started_s = time.monotonic()

    def routes(self) -> list[Route]:
        """What is served."""
        return [op("GET", "/system", Who.READ, self._get, "The machine the gateway runs on")]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> SystemShown:
        return self._shown()

    def _shown(self) -> SystemShown:
        machine = self._parts.machine()
        wear = machine.wear
        now_ms = self._parts.now_ms()
        return SystemShown(
            version=self._settings.version,
            python=platform.python_version(),
            demo=self._settings.demo,
            time=to_text(now_ms),
            time_ms=now_ms,
            clock_known=self._parts.clock_known(),
            up_s=round(time.monotonic() - self._started_s, 1),
            board=machine.board,
            disk=machine.disk,
            space=machine.space,
            wear=WearShown(
                measured=wear.measured,
                budget_bytes_per_day=wear.budget_bytes_per_day,
                over_budget=0 < wear.budget_bytes_per_day < wear.today.total_bytes,
                today=_day(wear.today),
                days=[_day(day) for day in wear.days],
                part_bytes_per_day=wear.part_bytes_per_day,
                total_bytes_per_day=wear.total_bytes_per_day,
                disk_bytes_per_day=wear.disk_bytes_per_day,
                life=wear.life,
            ),
            parts=self._parts.health(),
        )


def _day(day: Day) -> DayShown:
    return DayShown(day.day, round(day.seconds, 1), day.part_bytes, day.total_bytes, day.disk_bytes)
