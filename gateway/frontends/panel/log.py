"""How much the gateway says in its log, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from ...core.ports.logs import LevelChange
from .bodies import answer, read_json
from .parts import Parts
from .routes import Caller, Route, Who
from .times import to_text

_OWN = "gateway"


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PUT /api/log. `logger` is the gateway, or a part of it such as `gateway.backends.broker`."""

    level: Literal["debug", "info", "warning", "error"]
    minutes: Annotated[float, Meta(gt=0, le=1440)] = 15.0
    logger: Annotated[str, Meta(pattern=r"^gateway(\.[a-z_]+)*$", max_length=80)] = _OWN


class ChangeShown(msgspec.Struct, frozen=True):
    """A logger that says more, or less, until then."""

    logger: str
    level: str
    until: str
    until_ms: int


class LogShown(msgspec.Struct, frozen=True):
    """Answer to GET and PUT /api/log."""

    level: str
    changes: Sequence[ChangeShown]


class Log:
    """GET, PUT and DELETE /api/log."""

    def __init__(self, parts: Parts) -> None:
        self._levels = parts.levels
        self._trail = parts.trail

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            Route("GET", "/log", Who.ADMIN, self._get),
            Route("PUT", "/log", Who.ADMIN, self._put),
            Route("DELETE", "/log", Who.ADMIN, self._delete),
        ]

    async def _get(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        return answer(self._shown())

    async def _put(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        wanted = await read_json(request, Wanted)
        self._levels.change(wanted.logger, wanted.level, wanted.minutes)
        self._trail.note("log.level", caller.name, f"{wanted.logger} at {wanted.level} for {wanted.minutes:g} minutes")
        return answer(self._shown())

    async def _delete(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        for change in list(self._levels.changes()):
            self._levels.restore(change.logger)
        self._trail.note("log.level", caller.name, "as configured")
        return answer(self._shown())

    def _shown(self) -> LogShown:
        return LogShown(self._levels.level(), [_shown(change) for change in self._levels.changes()])


def _shown(change: LevelChange) -> ChangeShown:
    return ChangeShown(change.logger, change.level, to_text(change.until_ms), change.until_ms)
