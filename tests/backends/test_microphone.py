"""The microphone's edge: blocks from another thread become buffers on the loop; what is gone is said."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from gateway.backends import microphone
from gateway.backends.microphone import (
    BUFFER_BYTES,
    DisabledMicrophone,
    Microphone,
    MicrophoneFailed,
    MicrophoneSettings,
)


class FakeInput:
    """Gives blocks from a thread of its own."""

    def __init__(self) -> None:
        self.arrived: Callable[[bytes, bool], None] | None = None
        self.opened = self.closed = 0

    @contextmanager
    def __call__(self, arrived: Callable[[bytes, bool], None], failed: Callable[[str], None]) -> Iterator[None]:
        self.opened += 1
        self.arrived, self.failed = arrived, failed
        yield
        self.arrived = None
        self.closed += 1

    async def give(self, *blocks: bytes, lost: bool = False) -> None:
        while self.arrived is None:  # noqa: ASYNC110 - opened on another thread
            await asyncio.sleep(0.001)
        arrived = self.arrived
        thread = threading.Thread(target=lambda: [arrived(block, lost) for block in blocks])
        thread.start()
        while thread.is_alive():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)


class Room:
    """A microphone that is being listened to."""

    def __init__(self) -> None:
        self.input = FakeInput()
        self.heard: list[bytes] = []
        self.threads: set[int] = set()
        self.microphone = Microphone(MicrophoneSettings(), self._take, self.input)
        self.task = asyncio.create_task(self.microphone.run())

    def _take(self, pcm: bytes) -> None:
        self.heard.append(pcm)
        self.threads.add(threading.get_ident())

    async def leave(self) -> None:
        await self.microphone.close()
        await self.task


async def test_blocks_become_buffers_of_two_seconds_on_the_loop() -> None:
    room = Room()
    sent = bytes(number % 251 for number in range(2 * BUFFER_BYTES + 6400))
    await room.input.give(*(sent[at : at + 3200] for at in range(0, len(sent), 3200)))
    assert room.heard == [sent[:BUFFER_BYTES], sent[BUFFER_BYTES : 2 * BUFFER_BYTES]]
    assert room.threads == {threading.get_ident()}
    await room.leave()
    assert (room.input.opened, room.input.closed) == (1, 1)


async def test_a_buffer_with_a_hole_in_it_is_not_listened_to() -> None:
    room = Room()
    await room.input.give(bytes(BUFFER_BYTES - 3200))
    await room.input.give(b"\1" * 3200, lost=True)
    await room.input.give(b"\1" * (BUFFER_BYTES - 3200))
    assert room.heard == [b"\1" * BUFFER_BYTES]
    assert room.microphone.lost == 1
    await room.leave()


async def test_a_microphone_that_falls_silent_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "SILENT_S", 0.05)
    room = Room()
    with pytest.raises(MicrophoneFailed, match="has given nothing"):
        await room.task
    assert room.input.closed == 1


async def test_a_microphone_that_is_pulled_out_is_a_failure_at_once_with_its_reason() -> None:
    room = Room()
    await room.input.give(b"\0\0")
    threading.Thread(target=room.input.failed, args=("unplugged",)).start()
    with pytest.raises(MicrophoneFailed, match="unplugged"):
        await asyncio.wait_for(room.task, 3)
    assert room.input.closed == 1


async def test_it_listens_again_after_a_failure() -> None:
    room = Room()
    await room.input.give(b"\1" * 3200)
    room.input.failed("unplugged")
    with pytest.raises(MicrophoneFailed):
        await room.task
    room.task = asyncio.create_task(room.microphone.run())
    await room.input.give(b"\2" * BUFFER_BYTES)
    assert room.heard == [b"\2" * BUFFER_BYTES]
    await room.leave()


async def test_being_cancelled_closes_the_device() -> None:
    room = Room()
    await room.input.give(b"\0\0")
    room.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await room.task
    assert room.input.closed == 1


async def test_being_cancelled_while_it_is_opened_closes_the_device_all_the_same() -> None:
    room = Room()
    await asyncio.sleep(0)
    room.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await room.task
    assert (room.input.opened, room.input.closed) == (1, 1)


async def test_without_portaudio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MicrophoneFailed, match="apt install libportaudio2"):
        await Microphone(MicrophoneSettings(), lambda pcm: None).run()


async def test_the_disabled_twin_hears_nothing_until_it_is_closed() -> None:
    disabled = DisabledMicrophone()
    running = asyncio.create_task(disabled.run())
    await asyncio.sleep(0)
    assert not running.done()
    await disabled.close()
    await running
