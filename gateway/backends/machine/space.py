"""Room on the disk: watched, so that a person hears of it before the store is full, and loudly when it is."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from ...core.errors import StoreError, StoreFull
from ...core.ports.machine import Space
from .life import amount

_log = logging.getLogger(__name__)
_FEW_FILES_PCT = 2.0
_CLEAR = 1.2
"""It is only said to be over when there is so much more than the level that warns."""
_SHARE = 10
"""On a small file system the warning comes at this part of it."""


def space(folder: Path, warn_mb: float) -> Space:
    """The room where `folder` is. Raises OSError."""
    found = os.statvfs(folder)
    total = found.f_blocks * found.f_frsize
    return Space(
        total_bytes=total,
        free_bytes=found.f_bavail * found.f_frsize,
        warn_below_bytes=min(round(warn_mb * 1e6), total // _SHARE),
        free_files_pct=100 * found.f_favail / found.f_files if found.f_files else None,
    )


def tight(found: Space, factor: float = 1.0) -> str:
    """What is short, in words; empty when nothing is."""
    if found.free_bytes < found.warn_below_bytes * factor:
        return f"only {amount(found.free_bytes)} of {amount(found.total_bytes)} are free on the disk"
    if found.free_files_pct is not None and found.free_files_pct < _FEW_FILES_PCT * factor:
        return f"the disk has room for only {found.free_files_pct:.1f} % more files"
    return ""


class SpaceWatch:
    """Compares each look with the one before. `note` tells an event."""

    def __init__(self, folder: Path, warn_mb: float, note: Callable[[str, str], object]) -> None:
        self._folder = folder
        self._warn_mb = warn_mb
        self._note = note
        self._complaint = ""

    def look(self) -> None:
        """Look, and say what has changed. Raises OSError."""
        found = space(self._folder, self._warn_mb)
        words = tight(found, _CLEAR if self._complaint else 1.0)
        if words and not self._complaint:
            _log.error("%s; when it is full no reading can be kept", words)
            self._note("disk.low", words)
        elif self._complaint and not words:
            _log.warning("there is room on the disk again: %s", amount(found.free_bytes))
            self._note(
                "disk.roomy", f"{amount(found.free_bytes)} of {amount(found.total_bytes)} are free on the disk again"
            )
        self._complaint = words

    def complaint(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        return self._complaint and f"{self._complaint}; when it is full no reading can be kept: make room"


class StoreWatch:
    """Tells events when nothing can be stored any more, and when it works again."""

    def __init__(
        self,
        failure: Callable[[], StoreError | None],
        note: Callable[[str, str], object],
        clock: Callable[[], int],
    ) -> None:
        self._failure = failure
        self._note = note
        self._clock = clock
        self._since_ms: int | None = None

    def changed(self, healthy: bool) -> None:
        """The store has changed."""
        now_ms = self._clock()
        if not healthy:
            self._since_ms = now_ms
            failure = self._failure()
            kind = "store.full" if isinstance(failure, StoreFull) else "store.failed"
            self._note(kind, f"nothing can be stored and nothing is acknowledged: {failure}")
        elif self._since_ms is not None:
            seconds = max(0, now_ms - self._since_ms) // 1000
            self._since_ms = None
            self._note(
                "store.works", f"stored and acknowledged again, after {_duration(seconds)} without; nodes resend"
            )

    def complaint(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        failure = self._failure()
        if failure is None:
            return ""
        why = "the disk is full" if isinstance(failure, StoreFull) else "the disk fails"
        return f"{why}: readings are neither kept nor acknowledged, nodes send them again when it works"


def _duration(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
