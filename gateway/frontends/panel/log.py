"""How much the gateway says in its log, for a while."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ...core.ports.logs import LevelChange
from .parts import Parts
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op

_OWN = "gateway"


class LogWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PUT /api/log. `logger` is the gateway, or a part of it such as `gateway.backends.broker`."""

    level: Literal["debug", "info", "warning", "error"]
    minutes: Annotated[float, Meta(gt=0, le=1440)] = 15.0
    logger: Annotated[str, Meta(pattern=r"^gateway(\.[a-z_]+)*$", max_length=80)] = _OWN


class LevelChangeShown(msgspec.Struct, frozen=True):
    """A logger that says more, or less, until then."""

    logger: str
    level: str
    until: str
    until_ms: int


class LogShown(msgspec.Struct, frozen=True):
    """Answer to GET and PUT /api/log."""

    level: str
    changes: list[LevelChangeShown]


class Log:
    """GET, PUT and DELETE /api/log."""

    def __init__(self, parts: Parts) -> None:
        self._levels = parts.levels
        self._trail = parts.trail

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/log", Who.ADMIN, self._get, "How much the log says"),
            op("PUT", "/log", Who.ADMIN, self._put, "Let a part of the gateway say more, or less, for a while"),
            op("DELETE", "/log", Who.ADMIN, self._delete, "Let the log say what is configured"),
        ]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> LogShown:
        return self._shown()

    async def _put(self, asked: Asked[NoQuery, LogWanted]) -> LogShown:
        wanted, who = asked.body, asked.caller.name
        self._levels.change(wanted.logger, wanted.level, wanted.minutes)
        self._trail.note("log.level", who, f"{wanted.logger} at {wanted.level} for {wanted.minutes:g} minutes")
        return self._shown()

    async def _delete(self, asked: Asked[NoQuery, NoBody]) -> LogShown:
        for change in list(self._levels.changes()):
            self._levels.restore(change.logger)
        self._trail.note("log.level", asked.caller.name, "as configured")
        return self._shown()

    def _shown(self) -> LogShown:
        return LogShown(self._levels.level(), [_shown(change) for change in self._levels.changes()])


def _shown(change: LevelChange) -> LevelChangeShown:
    return LevelChangeShown(change.logger, change.level, to_text(change.until_ms), change.until_ms)
