"""Where the log goes."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterable
from typing import TextIO

from .folding import Folding
from .lines import JsonLines, ReadableLines


def set_up(
    level: str,
    style: str,
    stream: TextIO | None = None,
    *,
    levels: Iterable[str] = (),
    extra: Iterable[logging.Handler] = (),
) -> None:
    """Log to `stream` (standard error) from `level` on; other people's libraries from WARNING on.

    `style` is `json`, `text` or `auto`: text on a terminal, JSON elsewhere. `levels` are exceptions, as
    `gateway.backends.broker=debug`; `extra` handlers get the same lines, as a `file.to_file`.
    """
    handlers = [_to_stream(stream or sys.stderr, style), *extra]
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.addFilter(Folding(handler.handle, time.monotonic))
        root.addHandler(handler)
    own_level = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(max(own_level, logging.WARNING))
    logging.getLogger("gateway").setLevel(own_level)
    for exception in levels:
        name, _, wanted = exception.partition("=")
        logging.getLogger(name).setLevel(wanted.upper())
    logging.captureWarnings(True)


def _to_stream(out: TextIO, style: str) -> logging.Handler:
    on_terminal = out.isatty()
    as_text = style == "text" or (style == "auto" and on_terminal)
    handler = _QuietStream(out)
    handler.setFormatter(ReadableLines(coloured=on_terminal) if as_text else JsonLines(_is_journal(out)))
    return handler


class _QuietStream(logging.StreamHandler[TextIO]):
    """A log that cannot be written (a closed pipe, a full disk) is no reason to fail or to print a traceback."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing to be done about it."""


def _is_journal(stream: TextIO) -> bool:
    """Whether systemd made this very stream lead to its journal."""
    try:
        file = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{file.st_dev}:{file.st_ino}"
