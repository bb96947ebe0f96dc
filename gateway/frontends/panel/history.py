"""What a device measured, as it was sent or condensed to steps."""

from __future__ import annotations

from aiohttp import web

from ...core.units import unit
from ...flow import spans_read
from ...flow.devices import Device
from .bodies import read_query
from .measured import (
    DAY_MS,
    Answer,
    BreakShown,
    HistoryQuery,
    Question,
    Series,
    SeriesHead,
    question,
    read_all,
    stream,
)
from .parts import Parts
from .place_history import breaks_of
from .routes import Caller, Route, Who
from .typed import Operation, raw


class DeviceHistory(Answer, frozen=True):
    """Answer to GET …/history. With a metric its readings are here, else `series` has those of every metric."""

    device: str
    simulated: bool
    from_text: str
    to_text: str
    breaks: list[BreakShown]


class Measurements:
    """GET /api/devices/{id}/history?metric=&from=&to=&step=

    Without `to`: until now, or until the newest value when that lies ahead or more than a day back (a device that
    went silent, a replayed recording). Without `from`: a day before `to`.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._registry = parts.registry
        self._watch = parts.watch
        self._now_ms = parts.now_ms

    def routes(self) -> list[Route]:
        """What is served."""
        operation = Operation(
            summary="What a device measured, as it was sent or condensed to steps",
            query=HistoryQuery,
            answers={200: DeviceHistory},
            errors=(404,),
        )
        return [raw("GET", "/devices/{id}/history", Who.READ, self._get, operation, own=True)]

    async def _get(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        device = self._registry.device(request.match_info["id"])
        query = read_query(request, HistoryQuery)
        metric = query.metric
        asked = question(query, self._end_ms(device.id, metric))
        found = await read_all(
            metric,
            lambda: sorted({*self._watch.values(device.id), *device.learnt}),
            lambda known, most: self._series(device, known, asked, most),
        )
        breaks = breaks_of(self._parts, device.id, asked.from_ms, asked.to_ms)
        head = DeviceHistory(device.id, device.simulated, asked.from_text, asked.to_text, breaks, step_s=asked.step_s)
        return await stream(request, head, found, single=bool(metric))

    def _end_ms(self, device_id: str, metric: str) -> int:
        now_ms = self._now_ms()
        times = [at for known, (_, at) in self._watch.values(device_id).items() if metric in ("", known)]
        newest_ms = max(times, default=now_ms)
        return 1 + (now_ms if now_ms - DAY_MS < newest_ms <= now_ms else newest_ms)

    async def _series(self, device: Device, metric: str, asked: Question, most: int) -> Series:
        named = unit(metric, device.capabilities)
        rows = await spans_read.of_device(
            self._parts.history,
            self._registry,
            device.id,
            metric,
            asked.from_ms,
            asked.to_ms,
            asked.step_ms,
            most,
        )
        return Series(SeriesHead(metric, named, rows.truncated), rows.rows)
