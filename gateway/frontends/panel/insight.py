"""How well machines are, and what to see to next."""

from __future__ import annotations

import msgspec

from ...flow.home import Home
from .insight_shown import ComponentShown, MachineHealthShown
from .insight_view import InsightView
from .names import PlaceId
from .parts import InsightParts
from .routes import Route, Who
from .typed import Asked, NoBody, op


class InsightQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which machine; without one all of them."""

    asset: PlaceId = ""


class MachineHealthList(msgspec.Struct, frozen=True):
    """Answer to GET /api/insight/health: every pump, fan and water heater."""

    assets: list[MachineHealthShown]


class MaintenanceList(msgspec.Struct, frozen=True):
    """Answer to GET /api/insight/maintenance: parts, the soonest end first; those of which too little is known last."""

    items: list[ComponentShown]


class Insight:
    """The insight resource."""

    def __init__(self, insight: InsightParts, home: Home) -> None:
        self._health = insight.health
        self._home = home
        self._view = InsightView(insight, home)

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/insight/health", Who.READ, self._all, "How well machines are"),
            op("GET", "/insight/maintenance", Who.READ, self._next, "What to see to, the soonest first"),
        ]

    async def _all(self, asked: Asked[InsightQuery, NoBody]) -> MachineHealthList:
        """Of an asset that is no machine nothing is said. 404: there is no such asset."""
        wanted = self._wanted(asked.query)
        return MachineHealthList(
            [self._view.machine(asset) for asset in self._view.machines() if wanted in ("", asset.id)]
        )

    async def _next(self, asked: Asked[InsightQuery, NoBody]) -> MaintenanceList:
        """404: there is no such asset."""
        wanted = self._wanted(asked.query)
        found = self._health.maintenance()
        return MaintenanceList([self._view.component(part) for part in found if wanted in ("", part.asset)])

    def _wanted(self, query: InsightQuery) -> str:
        return self._home.asset(query.asset).id if query.asset else ""
