"""Whether the gateway is well; open to anybody, so it says nothing about the house."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from aiohttp import web

from .bodies import answer
from .parts import PanelSettings, PartHealth, Parts
from .routes import Caller, Route, Who


class HealthShown(msgspec.Struct, frozen=True):
    """Answer to GET /api/health."""

    status: str
    """`ok`, or `degraded` when a part is not well."""
    version: str
    demo: bool
    parts: Mapping[str, PartHealth]


class Health:
    """GET /api/health: always 200 while the gateway answers."""

    def __init__(self, parts: Parts, settings: PanelSettings) -> None:
        self._health = parts.health
        self._settings = settings

    def routes(self) -> list[Route]:
        """What is served."""
        return [Route("GET", "/health", Who.OPEN, self._get)]

    async def _get(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        parts = self._health()
        status = "ok" if all(part.ok for part in parts.values()) else "degraded"
        return answer(HealthShown(status, self._settings.version, self._settings.demo, parts))
