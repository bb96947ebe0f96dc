"""What a node has measured and how far each reading came, as the outside knows it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Fate(StrEnum):
    """How far a reading came."""

    WAITING = "waiting"
    SENT = "sent"
    """Written to a connection; it may have arrived."""
    ACKNOWLEDGED = "acknowledged"
    LOST = "lost"
    """The node has lost it before it was sent."""
    UNSURE = "unsure"
    """The node has lost it after it was sent: it may have arrived."""


class Entry(msgspec.Struct):
    """One reading of one device."""

    boot: str
    seq: int
    uptime_ms: int
    due_ms: int
    """The UTC ms that history should show."""
    stamp_ms: int | None
    """What the node's own clock says; None: it has none."""
    values: dict[str, float]
    fate: Fate = Fate.WAITING


class Ledger:
    """The readings of one device, in the order of their measurement."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """A new reading."""
        self.entries.append(entry)

    @property
    def missing(self) -> int:
        """Readings that should still be acknowledged."""
        return sum(entry.fate in (Fate.WAITING, Fate.SENT) for entry in self.entries)
