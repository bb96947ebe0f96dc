"""What other servers call here: Telegram, when it is told to."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from .bodies import read_body
from .parts import OutwardParts
from .problems import Problem
from .routes import Caller, Route, Who

_MOST = 256 * 1024
_SAID = {
    401: "This is not Telegram's secret.",
    403: "This is not Telegram's secret.",
    404: "Nothing answers at this path.",
    413: "The body is larger than anything Telegram sends.",
    503: "Too much is waiting; Telegram comes again.",
}


class Hooks:
    """POST /hooks/telegram, which is not below /api: its secret header says who calls."""

    def __init__(self, outward: OutwardParts) -> None:
        self._outward = outward

    def routes(self) -> list[Route]:
        """What is served."""
        return [Route("POST", "/hooks/telegram", Who.OPEN, self._telegram, api=False, silent=True)]

    async def _telegram(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        hook = self._outward.hook
        if hook is None:
            raise Problem(404, _SAID[404])
        headers = {name.lower(): value for name, value in request.headers.items()}
        status = await hook(headers, await read_body(request, _MOST))
        if status >= HTTPStatus.BAD_REQUEST:
            raise Problem(status, _SAID.get(status, "It was not taken."))
        return web.Response(status=status)
