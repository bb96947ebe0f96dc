"""What a device measured, as it was sent or condensed to steps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from aiohttp import web

from ...core.ports.store import Bucket, History
from ...core.topics import METRIC
from ...core.units import unit
from ...flow.devices import Device
from .parts import Parts
from .problems import Problem
from .quality_names import quality_names
from .routes import Caller, Route, Who
from .times import from_text, to_text

_DAY_MS = 24 * 3600 * 1000
_MOST = 100_000
_MOST_EACH = 20_000
"""Values per metric when several are asked at once."""
_SLICE = 2000
"""Values made into JSON in one go: a long answer must not hold up the event loop."""


class ValueShown(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One measured value."""

    time: str
    time_ms: int
    value: float
    quality: tuple[str, ...] = ()
    """What is wrong with it; left out when nothing is."""


class BucketShown(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The values of one step, which begins at `time`; `value` is their mean, without impossible ones."""

    time: str
    time_ms: int
    value: float
    minimum: float
    maximum: float
    count: int
    quality: tuple[str, ...] = ()
    """What is wrong with any of its values; left out when nothing is."""


class Head(msgspec.Struct, frozen=True, omit_defaults=True, rename={"from_text": "from", "to_text": "to"}):
    """What comes before the readings."""

    device: str
    simulated: bool | None = None
    from_text: str = ""
    to_text: str = ""
    step_s: int | None = None


class SeriesHead(msgspec.Struct, frozen=True):
    """What comes before the readings of one metric."""

    metric: str
    unit: str | None
    truncated: bool
    """There was more: only the newest are here."""


class Question(msgspec.Struct, frozen=True):
    """What is asked. `step_ms` None: every value."""

    from_ms: int
    to_ms: int
    step_ms: int | None


class Series(msgspec.Struct, frozen=True):
    """The answer for one metric."""

    head: SeriesHead
    rows: Sequence[tuple[int, float, int] | Bucket]


class Measurements:
    """GET /api/devices/{id}/history?metric=&from=&to=&step=

    Without `to`: until now, or until the newest value when that lies ahead or more than a day back (a device that
    went silent, a replayed recording). Without `from`: a day before `to`.
    """

    def __init__(self, parts: Parts) -> None:
        self._registry = parts.registry
        self._watch = parts.watch
        self._history: History = parts.history
        self._now_ms = parts.now_ms

    def routes(self) -> list[Route]:
        """What is served."""
        return [Route("GET", "/devices/{id}/history", Who.READ, self._get, own=True)]

    async def _get(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        device = self._registry.device(request.match_info["id"])
        metric = request.query.get("metric", "")
        if metric and not METRIC.fullmatch(metric):
            raise Problem(422, "metric: a name in snake_case, such as temperature.", key="metric")
        question = self._question(request, self._end_ms(device.id, metric))
        # All of it is read before the first byte goes out: once streaming, an error could no longer be told.
        if metric:
            found = [await self._series(device, metric, question, _MOST)]
        else:
            metrics = sorted(self._watch.values(device.id))
            found = [await self._series(device, known, question, _MOST_EACH) for known in metrics]
        return await _stream(request, _head(device, question), found, single=bool(metric))

    def _end_ms(self, device_id: str, metric: str) -> int:
        now_ms = self._now_ms()
        times = [at for known, (_, at) in self._watch.values(device_id).items() if metric in ("", known)]
        newest_ms = max(times, default=now_ms)
        return 1 + (now_ms if now_ms - _DAY_MS < newest_ms <= now_ms else newest_ms)

    def _question(self, request: web.Request, end_ms: int) -> Question:
        query = request.query
        to_ms = from_text(query["to"], "to") if query.get("to") else end_ms
        from_ms = from_text(query["from"], "from") if query.get("from") else to_ms - _DAY_MS
        if from_ms > to_ms:
            raise Problem(422, "from: is later than to.", key="from")
        step = query.get("step", "")
        if not step:
            return Question(from_ms, to_ms, None)
        if not step.isdecimal() or int(step) < 1 or len(step) > 9:
            raise Problem(422, "step: whole seconds, at least 1.", key="step")
        if (to_ms - from_ms) // (int(step) * 1000) > _MOST:
            raise Problem(422, f"step: makes more than {_MOST} steps; ask for longer ones.", key="step")
        return Question(from_ms, to_ms, int(step) * 1000)

    async def _series(self, device: Device, metric: str, question: Question, most: int) -> Series:
        asked = (device.id, metric, question.from_ms, question.to_ms)
        rows: Sequence[tuple[int, float, int] | Bucket]
        if question.step_ms is None:
            rows = await self._history.raw(*asked, limit=most)
        else:
            rows = await self._history.buckets(*asked, question.step_ms)
        truncated = question.step_ms is None and len(rows) >= most
        return Series(SeriesHead(metric, unit(metric, device.capabilities), truncated), rows)


def _head(device: Device, question: Question) -> bytes:
    step_s = None if question.step_ms is None else question.step_ms // 1000
    head = Head(device.id, device.simulated, to_text(question.from_ms), to_text(question.to_ms), step_s)
    return msgspec.json.encode(head)


async def _stream(request: web.Request, head: bytes, found: list[Series], single: bool) -> web.StreamResponse:
    """One metric: {…head, …series head, "readings": […]}; several: "series" is a list of such parts."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(head[:-1] + (b"," if single else b',"series":['))
    for index, series in enumerate(found):
        opening = msgspec.json.encode(series.head)[1:-1] + b',"readings":['
        await response.write(opening if single else (b",{" if index else b"{") + opening)
        for start in range(0, len(series.rows), _SLICE):
            rows = msgspec.json.encode([_shown(row) for row in series.rows[start : start + _SLICE]])[1:-1]
            await response.write((b"," if start else b"") + rows)
            await asyncio.sleep(0)
        await response.write(b"]" if single else b"]}")
    await response.write(b"}" if single else b"]}")
    await response.write_eof()
    return response


def _shown(row: tuple[int, float, int] | Bucket) -> ValueShown | BucketShown:
    if isinstance(row, Bucket):
        names = quality_names(row.quality)
        return BucketShown(to_text(row.time_ms), row.time_ms, row.mean, row.minimum, row.maximum, row.count, names)
    return ValueShown(to_text(row[0]), row[0], float(row[1]), quality_names(row[2]))
