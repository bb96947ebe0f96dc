"""Commissioning: what a machine is like when it runs well, taken from its history because somebody said so."""

from __future__ import annotations

from ...core.insight import Baseline


class Baselines:
    """The baselines of all machines."""

    async def commission(self, asset: str, who: str, hours: int, since_ms: int | None = None) -> Baseline:
        """Begin; of time that has been, it is frozen at once. Raises NotFound, Refused, Conflict, StoreError."""
        raise NotImplementedError

    async def cancel(self, asset: str, who: str) -> Baseline:
        """End what is being collected. Raises NotFound, Conflict (nothing is), StoreError."""
        raise NotImplementedError

    def of(self, asset: str) -> Baseline | None:
        """The one that counts."""
        raise NotImplementedError

    def collecting(self, asset: str) -> Baseline | None:
        """The one that is being made."""
        raise NotImplementedError

    def history(self, asset: str) -> list[Baseline]:
        """All of them, newest asked for first."""
        raise NotImplementedError
