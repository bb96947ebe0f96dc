"""Who did or tried what."""

from __future__ import annotations

import msgspec

from ...core.messages import Audited
from .names import Correlation, Limit1000, Prefix, Text
from .parts import Parts
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, op


class AuditQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`kind` is a prefix."""

    kind: Prefix = ""
    who: Text = ""
    correlation: Correlation = ""
    limit: Limit1000 = 200


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
        return [op("GET", "/audit", Who.ADMIN, self._list, "Who did or tried what, newest first")]

    async def _list(self, asked: Asked[AuditQuery, NoBody]) -> AuditList:
        query = asked.query
        entries = await self._history.audit(query.limit, query.kind, query.who, query.correlation)
        return AuditList([audit_shown(entry) for entry in entries])
