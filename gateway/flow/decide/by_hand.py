"""Whether somebody has moved a window by hand: it is at rest where nobody has ordered it to be.

Pure: times come in. In doubt it says no, for a window that is called moved by hand holds off for an hour and teaches:
after an order the window has time to move and the first place where it rests counts as where it belongs, whether it
got where it should, was stopped, or stayed within limits of its own.
"""

from __future__ import annotations

DIFFERENCE_PCT = 5.0
"""What moves less far was moved by nobody."""
STILL_PCT = 2.0
STILL_MS = 2_000
"""At rest: readings so far apart in time that all lie within STILL_PCT."""
SETTLE_MS = 45_000
"""So long after an order nobody is accused."""
ANSWER_MS = 120_000
"""Nor so long after one that was not answered; older nodes never answer."""


class Hand:
    """What is known of one window. Times in UTC ms by the gateway's clock, positions in percent open."""

    __slots__ = ("_boot", "_handed_ms", "_high", "_low", "_pending", "_read_ms", "_resting", "_still_ms", "_target")

    def __init__(self) -> None:
        self._boot = ""
        self._pending: str | None = None  # an order that was not answered yet
        self._handed_ms: int | None = None
        self._target: float | None = None  # of the last order, until the window rests there
        self._resting: float | None = None  # where it belongs; None: not known
        self._read_ms = -1
        self._still_ms: int | None = None  # since when it lies within [_low, _high]
        self._low = self._high = 0.0

    def ordered(self, order: str, target_pct: float | None, now_ms: int) -> None:
        """It is told to move; said again with the same `order`, it was told once more. `target_pct` None: who knows."""
        self._pending, self._handed_ms, self._target = order, now_ms, target_pct
        self._resting = None
        self._still_ms = None

    def answered(self, order: str, now_ms: int) -> None:
        """The node says that this order is over, one way or the other; it may be one of before the gateway's start."""
        if self._pending == order:
            self._pending = None
        self._handed_ms, self._resting = now_ms, None

    def lost(self) -> None:
        """It was out of sight: wherever it rests next is where it belongs."""
        self._resting = self._target = self._still_ms = None
        self._read_ms = -1

    def read(self, position_pct: float, boot: str, time_ms: int, now_ms: int) -> float | None:
        """A reading that can be believed; `time_ms` is when it was measured. Where somebody has put the window."""
        if boot != self._boot:
            self._boot = boot
            self.lost()
        if time_ms <= self._read_ms or (self._handed_ms is not None and time_ms < self._handed_ms):
            return None
        self._read_ms = time_ms
        if not self._rests(position_pct, time_ms):
            return None
        if self._moving(now_ms):
            if self._target is not None and abs(position_pct - self._target) < DIFFERENCE_PCT:
                self._resting = self._target = position_pct
            return None
        if self._resting is None:
            self._resting = position_pct
            return None
        if abs(position_pct - self._resting) < DIFFERENCE_PCT:
            return None
        self._resting = position_pct
        return position_pct

    def _moving(self, now_ms: int) -> bool:
        if self._handed_ms is None:
            return False
        since_ms = now_ms - self._handed_ms
        return since_ms < (SETTLE_MS if self._pending is None else ANSWER_MS)

    def _rests(self, position_pct: float, time_ms: int) -> bool:
        low, high = min(self._low, position_pct), max(self._high, position_pct)
        if self._still_ms is None or high - low > STILL_PCT:
            self._still_ms, self._low, self._high = time_ms, position_pct, position_pct
            return False
        self._low, self._high = low, high
        return time_ms - self._still_ms >= STILL_MS
