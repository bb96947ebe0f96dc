"""A log file that is begun anew when it is full. Imported only when one is wanted: it costs 20 ms."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import msgspec

from ..core.errors import ConfigError
from .lines import JsonLines


class LogFile(msgspec.Struct, frozen=True):
    """Begun anew at `size_bytes`; `kept` older ones stay beside it."""

    path: Path
    size_bytes: int
    kept: int


class _QuietFile(RotatingFileHandler):
    """A file that cannot be written (a full disk) is no reason to fail or to print a traceback."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing to be done about it."""


def to_file(file: LogFile) -> logging.Handler:
    """JSON lines into the file. Raises ConfigError when it cannot be opened."""
    try:
        handler = _QuietFile(file.path, maxBytes=file.size_bytes, backupCount=file.kept, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"log.file {file.path} cannot be written: {error.strerror}") from error
    handler.setFormatter(JsonLines())
    return handler
