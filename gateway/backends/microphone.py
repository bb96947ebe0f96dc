"""The microphone of this machine, through PortAudio: 2 s of sound at a time, for as long as it gives any.

sounddevice is imported when it is first listened to, and never elsewhere; its threads end at `_arrived`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from ..core.errors import GatewayError

_log = logging.getLogger(__name__)

RATE_HZ = 16_000
BUFFER_BYTES = 2 * 2 * RATE_HZ
"""2 s, as nodes send it."""
_BLOCK = 1600
SILENT_S = 5.0
"""A device that gives nothing for so long is gone: neither ALSA nor PulseAudio tell of it."""
_INSTALL = "sounddevice cannot be used here ({}); `pip install 'edge-gateway[sound]'` and `apt install libportaudio2`"


class MicrophoneFailed(GatewayError):
    """There is no sound to be had; the text says why."""


class MicrophoneSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which microphone."""

    device: str = ""
    """PortAudio's name or a part of it; empty: the default."""


class Opened(Protocol):
    """A device that is being listened to."""

    def __call__(self, arrived: Callable[[bytes, bool], None]) -> AbstractContextManager[object]:
        """Calls `arrived` from a thread of its own with s16le blocks, and whether some were lost. Blocks briefly."""


class Microphone:
    """`run` listens; `heard` is called on the event loop with 2 s of s16le mono at 16 kHz."""

    def __init__(
        self, settings: MicrophoneSettings, heard: Callable[[bytes], None], open_: Opened | None = None
    ) -> None:
        self._heard = heard
        self._open: Opened = open_ or PortAudio(settings.device)
        self._waiting = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fresh = asyncio.Event()
        self._closing = asyncio.Event()
        self.lost = 0
        """Times that blocks were lost because this machine was too slow."""

    async def run(self) -> None:
        """Until `close`. Raises MicrophoneFailed when there is none or it falls silent for good."""
        self._loop = asyncio.get_running_loop()
        self._waiting.clear()
        opened = self._open(self._arrived)
        # Opening and closing wait for the sound system, which may take seconds.
        await asyncio.to_thread(opened.__enter__)
        try:
            await self._listen()
        finally:
            await asyncio.shield(asyncio.to_thread(opened.__exit__, None, None, None))

    async def close(self) -> None:
        """`run` returns."""
        self._closing.set()
        self._fresh.set()

    async def _listen(self) -> None:
        while not self._closing.is_set():
            self._fresh.clear()
            try:
                async with asyncio.timeout(SILENT_S):
                    await self._fresh.wait()
            except TimeoutError as error:
                raise MicrophoneFailed(f"the microphone has given nothing for {SILENT_S:.0f} s") from error

    def _arrived(self, block: bytes, lost: bool) -> None:
        """On PortAudio's thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._take, block, lost)

    def _take(self, block: bytes, lost: bool) -> None:
        self._fresh.set()
        if lost:
            # What is left of the buffer has a hole in it; a level or a spectrum across it would be wrong.
            self.lost += 1
            self._waiting.clear()
        self._waiting += block
        while len(self._waiting) >= BUFFER_BYTES:
            buffer = bytes(self._waiting[:BUFFER_BYTES])
            del self._waiting[:BUFFER_BYTES]
            self._heard(buffer)


class DisabledMicrophone:
    """Hears nothing: the twin for a machine whose microphone is not to be listened to."""

    lost = 0

    def __init__(self) -> None:
        self._closing = asyncio.Event()

    async def run(self) -> None:
        """Until `close`."""
        await self._closing.wait()

    async def close(self) -> None:
        """`run` returns."""
        self._closing.set()


class PortAudio:
    """Opens an input of this machine by its name. Fulfils Opened."""

    def __init__(self, device: str) -> None:
        self._device = device

    def __call__(self, arrived: Callable[[bytes, bool], None]) -> AbstractContextManager[object]:
        """Not opened before it is entered."""
        return _Stream(self._device, arrived)


class _Stream:
    """One input stream of PortAudio."""

    def __init__(self, device: str, arrived: Callable[[bytes, bool], None]) -> None:
        self._device = device
        self._arrived = arrived
        self._stream: Any = None

    def __enter__(self) -> _Stream:
        library = _library()
        # PortAudio knows the devices there were when it was started: a microphone that was plugged in again is another.
        library._terminate()  # noqa: SLF001 - what its maintainer advises; there is no public way
        library._initialize()  # noqa: SLF001
        try:
            self._stream = library.RawInputStream(
                samplerate=RATE_HZ, channels=1, dtype="int16", blocksize=_BLOCK, device=self._device or None,
                callback=self._called,
            )  # fmt: skip
            self._stream.start()
        except (library.PortAudioError, ValueError) as error:
            raise MicrophoneFailed(
                f"the microphone {self._device or 'that is the default'} cannot be used: {error}"
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.abort(ignore_errors=True)
            self._stream.close(ignore_errors=True)

    def _called(self, block: Any, frames: int, time: object, status: Any) -> None:
        self._arrived(bytes(block), bool(status.input_overflow))


def _library() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise MicrophoneFailed(_INSTALL.format(error)) from error
    return sounddevice
