"""The panel as one part of the gateway. aiohttp is imported when it starts, beside a loop that goes on running."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from .parts import PanelSettings, Parts

if TYPE_CHECKING:
    from .doors import Doors


class Panel:
    """The HTTP API, the live WebSocket and the page."""

    def __init__(self, parts: Parts, settings: PanelSettings) -> None:
        self._parts = parts
        self._settings = settings
        self._doors: Doors | None = None
        self._closing = asyncio.Event()
        self.traffic_watched: Callable[[bool], None] = lambda _watched: None
        """Called with True when the first one watches the traffic channel, with False when the last one stops."""

    @property
    def https_port(self) -> int | None:
        """The HTTPS port in use; None before the start and without HTTPS."""
        return self._doors.https_port if self._doors else None

    @property
    def http_port(self) -> int | None:
        """The plain HTTP port in use; None before the start and without one."""
        return self._doors.http_port if self._doors else None

    async def start(self) -> None:
        """Listen on the ports and on `gateway.sock` in the data folder. Raises ConfigError."""
        # In a thread: on a Pi this import takes seconds, in which nodes want their acknowledgements.
        await asyncio.to_thread(importlib.import_module, ".doors", __package__)
        from .doors import Doors

        doors = Doors(self._parts, self._settings)
        doors.feed.traffic_watched = self._tell_traffic
        self._doors = doors
        try:
            await doors.open()
        except BaseException:
            await self.close()
            raise

    async def run(self) -> None:
        """Serve until closed or cancelled; starts first when that was not done."""
        if self._doors is None:
            await self.start()
        try:
            await self._closing.wait()
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop listening and end every connection; again is harmless."""
        self._closing.set()
        doors, self._doors = self._doors, None
        if doors is not None:
            await doors.close()

    def _tell_traffic(self, watched: bool) -> None:
        self.traffic_watched(watched)

    def renew_certificate(self) -> None:
        """The certificate files were replaced: use them for connections to come."""
        if self._doors is not None:
            self._doors.renew()
