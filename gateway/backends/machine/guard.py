"""The machine as one part of the gateway: watches the disk's room and wear, and knows the rest when asked."""

from __future__ import annotations

import asyncio
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import msgspec

from ...core.errors import StoreError
from ...core.ports.machine import Disk, Machine
from .board import board
from .space import SpaceWatch, StoreWatch, space
from .volume import ROOT, volume
from .wear import Wear, WearSettings

WEAR_FILE = "wear.json"
_LOOK_EVERY_S = 60.0
_SECOND_LOOK_S = 5.0
"""Soon, as a start may write much; not at once, as starting has to be quick."""


class MachineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """See the options of section `card`."""

    timezone: str = "UTC"
    """Whose days are counted."""
    warn_free_mb: float = 500.0
    wear: WearSettings = WearSettings()


class MachineGuard:
    """Fulfils the port MachineWatch for the data folder. `note` tells an event, `failure` why nothing is stored."""

    def __init__(
        self,
        folder: Path,
        settings: MachineSettings,
        clock: Callable[[], int],
        note: Callable[[str, str], object],
        failure: Callable[[], StoreError | None],
        root: Path = ROOT,
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._root = root
        self._zone = _zone(settings.timezone)
        self._on = volume(folder, root)
        self._wear = Wear(self._on, folder / WEAR_FILE, clock, self._day, note, settings.wear, root=root)
        self._space = SpaceWatch(folder, settings.warn_free_mb, note)
        self._store = StoreWatch(failure, note, clock)

    async def run(self) -> None:
        """Look every minute. A leaf. Raises OSError when the folder is gone."""
        pause_s = _SECOND_LOOK_S
        while True:
            self._space.look()
            self._wear.look()
            await self._wear.save_when_due()
            await asyncio.sleep(pause_s)
            pause_s = _LOOK_EVERY_S

    async def close(self) -> None:
        """Keep what was measured."""
        await self._wear.close()

    def store_changed(self, healthy: bool) -> None:
        """To be given to `Store.watch`."""
        self._store.changed(healthy)
        self._space.look()  # what is said of the room should fit what is said of the store

    def complaints(self) -> Mapping[str, str]:
        """By part what is wrong, in words that anybody may read; empty text when nothing is."""
        return {
            "store": self._store.complaint(),
            "disk": self._space.complaint(),
            "card": self._wear.complaint(),
        }

    def machine(self) -> Machine:
        """The machine as it is now. Raises OSError when the folder is gone."""
        on = self._on
        self._wear.look()
        return Machine(
            board=board(self._root),
            disk=Disk(on.kind.value, on.model, on.device, on.file_system, on.size_bytes),
            space=space(self._folder, self._settings.warn_free_mb),
            wear=self._wear.shown(),
        )

    def _day(self, time_ms: int) -> str:
        return datetime.fromtimestamp(time_ms / 1000, self._zone).date().isoformat()


def _zone(name: str) -> tzinfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC  # a machine without time zone data
