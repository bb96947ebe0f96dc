"""Keeps leaves alive: a panel or an announcement that fails is started again and never stops the flow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ..core.errors import GatewayError

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
        self._told = ""

    async def supervise(self) -> None:
        """Run for ever."""
        loop = asyncio.get_running_loop()
        pause_s = _FIRST_PAUSE_S
        while True:
            started = loop.time()
            error: Exception | None = None
            try:
                self.failure = ""
                await self._run()
                self.failure = "it ended"
            except Exception as raised:  # noqa: BLE001 - the leaf supervisor: any failure of a leaf ends here, logged
                error = raised
                self.failure = f"{type(error).__name__}: {error}"
            if loop.time() - started > _STEADY_S:
                pause_s = _FIRST_PAUSE_S
                self._told = ""
            if error is not None:
                self._tell(error, pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _tell(self, error: Exception, pause_s: float) -> None:
        """Where the gateway itself says why, that is one line, told once until it has run for a while or has another
        reason: a library that is missing is missing at every try. Anything else is a mistake of ours.
        """
        if not isinstance(error, GatewayError):
            self._told = ""
            _log.error("%s failed; it starts again in %.0f s", self.name, pause_s, exc_info=error)
        elif self.failure != self._told:
            self._told = self.failure
            _log.error("%s does not run, and is tried again and again: %s", self.name, error)
