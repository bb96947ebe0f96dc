"""How worn every machine's parts are, and how long they may last: from one number a day, assessed when asked."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta, tzinfo
from functools import partial

import msgspec

from ...core.anomaly.points import UNWATCHED
from ...core.errors import Refused, StoreError
from ...core.health import condition
from ...core.health.catalogue import Recipe, indicator, recipes
from ...core.health.indicator import BASELINE_DAYS, Day, Series, baseline_of, limit_of, worn_part
from ...core.health.indicator import Baseline as Usual
from ...core.health.life import Lasting, NotEnough, NoWear, Reached
from ...core.health.words import sentence
from ...core.insight import Baseline, BaselineState, Component
from ...core.judging.words import spoken
from ...core.local_time import LocalTime, Span
from ...core.messages import BaselineMoved, HealthMoved
from ...core.ports.insight import HealthKept, InsightArchive
from ...core.ports.store import History, Writer
from ...core.units import unit
from ..anomalies.baselines import Baselines
from ..anomalies.places import Places, is_simulated
from ..bus import Bus
from ..chronicle import Chronicle
from ..words import duration
from .days import EPOCH, DayReader, number_of

_log = logging.getLogger(__name__)

MOST_DAYS = 400
"""Read back when a machine was commissioned of time that has been."""
SHOWN_DAYS = 90
SOON_DAYS = 30.0
"""A part that is likely to last less long is told of."""
_OVER_MS = 15 * 60_000
"""What a day's last minutes may take to arrive."""
_LOOK_S = 60.0
_HOUR_MS = 3_600_000
_BACKLOG_MS, _AGAIN_MS = 2 * 86_400_000, 6 * _HOUR_MS
"""A day that had no values is asked for again so often until it is so long over."""


class _Asked(msgspec.Struct, frozen=True):
    """What a machine is assessed by."""

    baseline: str
    moves: int
    """Of its days."""
    today: int


class _Known(msgspec.Struct, frozen=True):
    asked: _Asked
    components: tuple[Component, ...]


class _Machine(msgspec.Struct, frozen=True):
    """All that a machine's parts are assessed of; nothing of it changes."""

    asset: str
    name: str
    baseline: Baseline | None
    series: Mapping[str, Sequence[Series]]
    """By component."""
    simulated: bool


class Health:
    """Of all machines. `machines`: their asset ids; `metrics`: what a device measures; `since` (device, asset): from
    when on what it measured is the asset's, by the hardware that it is now.
    """

    def __init__(
        self,
        writer: Writer,
        archive: InsightArchive,
        history: History,
        bus: Bus,
        chronicle: Chronicle,
        clock: Callable[[], int],
        places: Places,
        baselines: Baselines,
        machines: Callable[[], Sequence[str]],
        metrics: Callable[[str], Collection[str]],
        zone: tzinfo,
        known: Callable[[], bool] = lambda: True,
        since: Callable[[str, str], int] = lambda device, asset: 0,
    ) -> None:
        self.failure = ""
        """Why days could not be read; empty: they could."""
        self._writer = writer
        self._archive = archive
        self._bus = bus
        self._chronicle = chronicle
        self._clock = clock
        self._places = places
        self._baselines = baselines
        self._machines = machines
        self._metrics = metrics
        self._local = LocalTime(zone)
        self._known = known
        self._since = since
        self._reader = DayReader(history)
        self._days: defaultdict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
        self._moves: Counter[str] = Counter()
        self._read: dict[tuple[str, str, int], int] = {}
        """When days (baseline, asset, day) were asked for in this run: one without values has none, as a rule."""
        self._assessed: dict[str, _Known] = {}
        self._wake = asyncio.Event()
        bus.on(BaselineMoved, self._baseline_moved)

    async def load(self) -> None:
        """What is known from earlier runs; after the baselines. Raises StoreError."""
        for kept in await self._archive.health():
            self._days[kept.asset][kept.recipe][kept.day] = kept.value

    # What is known

    def of(self, asset: str) -> Sequence[Component]:
        """The parts of one machine, the most urgent first; empty: nothing of it is watched."""
        asked, known = self._asked(asset), self._assessed.get(asset)
        # What a new day changes is worked out by `catch_up`, beside the event loop: a minute later at most.
        if known is None or known.asked.baseline != asked.baseline or not asked.baseline:
            known = _Known(asked, self._assess(self._machine(asset), asked.today))
            self._assessed[asset] = known
        return known.components

    def maintenance(self) -> Sequence[Component]:
        """The parts of all machines, soonest end first; those of which too little is known last."""
        return sorted((part for asset in self._machines() for part in self.of(asset)), key=_urgency)

    # What goes on by itself

    async def run(self) -> None:
        """Read the days that are over, until cancelled."""
        while True:
            self._wake.clear()
            failure = ""
            for asset in self._machines():
                try:
                    await self.catch_up(asset)
                except StoreError as error:
                    failure = f"the health of {asset} could not be read: {error}"
            if failure and failure != self.failure:
                _log.warning("%s", failure)
            self.failure = failure
            try:
                await asyncio.wait_for(self._wake.wait(), _LOOK_S)
            except TimeoutError:
                continue

    async def catch_up(self, asset: str) -> None:
        """Read the days of a commissioned machine that are over and not known, and assess it. Raises StoreError."""
        await self._read_days(asset)
        asked, known = self._asked(asset), self._assessed.get(asset)
        if known is None or known.asked != asked:
            # Some 2 ms a sensor, and a new day is one for all machines.
            found = await asyncio.to_thread(self._assess, self._machine(asset), asked.today)
            self._assessed[asset] = _Known(asked, found)

    async def _read_days(self, asset: str) -> None:
        baseline, kind = self._baselines.of(asset), self._places.kind(asset)
        if baseline is None or kind is None or not self._known():
            return
        channels = [channel for channel in baseline.channels if channel not in baseline.lost]
        wanted = recipes(kind, {channel.rpartition("/")[2] for channel in channels})
        for number, span in self._missing(asset, baseline, wanted):
            read = await self._reader.read(channels, wanted, span, partial(self._begin, asset))
            self._read[baseline.id, asset, number] = self._clock()
            found = {key: value for key, value in read.items() if number not in self._days[asset][key]}
            if found:
                self._writer.submit([HealthKept(asset, key, number, value) for key, value in found.items()])
                for key, value in found.items():
                    self._days[asset][key][number] = value
                self._moves[asset] += 1
                self._tell(asset, number)
                self._bus.publish(HealthMoved(asset))

    def _missing(self, asset: str, baseline: Baseline, wanted: Sequence[Recipe]) -> list[tuple[int, Span]]:
        """Local days since the commissioning that are over, oldest first."""
        if not wanted:
            return []
        now_ms = self._clock() - _OVER_MS
        from_ms = max(baseline.from_ms, now_ms - MOST_DAYS * 86_400_000)
        found: list[tuple[int, Span]] = []
        for span in self._local.days(from_ms, now_ms):
            number = number_of(self._local.date_of(span.start_ms))
            known = [number in self._days[asset][recipe.key] for recipe in wanted]
            # Until it was frozen other channels may have counted: then some of a day's numbers are still to be made.
            enough = all(known) if span.start_ms < (baseline.frozen_ms or 0) else any(known)
            if span.end_ms <= now_ms and not enough and self._is_due((baseline.id, asset, number), span):
                found.append((number, span))
        return found

    def _is_due(self, day: tuple[str, str, int], span: Span) -> bool:
        """Whether to ask for it: once a run, but what a node could not send at the time may come days later."""
        asked_ms, now_ms = self._read.get(day), self._clock()
        return asked_ms is None or (now_ms - span.end_ms < _BACKLOG_MS and now_ms - asked_ms >= _AGAIN_MS)

    def _begin(self, asset: str, device: str) -> int:
        return self._since(device, asset)

    def _asked(self, asset: str) -> _Asked:
        baseline = self._baselines.of(asset)
        return _Asked("" if baseline is None else baseline.id, self._moves[asset], self._today())

    def _baseline_moved(self, event: BaselineMoved) -> None:
        self._assessed.pop(event.baseline.asset, None)
        if event.baseline.state is BaselineState.FROZEN:
            self._wake.set()

    # How it is done

    def _today(self) -> int:
        return number_of(self._local.date_of(self._clock()))

    def _machine(self, asset: str, until: int | None = None) -> _Machine | None:
        """As it was before the day `until`; None: there is no such machine."""
        kind, baseline = self._places.kind(asset), self._baselines.of(asset)
        if kind is None:
            return None
        of_component: defaultdict[str, list[Series]] = defaultdict(list)
        for recipe in recipes(kind, self._measured(asset, baseline)):
            of_component[recipe.component].append(self._series(asset, recipe, baseline, until))
        simulated = is_simulated(self._places, asset)
        return _Machine(asset, self._places.name(asset), baseline, of_component, simulated)

    def _assess(self, machine: _Machine | None, today: int) -> tuple[Component, ...]:
        """Also in another thread."""
        if machine is None:
            return ()
        found = []
        for component, series in machine.series.items():
            health = condition.assess(component, series, today)
            text = f"{machine.name}, {sentence(health)}{_hint(machine.baseline, health)}"
            days, simulated = self._course(series), machine.simulated
            found.append(Component(asset=machine.asset, health=health, text=text, days=days, simulated=simulated))
        return tuple(sorted(found, key=_urgency))

    def _measured(self, asset: str, baseline: Baseline | None) -> set[str]:
        if baseline is not None:
            return {one.rpartition("/")[2] for one in baseline.channels if one not in baseline.lost}
        measured = {metric for device in self._places.devices_at(asset) for metric in self._metrics(device)}
        return measured - UNWATCHED

    def _series(self, asset: str, recipe: Recipe, baseline: Baseline | None, until: int | None) -> Series:
        meaning = indicator(recipe, f"{self._places.name(asset)}, {spoken(recipe.metric)}", unit(recipe.metric))
        if baseline is None:
            return Series(meaning, None, ())
        known = self._days[asset][recipe.key]
        # The day on which it began counts when most of it came after.
        days = {
            day: known[day]
            for day in sorted(known)
            if baseline.from_ms <= self._noon(day) and (until is None or day < until)
        }
        return Series(
            meaning, self._usual(baseline, days), tuple(Day(float(day), value) for day, value in days.items())
        )

    def _usual(self, baseline: Baseline, days: Mapping[int, float]) -> Usual | None:
        """Of the days whose noon lies within the commissioning, or an hour later: 168 h may be a week less an hour."""
        within = [value for day, value in days.items() if self._noon(day) < baseline.to_ms + _HOUR_MS]
        try:
            return baseline_of(within)
        except Refused:
            return None

    def _noon(self, day: int) -> int:
        return self._local.moment(EPOCH + timedelta(days=day), 12 * 60)

    def _course(self, series: Sequence[Series]) -> tuple[tuple[int, float], ...]:
        """The index of each of the last days: the worst of what is known of it."""
        index: dict[int, float] = {}
        for one in series:
            if one.baseline is None:
                continue
            try:
                limit = limit_of(one.indicator, one.baseline)
            except Refused:
                continue
            for day in one.days[-SHOWN_DAYS:]:
                worn = 100.0 * (1.0 - worn_part(day.value, one.baseline, limit))
                index[int(day.day)] = min(index.get(int(day.day), 100.0), max(0.0, round(worn, 1)))
        begins = ((self._local.moment(EPOCH + timedelta(days=day), 0), index[day]) for day in sorted(index))
        return tuple(begins)[-SHOWN_DAYS:]

    def _tell(self, asset: str, number: int) -> None:
        """A part that will not last long any more, on the first day that says so."""
        if number < self._today() - 2:
            # Days of long ago are read, too, after a commissioning of time that has been: they are no news.
            return
        parts = [self._assess(self._machine(asset, day), day) for day in (number, number + 1)]
        before = {part.health.component for part in parts[0] if _is_soon(part)}
        for part in parts[1]:
            if _is_soon(part) and part.health.component not in before:
                self._chronicle.note("health.falling", part.text, asset=asset, simulated=part.simulated)


def _hint(baseline: Baseline | None, health: condition.Health) -> str:
    """What to do about a missing baseline."""
    if baseline is None:
        return " Commission it while it runs well: then its wear can be told."
    if not isinstance(health.life, NotEnough) or health.life.reason != "baseline":
        return ""
    took = duration(baseline.to_ms - baseline.from_ms)
    return f" It was commissioned for {took}: to tell its wear takes {BASELINE_DAYS} days on which it ran."


def _is_soon(part: Component) -> bool:
    match part.health.life:
        case Reached():
            return True
        case Lasting(likely_days=days):
            return days < SOON_DAYS
        case _:
            return False


def _urgency(part: Component) -> tuple[int, float, str]:
    name = part.health.component
    match part.health.life:
        case Reached():
            return 0, 0.0, name
        case Lasting(low_days=days):
            return 1, days, name
        case NoWear():
            return 2, 0.0, name
        case _:
            return 3, 0.0, name
