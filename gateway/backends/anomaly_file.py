"""What was learnt of series and machines, in one small file that is replaced as a whole."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from ..core.ports.insight import KeptAnomalies
from .private_files import write_private

_log = logging.getLogger(__name__)


class AnomalyFile:
    """Fulfils the port AnomalyMemory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> KeptAnomalies:
        """What was kept; empty when there is nothing readable, which costs days of learning and is told."""
        try:
            return self.read()
        except FileNotFoundError:
            return KeptAnomalies()
        except (OSError, ValueError) as error:
            _log.warning("%s is unreadable, what is usual is learnt anew: %s", self._path, error)
            return KeptAnomalies()

    def read(self) -> KeptAnomalies:
        """What was kept. Raises OSError, and ValueError when that is nothing readable."""
        try:
            return msgspec.msgpack.decode(self._path.read_bytes(), type=KeptAnomalies)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise ValueError(str(error)) from error

    def save(self, kept: KeptAnomalies) -> int:
        """Replace it durably; its size in bytes. Blocks for as long as the disk takes. Raises OSError."""
        content = msgspec.msgpack.encode(kept)
        write_private(self._path, content)
        return len(content)
