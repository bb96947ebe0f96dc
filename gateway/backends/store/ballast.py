"""Room kept for the moment when the disk is full: given up so that what was acknowledged can be settled."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


class Ballast:
    """A file of `size` bytes that serves no other purpose than to be removed."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    def take_in(self) -> None:
        """Reserve the room. Raises OSError when there is not enough."""
        if not self._size or (self._path.exists() and self._path.stat().st_size >= self._size):
            return
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, self._size)
        except OSError:
            self.throw_out()
            raise
        finally:
            os.close(file)

    def throw_out(self) -> bool:
        """Give the room back; whether there was any."""
        with suppress(FileNotFoundError):
            self._path.unlink()
            return True
        return False
