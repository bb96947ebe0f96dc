"""What the quality gate has learnt, in one small file that is replaced as a whole."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from ..core.judging.kept import KeptDevice
from .private_files import write_private

_log = logging.getLogger(__name__)


class GateFile:
    """Fulfils the port GateMemory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, KeptDevice]:
        """What was kept, by device; empty when there is nothing readable."""
        try:
            return msgspec.msgpack.decode(self._path.read_bytes(), type=dict[str, KeptDevice])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("%s is unreadable, what series usually do is learnt anew: %s", self._path, error)
            return {}

    def save(self, kept: dict[str, KeptDevice]) -> None:
        """Replace it durably; blocks for as long as the disk takes. Raises OSError."""
        write_private(self._path, msgspec.msgpack.encode(kept))
