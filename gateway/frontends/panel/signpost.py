"""The plain HTTP port on a LAN: the way to HTTPS, and nothing that would need protecting."""

from __future__ import annotations

from aiohttp import web

from .problems import Problem
from .routes import Caller, Route, Who


class Signpost:
    """Sends browsers to HTTPS; what carries secrets is refused rather than redirected."""

    def __init__(self, https_port: int | None) -> None:
        self._port = https_port

    def routes(self) -> list[Route]:
        """What is served; it comes last."""
        return [
            Route("GET", "/{path:.*}", Who.OPEN, self._show, api=False),
            Route("*", "/{path:.*}", Who.OPEN, self._refuse, api=False),
        ]

    async def _show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        if request.path.startswith("/api") or request.path == "/metrics" or self._port is None:
            return await self._refuse(request, caller)
        return web.Response(status=302, headers={"Location": self._there(request), "Cache-Control": "no-store"})

    async def _refuse(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        if self._port is None:
            raise Problem(403, "This needs HTTPS, which is switched off on this gateway.")
        there = self._there(request)
        raise Problem(403, f"This port carries no secrets: use {there} and trust the CA, which is at /ca.pem.")

    def _there(self, request: web.Request) -> str:
        return str(request.url.with_scheme("https").with_port(self._port))
