"""Whose sound is kept as files: only while somebody has asked for it, never after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from ..core.errors import NotFound, StoreError
from ..core.messages import ClockSet, DeviceChanged
from ..core.ports.gatekeeper import Auditor
from ..core.ports.recordings import Recording, RecordingShelf
from .bus import Bus
from .chronicle import Chronicle
from .words import duration


class _Asked(msgspec.Struct, frozen=True):
    """A device that is recorded, and until when."""

    until_ms: int
    end: asyncio.TimerHandle
    """Goes by the loop's time, which nobody sets."""


class Recordings:
    """Who asked for which device's sound; what was kept lies on `shelf`."""

    def __init__(
        self,
        shelf: RecordingShelf,
        bus: Bus,
        trail: Auditor,
        chronicle: Chronicle,
        clock: Callable[[], int],
        known: Callable[[str], bool] = lambda device: True,
        simulated: Callable[[str], bool] = lambda device: False,
    ) -> None:
        self._shelf = shelf
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._known = known
        self._simulated = simulated
        self._asked: dict[str, _Asked] = {}
        self._kept: dict[str, int] = {}
        self._erasing: set[asyncio.Task[None]] = set()
        bus.on(DeviceChanged, self._device_changed)
        bus.on(ClockSet, self._clock_set)

    async def load(self) -> None:
        """Erase what devices sounded like that are not there any more: the gateway was stopped before it could.

        Before any is deleted or recorded. A disk that fails is told in the log.
        """
        try:
            devices = {one.device for one in await self.all()}
        except StoreError as error:
            self._stuck(error)
            return
        for device in sorted(devices):
            if not self._known(device):
                await self._erase(device)

    def start(self, device: str, minutes: int, who: str) -> int:
        """Keep what it sends for so long, and returns until when (UTC ms); asked again, the new time counts.

        On the event loop. Raises NotFound.
        """
        if not self._known(device):
            raise NotFound(f"there is no device {device}")
        self._forget(device)
        later = asyncio.get_running_loop().call_later(minutes * 60, self._over, device)
        self._asked[device] = _Asked(self._clock() + minutes * 60_000, later)
        self._trail.note("recording.start", who, f"{device} for {minutes} min")
        self._chronicle.note("recording.started", f"{who} keeps its sound for {duration(minutes * 60_000)}", device)
        return self._asked[device].until_ms

    def stop(self, device: str, who: str) -> None:
        """No more; what was kept stays. Nothing when it was not recorded."""
        if device in self._asked:
            self._trail.note("recording.stop", who, device)
            self._end(device, f"{who} has ended it")

    def until_ms(self, device: str) -> int | None:
        """Until when its sound is kept; None: it is not."""
        asked = self._asked.get(device)
        return None if asked is None else asked.until_ms

    async def keep(self, device: str, time_ms: int, wav: bytes) -> None:
        """A buffer of a device that is recorded, as a WAV file; ignored for any other. A disk that fails ends it."""
        if device not in self._asked:
            return
        try:
            await asyncio.to_thread(self._shelf.keep, device, time_ms, self._simulated(device), wav)
        except StoreError as error:
            self._end(device, str(error))
            return
        self._kept[device] = self._kept.get(device, 0) + 1
        if not self._known(device):
            await self._erase(device)

    async def all(self) -> list[Recording]:
        """What was kept, newest first. Raises StoreError."""
        return await asyncio.to_thread(self._shelf.all)

    async def read(self, recording_id: str) -> bytes:
        """One of them, a WAV file. Raises NotFound, StoreError."""
        return await asyncio.to_thread(self._shelf.read, recording_id)

    async def remove(self, recording_id: str, who: str) -> None:
        """Throw one away. Raises NotFound, StoreError."""
        await asyncio.to_thread(self._shelf.remove, recording_id)
        self._trail.note("recording.delete", who, recording_id)

    async def close(self) -> None:
        """Nothing is recorded any more; what was being erased is gone when this returns."""
        for device in list(self._asked):
            self._forget(device)
        while self._erasing:
            await asyncio.wait(self._erasing)

    def _over(self, device: str) -> None:
        self._end(device, "the time is over")

    def _end(self, device: str, why: str) -> None:
        if device in self._asked:
            kept = self._kept.get(device, 0)
            self._forget(device)
            self._chronicle.note(
                "recording.stopped", f"{why}; {kept} {'buffer' if kept == 1 else 'buffers'} kept", device
            )

    def _forget(self, device: str) -> None:
        asked = self._asked.pop(device, None)
        self._kept.pop(device, None)
        if asked is not None:
            asked.end.cancel()

    def _device_changed(self, event: DeviceChanged) -> None:
        """What a deleted device sounded like goes with it."""
        if event.status is None:
            self._forget(event.device)
            erasing = asyncio.get_running_loop().create_task(self._erase(event.device))
            self._erasing.add(erasing)
            erasing.add_done_callback(self._erasing.discard)

    async def _erase(self, device: str) -> None:
        try:
            await asyncio.to_thread(self._shelf.erase, device)
        except StoreError as error:
            self._stuck(error)

    def _stuck(self, error: StoreError) -> None:
        self._chronicle.note("recording.stuck", f"its recordings could not be deleted: {error}")

    def _clock_set(self, event: ClockSet) -> None:
        self._asked = {name: replace(one, until_ms=event.moved(one.until_ms)) for name, one in self._asked.items()}
