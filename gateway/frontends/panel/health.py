"""Whether the gateway is well; open to anybody, so it says nothing about the house."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .parts import PanelSettings, PartHealth, Parts
from .routes import Route, Who
from .typed import Asked, NoBody, NoQuery, op


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
        return [op("GET", "/health", Who.OPEN, self._get, "Whether the gateway and its parts are well")]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> HealthShown:
        parts = self._health()
        status = "ok" if all(part.ok for part in parts.values()) else "degraded"
        return HealthShown(status, self._settings.version, self._settings.demo, parts)
