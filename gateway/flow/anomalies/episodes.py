"""One incident, one episode: opened, joined, turned, closed, and what people say of it."""

from __future__ import annotations

from ...core.insight import Episode, Verdict


class Episodes:
    """All episodes; those that are open are at hand."""

    def open(self) -> list[Episode]:
        """Those that go on, newest first."""
        raise NotImplementedError

    async def get(self, episode_id: str) -> Episode:
        """One. Raises NotFound, StoreError."""
        raise NotImplementedError

    async def history(
        self,
        *,
        asset: str = "",
        device: str = "",
        from_ms: int | None = None,
        to_ms: int | None = None,
        open_only: bool = False,
        limit: int = 100,
        before: str = "",
        correlation: str = "",
    ) -> list[Episode]:
        """As `InsightArchive.episodes`, the open ones as they are now. Raises StoreError."""
        raise NotImplementedError

    async def judge(self, episode_id: str, verdict: Verdict, who: str) -> Episode:
        """Somebody's word on it, durable. Raises NotFound, Refused (no verdict), StoreError."""
        raise NotImplementedError

    async def undo(self, episode_id: str, who: str) -> Episode:
        """Take that word back. Raises NotFound, Conflict (there is none), StoreError."""
        raise NotImplementedError
