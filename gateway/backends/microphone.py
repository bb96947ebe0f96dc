"""The microphone of this machine, through PortAudio: 2 s of sound at a time, for as long as it gives any.

sounddevice is imported when it is first listened to, and never elsewhere. A thread of ours reads blocks and ends at
`_arrived`: callbacks of sounddevice's need memory that is both writable and executable, which the service may not have.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from ..core.errors import GatewayError

RATE_HZ = 16_000
BUFFER_BYTES = 2 * 2 * RATE_HZ
"""2 s, as nodes send it."""
_BLOCK = 1600
_STOP_S = 2.0
SILENT_S = 5.0
"""A device that gives nothing for so long is gone: neither ALSA nor PulseAudio tell of it."""
_INSTALL = "sounddevice cannot be used here ({}); `pip install 'edge-gateway[sound]'` and `apt install libportaudio2`"


class MicrophoneFailed(GatewayError):
    """There is no sound to be had; the text says why."""


class MicrophoneSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which microphone."""

    device: str = ""
    """PortAudio's name or a part of it; empty: the default."""


class Input(Protocol):
    """A device that can be listened to."""

    def __call__(
        self, arrived: Callable[[bytes, bool], None], failed: Callable[[str], None]
    ) -> AbstractContextManager[object]:
        """While it is entered `arrived` is called, from another thread, with s16le blocks and whether some were lost.

        `failed`: there are no more, and why. Entering and leaving block; entering raises MicrophoneFailed.
        """


class Microphone:
    """`run` listens; `heard` is called on the event loop with 2 s of s16le mono at 16 kHz."""

    def __init__(
        self, settings: MicrophoneSettings, heard: Callable[[bytes], None], device: Input | None = None
    ) -> None:
        self._heard = heard
        self._device: Input = device or PortAudio(settings.device)
        self._waiting = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fresh = asyncio.Event()
        self._closing = asyncio.Event()
        self._failure = ""
        self.lost = 0
        """Times that blocks were lost because this machine was too slow."""

    async def run(self) -> None:
        """Until `close`. Raises MicrophoneFailed when there is none or it gives nothing any more."""
        self._loop = asyncio.get_running_loop()
        self._waiting.clear()
        self._failure = ""
        opened = self._device(self._arrived, self._failed)
        # Opening and closing wait for the sound system, perhaps for seconds; what is being opened must be closed, too.
        opening = asyncio.ensure_future(asyncio.to_thread(opened.__enter__))
        try:
            await asyncio.shield(opening)
            await self._listen()
        finally:
            await asyncio.wait([opening])
            if opening.exception() is None:
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
            if self._failure:
                raise MicrophoneFailed(self._failure)

    def _arrived(self, block: bytes, lost: bool) -> None:
        """On the reading thread."""
        self._on_loop(self._take, block, lost)

    def _failed(self, why: str) -> None:
        """On the reading thread."""
        self._on_loop(self._note_failure, why)

    def _on_loop(self, call: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *arguments)

    def _note_failure(self, why: str) -> None:
        self._failure = why
        self._fresh.set()

    def _take(self, block: bytes, lost: bool) -> None:
        self._fresh.set()
        if lost:
            # What is there of the buffer has a hole behind it; a level or a spectrum across it would be wrong.
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
    """An input of this machine by its name. Fulfils Input."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(
        self, arrived: Callable[[bytes, bool], None], failed: Callable[[str], None]
    ) -> AbstractContextManager[object]:
        """Not opened before it is entered."""
        return _Stream(self._name, arrived, failed)


class _Stream:
    """One input stream of PortAudio, and the thread that reads it."""

    def __init__(self, name: str, arrived: Callable[[bytes, bool], None], failed: Callable[[str], None]) -> None:
        self._name = name
        self._arrived = arrived
        self._failed = failed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, name="microphone", daemon=True)
        self._stream: Any = None
        self._errors: tuple[type[Exception], ...] = ()

    def __enter__(self) -> _Stream:
        library = _library()
        # PortAudio knows the devices there were when it was started: a microphone that was plugged in anew is another.
        library._terminate()  # noqa: SLF001 - what its maintainer advises; there is no public way
        library._initialize()  # noqa: SLF001
        self._errors = (library.PortAudioError, ValueError)
        try:
            self._stream = library.RawInputStream(
                samplerate=RATE_HZ, channels=1, dtype="int16", blocksize=_BLOCK, device=self._name or None
            )
            self._stream.start()
        except self._errors as error:
            named = f"the microphone {self._name}" if self._name else "the default microphone"
            raise MicrophoneFailed(f"{named} cannot be used: {error}") from error
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(_STOP_S)
        if self._thread.is_alive():
            self._stream.abort(ignore_errors=True)  # a device that is gone may never give the block it was asked for
            self._thread.join(_STOP_S)
        self._stream.close(ignore_errors=True)

    def _read(self) -> None:
        """On a thread of its own, a tenth of a second at a time."""
        try:
            while not self._stopping.is_set():
                block, lost = self._stream.read(_BLOCK)
                self._arrived(bytes(block), bool(lost))
        except self._errors as error:
            self._failed(f"the microphone gives nothing any more: {error}")


def _library() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise MicrophoneFailed(_INSTALL.format(error)) from error
    return sounddevice
