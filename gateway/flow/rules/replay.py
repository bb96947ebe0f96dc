"""What was stored, once more through the same evaluator: it must fire as it did."""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ...core.errors import Refused
from ...core.ports.rules import RuleArchive, SeriesHistory
from ...core.rules.engine import Engine, Setup
from ...core.rules.events import ClockKnown, Event, Heard, RulePut
from ...core.rules.firing import Fired, Firing
from ...core.timeline import write_timestamp
from .merge import Feed, Track
from .report import ReplayReport
from .tape import Began, Left, Taped, read

_DAY_MS = 86_400_000
_EVER = 1 << 62
_MOST_SAID = 20
_MOST_FIRINGS = 100_000


class _Elsewhere:
    """Readings that were not heard at their own time: moved by the tape, or left out."""

    def __init__(self, taped: Iterable[Taped]) -> None:
        self._moved: dict[str, dict[int, list[Mapping[str, float]]]] = defaultdict(lambda: defaultdict(list))
        self._left: dict[str, Counter[int]] = defaultdict(Counter)
        for _, event, _ in taped:
            if isinstance(event, Heard):
                self._moved[event.device][event.time_ms].append(event.values)
            elif isinstance(event, Left):
                self._left[event.device].update(event.times_ms)

    def take_out(self, track: Track) -> None:
        """Of two of one ms the one that came last was late."""
        moved, left = self._moved.get(track.device, {}), self._left.get(track.device, Counter())
        if not moved and not left:
            return
        gone: list[int] = []
        late = Counter(left)
        for place in range(len(track.times) - 1, -1, -1):
            time_ms = track.times[place]
            if late[time_ms]:
                late[time_ms] -= 1
                gone.append(place)
                continue
            for number, values in enumerate(moved.get(time_ms, ())):
                if track.has(place, values):
                    gone.append(place)
                    del moved[time_ms][number]
                    break
        track.leave(gone)


class _Stretch(msgspec.Struct):
    """From one start of the gateway to the next, or as far as is asked."""

    run: str
    from_ms: int
    rules: list[RulePut]
    """What it begins with; empty where the tape has its very beginning."""
    clock_known: bool
    taped: list[tuple[int, Event]]


class Replay:
    """History in order of time but for what the tape puts elsewhere."""

    def __init__(self, archive: RuleArchive, history: SeriesHistory, setup: Setup) -> None:
        self._archive = archive
        self._history = history
        self._setup = setup

    async def of(self, from_ms: int, to_ms: int) -> ReplayReport:
        """Raises Refused (nothing taped then), StoreError."""
        try:
            taped = list(read(await self._archive.tape(from_ms, _EVER)))
        except (msgspec.DecodeError, zlib.error) as error:
            raise Refused(f"the tape of rules cannot be read: {error}") from error
        stretches, set_ms = _stretches(_since(taped, from_ms), to_ms)
        if not stretches:
            raise Refused("nothing is taped of that time")
        elsewhere = _Elsewhere(taped)
        fired: dict[str, Fired] = {}
        for number, stretch in enumerate(stretches):
            # What is of the ms in which the next one began was before it.
            end_ms = stretches[number + 1].from_ms + 1 if number + 1 < len(stretches) else to_ms
            # What was heard before `from` is gone through, too: rules go on from it.
            fired |= {one.id: one for one in await self._through(stretch, elsewhere, end_ms) if one.time_ms >= from_ms}
        began_ms = max(from_ms, stretches[0].from_ms, set_ms or 0)
        live = await self._archive.firings(from_ms=began_ms, to_ms=to_ms, limit=_MOST_FIRINGS)
        said = (
            "" if set_ms is None else f"the clock was set at {write_timestamp(set_ms)}: what was before is not compared"
        )
        if not said and began_ms > from_ms:
            said = f"nothing is taped before {write_timestamp(began_ms)}"
        again = {one.id: one for one in fired.values() if one.time_ms >= began_ms}
        differences = await self._differences(live, again, to_ms)
        return ReplayReport(
            from_ms, to_ms, len(live), len(again), not differences, tuple(differences[:_MOST_SAID]), said
        )

    async def _through(self, stretch: _Stretch, elsewhere: _Elsewhere, end_ms: int) -> list[Fired]:
        engine = Engine(self._setup)
        engine.take(ClockKnown(stretch.clock_known, stretch.from_ms))
        for put in stretch.rules:
            engine.put(put.kept, put.series, put.memory, 0)
        watched = _watched([*stretch.rules, *(event for _, event in stretch.taped if isinstance(event, RulePut))])
        longest_ms = max((age for metrics in watched.values() for age in metrics.values()), default=0)
        feed, fired, start_ms = Feed(engine, strikes=False), list[Fired](), stretch.from_ms
        while start_ms < end_ms:
            until_ms = min(start_ms + _DAY_MS, end_ms)
            first = start_ms == stretch.from_ms
            tracks = await self._tracks(watched, elsewhere, start_ms - longest_ms if first else start_ms, until_ms)
            if first:
                for track in tracks:
                    track.prime(engine.cells(track.device), start_ms)
            taped = [one for one in stretch.taped if start_ms <= one[0] < until_ms]
            for number, _ in enumerate(feed.steps(tracks, until_ms, taped, start_ms if first else start_ms - 1)):
                if not number % 256:
                    await asyncio.sleep(0)
            fired += feed.drained()
            start_ms = until_ms
        return fired

    async def _tracks(
        self, watched: Mapping[str, Mapping[str, int]], elsewhere: _Elsewhere, from_ms: int, to_ms: int
    ) -> list[Track]:
        tracks: list[Track] = []
        for device, metrics in watched.items():
            columns = await self._history.columns(device, sorted(metrics), from_ms, to_ms, settled=bool(tracks))
            tracks.append(Track(device, columns))
            elsewhere.take_out(tracks[-1])
        return tracks

    async def _differences(self, live: Sequence[Firing], again: Mapping[str, Fired], to_ms: int) -> list[str]:
        known = {firing.id for firing in live}
        found: list[tuple[int, str]] = [
            (one.time_ms, f"{_said(one)} in the replay only")
            for one in again.values()
            # One of an older moment is found by its id.
            if one.id not in known and await self._archive.firing(one.id) is None
        ]
        found += [
            (one.time_ms, f"{_said(one)} in life only") for one in live if one.id not in again and one.noted_ms < to_ms
        ]
        return [text for _, text in sorted(found)]


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
    for time_ms, event, run in taped:
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
            stretch.taped.append((time_ms, event))
    return found, set_ms
