"""The data folder: private to the gateway's user and held by one process at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ..core.errors import AlreadyRunning, ConfigError


class DataFolder:
    """Makes the folder if need be and holds its lock until `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(path / "gateway.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(
                f"the data folder {path} cannot be used: {error.strerror}; choose one with --data"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._lock, 20, 0).decode("ascii", "replace").strip() or "another process"
            os.close(self._lock)
            raise AlreadyRunning(f"a gateway is already running on {path} (process {holder}); stop it first") from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)
