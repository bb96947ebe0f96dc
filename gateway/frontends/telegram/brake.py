"""Keeps people from guessing codes. Pure: time is handed in."""

from __future__ import annotations

from collections import deque

_HOUR_MS = 3_600_000
_EACH = 5
_ALL = 30


class Brake:
    """After 5 wrong codes of one person, or 30 of all, within an hour nobody, or not they, may try for an hour."""

    def __init__(self) -> None:
        self._wrong: deque[tuple[int, int]] = deque(maxlen=_ALL)
        """(person, when), oldest first."""

    def may_try(self, person: int, now_ms: int) -> bool:
        """Whether this try counts."""
        # A clock that was set back leaves times to come: these do not count for ever.
        recent = [one for one in self._wrong if abs(now_ms - one[1]) < _HOUR_MS]
        return len(recent) < _ALL and sum(one[0] == person for one in recent) < _EACH

    def wrong(self, person: int, now_ms: int) -> None:
        """It was wrong."""
        self._wrong.append((person, now_ms))
