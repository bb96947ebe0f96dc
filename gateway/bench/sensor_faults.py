"""Labelled faults put into recorded normal life, and what a checker finds of them."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from ..core.quality import Quality
from ..simulator.faults import FaultKind, SensorFault, apply, typical
from .households import DAY_MS, House, Recording

HOUR_MS = 3_600_000
SMOOTH = frozenset({"temperature", "humidity", "soil_moisture", "co2", "energy"})
"""What cannot jump in a house. Outdoors also the pressure; machines, lamps and noise switch by nature."""
_LEVELS = frozenset(
    {"temperature", "humidity", "co2", "pressure", "sound_level", "wind", "flow", "vibration", "current"}
)
"""What has a level that can drift: no counters, and no soil, which dries slowly one way whenever it is not watered."""
_RESTING = frozenset({"position", "power", "rain", "energy"})
"""What may say the same for days, so that nothing but another sensor could tell that it is stuck."""
_SILENCE_STEP_MS = 5_000
"""How often the gateway looks for silence."""


class Checker(Protocol):
    """Judges one series."""

    def judge(self, value: float, time_ms: int) -> int:
        """Bits of `Quality` of the next value."""

    def silent(self, time_ms: int) -> bool:
        """Whether at this time it is silent for too long."""


class Kind(msgspec.Struct, frozen=True):
    """One kind of fault in the corpus."""

    name: str
    fault: FaultKind
    bits: int
    """Any of these is the right answer."""
    hours: float
    """0: one reading."""
    times: float = 1.0
    """Of the typical size."""
    first_day: float = 5.0


_JUMPED = Quality.JUMP | Quality.OUT_OF_RANGE
KINDS = (
    Kind("stuck", FaultKind.STUCK, Quality.STUCK, 6.0),
    Kind("spike", FaultKind.SPIKE, _JUMPED, 0.0),
    Kind("level_shift", FaultKind.LEVEL_SHIFT, _JUMPED, 8.0),
    Kind("out_of_range", FaultKind.OUT_OF_RANGE, _JUMPED, 0.5),
    Kind("drift_fast", FaultKind.DRIFT, Quality.DRIFT, 48.0, 1.0, 8.0),
    Kind("drift_slow", FaultKind.DRIFT, Quality.DRIFT, 168.0, 0.2, 10.0),
    Kind("stale", FaultKind.DROPOUT, Quality.STALE, 4.0),
)


def suffers(kind: Kind, metric: str, recording: Recording) -> bool:
    """Whether this kind of fault can be told from life in this series by anybody."""
    match kind.fault:
        case FaultKind.STUCK:
            return metric not in _RESTING
        case FaultKind.SPIKE | FaultKind.LEVEL_SHIFT:
            return metric in SMOOTH or (metric == "pressure" and recording.outdoor)
        case FaultKind.DRIFT:
            return metric in _LEVELS
    return True


class Episode(msgspec.Struct, frozen=True):
    """One fault and when it was found."""

    kind: str
    metric: str
    delay_ms: int | None
    """From its first reading to the first that was flagged for it; None: missed."""
    interval_ms: int


class Outcome(msgspec.Struct, frozen=True):
    """What a checker made of one house."""

    episodes: list[Episode]
    false_flags: list[str]
    """`device metric BIT` each time one was raised in normal life."""
    device_days: float


def examine(house: House, recordings: list[Recording], new: Callable[[str, bool], Checker], each: int) -> Outcome:
    """Normal life once, and from it `each` episodes of every kind in every series."""
    episodes: list[Episode] = []
    false_flags: list[str] = []
    for recording in recordings:
        for metric in recording.series:
            found, raised = _series(house, recording, metric, new(metric, recording.outdoor), each)
            episodes += found
            false_flags += raised
    return Outcome(episodes, false_flags, len(recordings) * house.days)


def _series(
    house: House, recording: Recording, metric: str, checker: Checker, each: int
) -> tuple[list[Episode], list[str]]:
    values, times = recording.series[metric], recording.times
    planned = _plan(house, recording, metric, each)
    rng = random.Random(f"{house.seed} {recording.device} {metric} lost")
    episodes: list[Episode] = []
    raised: list[str] = []
    before, lost, last_ms = 0, 0, times[0]
    for index, (time_ms, value) in enumerate(zip(times, values, strict=True)):
        for kind, fault in planned.get(index, ()):
            delay_ms = _found(copy.deepcopy(checker), kind, fault, recording, index, house.seed)
            episodes.append(Episode(kind.name, metric, delay_ms, house.interval_s * 1000))
        lost = lost - 1 if lost else _loses(rng)
        if lost:
            continue
        if time_ms - last_ms > house.interval_s * 1000 and checker.silent(time_ms - 1):
            raised.append(f"{recording.device} {metric} STALE")
        last_ms = time_ms
        bits = checker.judge(value, time_ms)
        if bits & ~before:
            raised += [f"{recording.device} {metric} {bit.name}" for bit in Quality if bits & ~before & bit]
        before = bits
    return episodes, raised


def _loses(rng: random.Random) -> int:
    """How many readings are lost from here on: now and then one, seldom up to four."""
    chance = rng.random()
    return 0 if chance > 0.002 else 2 if chance > 0.0002 else rng.randint(3, 5)


def _plan(house: House, recording: Recording, metric: str, each: int) -> dict[int, list[tuple[Kind, SensorFault]]]:
    rng = random.Random(f"{house.seed} {recording.device} {metric}")
    planned: dict[int, list[tuple[Kind, SensorFault]]] = {}
    step_ms = house.interval_s * 1000
    for kind in KINDS:
        if not suffers(kind, metric, recording):
            continue
        first_day = min(kind.first_day, house.days / 2)
        last_day = house.days - kind.hours / 24.0 - 0.1
        for _ in range(each):
            index = int(rng.uniform(first_day, max(first_day, last_day)) * DAY_MS / step_ms)
            index = _lively(recording, metric, kind, index)
            start_ms = recording.times[index]
            size = kind.times * typical(kind.fault, metric, rng.randrange(1 << 30))
            length_ms = round(kind.hours * HOUR_MS) or step_ms
            fault = SensorFault(kind.fault, metric, start_ms, start_ms + length_ms, size)
            planned.setdefault(index, []).append((kind, fault))
    return planned


def _lively(recording: Recording, metric: str, kind: Kind, index: int) -> int:
    """A sensor of light or flow that sticks does so while it shows some: stuck at its zero is not to be told."""
    values = recording.series[metric]
    if kind.fault is FaultKind.STUCK and metric in ("light_level", "flow"):
        while values[index] < LIVELY[metric] and index < len(values) - 1:
            index += 1
    return index


LIVELY = {"light_level": 10.0, "flow": 1.0}


def _found(checker: Checker, kind: Kind, fault: SensorFault, recording: Recording, index: int, seed: int) -> int | None:
    """How long after its begin the fault was flagged; None when it never was."""
    if kind.fault is FaultKind.DROPOUT:
        return _noticed(checker, fault)
    for time_ms, value in _faulty(fault, recording, index, seed):
        if checker.judge(value, time_ms) & kind.bits:
            return time_ms - fault.start_ms
    return None


def _faulty(fault: SensorFault, recording: Recording, index: int, seed: int) -> Iterator[tuple[int, float]]:
    times, values = recording.times, recording.series[fault.metric]
    held = values[index]
    for at in range(index, len(times)):
        if times[at] >= fault.end_ms:
            return
        value = apply(fault, times[at], values[at], held, seed)
        if value is not None:
            yield times[at], value


def _noticed(checker: Checker, fault: SensorFault) -> int | None:
    for time_ms in range(fault.start_ms, fault.end_ms, _SILENCE_STEP_MS):
        if checker.silent(time_ms):
            return time_ms - fault.start_ms
    return None
