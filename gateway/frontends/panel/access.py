"""Sees every request: gives it its correlation id, writes its line into the log, measures how long it took."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from ...core.metrics import Histogram, MetricTable
from ...flow.correlation import CORRELATION, of_request
from .routes import Caller

_log = logging.getLogger(__name__)
CORRELATION_HEADER = "X-Correlation-ID"
_asking: ContextVar[Caller | None] = ContextVar("asking", default=None)
_READING = ("GET", "HEAD", "OPTIONS")
_METHODS = frozenset({*_READING, "POST", "PUT", "PATCH", "DELETE"})
_NOWHERE = "(none)"
_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def asked_by(caller: Caller) -> Caller:
    """The guard found out who is asking."""
    _asking.set(caller)
    return caller


class Access:
    """The outermost of what every request passes, the same for all doors."""

    def __init__(self, clock_s: Callable[[], float] = time.perf_counter) -> None:
        self._clock_s = clock_s
        self._seconds: dict[tuple[str, str, str], Histogram] = {}

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What aiohttp calls."""
        # Set and not taken back: the response's head is written after this returns, and the connection's next request
        # sets both anew.
        CORRELATION.set(of_request(request.headers.get(CORRELATION_HEADER)))
        _asking.set(None)
        started = self._clock_s()
        status = 0
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            self._ended(request, status, self._clock_s() - started)
        return response

    def table(self) -> MetricTable:
        """The durations of what was answered."""
        samples = [
            ({"method": method, "route": route, "status": status}, histogram.snapshot())
            for (method, route, status), histogram in self._seconds.items()
        ]
        text = "Time from a request's header to its answered end, without live connections"
        return {"gateway_http_request_duration_seconds": ("histogram", text, samples)}

    def _ended(self, request: web.Request, status: int, took_s: float) -> None:
        method = request.method if request.method in _METHODS else "OTHER"
        route = _template(request)
        if status != HTTPStatus.SWITCHING_PROTOCOLS:
            histogram = self._seconds.setdefault((method, route, str(status)), Histogram(_BOUNDS_S))
            histogram.observe(took_s)
        caller = _asking.get()
        level = _level(method, status, caller)
        if _log.isEnabledFor(level):
            who = caller.name if caller is not None and caller.name else "somebody"
            text = "%s: %s %s (%s) answered %s after %.1f ms"
            _log.log(level, text, who, method, request.path[:200], route, status or "nothing", took_s * 1000)


def _template(request: web.Request) -> str:
    """The route's path with its parameters' names, so that there are only so many; the same for both versions."""
    resource = request.match_info.route.resource
    return _NOWHERE if resource is None else resource.canonical.replace("/api/v1/", "/api/", 1)


def _level(method: str, status: int, caller: Caller | None) -> int:
    """What people and programs change is worth a line; what devices send, strangers try and anybody reads is not.

    Refusals are in the audit trail, where a flood of them is folded.
    """
    if method in _READING or caller is None or caller.device is not None:
        return logging.DEBUG
    return logging.INFO if caller.scope is not None or 0 < status < 400 else logging.DEBUG
