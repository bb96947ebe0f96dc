"""The pairing window: while it is open, unknown devices may ask to join."""

from __future__ import annotations

from collections.abc import Callable

from ..core.errors import Refused
from ..core.messages import ClockSet
from ..core.ports.gatekeeper import Auditor

_MOST_MINUTES = 24 * 60


class Pairing:
    """Opened by an operator; closes by itself, and when the gateway restarts."""

    def __init__(self, trail: Auditor, clock: Callable[[], int]) -> None:
        self.until_ms = 0
        self._trail = trail
        self._clock = clock

    @property
    def is_open(self) -> bool:
        """Whether unknown devices may ask now."""
        return self._clock() < self.until_ms

    def open(self, minutes: float) -> int:
        """Let unknown devices ask to join for a while; returns until when. Raises Refused."""
        if not 0 < minutes <= _MOST_MINUTES:
            raise Refused(f"Pairing can be open for up to {_MOST_MINUTES} minutes.")
        self.until_ms = self._clock() + round(minutes * 60_000)
        self._trail.note("pairing.opened", "pairing", f"for {minutes:g} minutes")
        return self.until_ms

    def close(self) -> None:
        """No unknown device may ask any more; those that wait stay."""
        if self.until_ms:
            self.until_ms = 0
            self._trail.note("pairing.closed", "pairing")

    def clock_set(self, event: ClockSet) -> None:
        """It stays open for as long as it would have been."""
        self.until_ms = event.moved(self.until_ms)
