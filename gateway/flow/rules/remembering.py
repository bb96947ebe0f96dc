"""What rules go on from after a restart, and what running them needs of others."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec
from msgspec.structs import replace

from ...core.ports.rules import RuleRemembered
from ...core.quality import Quality
from ...core.rules.events import Event, LeafSeries, RulePut
from ...core.rules.memory import CellMemory, Memory
from ...core.rules.recall import readable
from ...core.rules.rule import KeptRule
from ...core.timers import Timer, TimerState
from ..latest import Latest

_log = logging.getLogger(__name__)
DOUBTED = ~int(Quality.TIME)
"""Values with any of these bits do not exist for rules."""


class RuleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long ago is too long ago."""

    fresh_s: int = 120
    catch_up_hours: int = 24


class Taping(Protocol):
    """Who keeps the order in which rules heard things; `Tape` fulfils it."""

    rows: int

    def note(self, event: Event) -> None:
        """It is about to be taken."""

    def left(self, device: str, time_ms: int) -> None:
        """A reading of a watched device came too late and is left out."""

    def began(self, items: Iterable[RulePut], time_ms: int, start: bool) -> None:
        """All rules with their memories, as a replay may begin from them; `start`: of the gateway."""

    def flush(self) -> None:
        """Write what waits."""


class Clocks(Protocol):
    """Who keeps timers; `Timers` fulfils it."""

    ended: Counter[TimerState]

    def armed(self, rule: str = "") -> list[Timer]:
        """By when they are due, the next first."""


class Stopper(Protocol):
    """What else must be done when a rule stops, or is broken."""

    def stopped(self, rule: str) -> None:
        """It holds nothing any more; what its timers claim stays."""

    def trip(self, rule: str, reason: str) -> None:
        """It must not be evaluated again until it is enabled anew."""


def read(kept: RuleRemembered) -> Memory | None:
    """None: there is none that this version understands; the rule begins anew."""
    if not kept.memory:
        return None
    try:
        memory = msgspec.msgpack.decode(kept.memory, type=Memory)
        readable(memory)
    except ValueError as error:  # msgspec's are ValueErrors, too
        _log.warning("the memory of rule %s is left out: %s", kept.rule, error)
        return None
    return memory


def remembered(
    kept: KeptRule,
    memory: Memory | None,
    series: tuple[LeafSeries, ...],
    newest: Callable[[str], Mapping[str, Latest]],
) -> Memory:
    """With the newest believed value of all that the rule looks at."""
    memory = memory or Memory(kept.id, kept.version, 0)
    cells = {(cell.device, cell.metric): cell for cell in memory.cells}
    ages_ms = {(one.device, one.metric): one.age_s * 1000 for leaf in series for one in leaf.series}
    for (device, metric), age_ms in ages_ms.items():
        found = newest(device).get(metric)
        if found is None or found.quality & DOUBTED:
            continue
        before = cells.get((device, metric))
        if before is not None and found.time_ms - before.time_ms > age_ms and not memory.holds:
            memory = replace(memory, since_ms=None)  # nobody looked meanwhile, or there was nothing to be looked at
        if before is None or found.time_ms > before.time_ms:
            cells[device, metric] = CellMemory(device, metric, found.value, found.time_ms)
    return replace(memory, cells=tuple(cells.values()))


def not_ahead(memory: Memory, now_ms: int) -> Memory:
    """Nothing in it is later than now: the clock was ahead when it was noted, and the rule would be deaf until then."""
    return replace(
        memory,
        clock_ms=min(memory.clock_ms, now_ms),
        since_ms=None if memory.since_ms is None else min(memory.since_ms, now_ms),
        fired_ms=None if memory.fired_ms is None else min(memory.fired_ms, now_ms),
        scheduled_ms=min(memory.scheduled_ms, now_ms),
        check_ms=None if memory.check_ms is None else min(memory.check_ms, now_ms),
        cells=tuple(replace(cell, time_ms=min(cell.time_ms, now_ms)) for cell in memory.cells),
    )


def heard_of(memory: Memory, series: tuple[LeafSeries, ...], now_ms: int) -> bool:
    """Whether anything that the rule looks at was measured so lately that it says something of now."""
    ages_ms = {(one.device, one.metric): one.age_s * 1000 for leaf in series for one in leaf.series}
    known = {(cell.device, cell.metric): cell.time_ms for cell in memory.cells}
    return any(0 <= now_ms - known[key] <= age_ms for key, age_ms in ages_ms.items() if key in known)
