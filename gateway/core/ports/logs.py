"""Who changes how much the gateway says about its own running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class LevelChange(msgspec.Struct, frozen=True):
    """A logger that says more, or less, until then."""

    logger: str
    level: str
    until_ms: int


class LogLevels(Protocol):
    """The levels of the gateway's own loggers."""

    def level(self) -> str:
        """How much the gateway says where nothing else was asked for."""

    def changes(self) -> Sequence[LevelChange]:
        """What was changed and has not fallen back yet."""

    def change(self, logger: str, level: str, minutes: float) -> None:
        """`logger` says what is at least `level` for so long, then as before."""

    def restore(self, logger: str) -> None:
        """As it was before the change; nothing when there was none."""
