"""One value, asked for in words: "temp zone b", or by place and metric."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ...core.errors import Conflict
from ...flow.sources import Source
from ...flow.values import Found
from .parts import Parts
from .problems import Problem
from .quality_names import quality_names
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, op

_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ValuesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question in words, or a place and a metric as people call them."""

    q: _Words = ""
    place: _Words = ""
    metric: _Words = ""


class PlaceShown(msgspec.Struct, frozen=True):
    """What has that name."""

    what: Literal["zone", "asset", "device"]
    id: str
    name: str


class SourceShown(msgspec.Struct, frozen=True):
    """One device's part in an answer."""

    device: str
    asset: str | None
    value: float
    time: str
    time_ms: int
    quality: tuple[str, ...]
    simulated: bool
    correlation: str
    """Of the reading it came with."""


class ValueFound(msgspec.Struct, frozen=True):
    """Answer to GET /api/values: one value; of several sensors their mean, under the oldest time."""

    place: PlaceShown
    zone: str | None
    metric: str
    unit: str | None
    value: float
    time: str
    time_ms: int
    age_s: float
    quality: tuple[str, ...]
    simulated: bool
    sources: list[SourceShown]
    text: str
    """The answer as a sentence."""


class ValuesResource:
    """GET /api/values: 404 when there is no such place or value, 409 when several places are called that."""

    def __init__(self, parts: Parts) -> None:
        self._home = parts.home.home
        self._assignments = parts.home.assignments
        self._values = parts.home.values
        self._now_ms = parts.now_ms

    def routes(self) -> list[Route]:
        """What is served."""
        return [op("GET", "/values", Who.READ, self._find, "One value, asked for in words", errors=(404, 409))]

    async def _find(self, asked: Asked[ValuesQuery, NoBody]) -> ValueFound:
        """Case, order, hyphens and synonyms do not matter. 404: no such place, metric or value; 409: several places are
        called that, and the detail names them.
        """
        query = asked.query
        if query.q and not query.place and not query.metric:
            found = self._values.ask(query.q)
        elif query.place and query.metric and not query.q:
            found = self._values.find(query.place, query.metric)
        else:
            raise Conflict("Ask with q, or with place and metric.")
        if isinstance(found, Found):
            return self._shown(found)
        raise Problem(409 if found.reason == "several_places" else 404, found.text)

    def _shown(self, found: Found) -> ValueFound:
        place = found.place
        return ValueFound(
            PlaceShown(place.what, place.id, place.name),
            self._zone(place.what, place.id),
            found.metric,
            found.unit,
            found.value,
            to_text(found.time_ms),
            found.time_ms,
            (self._now_ms() - found.time_ms) / 1000,
            quality_names(found.quality),
            found.simulated,
            [_source(source) for source in found.sources],
            found.text,
        )

    def _zone(self, what: str, place_id: str) -> str | None:
        if what == "zone":
            return place_id
        asset = place_id if what == "asset" else self._assignments.current(place_id)
        return None if asset is None else self._home.plan.zone_of(asset)


def _source(source: Source) -> SourceShown:
    return SourceShown(
        source.device,
        source.asset,
        source.value,
        to_text(source.time_ms),
        source.time_ms,
        quality_names(source.quality),
        source.simulated,
        source.correlation,
    )
