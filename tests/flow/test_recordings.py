"""Who may be recorded, how long, and what is said about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.backends.recordings import RecordingFiles
from gateway.core.errors import NotFound, StoreError
from gateway.core.messages import Audited, ClockSet, DeviceChanged, Happened
from gateway.core.ports.recordings import Recording
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.recordings import Recordings
from gateway.flow.trail import Trail
from tests.fakes import START_MS, FixedClock, MemoryWriter

WAV = b"RIFF" + bytes(24) + (32_000).to_bytes(4, "little") + bytes(12) + bytes(64_000)


class Studio:
    """Recordings in a folder, with what was written about them."""

    def __init__(self, folder: Path, shelf: RecordingFiles | None = None) -> None:
        self.folder = folder
        self.bus, self.clock, self.writer = Bus(), FixedClock(), MemoryWriter()
        self.devices = {"room-1", "sim-1"}
        self.recordings = Recordings(
            shelf or RecordingFiles(folder, most_mb=100),
            self.bus,
            Trail(self.writer, self.bus, self.clock),
            Chronicle(self.writer, self.bus, self.clock),
            self.clock,
            lambda device: device in self.devices,
            lambda device: device == "sim-1",
        )

    def reasons(self) -> list[tuple[str, str]]:
        return [(change.kind, change.reason) for change in self.writer.changes if isinstance(change, Happened)]

    def audited(self) -> list[tuple[str, str, str]]:
        return [(one.kind, one.who, one.detail) for one in self.writer.changes if isinstance(one, Audited)]


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    studio = Studio(tmp_path / "recordings")
    yield studio
    await studio.recordings.close()


async def test_what_was_asked_for_is_kept_and_said(studio: Studio) -> None:
    assert studio.recordings.start("room-1", 5, "anna") == START_MS + 300_000 == studio.recordings.until_ms("room-1")
    await studio.recordings.keep("room-1", START_MS + 1, WAV)
    await studio.recordings.keep("room-1", START_MS + 2001, WAV)
    studio.recordings.stop("room-1", "ben")
    assert studio.recordings.until_ms("room-1") is None
    kept = await studio.recordings.all()
    assert [(one.id, one.seconds, one.simulated) for one in kept] == [
        (f"room-1.{START_MS + 2001}", 2.0, False),
        (f"room-1.{START_MS + 1}", 2.0, False),
    ]
    assert studio.reasons() == [
        ("recording.started", "anna keeps its sound for 5 min"),
        ("recording.stopped", "ben has ended it; 2 buffers kept"),
    ]
    await studio.recordings.remove(kept[0].id, "ben")
    assert [one.id for one in await studio.recordings.all()] == [kept[1].id]
    assert studio.audited() == [
        ("recording.start", "anna", "room-1 for 5 min"),
        ("recording.stop", "ben", "room-1"),
        ("recording.delete", "ben", kept[0].id),
    ]


async def test_nothing_is_kept_of_a_device_nobody_asked_for(studio: Studio) -> None:
    await studio.recordings.keep("room-1", START_MS, WAV)
    studio.recordings.stop("room-1", "anna")
    assert await studio.recordings.all() == []
    assert not studio.folder.exists()
    assert studio.writer.changes == []


async def test_it_ends_by_itself(studio: Studio) -> None:
    studio.recordings.start("room-1", 0.0005, "anna")  # type: ignore[arg-type]  # 30 ms
    async with asyncio.timeout(10):
        while studio.recordings.until_ms("room-1") is not None:  # noqa: ASYNC110 - ended by a timer
            await asyncio.sleep(0.005)
    assert studio.reasons()[-1] == ("recording.stopped", "the time is over; 0 buffers kept")


async def test_asked_again_the_new_time_counts(studio: Studio) -> None:
    studio.recordings.start("room-1", 0.0005, "anna")  # type: ignore[arg-type]
    studio.recordings.start("room-1", 5, "anna")
    await asyncio.sleep(0.06)
    assert studio.recordings.until_ms("room-1") == START_MS + 300_000


async def test_an_unknown_device_is_not_recorded(studio: Studio) -> None:
    with pytest.raises(NotFound, match="room-9"):
        studio.recordings.start("room-9", 5, "anna")


async def test_recordings_of_a_simulated_device_say_so_by_their_name(studio: Studio) -> None:
    studio.recordings.start("sim-1", 5, "anna")
    await studio.recordings.keep("sim-1", START_MS, WAV)
    (kept,) = await studio.recordings.all()
    assert (kept.id, kept.simulated) == (f"sim-1.{START_MS}.sim", True)


async def test_a_disk_that_fails_ends_it_and_says_why(studio: Studio) -> None:
    studio.folder.write_text("no folder")
    studio.recordings.start("room-1", 5, "anna")
    await studio.recordings.keep("room-1", START_MS, WAV)
    assert studio.recordings.until_ms("room-1") is None
    kind, reason = studio.reasons()[-1]
    assert kind == "recording.stopped"
    assert "exists" in reason or "directory" in reason


async def test_a_deleted_devices_recordings_go_with_it(studio: Studio) -> None:
    for device in ("room-1", "sim-1"):
        studio.recordings.start(device, 5, "anna")
        await studio.recordings.keep(device, START_MS, WAV)
    studio.devices.discard("room-1")
    studio.bus.publish(DeviceChanged("room-1", None))
    assert studio.recordings.until_ms("room-1") is None
    async with asyncio.timeout(10):
        while len(await studio.recordings.all()) > 1:  # noqa: ASYNC110 - erased by a task of its own
            await asyncio.sleep(0.005)
    assert [one.device for one in await studio.recordings.all()] == ["sim-1"]


async def test_recordings_of_a_device_that_was_deleted_before_a_kill_go_at_the_next_start(studio: Studio) -> None:
    for device in ("room-1", "sim-1"):
        studio.recordings.start(device, 5, "anna")
        await studio.recordings.keep(device, START_MS, WAV)
    again = Studio(studio.folder)
    again.devices.discard("room-1")
    await again.recordings.load()
    assert [one.device for one in await again.recordings.all()] == ["sim-1"]
    assert again.reasons() == []


async def test_a_start_on_a_disk_that_fails_says_so_and_goes_on(studio: Studio) -> None:
    studio.recordings.start("room-1", 5, "anna")
    await studio.recordings.keep("room-1", START_MS, WAV)
    shelf = RecordingFiles(studio.folder, most_mb=100)

    def failing() -> list[Recording]:
        raise StoreError("recordings: no such disk")

    shelf.all = failing  # type: ignore[method-assign]
    again = Studio(studio.folder, shelf)
    await again.recordings.load()
    assert again.reasons() == [("recording.stuck", "its recordings could not be deleted: recordings: no such disk")]


async def test_what_is_being_erased_is_gone_when_it_is_closed(studio: Studio) -> None:
    studio.recordings.start("room-1", 5, "anna")
    await studio.recordings.keep("room-1", START_MS, WAV)
    studio.bus.publish(DeviceChanged("room-1", None))
    await studio.recordings.close()
    assert list(studio.folder.iterdir()) == []


async def test_until_when_moves_with_the_clock(studio: Studio) -> None:
    studio.recordings.start("room-1", 5, "anna")
    studio.bus.publish(ClockSet(START_MS, START_MS + 1000, START_MS - 5000, redates=True, learnt=True, reason="NTP"))
    assert studio.recordings.until_ms("room-1") == START_MS + 301_000
