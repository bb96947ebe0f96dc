"""How fast messages go to one target."""

from __future__ import annotations

from collections import deque

from ...core.ports.channel import Rate

_MINUTE_S = 60.0


class Pace:
    """When the next message may go. Times are seconds of a steady clock."""

    def __init__(self) -> None:
        self._sent: deque[float] = deque()

    def wait_s(self, rate: Rate, now_s: float) -> float:
        """Seconds until the next may go; 0: now."""
        while self._sent and now_s - self._sent[0] >= _MINUTE_S:
            self._sent.popleft()
        if not self._sent:
            return 0.0
        waits = [self._sent[-1] + rate.each_s - now_s]
        if len(self._sent) >= rate.target_per_min:
            waits.append(self._sent[-rate.target_per_min] + _MINUTE_S - now_s)
        return max(0.0, *waits)

    def sent(self, now_s: float) -> None:
        """One goes now."""
        self._sent.append(now_s)
