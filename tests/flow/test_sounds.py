"""From a node's buffer to a level in the store, with an ear that can fail."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import threading
from array import array
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.backends.recordings import RecordingFiles
from gateway.core import topics
from gateway.core.errors import ModelFailed, NotFound, StoreError
from gateway.core.messages import (
    ClockSet,
    DeviceChanged,
    Happened,
    Message,
    ModelsChanged,
    ReadingStored,
    SoundHeard,
)
from gateway.core.ports.models import Ear, Unfit
from gateway.core.ports.store import Quarantined
from gateway.core.sound import Pcm, decode, level_dbfs, to_wav
from gateway.core.sound_features import SoundFeatures
from gateway.core.window.moment import Character
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.ingest import Ingest
from gateway.flow.recordings import Recordings
from gateway.flow.sounds import EACH, IN_ALL, RETRY_MS, Sounds, SoundSettings
from gateway.flow.trail import Trail
from tests.fakes import FixedClock, MemoryWriter

TONE = array("h", (round(16384 * math.sin(2 * math.pi * 1000 * n / 16_000)) for n in range(32_000))).tobytes()
"""1 kHz at half of full scale: -9.03 dBFS."""
NODE = "living-room"


class FakeEar:
    """Says of every sound what its bytes are alone; fails, or waits, when it is told to."""

    name, version = "audio", 1

    def __init__(self) -> None:
        self.error: ModelFailed | None = None
        self.heard: list[bytes] = []
        self.free = threading.Event()
        self.free.set()

    def features(self, pcm: bytes) -> SoundFeatures:
        assert self.free.wait(10)
        self.heard.append(pcm)
        if self.error is not None:
            raise self.error
        level = level_dbfs(array("h", pcm))
        return SoundFeatures(level, 10 ** (level / 20), 0.125, 1000.0, 1000.0, (float(sum(pcm) % 997),) * 13, 0.5)


class Devices:
    """Two devices; one of them is simulated."""

    def __init__(self) -> None:
        self.ids = {NODE, "sim-1"}

    def known(self, device: str) -> bool:
        return device in self.ids

    def simulated(self, device: str) -> bool:
        return device == "sim-1"


class House:
    """Sounds with a real intake behind a disk in memory."""

    def __init__(self, folder: Path) -> None:
        self.bus, self.clock, self.writer, self.devices = Bus(), FixedClock(), MemoryWriter(), Devices()
        self.chronicle = Chronicle(self.writer, self.bus, self.clock)
        self.intake = Ingest(self.bus, self.devices, self.clock)
        self.ear: Ear = FakeEar()
        self.loads = 0
        self.load_error: Exception | None = None
        files = RecordingFiles(folder / "recordings", most_mb=100)
        trail = Trail(self.writer, self.bus, self.clock)
        self.recordings = Recordings(files, self.bus, trail, self.chronicle, self.clock, self.devices.known)
        self.sounds = Sounds(
            self.bus,
            self.load,
            self.intake,
            self.writer,
            self.recordings,
            self.chronicle,
            self.clock,
            self.devices.known,
            SoundSettings(offset_db=100.0),
        )
        self.heard: list[SoundHeard] = []
        self.stored: list[ReadingStored] = []
        self.events: list[Happened] = []
        self.order: list[str] = []
        self.bus.on(SoundHeard, self.heard.append)
        self.bus.on(ReadingStored, self.stored.append)
        self.bus.on(Happened, self.events.append)
        self.bus.on(SoundHeard, lambda event: self.order.append("heard"))
        self.bus.on(ReadingStored, lambda event: self.order.append("stored"))
        self.task = asyncio.create_task(self.sounds.run())

    async def load(self) -> Ear:
        self.loads += 1
        if self.load_error is not None:
            raise self.load_error
        return self.ear

    def say(self, payload: bytes, device: str = NODE, topic: str = "") -> None:
        """As if the broker had taken it."""
        taken = self.intake.take(Message(device, topic or f"devices/{device}/audio", payload, 1, False))
        assert not any(isinstance(change, Quarantined) for change in taken.changes)
        self.intake.committed(taken)

    def tell(self, values: dict[str, float], device: str = NODE) -> None:
        taken = self.intake.take(Message(device, topics.telemetry(device), json.dumps(values).encode(), 1, False))
        self.writer.submit(taken.changes)
        self.intake.committed(taken)

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not done():  # noqa: ASYNC110 - looked at from outside
                await asyncio.sleep(0.002)

    async def done(self, buffers: int) -> None:
        """So many buffers are through."""
        await self.until(lambda: sum(self.sounds.totals.values()) >= buffers)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    house.task.cancel()
    await asyncio.gather(house.task, return_exceptions=True)
    house.sounds.close()
    await house.recordings.close()


def fake(house: House) -> FakeEar:
    assert isinstance(house.ear, FakeEar)
    return house.ear


async def test_a_buffer_becomes_a_stored_level_and_what_sort_of_sound_it_is(house: House) -> None:
    house.say(TONE)
    await house.done(1)
    assert house.stored[0].reading.values == {"sound_level": 91.0}
    assert house.stored[0].reading.device == NODE
    assert (house.heard[0].level_db, house.heard[0].device) == (91.0, NODE)
    assert house.heard[0].features is not None
    assert house.sounds.newest(NODE) == house.heard[0]
    assert house.order == ["heard", "stored"]


async def test_binary_wav_and_base64_give_the_same_features(house: House) -> None:
    house.say(TONE)
    house.say(to_wav(Pcm(16_000, array("h", TONE))))
    house.say(json.dumps({"format": "pcm_s16le", "rate": 16_000, "data": base64.b64encode(TONE).decode()}).encode())
    house.say(TONE, topic=f"sensor/{NODE}/audio")
    await house.done(4)
    assert fake(house).heard == [TONE] * 4
    assert len({heard.features for heard in house.heard}) == 1
    assert len({stored.reading.values["sound_level"] for stored in house.stored}) == 1


async def test_another_rate_is_brought_to_the_models_rate(house: House) -> None:
    tone = array("h", (round(16384 * math.sin(2 * math.pi * 1000 * n / 48_000)) for n in range(9600)))
    house.say(to_wav(Pcm(48_000, tone)))
    await house.done(1)
    assert len(fake(house).heard[0]) == 2 * 3200
    assert house.heard[0].level_db == pytest.approx(91.0, abs=0.2)


async def test_what_comes_from_a_simulated_node_is_stored_as_simulated(house: House) -> None:
    house.say(TONE, "sim-1")
    await house.done(1)
    assert house.stored[0].reading.simulated


async def test_sound_that_cannot_be_read_is_an_event_and_the_next_one_is_heard(house: House) -> None:
    house.say(b"\0\0")
    house.say(TONE)
    await house.done(2)
    assert house.sounds.totals == {"unreadable": 1, "heard": 1}
    assert (house.events[0].kind, house.events[0].device) == ("sound.unreadable", NODE)
    assert "the least is 0.1 s" in house.events[0].reason


async def test_more_than_can_be_listened_to_is_dropped_oldest_first_and_counted(house: House) -> None:
    fake(house).free.clear()
    house.say(TONE)
    await house.until(lambda: not house.sounds._waiting)
    for number in range(EACH + 2):
        house.say(bytes([number, 0]) * 1600)
    assert house.sounds.totals["dropped"] == 2
    assert house.kinds() == ["sound.dropped"] * 2
    fake(house).free.set()
    await house.done(EACH + 3)
    assert fake(house).heard == [TONE, *(bytes([number, 0]) * 1600 for number in range(2, EACH + 2))]


async def test_the_queue_is_bounded_over_all_devices(house: House) -> None:
    fake(house).free.clear()
    house.say(TONE)
    await house.until(lambda: not house.sounds._waiting)
    devices = [f"node-{number}" for number in range(20)]
    house.devices.ids |= set(devices)
    for _ in range(EACH):
        for device in devices:
            house.say(TONE, device)
    assert len(house.sounds._waiting) == IN_ALL
    assert house.sounds.totals["dropped"] == EACH * len(devices) - IN_ALL
    fake(house).free.set()
    await house.until(lambda: house.sounds.totals["heard"] == IN_ALL + 1)


async def test_without_a_model_the_level_is_measured_all_the_same(house: House) -> None:
    house.load_error = ModelFailed("onnxruntime cannot be used here")
    house.say(TONE)
    house.say(bytes(6400))
    await house.done(2)
    assert [heard.level_db for heard in house.heard] == [91.0, 4.0]
    assert [heard.character for heard in house.heard] == [Character.STEADY, Character.QUIET]
    assert {heard.features for heard in house.heard} == {None}
    assert [stored.reading.values["sound_level"] for stored in house.stored] == [91.0, 4.0]
    assert house.sounds.complaint == "only levels are measured: onnxruntime cannot be used here"
    assert house.kinds() == ["model.failed"]
    assert house.loads == 1


@pytest.mark.parametrize("error", [Unfit("corrupt", "half a file"), NotFound("there is no audio model")])
async def test_a_model_that_is_not_taken_leaves_the_level(house: House, error: Exception) -> None:
    house.load_error = error
    house.say(TONE)
    await house.done(1)
    assert house.sounds.totals == {"level_only": 1}
    assert str(error) in house.sounds.complaint


async def test_a_model_that_breaks_is_left_alone_until_another_is_active(house: House) -> None:
    fake(house).error = ModelFailed("no numbers")
    house.say(TONE)
    house.say(TONE)
    await house.done(2)
    assert house.sounds.totals == {"level_only": 2}
    assert len(fake(house).heard) == 1
    assert house.sounds.complaint == "only levels are measured: no numbers"
    house.ear = FakeEar()
    house.bus.publish(ModelsChanged("window"))
    house.say(TONE)
    await house.done(3)
    assert house.sounds.totals["level_only"] == 3
    house.bus.publish(ModelsChanged("audio"))
    house.say(TONE)
    await house.done(4)
    assert house.sounds.totals == {"level_only": 3, "heard": 1}
    assert house.sounds.complaint == ""


async def test_a_model_that_broke_is_tried_again_after_a_while(house: House) -> None:
    fake(house).error = ModelFailed("no numbers")
    house.say(TONE)
    await house.done(1)
    fake(house).error = None
    house.clock.advance(ms=RETRY_MS - 1)
    house.say(TONE)
    await house.done(2)
    house.clock.advance(ms=1)
    house.say(TONE)
    await house.done(3)
    assert house.sounds.totals == {"level_only": 2, "heard": 1}


async def test_the_model_is_loaded_when_the_first_sound_comes_and_once(house: House) -> None:
    await asyncio.sleep(0.01)
    assert house.loads == 0
    for _ in range(3):
        house.say(TONE)
    await house.done(3)
    assert house.loads == 1


async def test_a_device_that_measures_its_level_itself_keeps_its_own(house: House) -> None:
    house.tell({"sound_level": 44.0})
    house.say(TONE)
    await house.done(1)
    assert [stored.reading.values["sound_level"] for stored in house.stored] == [44.0]
    assert house.heard[0].level_db == 91.0
    house.clock.advance(s=61)
    house.say(TONE)
    house.say(TONE)
    await house.done(3)
    assert [stored.reading.values["sound_level"] for stored in house.stored] == [44.0, 91.0, 91.0]


async def test_a_clock_that_is_set_does_not_keep_a_devices_own_level_for_ever(house: House) -> None:
    house.tell({"sound_level": 44.0})
    before = house.clock.now_ms
    house.clock.advance(days=-300)
    house.bus.publish(ClockSet(before, house.clock.now_ms, before - 1000, redates=True, learnt=True, reason="NTP"))
    house.say(TONE)
    await house.done(1)
    assert len(house.stored) == 1
    house.clock.advance(s=61)
    house.say(TONE)
    await house.done(2)
    assert house.stored[-1].reading.values == {"sound_level": 91.0}


async def test_a_level_that_cannot_be_stored_is_not_announced(house: House) -> None:
    house.writer.error = StoreError("the disk is gone")
    house.say(TONE)
    await house.done(1)
    assert house.stored == []
    house.writer.error = None
    house.say(TONE)
    await house.done(2)
    assert len(house.stored) == 1


async def test_a_deleted_device_is_not_heard_any_more(house: House) -> None:
    fake(house).free.clear()
    house.say(TONE)
    await house.until(lambda: not house.sounds._waiting)
    house.say(TONE)
    house.devices.ids.remove(NODE)
    house.bus.publish(DeviceChanged(NODE, None))
    fake(house).free.set()
    house.say(TONE, "sim-1")
    await house.done(1)
    assert [heard.device for heard in house.heard] == ["sim-1"]
    assert house.sounds.newest(NODE) is None


async def test_sound_is_kept_only_when_asked_for(house: House, tmp_path: Path) -> None:
    house.say(TONE)
    await house.done(1)
    assert not (tmp_path / "recordings").exists()
    house.recordings.start(NODE, 1, "anna")
    house.say(TONE)
    house.say(TONE, "sim-1")
    await house.done(3)
    kept = await house.recordings.all()
    assert [one.device for one in kept] == [NODE]
    assert decode(await house.recordings.read(kept[0].id)).payload == TONE
