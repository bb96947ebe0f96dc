"""The queue of records that are in the journal and not yet in the database, and when it is time for them."""

from __future__ import annotations

import time
from collections import deque

import msgspec

from .settings import StoreSettings


class UnsettledRecord(msgspec.Struct, frozen=True, gc=False):
    """A record of the journal that the database does not have yet."""

    serial: int
    content: bytes
    """Read again when it is settled: thousands of objects kept until then would cost memory and the cache."""
    changes: int
    since_s: float


class Unsettled:
    """Oldest first. Other threads may read `changes` and ask what they `mention`."""

    def __init__(self, settings: StoreSettings) -> None:
        self.changes = 0
        """In all records."""
        self._settings = settings
        self._records: deque[UnsettledRecord] = deque()

    def __len__(self) -> int:
        return len(self._records)

    def add(self, serial: int, content: bytes, changes: int) -> None:
        """A record was written."""
        self._records.append(UnsettledRecord(serial, content, changes, time.monotonic()))
        self.changes += changes

    def settled(self, records: int) -> None:
        """So many of the oldest are in the database."""
        for _ in range(records):
            self.changes -= self._records.popleft().changes

    def mention(self, text: bytes) -> bool:
        """Whether `text` occurs in any record. From any thread: the copy is made in one go."""
        return any(text in record.content for record in tuple(self._records))

    @property
    def first(self) -> int | None:
        """The serial of the oldest."""
        return self._records[0].serial if self._records else None

    @property
    def due(self) -> bool:
        """Whether it is time to settle something."""
        if not self._records:
            return False
        waited_s = time.monotonic() - self._records[0].since_s
        return self.changes >= self._settings.settle_changes or waited_s >= self._settings.settle_s

    @property
    def due_in_s(self) -> float | None:
        """Seconds until there is something to settle; None when there is nothing."""
        if not self._records:
            return None
        return max(0.0, self._records[0].since_s + self._settings.settle_s - time.monotonic())

    def part(self) -> list[UnsettledRecord]:
        """The oldest, as many as one transaction should take.

        When much comes, few, as commits wait meanwhile; else all, as that writes each page but once.
        """
        enough = self._settings.settle_changes
        limit = enough if self.changes < enough else self._settings.settle_at_once
        if self.changes > 2 * enough:
            limit = self.changes - enough
        part: list[UnsettledRecord] = []
        changes = 0
        for record in self._records:
            part.append(record)
            changes += record.changes
            if changes >= limit:
                break
        return part
