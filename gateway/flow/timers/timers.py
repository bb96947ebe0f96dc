"""Timers: armed, waited for, done, and made good after an outage."""

from __future__ import annotations

from ...core.timers import Timer


class Timers:
    """Every armed timer. Durable; the due loop sleeps until the next one."""

    def arm(self, timer: Timer) -> None:
        """Submit and wait for it; one of the same rule and name that is armed is replaced."""
        raise NotImplementedError

    async def cancel(self, timer: str, who: str) -> Timer:
        """Durable when this returns. Raises NotFound, Conflict when it has ended."""
        raise NotImplementedError

    def armed(self, rule: str = "") -> list[Timer]:
        """By when they are due, the next first."""
        raise NotImplementedError
