"""A flood of the same warning is one line and a number."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator


class Folding(logging.Filter):
    """Says a repeated warning once per `window_s` and then how often it came, so that a flood cannot fill the log."""

    def __init__(
        self,
        say: Callable[[logging.LogRecord], object],
        clock_s: Callable[[], float],
        window_s: float = 60.0,
        limit: int = 256,
    ) -> None:
        super().__init__()
        self._say = say
        self._clock_s = clock_s
        self._window_s = window_s
        self._limit = limit
        self._lock = threading.Lock()
        # Oldest first, as all windows are equally long.
        self._seen: OrderedDict[tuple[str, int, str], _Repeated] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say this record now."""
        if hasattr(record, "repeats"):
            return True
        with self._lock:
            ended = list(self._ended())
            wanted = record.levelno < logging.WARNING or self._is_new(record)
        for repeated in ended:
            self._say(repeated.summary())
        return wanted

    def _is_new(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        key = (record.name, record.levelno, f"{record.getMessage()} {error!r}")
        if known := self._seen.get(key):
            known.repeats += 1
            return False
        self._seen[key] = _Repeated(self._clock_s() + self._window_s, record)
        return True

    def _ended(self) -> Iterator[_Repeated]:
        """Forget what is over its time, or one too many; what was repeated is to be told."""
        now_s = self._clock_s()
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if oldest.ends_s > now_s and len(self._seen) <= self._limit:
                return
            self._seen.popitem(last=False)
            if oldest.repeats:
                yield oldest


class _Repeated:
    """A warning that was said, and how often it came again."""

    __slots__ = ("ends_s", "record", "repeats")

    def __init__(self, ends_s: float, record: logging.LogRecord) -> None:
        self.ends_s = ends_s
        self.record = record
        self.repeats = 0

    def summary(self) -> logging.LogRecord:
        """A record that tells the repeats."""
        text = f"{self.record.getMessage()} (came {self.repeats} more times)"
        told = logging.LogRecord(self.record.name, self.record.levelno, "", 0, text, None, None)
        told.repeats = self.repeats
        return told
