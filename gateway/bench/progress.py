"""How far a bench is, on standard error and only for a person."""

from __future__ import annotations

import sys

_WIDTH = 24


class Progress:
    """A bar that knows how many steps there are."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._done = 0
        self._shown = sys.stderr.isatty()

    def step(self, what: str) -> None:
        """The next step begins."""
        self._draw(what)
        self._done += 1

    def close(self) -> None:
        """Clear the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _draw(self, what: str) -> None:
        if self._shown:
            filled = min(_WIDTH, self._done * _WIDTH // max(self._steps, 1))
            sys.stderr.write(f"\r\x1b[K[{'#' * filled}{'.' * (_WIDTH - filled)}] {what}")
            sys.stderr.flush()
