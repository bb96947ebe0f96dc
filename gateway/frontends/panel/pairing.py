"""The pairing window, during which new devices may ask to be approved."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from .bodies import answer, read_json
from .parts import Parts
from .routes import Caller, Route, Who
from .times import to_text


class PairingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/pairing; 0 minutes closes it."""

    minutes: Annotated[float, msgspec.Meta(ge=0, le=24 * 60)] = 10


class PairingShown(msgspec.Struct, frozen=True):
    """Whether the window is open, and until when."""

    open: bool
    until: str | None
    until_ms: int | None


class Pairing:
    """Opens and closes the window."""

    def __init__(self, parts: Parts) -> None:
        self._registry = parts.registry
        self._now_ms = parts.now_ms

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            Route("GET", "/pairing", Who.READ, self._get),
            Route("POST", "/pairing", Who.ADMIN, self._open),
            Route("DELETE", "/pairing", Who.ADMIN, self._close),
        ]

    async def _get(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        return self._shown()

    async def _open(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        body = await read_json(request, PairingBody)
        if body.minutes:
            self._registry.pairing.open(body.minutes)
        else:
            self._registry.pairing.close()
        return self._shown()

    async def _close(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        self._registry.pairing.close()
        return self._shown()

    def _shown(self) -> web.Response:
        until_ms = self._registry.pairing.until_ms
        if until_ms <= self._now_ms():
            return answer(PairingShown(False, None, None))
        return answer(PairingShown(True, to_text(until_ms), until_ms))
