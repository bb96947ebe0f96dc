"""What the quality gate has learnt, over a restart."""

from __future__ import annotations

from typing import Protocol

from ..judging.kept import KeptDevice


class GateMemory(Protocol):
    """Where that is kept. Losing it costs a day of learning, nothing else."""

    def load(self) -> dict[str, KeptDevice]:
        """What was kept, by device; empty when there is nothing readable."""

    def save(self, kept: dict[str, KeptDevice]) -> None:
        """Replace it durably; blocks for as long as the disk takes. Raises OSError."""
