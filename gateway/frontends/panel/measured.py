"""Measured values over time, as JSON: what histories of devices and of places share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Annotated

import msgspec
from aiohttp import ClientConnectionResetError, web
from msgspec import UNSET, UnsetType

from ...core.ports.store import Bucket
from .names import Instant, MetricName
from .quality_names import quality_names
from .times import from_text, to_text

DAY_MS = 24 * 3600 * 1000
MOST = 100_000
MOST_EACH = 20_000
"""Values per metric when several are asked at once."""
_SLICE = 2000
"""Values made into JSON in one go: a long answer must not hold up the event loop."""
Row = tuple[int, float, int] | Bucket


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Which values. A `step` condenses them; one that would make more than 100000 steps is taken longer."""

    metric: MetricName = ""
    from_: Instant = ""
    to: Instant = ""
    step: Annotated[int, msgspec.Meta(ge=1, le=999_999_999, description="Seconds")] | UnsetType = UNSET


class Measured(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One measured value; or those of one step, which begins at `time`: `value` is their mean, without impossible ones.

    `minimum`, `maximum` and `count` are of a step.
    """

    time: str
    time_ms: int
    value: float
    minimum: float | UnsetType = UNSET
    maximum: float | UnsetType = UNSET
    count: int | UnsetType = UNSET
    quality: tuple[str, ...] = ()
    """What is wrong with it, or with any value of the step; left out when nothing is."""


class BreakShown(msgspec.Struct, frozen=True):
    """From here on values cannot be compared with those before: other sensors measure, not calibrated to the old."""

    time: str
    time_ms: int
    device: str
    reason: str


class SeriesMeasured(msgspec.Struct, frozen=True):
    """What was measured of one metric."""

    metric: str
    unit: str | None
    truncated: bool
    """There was more: only the newest are here."""
    readings: list[Measured]


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename={"from_text": "from", "to_text": "to"}):
    """What the answers to every GET …/history share. Made without `metric` to `series`, which `stream` appends."""

    step_s: int | UnsetType = UNSET
    metric: str | UnsetType = UNSET
    unit: str | UnsetType | None = UNSET
    truncated: bool | UnsetType = UNSET
    """There was more: only the newest are here."""
    readings: list[Measured] | UnsetType = UNSET
    series: list[SeriesMeasured] | UnsetType = UNSET


class SeriesHead(msgspec.Struct, frozen=True):
    """What comes before the readings of one metric."""

    metric: str
    unit: str | None
    truncated: bool


class Series(msgspec.Struct, frozen=True):
    """The answer for one metric."""

    head: SeriesHead
    rows: Sequence[Row]


class Question(msgspec.Struct, frozen=True):
    """What is asked, in [from, to). `step_ms` None: every value."""

    from_ms: int
    to_ms: int
    step_ms: int | None

    @property
    def from_text(self) -> str:
        """The first instant."""
        return to_text(self.from_ms)

    @property
    def to_text(self) -> str:
        """The instant after the last one."""
        return to_text(self.to_ms)

    @property
    def step_s(self) -> int | UnsetType:
        """The step as it is answered."""
        return UNSET if self.step_ms is None else self.step_ms // 1000


def question(query: HistoryQuery, end_ms: int) -> Question:
    """Without `to`: until `end_ms`; without `from`: a day. Raises Problem that names what is no instant."""
    to_ms = from_text(query.to, "to") if query.to else end_ms
    from_ms = from_text(query.from_, "from") if query.from_ else to_ms - DAY_MS
    from_ms = min(from_ms, to_ms)  # what ends before it begins has nothing in it
    if query.step is UNSET:
        return Question(from_ms, to_ms, None)
    shortest_s = -(-(to_ms - from_ms) // (MOST * 1000))
    return Question(from_ms, to_ms, max(query.step, shortest_s) * 1000)


async def read_all(
    metric: str, known: Callable[[], Iterable[str]], read: Callable[[str, int], Awaitable[Series]]
) -> list[Series]:
    """The series of `metric`, or without one of every `known` metric; `read` takes a metric and the most values.

    All of it is read before the first byte goes out: once streaming, an error could no longer be told.
    """
    if metric:
        return [await read(metric, MOST)]
    return [await read(one, MOST_EACH) for one in known()]


async def stream(request: web.Request, head: Answer, found: Sequence[Series], *, single: bool) -> web.StreamResponse:
    """One metric: {…head, …series head, "readings": […]}; several: "series" is a list of such parts."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    # Whoever hangs up meanwhile has what it wanted: that is no error of ours.
    with suppress(ClientConnectionResetError):
        await _stream(response, head, found, single)
    return response


async def _stream(response: web.StreamResponse, head: Answer, found: Sequence[Series], single: bool) -> None:
    await response.write(msgspec.json.encode(head)[:-1] + (b"," if single else b',"series":['))
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


def _shown(row: Row) -> Measured:
    if isinstance(row, Bucket):
        names = quality_names(row.quality)
        return Measured(to_text(row.time_ms), row.time_ms, row.mean, row.minimum, row.maximum, row.count, names)
    return Measured(to_text(row[0]), row[0], float(row[1]), quality=quality_names(row[2]))
