"""A receipt that somebody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..core.errors import GatewayError, StoreError


class Promise:
    """`then` is told as soon as it is settled, before whoever waits goes on: what it raises is what they get.

    Waiting may be given up; what was submitted is kept all the same.
    """

    def __init__(self, then: Callable[[StoreError | None], None]) -> None:
        self._then = then
        self._error: GatewayError | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settled(self, error: StoreError | None) -> None:
        """It is on the disk, or not."""
        self._error = error
        try:
            self._then(error)
        except GatewayError as refused:
            self._error = refused
        finally:
            self._over.set_result(None)

    async def kept(self) -> None:
        """Returns when it is on the disk. Raises StoreError when it cannot be, and what `then` raised."""
        await asyncio.shield(self._over)
        if self._error is not None:
            raise self._error
