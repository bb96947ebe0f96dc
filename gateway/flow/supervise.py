"""Keeps leaves alive: a panel or an announcement that fails is started again and never stops the flow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

_log = logging.getLogger(__name__)
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_STEADY_S = 60.0


class Leaf:
    """One supervised part. `run` is called again after it ends or fails, with growing pauses."""

    def __init__(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self.failure = ""
        """Why it is not running, in words; empty while it does."""
        self._run = run

    async def supervise(self) -> None:
        """Run for ever."""
        loop = asyncio.get_running_loop()
        pause_s = _FIRST_PAUSE_S
        while True:
            started = loop.time()
            try:
                self.failure = ""
                await self._run()
                self.failure = "it ended"
            except Exception as error:  # noqa: BLE001 - the leaf supervisor: any failure of a leaf ends here, logged
                self.failure = f"{type(error).__name__}: {error}"
                _log.exception("%s failed; it starts again in %.0f s", self.name, pause_s)
            if loop.time() - started > _STEADY_S:
                pause_s = _FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
