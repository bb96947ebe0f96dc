"""What people author, kept as small JSON documents a person can read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

Document = dict[str, Any]


class Documents(Protocol):
    """Collections of JSON documents by key. A change is on the disk when its coroutine returns."""

    def all(self, collection: str) -> dict[str, Document]:
        """Every document of a collection by key; empty when there is none yet."""

    async def put(self, collection: str, key: str, document: Document) -> None:
        """Create or replace one document. Raises StoreError; then nothing changed."""

    async def delete(self, collection: str, key: str) -> None:
        """Remove one document if it is there."""

    async def change(self, collection: str, put: Mapping[str, Document], delete: Collection[str] = ()) -> None:
        """Several documents of one collection in one durable write, all or none. Raises StoreError."""
