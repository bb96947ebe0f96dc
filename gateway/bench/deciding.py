"""Decisions alone: the gateway's own deciding on its own model, with nothing around it that waits for anybody."""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path

import msgspec

from ..backends.documents import TinyDocuments
from ..backends.inference import manifest
from ..backends.inference.bundled import bundled_models, bundled_signers
from ..backends.inference.loading import make_loader
from ..backends.inference.package import pack
from ..core.capabilities import Capabilities, read
from ..core.decisions import Decision, Override
from ..core.errors import NotFound
from ..core.messages import Decided, Reading, ReadingStored
from ..core.ports.models import Lesson
from ..core.ports.store import Change, Receipt
from ..core.window.moment import Moment
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
from .thinkers import CLONE

_WINDOW = "bench-window"
_COLD_C, _HOT_C = 20.0, 30.0
_START_MS = 1_767_225_600_000
_STEP_MS = 60_000
_PATIENCE_S = 60.0
LESSONS = 12
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

    def holder(self, device: str) -> str:
        return ""

    def digest(self, device: str) -> str:
        return ""


class Took(msgspec.Struct, frozen=True):
    """ms of the processor for each decision, by rounds."""

    untaught: list[list[float]]
    taught: list[list[float]]
    """By somebody who has overridden `LESSONS` times."""
    shadowed: list[list[float]]
    """The same, with another version of the model in shadow. Empty: not in a clone, where one can be signed."""


class Desk:
    """Deciding about one window. `begin` and `end` it in one event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now_ms = _START_MS
        self._number = 0
        self._made: list[Decision] = []
        self._bus = bus = Bus()
        disk, roll, documents = _Disk(), _Roll(), TinyDocuments(folder / "documents")
        trail, chronicle = Trail(disk, bus, self._clock), Chronicle(disk, bus, self._clock)
        watch = Watch(bus, self._clock, chronicle)
        home = Home(documents, bus, trail, self._clock)
        surroundings = Surroundings(home, Assignments(documents, bus, trail, self._clock, home), roll, bus)
        inputs = Inputs(surroundings, watch.newest, Climate(UTC), UTC, bus)
        loader = make_loader(folder / "models")
        self.care = ModelCare(loader, disk, documents, bus, trail, chronicle, self._clock, bundled_signers())
        settings = DecideSettings(min_interval_s=0.0)
        self._decide = Decide(
            disk, disk, bus, chronicle, self._clock, inputs, surroundings, self.care, _Nobody(), roll, settings
        )
        bus.on(Decided, lambda event: self._made.append(event.decision))
        self._running: asyncio.Task[None] | None = None

    def _clock(self) -> int:
        return self._now_ms

    async def begin(self) -> None:
        """Until the model is loaded and has decided; NotMeasured when none does."""
        await self.care.load()
        self._decide.attach(_Post())
        self._running = asyncio.create_task(self._decide.run())
        self._read()
        deadline = time.monotonic() + _PATIENCE_S
        while not self._made:
            if time.monotonic() > deadline:
                raise NotMeasured(f"no decision within {_PATIENCE_S:g} s")
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        """Let everything go."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        self.care.close()

    def teach(self) -> None:
        """Somebody wants it cooler in the evening, and more so each time."""
        self.care.learnt(_WINDOW, [Lesson(f"lesson-{index}", _evening(index), 60.0) for index in range(LESSONS)])

    async def add_shadow(self) -> None:
        """The same model under a higher version, signed for this run, beside the one in use."""
        folder, key = self._folder / "candidate", self._folder / "bench.key"
        shutil.copytree(bundled_models() / "window", folder)
        path = folder / manifest.NAME
        version = manifest.read(folder).version
        path.write_text(path.read_text("utf-8").replace(f"\nversion = {version}\n", f"\nversion = {version + 1}\n", 1))
        command = [sys.executable, "-m", "models.sign", str(folder), "--key", str(key), "--signer", "bench"]
        done = await asyncio.to_thread(subprocess.run, command, cwd=CLONE, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasured(f"the candidate cannot be signed: {done.stderr.strip()[-300:]}")
        signature = manifest.split(path.read_bytes()).signature
        assert signature is not None
        await self.care.trust("bench", base64.b64decode(signature.key), "bench")
        await self.care.install(pack(folder), "bench")

    def decisions_ms(self, count: int, *, shadowed: bool = False) -> list[float]:
        """Processor ms from a stored reading to the end of its decision; NotMeasured when it was not the model's."""
        before = len(self._made)
        for _ in range(_WARMING):
            self._read()
        took = [self._read() for _ in range(count)]
        made = self._made[before:]
        if len(made) != _WARMING + count:
            raise NotMeasured(f"{_WARMING + count} readings caused {len(made)} decisions")
        others = {decision.model for decision in made if not decision.model.startswith("window@")}
        if others:
            raise NotMeasured(f"decided by {others}, not by the model")
        if shadowed is not all(decision.shadow is not None for decision in made):
            raise NotMeasured("the shadow did not think along")
        self._made.clear()
        return took

    def _read(self) -> float:
        self._now_ms += _STEP_MS
        self._number += 1
        values = {"temperature": _COLD_C if self._number % 2 else _HOT_C, "humidity": 45.0, "sound_level": 38.0}
        reading = Reading(_WINDOW, self._now_ms, values, boot="bench", seq=self._number)
        stored = ReadingStored(reading, self._now_ms)
        # It waits for nothing, so that processor time is all of it; what else the machine does then counts for nobody.
        began = time.thread_time()
        self._bus.publish(stored)
        return (time.thread_time() - began) * 1000


def _evening(index: int) -> Moment:
    return Moment(
        time_ms=_START_MS - (LESSONS - index) * 86_400_000,
        hour=18.0 + index % 4,
        day=150 + index,
        temperature_c=22.0 + index % 5,
        humidity_pct=45.0 + index,
        sound_db=38.0,
    )


async def measured(folder: Path, rounds: int, count: int) -> Took:
    """`count` decisions in each round of each kind; NotMeasured without the model."""
    desk = Desk(folder)
    try:
        await desk.begin()
        untaught = [desk.decisions_ms(count) for _ in range(rounds)]
        desk.teach()
        taught = [desk.decisions_ms(count) for _ in range(rounds)]
        shadowed = []
        if (CLONE / "models" / "sign.py").exists():
            await desk.add_shadow()
            shadowed = [desk.decisions_ms(count, shadowed=True) for _ in range(rounds)]
    finally:
        await desk.end()
    return Took(untaught, taught, shadowed)
