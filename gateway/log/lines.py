"""How a line looks, for machines and for people.

JSON lines are in UTC, which no change to summer time makes ambiguous; a person at a terminal reads that machine's own
time, as journalctl shows it. The site's zone is for rules and days, not for this.
"""

from __future__ import annotations

import json
import logging
import time

from ..flow.correlation import current
from .masking import without_secrets

_COLOURS = {"DEBUG": "\x1b[2m", "INFO": "", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[1;31m"}
_PLAIN = "\x1b[0m"
_PRIORITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}  # of syslog, as the journal has them
_CONTROLS = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and correlation, error where there are any.

    For systemd's journal each begins with `<PRIORITY>`, which it takes off; `journalctl -p warning` then finds them.
    """

    def __init__(self, for_journal: bool = False) -> None:
        super().__init__()
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "time": _instant(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if identity := _correlation_of(record):
            line["correlation"] = identity
        if repeats := getattr(record, "repeats", 0):
            line["repeats"] = repeats
        if record.exc_info:
            line["error"] = without_secrets(self.formatException(record.exc_info))
        priority = f"<{_PRIORITIES.get(record.levelname, 6)}>" if self._for_journal else ""
        return priority + json.dumps(line, ensure_ascii=False)


class ReadableLines(logging.Formatter):
    """Local time, level, message, and whose it is; the traceback below. Nodes cannot write control characters."""

    def __init__(self, coloured: bool) -> None:
        super().__init__()
        self._coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        """The line, or lines where there is a traceback."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        message = without_secrets(record.getMessage()).translate(_CONTROLS)
        whose = " ".join(part for part in (record.name.removeprefix("gateway."), _correlation_of(record)) if part)
        line = f"{clock} {record.levelname.lower():8}{message}  ({whose})"
        if self._coloured and (colour := _COLOURS.get(record.levelname)):
            line = f"{colour}{line}{_PLAIN}"
        if record.exc_info:
            line += "\n" + without_secrets(self.formatException(record.exc_info))
        return line


def _correlation_of(record: logging.LogRecord) -> str:
    return str(getattr(record, "correlation", "") or current())


def _instant(seconds: float) -> str:
    """UTC with milliseconds, as ISO 8601."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{thousandths:03}Z"
