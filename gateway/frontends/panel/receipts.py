"""Waiting until something is on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ...core.errors import StoreError
from ...core.ports.store import Change, Writer


class _Durable:
    """A receipt that can be awaited."""

    def __init__(self) -> None:
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settled(self, error: StoreError | None) -> None:
        """Receipt: it is on the disk, or not."""
        if self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)

    async def wait(self) -> None:
        """Returns when it is on the disk; raises StoreError."""
        await self._done


async def commit(writer: Writer, changes: Sequence[Change]) -> None:
    """Make `changes` durable. Raises StoreError."""
    receipt = _Durable()
    writer.submit(changes, receipt)
    await receipt.wait()
