"""Writes that nobody waits for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from ..core.errors import StoreError

_log = logging.getLogger(__name__)


class Later:
    """Runs what is handed to it beside everything else; a full disk is logged. Needs a running event loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, work: Coroutine[object, object, None], what: str) -> None:
        """Begin it soon; `what` is said when it fails."""
        task = asyncio.get_running_loop().create_task(self._guarded(work, what))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[object, object, None], what: str) -> None:
        try:
            await work
        except StoreError as error:
            _log.warning("%s: %s", what, error)
