"""When one window is thought about, and when it is left where it is. Pure: time is an argument, in ms."""

from __future__ import annotations

from ...core.window.change import Change
from ..words import duration

URGENT_MS = 1000
"""Urgent or not, a window is not thought about more often."""
TRAVEL_MS = 45_000
"""A window takes so long at most to get to where it was sent."""
TURN_MS = 600_000
"""Turning back within so long takes twice the deadband."""
_END_PCT = 2.0
"""Fully open and shut are reached even when this is all that is missing."""


class Pacing:
    """One window's pace. `asked_ms` None: it was not thought about in this run."""

    def __init__(self, min_interval_s: float, ask_every_s: float, deadband_pct: float) -> None:
        self._interval_ms = round(min_interval_s * 1000)
        self._every_ms = round(ask_every_s * 1000)
        self._deadband = deadband_pct
        self._asked_ms: int | None = None
        self._pending: Change | None = None
        self._sent_to: float | None = None
        self._sent_ms = 0
        self._direction = 0
        self._turned_ms = 0

    def want(self, change: Change) -> None:
        """Something has changed; what is urgent is not overtaken by what is not."""
        if self._pending is None or change.urgent or not self._pending.urgent:
            self._pending = change

    def due(self, now_ms: int) -> Change | None:
        """What the window should be thought about for now; None: nothing, or not yet."""
        asked_ms, pending = self._asked_ms, self._pending
        if pending is not None:
            wait_ms = min(URGENT_MS, self._interval_ms) if pending.urgent else self._interval_ms
            return pending if asked_ms is None or not 0 <= now_ms - asked_ms < wait_ms else None
        if asked_ms is not None and now_ms - asked_ms >= self._every_ms:
            return Change(f"for {duration(self._every_ms)} nothing was asked")
        return None

    @property
    def urgent(self) -> bool:
        """Whether what it waits to be thought about for is in a hurry."""
        return self._pending is not None and self._pending.urgent

    def next_ms(self) -> int | None:
        """When it is to be thought about if nothing else happens; None: not known."""
        if self._asked_ms is None:
            return None
        if self._pending is None:
            return self._asked_ms + self._every_ms
        return self._asked_ms + (min(URGENT_MS, self._interval_ms) if self._pending.urgent else self._interval_ms)

    def asked(self, now_ms: int) -> None:
        """It was thought about, whatever came of it."""
        self._asked_ms, self._pending = now_ms, None

    def near(
        self, position: float, is_pct: float | None, now_ms: int, *, must: bool = False, haste: bool = False
    ) -> bool:
        """Whether the window is near enough to `position` to be left alone; `must`: a limit moves it.

        `is_pct`: where it says that it is. While it may still be on its way, where it was sent counts. `haste`: it may
        turn back at once.
        """
        at = self._at(is_pct, now_ms)
        if at is None:
            return False
        apart = abs(position - at)
        if must or position in (0.0, 100.0):
            return apart < min(_END_PCT, self._deadband)
        turns = not haste and self._direction * (position - at) < 0 and 0 <= now_ms - self._turned_ms < TURN_MS
        return apart < self._deadband * (2 if turns else 1)

    def sent(self, position: float, is_pct: float | None, now_ms: int) -> None:
        """It was sent there."""
        at = self._at(is_pct, now_ms)
        direction = 0 if at is None or position == at else 1 if position > at else -1
        if direction and direction != self._direction:
            self._direction = direction
        self._turned_ms = now_ms
        self._sent_to, self._sent_ms = position, now_ms

    def lost(self) -> None:
        """Where it was sent says nothing any more: it failed, or somebody else moved it."""
        self._sent_to = None
        self._direction = 0

    def shift(self, ms: int) -> None:
        """The clock was set."""
        if self._asked_ms is not None:
            self._asked_ms += ms
        self._sent_ms += ms
        self._turned_ms += ms

    def _at(self, is_pct: float | None, now_ms: int) -> float | None:
        travels = self._sent_to is not None and 0 <= now_ms - self._sent_ms < TRAVEL_MS
        return self._sent_to if travels or is_pct is None else is_pct
