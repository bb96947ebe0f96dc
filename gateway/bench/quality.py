"""`gateway bench quality`: the gate on a labelled corpus of sensor faults, beside fixed thresholds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import median

import msgspec

from ..core.judging.device import DeviceGate
from ..core.judging.rules import rule
from ..core.judging.series import Series
from ..core.quality import Quality
from .figures import Figure, Report
from .households import House, Recording, record
from .plain_checker import PlainChecker
from .progress import Progress
from .sensor_faults import KINDS, Episode, Outcome, examine

_MONTH_DAYS = 30.0
_WINTER_MS, _SPRING_MS = 1_769_904_000_000, 1_776_000_000_000
_SUMMER_MS, _AUTUMN_MS = 1_783_900_000_000, 1_791_800_000_000
_GHOST = "ghost"
_ECHO_AFTER, _ECHOES = 300, 30


class Plan(msgspec.Struct, frozen=True):
    """Which houses (eight nodes each), and how many faults of every kind each series gets. No threshold saw them."""

    houses: tuple[House, ...]
    each: int


FULL = Plan(
    (
        House(201, 10, _WINTER_MS, 30),
        House(202, 30, _SUMMER_MS, 30),
        House(203, 60, _SPRING_MS, 30),
        House(204, 60, _AUTUMN_MS, 30),
    ),
    each=4,
)
QUICK = Plan((House(205, 60, _WINTER_MS, 20), House(206, 60, _AUTUMN_MS, 20)), each=3)


class Measured(msgspec.Struct, frozen=True):
    """What both checkers made of one house."""

    ours: Outcome
    peers: Outcome


def run(plan: Plan) -> Report:
    """Every figure."""
    progress = Progress(len(plan.houses) + 1)
    progress.step("people live in their houses")
    measured: list[Measured] = []
    with ProcessPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for one in pool.map(measure, plan.houses, [plan.each] * len(plan.houses)):
            measured.append(one)
            progress.step(f"{len(measured)} of {len(plan.houses)} houses")
    progress.close()
    return Report("quality", tuple(_figures([one.ours for one in measured], [one.peers for one in measured])))


def measure(house: House, each: int) -> Measured:
    """One house: normal life, and the faults in it."""
    recordings = record(house)
    ours = examine(house, recordings, lambda metric, outdoor: Series(rule(metric)), each)
    ghosts = [episode for recording in recordings for episode in _ghosts(house, recording)]
    peers = examine(house, recordings, PlainChecker, each)
    missed = [msgspec.structs.replace(ghost, delay_ms=None) for ghost in ghosts]
    return Measured(_with(ours, ghosts), _with(peers, missed))


def _with(outcome: Outcome, episodes: Sequence[Episode]) -> Outcome:
    return msgspec.structs.replace(outcome, episodes=[*outcome.episodes, *episodes])


def _ghosts(house: House, recording: Recording) -> list[Episode]:
    """A node's last message comes again and again, under its own old time: one episode for each of its series."""
    gate = DeviceGate(rule)
    interval_ms = house.interval_s * 1000
    columns = [values[:_ECHO_AFTER] for values in recording.series.values()]
    rows = [dict(zip(recording.series, row, strict=True)) for row in zip(*columns, strict=True)]
    for index, row in enumerate(rows):
        gate.judge(row, recording.times[index], recording.times[index], index * interval_ms)
    last_ms = recording.times[_ECHO_AFTER - 1]
    delays: dict[str, int] = {}
    for again in range(1, _ECHOES):
        now_ms = last_ms + again * interval_ms
        found = gate.judge(rows[-1], last_ms, now_ms, (_ECHO_AFTER + again) * interval_ms)
        for metric in (metric for metric, bits in found.items() if bits & Quality.GHOST):
            delays.setdefault(metric, (again - 1) * interval_ms)
    return [Episode(_GHOST, metric, delays.get(metric), interval_ms) for metric in recording.series]


def _figures(ours: Sequence[Outcome], peers: Sequence[Outcome]) -> list[Figure]:
    mine = [episode for outcome in ours for episode in outcome.episodes]
    others = [episode for outcome in peers for episode in outcome.episodes]
    false, months = _false(ours), sum(outcome.device_days for outcome in ours) / _MONTH_DAYS
    corpus = f"{len(mine)} faults, {months:.1f} device-months of normal life"
    names = [*(kind.name for kind in KINDS), _GHOST]
    figures = [
        Figure("recall", "", _recall(mine), _recall(others), at_least=0.95, note=corpus),
        Figure("precision", "", _precision(mine, false), _precision(others, _false(peers))),
        Figure("false_flags", "a device-month", _short(false / months), _short(_false(peers) / months), at_most=1.0),
        _delay("stuck", mine, others, at_most=10.0),
    ]
    figures += [Figure(f"recall_{name}", "", _recall(_of(mine, name)), _recall(_of(others, name))) for name in names]
    figures += [_delay(name, mine, others) for name in names if name != "stuck"]
    figures += [_late(name, mine) for name in names]
    return figures


def _of(episodes: Sequence[Episode], kind: str) -> list[Episode]:
    return [episode for episode in episodes if episode.kind == kind]


def _recall(episodes: Sequence[Episode]) -> float:
    return _short(sum(episode.delay_ms is not None for episode in episodes) / max(1, len(episodes)))


def _precision(episodes: Sequence[Episode], false: int) -> float:
    found = sum(episode.delay_ms is not None for episode in episodes)
    return _short(found / max(1, found + false))


def _false(outcomes: Sequence[Outcome]) -> int:
    return sum(len(outcome.false_flags) for outcome in outcomes)


def _delays(episodes: Sequence[Episode], kind: str) -> list[float]:
    """Of those that were found, in sampling intervals."""
    found = [one.delay_ms / one.interval_ms for one in _of(episodes, kind) if one.delay_ms is not None]
    return sorted(found)


def _delay(kind: str, ours: Sequence[Episode], peers: Sequence[Episode], at_most: float | None = None) -> Figure:
    mine, others = _delays(ours, kind), _delays(peers, kind)
    name, unit = f"delay_{kind}_median", "sampling intervals"
    if not mine:
        return Figure(name, unit, at_most=at_most, note="none was found")
    return Figure(name, unit, _short(median(mine)), _short(median(others)) if others else None, at_most=at_most)


def _late(kind: str, ours: Sequence[Episode]) -> Figure:
    mine = _delays(ours, kind)
    hours = sorted(one.delay_ms / 3.6e6 for one in _of(ours, kind) if one.delay_ms is not None)
    if not mine:
        return Figure(f"delay_{kind}_p90", "sampling intervals", note="none was found")
    at = int(0.9 * (len(mine) - 1))
    return Figure(f"delay_{kind}_p90", "sampling intervals", _short(mine[at]), note=f"{_short(hours[at])} h")


def _short(value: float) -> float:
    return float(f"{value:.4g}")
