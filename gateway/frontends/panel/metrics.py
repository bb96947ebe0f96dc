"""GET /metrics in Prometheus' text format."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Mapping

from aiohttp import web

from ...core.metrics import Distribution, MetricTable
from .access import Access
from .feed import Feed
from .parts import Parts
from .routes import Caller, Route, Who

_SLICE = 200
"""Lines worked out in one go."""


class Metrics:
    """The gateway's counters, and the panel's own."""

    def __init__(self, parts: Parts, feed: Feed, access: Access) -> None:
        self._metrics = parts.metrics
        self._feed = feed
        self._access = access

    def routes(self) -> list[Route]:
        """What is served."""
        return [Route("GET", "/metrics", Who.READ, self._get, api=False)]

    async def _get(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        lines: list[str] = []
        for line in _lines({**self._metrics(), **self._own(), **self._access.table()}):
            lines.append(line)
            if not len(lines) % _SLICE:
                await asyncio.sleep(0)  # 500 devices are 6000 lines, and nodes want their acknowledgements meanwhile
        body = "\n".join([*lines, ""]).encode()
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    def _own(self) -> MetricTable:
        feed = self._feed
        return {
            "gateway_live_clients": ("gauge", "Open live connections", [({}, feed.watchers)]),
            "gateway_live_cut_total": ("counter", "Live connections cut because they were too slow", [({}, feed.cut)]),
        }


def exposition(table: MetricTable) -> str:
    """Prometheus' text format, version 0.0.4."""
    return "".join(f"{line}\n" for line in _lines(table))


def _lines(table: MetricTable) -> Iterator[str]:
    for name, (kind, text, samples) in table.items():
        yield f"# HELP {name} {_escaped(text)}"
        yield f"# TYPE {name} {kind}"
        for labels, value in samples:
            if isinstance(value, Distribution):
                yield from _histogram(name, labels, value)
            else:
                yield f"{name}{_labels(labels)} {_number(value)}"


def _histogram(name: str, labels: Mapping[str, str], value: Distribution) -> Iterator[str]:
    below = 0
    for bound, count in zip((*value.bounds, math.inf), value.counts, strict=True):
        below += count
        yield f"{name}_bucket{_labels({**labels, 'le': _number(bound)})} {below}"
    yield f"{name}_sum{_labels(labels)} {_number(value.total)}"
    yield f"{name}_count{_labels(labels)} {below}"


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(float(value))


def _labels(labels: Mapping[str, str]) -> str:
    quote = '"'
    inner = ",".join(f'{key}="{_escaped(text).replace(quote, chr(92) + quote)}"' for key, text in labels.items())
    return f"{{{inner}}}" if inner else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
