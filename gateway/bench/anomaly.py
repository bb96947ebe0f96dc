"""`gateway bench anomaly`: faults in simulated houses, told as episodes; what noticing costs; the public sets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean, median
from time import perf_counter

from ..core.messages import Reading, ReadingStored
from ..flow.anomalies.flags import Flags
from ..flow.anomalies.gather import Gather
from ..flow.bus import Bus
from . import evaluations
from .ailing_houses import BY_DUTY, KINDS, Found, Plan
from .figures import Figure, Report
from .households import House
from .progress import Progress
from .troubled_lives import Outcome, live
from .watched_house import judged_by

_WINTER_MS, _SPRING_MS = 1_769_904_000_000, 1_776_000_000_000
_SUMMER_MS, _AUTUMN_MS = 1_783_900_000_000, 1_791_800_000_000
FULL = Plan(
    (
        House(301, 60, _WINTER_MS, 24),
        House(302, 60, _SUMMER_MS, 24),
        House(303, 60, _SPRING_MS, 24),
        House(304, 60, _AUTUMN_MS, 24),
    ),
    commissioned_h=168,
    each=1,
)
QUICK = Plan((House(305, 60, _WINTER_MS, 10),), commissioned_h=96, each=1)
_READINGS, _ROUNDS, _DEVICES = 20_000, 5, 20


def run(plan: Plan, sets: Path | None) -> Report:
    """Every figure; those of the public sets only where they are at hand."""
    progress = Progress(len(plan.houses) + 2)
    progress.step("readings are put aside")
    aside_us = gather_us()
    progress.step("people live in their houses")
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(max_workers=min(len(plan.houses), os.cpu_count() or 1)) as pool:
        for one in pool.map(live, plan.houses, [plan] * len(plan.houses)):
            outcomes.append(one)
            progress.step(f"{len(outcomes)} of {len(plan.houses)} houses")
    progress.close()
    figures = [*told(outcomes), *cost(outcomes), Figure("gather_us", "us", _short(aside_us), at_most=0.5)]
    return Report("anomaly", (*figures, *evaluations.figures(sets)))


def told(outcomes: Sequence[Outcome]) -> list[Figure]:
    """What was told of the faults, and of normal life."""
    everything = [found for outcome in outcomes for found in outcome.found]
    faults = _but(everything, BY_DUTY)
    caught = [found for found in faults if found.delay_ms is not None]
    weeks = sum(outcome.asset_weeks for outcome in outcomes)
    false = [words for outcome in outcomes for words in outcome.false]
    clouded = sum(outcome.clouded for outcome in outcomes)
    figures = [
        Figure(
            "episodes_caught", "", _part(faults), at_least=0.95,
            note=f"{len(faults)} faults, {clouded} more left out: something else was told there; by {judged_by()}",
        ),
        Figure(
            "false_episodes_per_asset_week", "", _short(len(false) / weeks), at_most=1.0,
            note=f"{len(false)} in {weeks:.1f} asset-weeks",
        ),
        Figure("episodes_a_fault", "", _short(fmean(one.episodes for one in caught)) if caught else None, at_most=1.5),
        Figure("nature_right", "", _right(caught)),
    ]  # fmt: skip
    figures += [
        Figure(f"caught_{kind}", "", _part(_of(faults, kind)), note=_count(_of(faults, kind))) for kind in KINDS
    ]
    figures += [_delay(kind, _of(caught, kind)) for kind in KINDS]
    by_duty, after = _of(everything, BY_DUTY), [found for found in faults if found.after_false]
    figures += [
        Figure(f"caught_{BY_DUTY}", "", _part(by_duty), note=_count(by_duty)),
        Figure("caught_after_false", "", _part(after), note=_count(after)),
    ]
    return [figure for figure in figures if figure.value is not None or figure.at_most is not None]


def cost(outcomes: Sequence[Outcome]) -> list[Figure]:
    """What judging a reading takes, and what is kept of a series."""
    took = [(1000.0 * seconds, values) for outcome in outcomes for seconds, values in outcome.took_s if values]
    readings, each = sorted(ms for ms, _ in took), sorted(ms / values for ms, values in took)
    mean = fmean(values for _, values in took)
    return [
        Figure("step_p99", "ms", _p99(each), at_most=0.1, note=f"a value of a reading; median {_short(median(each))}"),
        Figure("reading_p99", "ms", _p99(readings), note=f"all of a reading, {mean:.1f} values on average"),
        Figure("state_bytes_most", "B", float(max(one.state_bytes for one in outcomes)), at_most=4096.0),
    ]


def gather_us() -> float:
    """us that a stored reading waits for being put aside: the bus with noticing, less the bus without."""
    rounds = [(_publish(watched=True) - _publish(watched=False)) / _READINGS * 1e6 for _ in range(_ROUNDS)]
    return max(0.0, median(rounds))


def _publish(*, watched: bool) -> float:
    bus = Bus()
    bus.on(ReadingStored, lambda event: None)
    gather = Gather(bus, Flags(bus), _READINGS) if watched else None
    stored = [
        ReadingStored(Reading(f"node-{number % _DEVICES}", 1000 * (1 + number // _DEVICES), {"temperature": 20.0}), 0)
        for number in range(_READINGS)
    ]
    began = perf_counter()
    for event in stored:
        bus.publish(event)
    took_s = perf_counter() - began
    assert gather is None or len(gather.inbox) == _READINGS
    return took_s


def _of(found: Sequence[Found], kind: str) -> list[Found]:
    return [one for one in found if one.trouble.kind == kind]


def _but(found: Sequence[Found], kind: str) -> list[Found]:
    return [one for one in found if one.trouble.kind != kind]


def _part(found: Sequence[Found]) -> float | None:
    """How many were caught."""
    return _short(sum(one.delay_ms is not None for one in found) / len(found)) if found else None


def _right(caught: Sequence[Found]) -> float | None:
    return _short(sum(one.nature == one.trouble.nature for one in caught) / len(caught)) if caught else None


def _count(found: Sequence[Found]) -> str:
    return f"{len(found)} faults"


def _delay(kind: str, caught: Sequence[Found]) -> Figure:
    minutes = [one.delay_ms / 60_000 for one in caught if one.delay_ms is not None]
    if not minutes:
        return Figure(f"delay_{kind}_median", "min", note="none was caught")
    seen = [max(0.0, (one.delay_ms - one.hidden_ms) / 60_000) for one in caught if one.delay_ms is not None]
    note = f"{_short(median(seen)):g} min after it could be seen" if any(one.hidden_ms for one in caught) else ""
    return Figure(f"delay_{kind}_median", "min", _short(median(minutes)), note=note)


def _p99(ordered: Sequence[float]) -> float:
    return _short(ordered[int(0.99 * (len(ordered) - 1))])


def _short(value: float) -> float:
    return float(f"{value:.4g}")
