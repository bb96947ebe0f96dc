"""What was stored, once more through the same evaluator: it must fire as it did."""

from __future__ import annotations

from .report import ReplayReport


class Replay:
    """History in order of time but for what the tape puts elsewhere."""

    async def of(self, from_ms: int, to_ms: int) -> ReplayReport:
        """Raises Refused (nothing taped then), StoreError."""
        raise NotImplementedError
