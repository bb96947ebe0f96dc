"""Who did or tried what."""

from __future__ import annotations

import msgspec
from aiohttp import web

from ...core.messages import Audited
from .bodies import answer
from .parts import Parts
from .problems import Problem
from .routes import Caller, Route, Who
from .times import to_text

_MOST = 1000


class AuditShown(msgspec.Struct, frozen=True):
    """One entry of the trail."""

    time: str
    time_ms: int
    kind: str
    who: str
    detail: str
    correlation: str


class AuditList(msgspec.Struct, frozen=True):
    """Answer to GET /api/audit, newest first."""

    audit: list[AuditShown]


def audit_shown(entry: Audited) -> AuditShown:
    """An entry as it is shown."""
    return AuditShown(to_text(entry.time_ms), entry.time_ms, entry.kind, entry.who, entry.detail, entry.correlation)


class Audit:
    """GET /api/audit?kind=&who=&correlation=&limit="""

    def __init__(self, parts: Parts) -> None:
        self._history = parts.history

    def routes(self) -> list[Route]:
        """What is served."""
        return [Route("GET", "/audit", Who.ADMIN, self._list)]

    async def _list(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        query = request.query
        limit = query.get("limit", "200")
        if not limit.isdecimal() or not 1 <= int(limit) <= _MOST:
            raise Problem(422, f"limit: a number from 1 to {_MOST}.", key="limit")
        wanted = [query.get(name, "") for name in ("kind", "who", "correlation")]
        entries = await self._history.audit(int(limit), *wanted)
        return answer(AuditList([audit_shown(entry) for entry in entries]))
