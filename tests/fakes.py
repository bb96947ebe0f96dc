"""Small stand-ins for what lies behind the ports; they keep the ports' promises."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence

from gateway.core.errors import StoreError
from gateway.core.ports.documents import Document
from gateway.core.ports.store import Change, Receipt

START_MS = 1_767_787_200_000
"""2026-01-07T12:00:00Z."""


class FixedClock:
    """UTC milliseconds that pass only when told to."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, *, ms: int = 0, s: float = 0, minutes: float = 0, days: float = 0) -> int:
        """Let time pass."""
        self.now_ms += ms + round(s * 1000 + minutes * 60_000 + days * 86_400_000)
        return self.now_ms


class MemoryDocuments:
    """Documents in memory. `fail_after` counts down the changes that still succeed."""

    def __init__(self) -> None:
        self.collections: dict[str, dict[str, Document]] = {}
        self.fail_after: int | None = None

    def all(self, collection: str) -> dict[str, Document]:
        return copy.deepcopy(self.collections.get(collection, {}))

    async def put(self, collection: str, key: str, document: Document) -> None:
        self._change()
        self.collections.setdefault(collection, {})[key] = copy.deepcopy(document)

    async def delete(self, collection: str, key: str) -> None:
        self._change()
        self.collections.get(collection, {}).pop(key, None)

    async def change(self, collection: str, put: Mapping[str, Document], delete: Collection[str] = ()) -> None:
        self._change()
        known = self.collections.setdefault(collection, {})
        for key in delete:
            known.pop(key, None)
        known.update(copy.deepcopy(dict(put)))

    def _change(self) -> None:
        if self.fail_after is not None:
            if self.fail_after <= 0:
                raise StoreError("the disk is gone")
            self.fail_after -= 1


class MemoryWriter:
    """A writer whose disk is instant: receipts are settled before `submit` returns. `error` makes it fail."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.error: StoreError | None = None
        self.congested = False
        self._relieved: list[Callable[[], None]] = []

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        if self.error is None:
            self.changes.extend(changes)
        if receipt is not None:
            receipt.settled(self.error)

    def when_relieved(self, callback: Callable[[], None]) -> None:
        if self.congested:
            self._relieved.append(callback)
        else:
            callback()

    def relieve(self) -> None:
        """No longer congested: tell everybody who waits."""
        self.congested = False
        waiting, self._relieved = self._relieved, []
        for callback in waiting:
            callback()
