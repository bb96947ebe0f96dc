"""Decisions alone: the gateway's own deciding on its own model, with nothing around it that waits for anybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path

from ..backends.documents import TinyDocuments
from ..backends.inference.bundled import bundled_signers
from ..backends.inference.loading import make_loader
from ..core.capabilities import Capabilities, read
from ..core.decisions import Decision, Override
from ..core.errors import NotFound
from ..core.messages import Decided, Reading, ReadingStored
from ..core.ports.store import Change, Receipt
from ..flow.assignments import Assignments
from ..flow.bus import Bus
from ..flow.chronicle import Chronicle
from ..flow.decide.climate import Climate
from ..flow.decide.decide import Decide
from ..flow.decide.inputs import Inputs
from ..flow.decide.mind import DecideSettings
from ..flow.decide.surroundings import Surroundings
from ..flow.devices import Device
from ..flow.home import Home
from ..flow.model_care import ModelCare
from ..flow.trail import Trail
from ..flow.watch import Watch
from .figures import NotMeasured

_WINDOW = "bench-window"
_COLD_C, _HOT_C = 20.0, 30.0
_START_MS = 1_767_225_600_000
_STEP_MS = 60_000
_PATIENCE_S = 60.0
_WARMING = 50
"""The first readings pay for what is made once."""


class _Disk:
    """A disk that takes everything and gives nothing back. Fulfils Writer and DecisionArchive."""

    congested = False

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        if receipt is not None:
            receipt.settled(None)

    def when_relieved(self, callback: Callable[[], None]) -> None:
        callback()

    async def decisions(
        self, device: str = "", limit: int = 50, before: str = "", correlation: str = ""
    ) -> list[Decision]:
        return []

    async def decision(self, decision_id: str) -> Decision | None:
        return None

    async def overrides(self, device: str = "") -> list[Override]:
        return []


class _Roll:
    """One window. Fulfils Roll and Target."""

    def __init__(self) -> None:
        self._device = Device(_WINDOW, "Window", "02:be:00:00:00:00", "1", {"kind": "window"}, False, 0, 0)

    def devices(self) -> list[Device]:
        return [self._device]

    def known(self, device_id: str) -> bool:
        return device_id == _WINDOW

    def device(self, device_id: str) -> Device:
        if not self.known(device_id):
            raise NotFound(device_id)
        return self._device

    def abilities(self, device_id: str) -> Capabilities:
        return read(self.device(device_id).capabilities)

    def simulated(self, device_id: str) -> bool:
        return False


class _Post:
    """Everybody is there and nobody listens."""

    def hand(self, device: str, topic: str, payload: bytes) -> bool:
        return True

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, retain: bool = False, receipt: Receipt | None = None
    ) -> None:
        return None


class _Nobody:
    """Nobody holds the window."""

    def held(self, device: str) -> Override | None:
        return None

    def digest(self, device: str) -> str:
        return ""


async def _first(made: list[Decision]) -> None:
    """The first decision waits for the model."""
    deadline = time.monotonic() + _PATIENCE_S
    while not made:
        if time.monotonic() > deadline:
            raise NotMeasured(f"no decision within {_PATIENCE_S:g} s")
        await asyncio.sleep(0.01)


async def decisions_ms(folder: Path, count: int) -> list[float]:
    """ms from a stored reading to the end of its decision, `count` times; by the bundled model, else NotMeasured."""
    now_ms = _START_MS

    def clock() -> int:
        return now_ms

    bus, disk, roll, documents = Bus(), _Disk(), _Roll(), TinyDocuments(folder / "documents")
    trail, chronicle = Trail(disk, bus, clock), Chronicle(disk, bus, clock)
    watch = Watch(bus, clock, chronicle)
    home = Home(documents, bus, trail, clock)
    surroundings = Surroundings(home, Assignments(documents, bus, trail, clock, home), roll, bus)
    inputs = Inputs(surroundings, watch.newest, Climate(UTC), UTC, bus)
    loader = make_loader(folder / "models")
    care = ModelCare(loader, disk, documents, bus, trail, chronicle, clock, bundled_signers())
    settings = DecideSettings(min_interval_s=0.0)
    decide = Decide(disk, disk, bus, chronicle, clock, inputs, surroundings, care, _Nobody(), roll, settings)
    made: list[Decision] = []
    bus.on(Decided, lambda event: made.append(event.decision))
    await care.load()
    decide.attach(_Post())
    thinking = asyncio.create_task(decide.run())
    took: list[float] = []
    try:
        for number in range(_WARMING + count):
            now_ms += _STEP_MS
            values = {"temperature": _COLD_C if number % 2 else _HOT_C, "humidity": 45.0, "sound_level": 38.0}
            stored = ReadingStored(Reading(_WINDOW, now_ms, values, boot="bench", seq=number), now_ms)
            began = time.perf_counter()
            bus.publish(stored)
            took.append((time.perf_counter() - began) * 1000)
            if not number:
                await _first(made)
    finally:
        thinking.cancel()
        await asyncio.gather(thinking, return_exceptions=True)
        care.close()
    if len(made) != len(took):
        raise NotMeasured(f"{len(took)} readings caused {len(made)} decisions")
    if not made[-1].model.startswith("window@"):
        raise NotMeasured(f"decided by {made[-1].model}, not by the model")
    return took[_WARMING:]
