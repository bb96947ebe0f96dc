"""Small stand-ins for what rules read back; they keep the ports' promises."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import nan

from gateway.core.ports.rules import Columns, FiringKept, RuleRemembered, RuleTaped, TimerKept, firing_of, timer_of
from gateway.core.ports.store import ReadingTaken
from gateway.core.rules.firing import Firing, Outcome, Part
from gateway.core.timers import Timer, TimerState
from tests.fakes import MemoryWriter


class MemoryRules:
    """Reads firings, timers, the memory and the tape of rules back from what a MemoryWriter was given."""

    def __init__(self, writer: MemoryWriter) -> None:
        self._writer = writer

    def _firings(self) -> list[Firing]:
        found = {change.id: change for change in self._writer.changes if isinstance(change, FiringKept)}
        return sorted((firing_of(kept) for kept in found.values()), key=lambda one: one.time_ms)

    async def firings(
        self,
        *,
        rule: str = "",
        from_ms: int | None = None,
        to_ms: int | None = None,
        limit: int = 100,
        before: str = "",
        correlation: str = "",
        parts: Sequence[Part] = (),
    ) -> list[Firing]:
        known = self._firings()
        ids = [firing.id for firing in known]
        end = ids.index(before) if before in ids else len(ids)
        since, until = -(1 << 62) if from_ms is None else from_ms, 1 << 62 if to_ms is None else to_ms
        return [
            firing
            for firing in known[:end][::-1]
            if rule in ("", firing.rule)
            and since <= firing.time_ms < until
            and correlation in ("", firing.correlation)
            and (not parts or firing.part in parts)
        ][:limit]

    async def firing(self, firing_id: str) -> Firing | None:
        return next((firing for firing in self._firings() if firing.id == firing_id), None)

    async def activity(self, since_ms: int) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for firing in self._firings():
            if firing.part == "then":
                _, count = found.get(firing.rule, (0, 0))
                found[firing.rule] = firing.time_ms, count + (firing.time_ms >= since_ms)
        return found

    async def pending_firings(self) -> list[Firing]:
        return [firing for firing in self._firings() if firing.outcome is Outcome.PENDING]

    def _timers(self) -> dict[str, Timer]:
        found: dict[str, Timer] = {}
        for change in self._writer.changes:
            if isinstance(change, TimerKept):
                timer = timer_of(change)
                before = found.get(timer.id)
                if before is None or before.state is TimerState.ARMED or timer.state is not TimerState.ARMED:
                    found[timer.id] = timer
        return found

    async def timers(self, *, armed_only: bool = False, rule: str = "", limit: int = 500) -> list[Timer]:
        known = [timer for timer in self._timers().values() if rule in ("", timer.rule)]
        armed = [timer for timer in known if timer.state is TimerState.ARMED]
        ended = [] if armed_only else [timer for timer in known if timer.state is not TimerState.ARMED]
        ended = sorted(ended, key=lambda one: -one.due_ms)[: max(limit - len(armed), 0)]
        return sorted([*armed, *ended], key=lambda one: -one.due_ms)

    async def timer(self, timer_id: str) -> Timer | None:
        return self._timers().get(timer_id)

    async def remembered(self) -> list[RuleRemembered]:
        found = {change.rule: change for change in self._writer.changes if isinstance(change, RuleRemembered)}
        return [kept for kept in found.values() if kept.memory]

    async def tape(self, from_ms: int, to_ms: int) -> list[RuleTaped]:
        """All of it up to `to_ms`: where the newest memory at or before `from_ms` begins, its reader finds."""
        found = {change.id: change for change in self._writer.changes if isinstance(change, RuleTaped)}
        return sorted((one for one in found.values() if one.time_ms < to_ms), key=lambda one: (one.time_ms, one.place))


class MemoryColumns:
    """Readings as arrays, from what a MemoryWriter was given; those with their own clock."""

    def __init__(self, writer: MemoryWriter) -> None:
        self._writer = writer

    async def columns(
        self, device: str, metrics: Sequence[str], from_ms: int, to_ms: int, *, settled: bool = False
    ) -> Columns:
        rows = [
            change
            for change in self._writer.changes
            if isinstance(change, ReadingTaken)
            and change.device == device
            and from_ms <= change.at_ms < to_ms
            and any(metric in change.values for metric in metrics)
        ]
        rows.sort(key=lambda row: (row.at_ms, row.boot, row.seq or 0))
        bits = {metric: array("H", [row.quality.get(metric, 0) for row in rows]) for metric in metrics}
        return Columns(
            array("q", [row.at_ms for row in rows]),
            {metric: array("d", [row.values.get(metric, nan) for row in rows]) for metric in metrics},
            {metric: found for metric, found in bits.items() if any(found)},
        )
