"""Recordings as files: one WAV a buffer, readable by the gateway's user only; no folder before one was asked for."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from ..core.errors import NotFound, StoreError
from ..core.ports.recordings import Recording
from .private_files import write_private

_NAME = re.compile(r"([a-z0-9-]{3,40})\.([0-9]{1,15})(\.sim)?")
_HEADER_BYTES = 44
_RATE_AT = 28
"""Where the header of a plain WAV file gives its bytes a second."""


class RecordingFiles:
    """Fulfils the port RecordingShelf. At most `most_mb` megabytes; to be called from any thread."""

    def __init__(self, folder: Path, most_mb: int) -> None:
        self._folder = folder
        self._most_bytes = most_mb * 1_000_000
        self._lock = Lock()

    def keep(self, device: str, time_ms: int, simulated: bool, wav: bytes) -> None:
        """One more; the oldest make room for it. One of a moment that is taken is a millisecond later.

        Raises StoreError.
        """
        with self._held():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            ending = ".sim" if simulated else ""
            while self._path(f"{device}.{time_ms}{ending}").exists():
                time_ms += 1
            write_private(self._path(f"{device}.{time_ms}{ending}"), wav)
            sizes = {path: path.stat().st_size for path in self._files()}
            over = sum(sizes.values()) - self._most_bytes
            for path in sorted(sizes, key=_time_ms):
                if over <= 0:
                    break
                path.unlink()
                over -= sizes[path]

    def all(self) -> list[Recording]:
        """Newest first. Raises StoreError."""
        with self._held():
            return [_described(path) for path in sorted(self._files(), key=_time_ms, reverse=True)]

    def read(self, recording_id: str) -> bytes:
        """The WAV file. Raises NotFound, StoreError."""
        with self._held():
            return self._existing(recording_id).read_bytes()

    def remove(self, recording_id: str) -> None:
        """Throw it away. Raises NotFound, StoreError."""
        with self._held():
            self._existing(recording_id).unlink()

    def erase(self, device: str) -> None:
        """Throw away all of a device's. Raises StoreError."""
        with self._held():
            for path in self._files():
                if path.name.split(".")[0] == device:
                    path.unlink()

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in self._folder.glob("*.wav") if _NAME.fullmatch(path.stem)]

    def _path(self, recording_id: str) -> Path:
        return self._folder / f"{recording_id}.wav"

    def _existing(self, recording_id: str) -> Path:
        path = self._path(recording_id)
        # The name is looked at first: it comes from a request, and must not lead out of the folder.
        if not _NAME.fullmatch(recording_id) or not path.is_file():
            raise NotFound(f"there is no recording {recording_id}")
        return path

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except OSError as error:
                raise StoreError(f"recordings: {error}") from error


def _time_ms(path: Path) -> int:
    return int(path.stem.split(".")[1])


def _described(path: Path) -> Recording:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    size = path.stat().st_size
    device, time_ms, *simulated = path.stem.split(".")
    rate = struct.unpack_from("<I", header, _RATE_AT)[0] if len(header) == _HEADER_BYTES else 0
    seconds = (size - _HEADER_BYTES) / rate if rate else 0.0
    return Recording(path.stem, device, int(time_ms), seconds, size, bool(simulated))
