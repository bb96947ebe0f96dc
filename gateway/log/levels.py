"""How much the gateway says, changed while it runs and back again by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from ..core.ports.logs import LevelChange

OWN = "gateway"


class _Timer(Protocol):
    def cancel(self) -> None: ...


_Later = Callable[[float, Callable[[], None]], _Timer]
"""Calls back after so many seconds; as an event loop's `call_later`."""


class _Changed:
    """A logger that says more, or less, for a while."""

    def __init__(self, before: int, until_ms: int, timer: _Timer) -> None:
        self.before = before
        self.until_ms = until_ms
        self.timer = timer


class Levels:
    """Fulfils core/ports/logs.LogLevels, for the gateway's own loggers: libraries say secrets at debug."""

    def __init__(self, later: _Later, clock: Callable[[], int]) -> None:
        self._later = later
        self._clock = clock
        self._changed: dict[str, _Changed] = {}

    def level(self) -> str:
        """How much the gateway says where nothing else was asked for."""
        return _name(logging.getLogger(OWN).getEffectiveLevel())

    def changes(self) -> list[LevelChange]:
        """What was changed and has not fallen back yet."""
        return [
            LevelChange(logger, _name(logging.getLogger(logger).level), changed.until_ms)
            for logger, changed in self._changed.items()
        ]

    def change(self, logger: str, level: str, minutes: float) -> None:
        """`logger` says what is at least `level` for so long, then as before."""
        known = self._changed.pop(logger, None)
        if known is not None:
            known.timer.cancel()
        before = logging.getLogger(logger).level if known is None else known.before
        timer = self._later(minutes * 60, lambda: self.restore(logger))
        self._changed[logger] = _Changed(before, self._clock() + round(minutes * 60_000), timer)
        logging.getLogger(logger).setLevel(level.upper())

    def restore(self, logger: str) -> None:
        """As it was before the change; nothing when there was none."""
        changed = self._changed.pop(logger, None)
        if changed is not None:
            changed.timer.cancel()
            logging.getLogger(logger).setLevel(changed.before)

    def close(self) -> None:
        """All as it was."""
        for logger in list(self._changed):
            self.restore(logger)


def _name(level: int) -> str:
    return logging.getLevelName(level).lower()
