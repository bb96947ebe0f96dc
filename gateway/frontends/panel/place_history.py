"""What was measured of an asset or plant, by whichever device stood there at the time."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from aiohttp import web

from ...core.home import Asset, AssetKind, Assignment, clipped
from ...core.units import unit
from ...flow import spans_read
from .bodies import read_query
from .measured import Answer, BreakShown, HistoryQuery, Question, Series, SeriesHead, question, read_all, stream
from .parts import Parts
from .places import of_kind
from .routes import Caller, Route, Who
from .times import to_text
from .typed import Operation, raw


class SpanShown(msgspec.Struct, frozen=True, rename={"from_text": "from", "to_text": "to"}):
    """A device measured the place in [from, to)."""

    device: str
    simulated: bool
    from_text: str
    from_ms: int
    to_text: str
    to_ms: int


class PlaceHistory(Answer, frozen=True):
    """Answer to GET …/history. With a metric its readings are here, else `series` has those of every metric."""

    asset: str
    simulated: bool
    """Any of the devices is."""
    from_text: str
    to_text: str
    spans: list[SpanShown]
    breaks: list[BreakShown]


class PlaceMeasurements:
    """GET /api/assets/{asset}/history and /api/plants/{plant}/history?metric=&from=&to=&step=

    Each reading belongs to the asset its device was assigned to at that time. Without `from` and `to`: the last day.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def route(self, path: str, parameter: str, summary: str, kind: AssetKind | None = None) -> Route:
        """The route at `path`, whose `parameter` is the asset's id; of `kind` alone, when it is given."""

        async def answer(request: web.Request, caller: Caller) -> web.StreamResponse:
            home, asset_id = self._parts.home.home, request.match_info[parameter]
            asset = home.asset(asset_id) if kind is None else of_kind(home, asset_id, kind)
            return await self._answer(request, asset)

        operation = Operation(summary=summary, query=HistoryQuery, answers={200: PlaceHistory}, errors=(404,))
        return raw("GET", path, Who.READ, answer, operation)

    async def _answer(self, request: web.Request, asset: Asset) -> web.StreamResponse:
        query = read_query(request, HistoryQuery)
        asked = question(query, self._parts.now_ms() + 1)
        everything = sorted(self._parts.home.assignments.of_asset(asset.id), key=lambda span: span.from_ms)
        spans = clipped(everything, asked.from_ms, asked.to_ms)
        found = await read_all(
            query.metric,
            lambda: self._metrics(spans),
            lambda metric, most: self._series(asset, metric, asked, most, spans),
        )
        if not query.metric:
            found = [series for series in found if series.rows]
        return await stream(request, self._head(asset, asked, everything, spans), found, single=bool(query.metric))

    async def _series(self, asset: Asset, metric: str, asked: Question, most: int, spans: list[Assignment]) -> Series:
        parts, units = self._parts, [self._unit(metric, span.device) for span in spans]
        named = next((name for name in units if name is not None), None)
        rows = await spans_read.of_asset(
            parts.history,
            parts.registry,
            parts.home.assignments,
            asset.id,
            metric,
            asked.from_ms,
            asked.to_ms,
            asked.step_ms,
            most,
        )
        return Series(SeriesHead(metric, named, rows.truncated), rows.rows)

    def _unit(self, metric: str, device: str) -> str | None:
        registry = self._parts.registry
        return unit(metric, registry.device(device).capabilities if registry.known(device) else None)

    def _metrics(self, spans: list[Assignment]) -> list[str]:
        """Everything that any of the devices measures, or did."""
        registry, watch = self._parts.registry, self._parts.watch
        found: set[str] = set()
        for device in {span.device for span in spans}:
            found.update(watch.values(device))
            if registry.known(device):
                found.update(registry.device(device).learnt)
        return sorted(found)

    def _head(
        self, asset: Asset, asked: Question, everything: list[Assignment], spans: list[Assignment]
    ) -> PlaceHistory:
        simulated = self._parts.registry.simulated
        shown = [self._span(span, asked) for span in spans]
        breaks = self._breaks(everything, spans, asked)
        any_simulated = any(simulated(span.device) for span in spans)
        return PlaceHistory(asset.id, any_simulated, asked.from_text, asked.to_text, shown, breaks, step_s=asked.step_s)

    def _span(self, span: Assignment, asked: Question) -> SpanShown:
        to_ms = asked.to_ms if span.to_ms is None else span.to_ms
        simulated = self._parts.registry.simulated(span.device)
        return SpanShown(span.device, simulated, to_text(span.from_ms), span.from_ms, to_text(to_ms), to_ms)

    def _breaks(self, everything: list[Assignment], spans: list[Assignment], asked: Question) -> list[BreakShown]:
        """Where another device begins, and where one of them got other hardware."""
        found = [
            BreakShown(to_text(span.from_ms), span.from_ms, span.device, f"{span.device} measures from here on")
            for before, span in pairwise(everything)
            if span.device != before.device and asked.from_ms <= span.from_ms < asked.to_ms
        ]
        for span in spans:
            found += breaks_of(self._parts, span.device, span.from_ms, span.to_ms or asked.to_ms)
        return sorted(found, key=lambda one: one.time_ms)


def breaks_of(parts: Parts, device: str, from_ms: int, to_ms: int) -> list[BreakShown]:
    """Where other hardware took this device's place, in [from, to)."""
    if not parts.registry.known(device):
        return []
    return [
        BreakShown(
            to_text(swap.time_ms),
            swap.time_ms,
            device,
            f"new hardware {swap.after_mac} in place of {swap.before_mac}; calibration starts anew",
        )
        for swap in parts.registry.device(device).swaps
        if swap.breaks and from_ms <= swap.time_ms < to_ms
    ]
