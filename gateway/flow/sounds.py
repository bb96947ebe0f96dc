"""Nodes' sound: decoded, listened to by the audio model off the event loop, and taken in again as a sound level.

Nothing waits for it. Buffers stand in a bounded queue before one worker; what does not fit is dropped and counted.
The level goes the way of every reading: through the intake, judged, stored, charted.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable

import msgspec
from msgspec.structs import replace

from ..core.errors import ModelFailed, NotFound, StoreError, Unreadable
from ..core.messages import ClockSet, DeviceChanged, Message, ModelsChanged, NodeSaid, ReadingStored, SoundHeard
from ..core.ports.intake import Intake, Taken
from ..core.ports.models import Ear, Unfit
from ..core.ports.store import Writer
from ..core.resampling import resampled
from ..core.sound import RATE_HZ, Pcm, decode, level_dbfs, to_wav
from ..core.sound_character import by_level, character
from ..core.sound_features import SoundFeatures
from .bus import Bus
from .chronicle import Chronicle
from .recordings import Recordings

METRIC = "sound_level"
EACH = 4
"""Buffers of one device that wait."""
IN_ALL = 32
OWN_VALUE_MS = 60_000
"""A device that measures its level itself within so long keeps its own value."""
RETRY_MS = 600_000
"""After a model could not be used; sooner when another becomes active."""


class SoundSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What levels mean here."""

    offset_db: float = 120.0
    """Sound pressure of full scale."""


class _Buffer(msgspec.Struct, frozen=True):
    """What a node sent, still as it came."""

    device: str
    payload: bytes
    time_ms: int


class _Heard(msgspec.Struct, frozen=True):
    """What the worker thread found in a buffer."""

    level_dbfs: float
    features: SoundFeatures | None
    failure: str
    """Why the model said nothing."""
    wav: bytes
    """Empty unless it is to be kept."""


class Sounds:
    """Listens to what nodes send as audio. `ear` gives the audio model that is active; asked for when first needed."""

    def __init__(
        self,
        bus: Bus,
        ear: Callable[[], Awaitable[Ear]],
        intake: Intake,
        writer: Writer,
        recordings: Recordings,
        chronicle: Chronicle,
        clock: Callable[[], int],
        known: Callable[[str], bool],
        settings: SoundSettings,
    ) -> None:
        self._bus = bus
        self._load = ear
        self._intake = intake
        self._writer = writer
        self._recordings = recordings
        self._chronicle = chronicle
        self._clock = clock
        self._known = known
        self._settings = settings
        self._waiting: deque[_Buffer] = deque()
        self._ready = asyncio.Event()
        self._ear: Ear | None = None
        self._retry_at_ms = 0
        self._announcing = False
        self._measured_ms: dict[str, int] = {}
        self._newest: dict[str, SoundHeard] = {}
        self.totals: Counter[str] = Counter()
        """Buffers by what became of them: heard, level_only, unreadable, dropped."""
        self.complaint = ""
        """Why only levels are measured; empty while all is well."""
        bus.on(NodeSaid, self._said)
        bus.on(ReadingStored, self._stored)
        bus.on(ModelsChanged, self._models_changed)
        bus.on(DeviceChanged, self._device_changed)
        bus.on(ClockSet, self._clock_set)

    def newest(self, device: str) -> SoundHeard | None:
        """What a device last sounded like; None: never heard in this run."""
        return self._newest.get(device)

    async def run(self) -> None:
        """Listen, one buffer after the other."""
        while True:
            while not self._waiting:
                self._ready.clear()
                await self._ready.wait()
            await self._hear(self._waiting.popleft())

    def close(self) -> None:
        """What still waits is not listened to any more."""
        self._waiting.clear()

    # What the bus says

    def _said(self, event: NodeSaid) -> None:
        if event.what != "audio":
            return
        own = [buffer for buffer in self._waiting if buffer.device == event.device]
        if len(own) >= EACH:
            self._drop(own[0])
        elif len(self._waiting) >= IN_ALL:
            self._drop(self._waiting[0])
        self._waiting.append(_Buffer(event.device, event.payload, event.time_ms))
        self._ready.set()

    def _drop(self, buffer: _Buffer) -> None:
        self._waiting.remove(buffer)
        self.totals["dropped"] += 1
        self._chronicle.note("sound.dropped", "more sound comes than can be listened to", buffer.device)

    def _stored(self, event: ReadingStored) -> None:
        reading = event.reading
        if METRIC in reading.values and not self._announcing and not reading.late:
            self._measured_ms[reading.device] = event.arrived_ms

    def _models_changed(self, event: ModelsChanged) -> None:
        if event.name == "audio":
            self._ear, self._retry_at_ms = None, 0

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._waiting = deque(buffer for buffer in self._waiting if buffer.device != event.device)
            self._measured_ms.pop(event.device, None)
            self._newest.pop(event.device, None)

    def _clock_set(self, event: ClockSet) -> None:
        self._retry_at_ms = event.moved(self._retry_at_ms)
        self._waiting = deque(replace(buffer, time_ms=event.moved(buffer.time_ms)) for buffer in self._waiting)
        self._measured_ms = {device: event.moved(time_ms) for device, time_ms in self._measured_ms.items()}
        self._newest = {
            name: replace(heard, time_ms=event.moved(heard.time_ms)) for name, heard in self._newest.items()
        }

    # One buffer

    async def _hear(self, buffer: _Buffer) -> None:
        ear = await self._ears()
        wanted = self._recordings.until_ms(buffer.device) is not None
        try:
            heard = await asyncio.to_thread(_listen, buffer.payload, ear, wanted)
        except Unreadable as error:
            self.totals["unreadable"] += 1
            self._chronicle.note("sound.unreadable", str(error), buffer.device)
            return
        if heard.failure:
            self._failed(heard.failure)
        if not self._known(buffer.device):
            return
        self.totals["heard" if heard.features is not None else "level_only"] += 1
        self._tell(buffer, heard)
        if heard.wav:
            await self._recordings.keep(buffer.device, buffer.time_ms, heard.wav)

    async def _ears(self) -> Ear | None:
        """The model; None: none can be used now."""
        if self._ear is None and self._clock() >= self._retry_at_ms:
            try:
                self._ear = await self._load()
                self.complaint = ""
            except (ModelFailed, Unfit, NotFound) as error:
                self._failed(str(error))
        return self._ear

    def _failed(self, why: str) -> None:
        self._ear = None
        self._retry_at_ms = self._clock() + RETRY_MS
        self.complaint = f"only levels are measured: {why}"
        self._chronicle.note("model.failed", f"audio: {why}; only levels are measured")

    def _tell(self, buffer: _Buffer, heard: _Heard) -> None:
        level_db = round(heard.level_dbfs + self._settings.offset_db, 1)
        features = heard.features
        sort = by_level(level_db) if features is None else character(features, level_db)
        said = SoundHeard(buffer.device, buffer.time_ms, level_db, sort, features)
        self._newest[buffer.device] = said
        # First: whoever decides because of the level wants to know what sort of sound it is.
        self._bus.publish(said)
        measured_ms = self._measured_ms.get(buffer.device)
        if measured_ms is None or not 0 <= self._clock() - measured_ms < OWN_VALUE_MS:
            self._take_in(buffer, level_db)

    def _take_in(self, buffer: _Buffer, level_db: float) -> None:
        topic = f"sensor/{buffer.device}/{METRIC}"
        message = Message(buffer.device, topic, f"{level_db}".encode(), 0, False)
        taken = self._intake.take(message)
        self._writer.submit(taken.changes, _Committed(self, taken))

    def _committed(self, taken: Taken) -> None:
        self._announcing = True
        try:
            self._intake.committed(taken)
        finally:
            self._announcing = False


class _Committed:
    """Announces a level that is on the disk. One that could not be written is lost: the next comes in seconds."""

    def __init__(self, sounds: Sounds, taken: Taken) -> None:
        self._sounds = sounds
        self._taken = taken

    def settled(self, error: StoreError | None) -> None:
        """Receipt: it is on the disk, or not."""
        if error is None:
            self._sounds._committed(self._taken)  # noqa: SLF001 - one part


def _listen(payload: bytes, ear: Ear | None, wanted: bool) -> _Heard:
    """On the worker thread. Raises Unreadable."""
    sent = decode(payload)
    wav = to_wav(sent) if wanted else b""
    pcm = resampled(sent, RATE_HZ)
    if ear is None:
        return _Heard(_level(pcm), None, "", wav)
    try:
        features = ear.features(pcm.payload)
    except ModelFailed as error:
        return _Heard(_level(pcm), None, str(error), wav)
    return _Heard(features.level_dbfs, features, "", wav)


def _level(pcm: Pcm) -> float:
    return level_dbfs(pcm.samples)
