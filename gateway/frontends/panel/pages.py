"""Serves the built page. Only files that were there at the start are served, each under its own name."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from .parts import PanelSettings
from .plain_page import plain_page
from .problems import Problem
from .routes import Caller, Route, Who

_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_INDEX = "/index.html"
_OUTSIDE_THE_API = "/{path:(?!api(?:/|$)).*}"
_PACKED = (".gz", ".br", ".zst")
_NOT_BUILT = [
    "The gateway is running, but its page was not built with it.",
    "In a clone, run <code>make setup</code> (it builds the page) and start the gateway again. "
    "An installed package always has it: install it again.",
    'Meanwhile the API answers: <a href="/api/health">/api/health</a>.',
]


class Pages:
    """The page, its assets, and the page again for every address the page itself makes up."""

    def __init__(self, settings: PanelSettings) -> None:
        self._files = _files(settings.pages)

    def routes(self) -> list[Route]:
        """What is served."""
        return [Route("GET", _OUTSIDE_THE_API, Who.OPEN, self._get, api=False)]

    async def _get(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        path = request.path
        found = self._files.get(path)
        if found is not None and path != _INDEX:
            return _file(found, _FOREVER if path.startswith("/assets/") else _ASK_AGAIN)
        if path.startswith("/assets/") or "." in path.rpartition("/")[2].removesuffix(".html"):
            raise Problem(404, "Nothing answers at this path.")
        index = self._files.get(_INDEX)
        if index is None:
            return plain_page("The page is not built", _NOT_BUILT, 503)
        return _file(index, _ASK_AGAIN)


def _file(path: Path, caching: str) -> web.FileResponse:
    return web.FileResponse(path, headers={"Cache-Control": caching})


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in _PACKED)
    return {"/" + path.relative_to(folder).as_posix(): path for path in found}
