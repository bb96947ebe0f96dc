"""What was stored, once more through the same evaluator: it must fire as it did."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ...core.errors import Refused
from ...core.ports.rules import RuleArchive, SeriesHistory
from ...core.rules.engine import Engine, Setup
from ...core.rules.events import ClockKnown, Event, RulePut
from ...core.rules.firing import Fired, Firing
from ...core.timeline import write_timestamp
from .merge import Feed, Followed, Track
from .overtaking import Elsewhere
from .report import ReplayReport
from .tape import Began, Left, Taped, read

_DAY_MS = 86_400_000
_EVER = 1 << 62
_MOST_SAID = 20
_MOST_FIRINGS = 100_000


class _Stretch(msgspec.Struct):
    """From one start of the gateway to the next, or as far as is asked."""

    run: str
    from_ms: int
    rules: list[RulePut]
    """What it begins with; empty where the tape has its very beginning."""
    clock_known: bool
    taped: list[tuple[int, int, Event]]
    """Position, number on the tape, what was heard."""

    def puts(self) -> list[RulePut]:
        """Every rule that there was in it."""
        return [*self.rules, *(event for _, _, event in self.taped if isinstance(event, RulePut))]


class Replay:
    """History in order of time but for what the tape puts elsewhere."""

    def __init__(self, archive: RuleArchive, history: SeriesHistory, setup: Setup) -> None:
        self._archive = archive
        self._history = history
        self._setup = setup

    async def of(self, from_ms: int, to_ms: int) -> ReplayReport:
        """Raises Refused (nothing taped then), StoreError."""
        try:
            taped: Sequence[Taped] = list(read(await self._archive.tape(from_ms, _EVER)))
        except (msgspec.DecodeError, zlib.error) as error:
            raise Refused(f"the tape of rules cannot be read: {error}") from error
        taped = _since(taped, from_ms)
        live = await self._archive.firings(from_ms=from_ms, to_ms=to_ms, limit=_MOST_FIRINGS)
        # A firing may have been noted long after its own time: as long as that was, the replay goes on.
        end_ms = max([to_ms, *(one.noted_ms + 1 for one in live)])
        stretches, set_ms = _stretches(taped, end_ms)
        if not stretches:
            raise Refused("nothing is taped of that time")
        began_ms = max(stretches[0].from_ms, set_ms or 0)
        live = [one for one in live if one.noted_ms >= began_ms]
        again = {
            one.id: one
            for position_ms, one in await self._fired(
                stretches, taped, max(to_ms, *(one.noted_ms + 1 for one in live), 0)
            )
            if position_ms >= began_ms and from_ms <= one.time_ms < to_ms
        }
        differences = await self._differences(live, again)
        said = ""
        if set_ms is not None and set_ms >= from_ms:
            said = f"the clock was set at {write_timestamp(set_ms)}: what was before is not compared"
        elif began_ms > from_ms:
            said = f"what was noted before {write_timestamp(began_ms)} is not on the tape"
        return ReplayReport(
            from_ms, to_ms, len(live), len(again), not differences, tuple(differences[:_MOST_SAID]), said
        )

    async def _fired(
        self, stretches: Sequence[_Stretch], taped: Sequence[Taped], end_ms: int
    ) -> list[tuple[int, Fired]]:
        """All that fires, and at which position."""
        elsewhere = Elsewhere(taped)
        await elsewhere.find(self._history, _watched(put for stretch in stretches for put in stretch.puts()))
        found: list[tuple[int, Fired]] = []
        for number, stretch in enumerate(stretches):
            # What is of the ms in which the next one began was before it.
            next_ms = stretches[number + 1].from_ms + 1 if number + 1 < len(stretches) else end_ms
            found += await self._through(stretch, elsewhere, next_ms)
        return found

    async def _through(self, stretch: _Stretch, elsewhere: Elsewhere, end_ms: int) -> list[tuple[int, Fired]]:
        engine = Engine(self._setup)
        engine.take(ClockKnown(stretch.clock_known, stretch.from_ms))
        for put in stretch.rules:
            engine.put(put.kept, put.series, put.memory, 0)
        watched = _watched(stretch.puts())
        longest_ms = max((age for metrics in watched.values() for age in metrics.values()), default=0)
        feed, fired, start_ms = Feed(engine, strikes=False), list[tuple[int, Fired]](), stretch.from_ms
        while start_ms < end_ms:
            until_ms = min(start_ms + _DAY_MS, end_ms)
            first = start_ms == stretch.from_ms
            tracks = await self._tracks(watched, elsewhere, start_ms - longest_ms if first else start_ms, until_ms)
            if first:
                for track in tracks:
                    track.prime(engine.cells(track.device), start_ms)
            taped = _between(stretch.taped, elsewhere.followed, start_ms, until_ms)
            position_ms = start_ms
            for number, next_ms in enumerate(feed.steps(tracks, until_ms, taped, start_ms if first else start_ms - 1)):
                fired += ((position_ms, one) for one in feed.drained())
                position_ms = next_ms
                if not number % 64:
                    await asyncio.sleep(0)
            fired += ((position_ms, one) for one in feed.drained())
            start_ms = until_ms
        return fired

    async def _tracks(
        self, watched: Mapping[str, Mapping[str, int]], elsewhere: Elsewhere, from_ms: int, to_ms: int
    ) -> list[Track]:
        tracks: list[Track] = []
        for device in watched:
            metrics = elsewhere.metrics[device]
            columns = await self._history.columns(device, metrics, from_ms, to_ms, settled=bool(tracks))
            tracks.append(Track(device, columns))
            elsewhere.take_out(tracks[-1])
        return tracks

    async def _differences(self, live: Sequence[Firing], again: Mapping[str, Fired]) -> list[str]:
        known = {firing.id for firing in live}
        found: list[tuple[int, str]] = [
            (one.time_ms, f"{_said(one)} in the replay only")
            for one in again.values()
            if one.id not in known and await self._archive.firing(one.id) is None
        ]
        found += [(one.time_ms, f"{_said(one)} in life only") for one in live if one.id not in again]
        return [text for _, text in sorted(found)]


def _between(
    taped: Sequence[tuple[int, int, Event]], followed: Mapping[int, Followed], from_ms: int, to_ms: int
) -> list[tuple[int, Event | Followed]]:
    """What was taped in [from, to), each with what is to follow on it."""
    found: list[tuple[int, Event | Followed]] = []
    for time_ms, number, event in taped:
        if from_ms <= time_ms < to_ms:
            found.append((time_ms, event))
            if number in followed:
                found.append((time_ms, followed[number]))
    return found


def _said(one: Fired | Firing) -> str:
    return f"{write_timestamp(one.time_ms)} {one.rule} ({one.part})"


def _watched(puts: Iterable[RulePut]) -> dict[str, dict[str, int]]:
    """Metrics by device, with the longest time that one of them is known."""
    found: dict[str, dict[str, int]] = {}
    for put in puts:
        for leaf in put.series:
            for one in leaf.series:
                metrics = found.setdefault(one.device, {})
                metrics[one.metric] = max(metrics.get(one.metric, 0), one.age_s * 1000)
    return found


def _since(taped: Sequence[Taped], from_ms: int) -> Sequence[Taped]:
    """From the newest memory of all rules at or before `from_ms` on; from the first one where there is none before."""
    memories = [place for place, one in enumerate(taped) if isinstance(one[1], Began)]
    before = [place for place in memories if taped[place][0] <= from_ms]
    if not before:
        return taped
    return taped[next(place for place in before if taped[place][0] == taped[before[-1]][0]) :]


def _stretches(taped: Sequence[Taped], to_ms: int) -> tuple[list[_Stretch], int | None]:
    """And when the clock was set last while the gateway ran."""
    found: list[_Stretch] = []
    set_ms: int | None = None
    for number, (time_ms, event, run) in enumerate(taped):
        if time_ms >= to_ms:
            break
        if not found or found[-1].run != run:
            if not found and not isinstance(event, Began):
                continue
            known = event.clock_known if isinstance(event, Began) else True
            found.append(_Stretch(run, time_ms, [], known, []))
        stretch = found[-1]
        if isinstance(event, Began):
            if stretch.from_ms == time_ms and not stretch.taped:
                stretch.rules += event.rules
        elif not isinstance(event, Left):
            if isinstance(event, ClockKnown) and (stretch.taped or stretch.rules):
                set_ms = time_ms
            stretch.taped.append((time_ms, number, event))
    return found, set_ms
