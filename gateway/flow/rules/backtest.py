"""A rule rehearsed on the history that there is."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from ...core.errors import Conflict, Refused
from ...core.ports.rules import Columns, SeriesHistory
from ...core.quality import Quality
from ...core.rules.check import Known, problems
from ...core.rules.engine import Setup
from ...core.rules.events import LeafSeries, Series
from ...core.rules.rule import (
    AlertIf,
    AlertWhen,
    AnomalyIf,
    AnomalyWhen,
    CommandWhen,
    DeviceWhen,
    KeptRule,
    Rule,
    StateIf,
    TimerIf,
    conditions,
    triggers,
)
from ...core.rules.words import Names
from .book import RuleProblems
from .rehearsal import REHEARSED, Leaves, Rehearsal
from .report import BacktestReport

MOST_DAYS = 400
_DAY_MS = 86_400_000
_PAUSE_S = 0.001
"""Decoding holds the interpreter's lock: whoever waits has a turn after each day."""
_BUSY_S = 0.005
_DOUBTED = ~int(Quality.TIME)
_NOT_MEASURED = {
    DeviceWhen: "nobody knew it",
    StateIf: "nobody knew it",
    AlertWhen: "there were none",
    AlertIf: "there were none",
    AnomalyWhen: "there were none",
    AnomalyIf: "there were none",
    CommandWhen: "there were none",
    TimerIf: "it did not run",
}
"""What no history of readings tells, and what is taken for it."""
Spans = Callable[[Rule, int, int], tuple[LeafSeries, ...]]
"""What the leaves of a rule looked at in [from, to): each series with the time in which it did."""


class Backtest:
    """One at a time, a device's day after another, so that the page goes on meanwhile."""

    progress: float | None = None
    """0 to 1 while one runs."""

    def __init__(
        self,
        history: SeriesHistory,
        spans: Spans,
        setup: Setup,
        names: Names,
        known: Callable[[], Known | None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._history = history
        self._spans = spans
        self._setup = setup
        self._names = names
        self._known = known
        self._monotonic = monotonic

    async def of(self, rule: Rule, from_ms: int, to_ms: int, against: Sequence[KeptRule] = ()) -> BacktestReport:
        """Raises Conflict (one runs), RuleProblems, Refused (too long), StoreError."""
        if self.progress is not None:
            raise Conflict(f"A backtest is running ({self.progress:.0%} done); wait for its end.")
        if to_ms <= from_ms:
            raise Refused("There is no time to look at: `to` must be later than `from`.")
        if to_ms - from_ms > MOST_DAYS * _DAY_MS:
            raise Refused(f"A backtest looks at {MOST_DAYS} days at most.")
        known = self._known()
        if found := problems(rule, known):
            raise RuleProblems(found)
        self.progress = 0.0
        try:
            return await self._of(rule, from_ms, to_ms, against)
        finally:
            self.progress = None

    async def _of(self, rule: Rule, from_ms: int, to_ms: int, against: Sequence[KeptRule]) -> BacktestReport:
        began_s = self._monotonic()
        looked = {
            REHEARSED: self._spans(rule, from_ms, to_ms),
            **{other.id: self._spans(other.rule, from_ms, to_ms) for other in against},
        }
        rehearsal = Rehearsal(rule, self._setup, self._names, from_ms, against)
        read = _Read()
        for start_ms, end_ms, leaves in stretches(looked, from_ms, to_ms):
            if leaves is not None:
                rehearsal.look(leaves, start_ms)
                watched = _watched(leaves)
            columns = {}
            for device, metrics in watched.items():
                columns[device] = await self._history.columns(device, metrics, start_ms, end_ms, settled=read.asked)
                read.add(device, columns[device])
            await asyncio.sleep(_PAUSE_S)
            await self._fed(rehearsal.run(columns, end_ms))
            self.progress = (end_ms - from_ms) / (to_ms - from_ms)
        report = rehearsal.report(to_ms, self._known())
        return replace(
            report,
            exact_from_ms=max(from_ms, read.minutes_until_ms),
            series=len({(one.device, one.metric) for leaf in looked[REHEARSED] for one in leaf.series}),
            readings=read.readings,
            left=dict(read.left),
            warnings=(*rehearsal.unfit, *self._warnings(rule, looked[REHEARSED], read, from_ms)),
            took_s=self._monotonic() - began_s,
        )

    async def _fed(self, events: Iterable[None]) -> None:
        since_s = self._monotonic()
        for _ in events:
            if self._monotonic() - since_s > _BUSY_S:
                await asyncio.sleep(0)
                since_s = self._monotonic()

    def _warnings(self, rule: Rule, leaves: Sequence[LeafSeries], read: _Read, from_ms: int) -> Iterator[str]:
        yield from not_rehearsed(rule)
        for leaf in leaves:
            if not leaf.series:
                yield f"{leaf.path}: nothing measured it then"
                continue
            first_ms = min(read.first_ms.get((one.device, one.metric), 1 << 62) for one in leaf.series)
            if first_ms == 1 << 62:
                yield f"{leaf.path}: there are no readings of it then"
            elif first_ms - from_ms > _DAY_MS:
                yield f"{leaf.path}: there are no readings of it before {_date(first_ms)}"


class _Read(msgspec.Struct):
    """What was read of the history."""

    asked: bool = False
    readings: int = 0
    minutes_until_ms: int = 0
    left: Counter[str] = msgspec.field(default_factory=Counter)
    first_ms: dict[tuple[str, str], int] = {}

    def add(self, device: str, columns: Columns) -> None:
        """A slice of a device."""
        self.asked = True
        self.readings += len(columns.times)
        self.minutes_until_ms = max(self.minutes_until_ms, columns.minutes_until_ms)
        for bits in columns.bits.values():
            flagged = sum(1 for bit in bits if bit & _DOUBTED)
            if flagged:
                self.left["flagged"] += flagged
        for metric, values in columns.values.items():
            if (device, metric) not in self.first_ms:
                row = next((row for row, value in enumerate(values) if value == value), None)
                if row is not None:
                    self.first_ms[device, metric] = columns.times[row]


def not_rehearsed(rule: Rule) -> Iterator[str]:
    """What a rule looks at that no history of readings can tell."""
    for path, one in (*triggers(rule), *conditions(rule)):
        if type(one) in _NOT_MEASURED:
            yield f"{path}: only what was measured is rehearsed; here it is as if {_NOT_MEASURED[type(one)]}"


def stretches(looked: Leaves, from_ms: int, to_ms: int) -> Iterator[tuple[int, int, Leaves | None]]:
    """A day at a time, shorter where a series begins or ends: (start, end, what is looked at; None: as before)."""
    borders = {from_ms}
    for leaves in looked.values():
        for leaf in leaves:
            for one in leaf.series:
                borders.update(at for at in (one.from_ms, one.to_ms) if at is not None and from_ms < at < to_ms)
    start_ms = from_ms
    while start_ms < to_ms:
        end_ms = min([start_ms + _DAY_MS, to_ms, *(at for at in borders if at > start_ms)])
        yield start_ms, end_ms, _then(looked, start_ms) if start_ms in borders else None
        start_ms = end_ms


def _then(looked: Leaves, at_ms: int) -> Leaves:
    return {
        rule: tuple(
            LeafSeries(leaf.path, tuple(_always(one) for one in leaf.series if _has(one, at_ms))) for leaf in leaves
        )
        for rule, leaves in looked.items()
    }


def _has(one: Series, at_ms: int) -> bool:
    return (one.from_ms is None or one.from_ms <= at_ms) and (one.to_ms is None or at_ms < one.to_ms)


def _always(one: Series) -> Series:
    return replace(one, from_ms=None, to_ms=None)


def _watched(leaves: Leaves) -> dict[str, list[str]]:
    """The metrics of each device that any rule looks at."""
    found: dict[str, list[str]] = {}
    for rule in leaves.values():
        for leaf in rule:
            for one in leaf.series:
                metrics = found.setdefault(one.device, [])
                if one.metric not in metrics:
                    metrics.append(one.metric)
    return found


def _date(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()
