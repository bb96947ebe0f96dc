"""Commissioning: somebody says that a machine runs well, and from then on that is what it is measured by."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from ...flow.home import Home
from .insight_shown import BaselineShown
from .insight_view import InsightView
from .names import Instant
from .parts import InsightParts
from .routes import Route, Who
from .times import from_text
from .typed import Asked, NoBody, NoQuery, op


class CommissionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/assets/{asset}/baseline. `since` in the past: what was measured then counts."""

    hours: Annotated[int, msgspec.Meta(ge=1, le=336, description="How long")] | UnsetType = UNSET
    since: Instant | UnsetType = UNSET


class BaselineResource:
    """The baseline of a machine."""

    def __init__(self, insight: InsightParts, home: Home) -> None:
        self._baselines = insight.baselines
        self._hours = insight.commissioning_hours
        self._home = home
        self._view = InsightView(insight, home)

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/assets/{asset}/baseline"
        return [
            op("GET", path, Who.READ, self._get, "What a machine was like when it was commissioned"),
            op("POST", path, Who.OPERATE, self._begin, "Commission a machine", status=201, empty=True),
            op("DELETE", path, Who.OPERATE, self._cancel, "End a commissioning that goes on"),
        ]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> BaselineShown:
        """Of an asset that is no machine it says why it can have none."""
        return self._view.baseline(asked.path["asset"])

    async def _begin(self, asked: Asked[NoQuery, CommissionBody]) -> BaselineShown:
        """What is measured of it in these hours becomes what it is compared with; the one before counts until then.
        409: it is no machine, one is being commissioned already, or `since` is too long ago.
        """
        asset, body = self._home.asset(asked.path["asset"]).id, asked.body
        since_ms = None if body.since is UNSET else from_text(body.since, "since")
        hours = self._hours if body.hours is UNSET else body.hours
        await self._baselines.commission(asset, asked.caller.name, hours, since_ms)
        asked.header("Location", f"/api/assets/{asset}/baseline")
        return self._view.baseline(asset)

    async def _cancel(self, asked: Asked[NoQuery, NoBody]) -> BaselineShown:
        """409: none goes on. What is frozen stays until another one replaces it."""
        asset = self._home.asset(asked.path["asset"]).id
        await self._baselines.cancel(asset, asked.caller.name)
        return self._view.baseline(asset)
