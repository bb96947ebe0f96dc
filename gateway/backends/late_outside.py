"""The way outside for a start in a hurry: what it is made of is loaded when somebody first goes there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..core.ports.outside import Answer, Unreached

if TYPE_CHECKING:
    from .outside import HttpOutside


class LateOutside:
    """Fulfils core/ports/outside by `HttpOutside`. A node can connect before aiohttp is loaded."""

    def __init__(self) -> None:
        self._real: HttpOutside | None = None
        self._closed = False

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 20.0,
    ) -> Answer:
        """Outside: one request. Raises Unreached, Unanswered."""
        if self._closed:
            raise Unreached("the gateway is closing")
        if self._real is None:
            from .outside import HttpOutside

            self._real = HttpOutside()
        return await self._real.request(method, url, headers=headers, body=body, timeout_s=timeout_s)

    async def close(self) -> None:
        """Outside: nothing is asked any more."""
        self._closed = True
        if self._real is not None:
            await self._real.close()
