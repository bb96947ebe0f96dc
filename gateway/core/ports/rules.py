"""Firings, timers, the memory and the tape of rules as the store keeps them, and how they are read back."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Annotated, Protocol

import msgspec

from ..rules.actions import CatchUp, Then
from ..rules.firing import OUTCOMES, Act, Firing, Part, Trace
from ..rules.rule import MODES
from ..timers import TIMER_STATES, Timer

_Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]

MEMORY_TAPED = 0
"""`RuleTaped.kind` of the memory of rules: a replay begins there."""


class FiringKept(msgspec.Struct, frozen=True, array_like=True, tag=30):
    """A whole firing, each time; the last one of an id counts. `trace` and `acts` are JSON."""

    id: str
    rule: str
    version: int
    part: Part
    mode: int
    """See `rule.MODES`."""
    time_ms: _Int64
    noted_ms: _Int64
    why: str
    trace: bytes
    acts: bytes
    outcome: int
    """See `firing.OUTCOMES`."""
    depth: int = 0
    correlation: str = ""
    simulated: bool = False


class TimerKept(msgspec.Struct, frozen=True, array_like=True, tag=31):
    """A whole timer, each time; the last one of an id counts, but one that has ended is never armed again.

    `then` and `safe` are JSON.
    """

    id: str
    name: str
    rule: str
    firing: str
    armed_ms: _Int64
    due_ms: _Int64
    then: bytes
    safe: bytes
    catch_up: CatchUp
    priority: int
    actuator: str
    state: int
    """See `timers.TIMER_STATES`."""
    ended_ms: _Int64 | None = None
    detail: str = ""
    shadow: bool = False
    correlation: str = ""
    simulated: bool = False


class RuleRemembered(msgspec.Struct, frozen=True, array_like=True, tag=32):
    """What a rule goes on from; the last one counts. `memory` is MessagePack of `rules.memory.Memory`; empty: none."""

    rule: str
    version: int
    time_ms: _Int64
    memory: bytes


class RuleTaped(msgspec.Struct, frozen=True, array_like=True, tag=33):
    """What rules heard that history cannot tell, in the order in which they heard it. Said again it changes nothing."""

    id: str
    """`{time_ms:x}-{place:x}-{run}`."""
    time_ms: _Int64
    place: _Int64
    """Order among those of one ms."""
    kind: int
    body: bytes


_modes = {number: mode for mode, number in MODES.items()}
_outcomes = {number: outcome for outcome, number in OUTCOMES.items()}
_states = {number: state for state, number in TIMER_STATES.items()}
_trace = msgspec.json.Decoder(Trace)
_acts = msgspec.json.Decoder(tuple[Act, ...])
_thens = msgspec.json.Decoder(tuple[Then, ...])


def firing_kept(firing: Firing) -> FiringKept:
    """As it is stored."""
    return FiringKept(
        id=firing.id,
        rule=firing.rule,
        version=firing.version,
        part=firing.part,
        mode=MODES[firing.mode],
        time_ms=firing.time_ms,
        noted_ms=firing.noted_ms,
        why=firing.why,
        trace=msgspec.json.encode(firing.trace),
        acts=msgspec.json.encode(firing.acts),
        outcome=OUTCOMES[firing.outcome],
        depth=firing.depth,
        correlation=firing.correlation,
        simulated=firing.simulated,
    )


def firing_of(kept: FiringKept) -> Firing:
    """As it was. Raises msgspec.ValidationError, KeyError for what no version has written."""
    return Firing(
        id=kept.id,
        rule=kept.rule,
        version=kept.version,
        part=kept.part,
        mode=_modes[kept.mode],
        time_ms=kept.time_ms,
        noted_ms=kept.noted_ms,
        why=kept.why,
        trace=_trace.decode(kept.trace),
        acts=_acts.decode(kept.acts),
        outcome=_outcomes[kept.outcome],
        depth=kept.depth,
        correlation=kept.correlation,
        simulated=kept.simulated,
    )


def timer_kept(timer: Timer) -> TimerKept:
    """As it is stored."""
    return TimerKept(
        id=timer.id,
        name=timer.name,
        rule=timer.rule,
        firing=timer.firing,
        armed_ms=timer.armed_ms,
        due_ms=timer.due_ms,
        then=msgspec.json.encode(timer.then),
        safe=msgspec.json.encode(timer.safe),
        catch_up=timer.catch_up,
        priority=timer.priority,
        actuator=timer.actuator,
        state=TIMER_STATES[timer.state],
        ended_ms=timer.ended_ms,
        detail=timer.detail,
        shadow=timer.shadow,
        correlation=timer.correlation,
        simulated=timer.simulated,
    )


def timer_of(kept: TimerKept) -> Timer:
    """As it was. Raises msgspec.ValidationError, KeyError for what no version has written."""
    return Timer(
        id=kept.id,
        name=kept.name,
        rule=kept.rule,
        firing=kept.firing,
        armed_ms=kept.armed_ms,
        due_ms=kept.due_ms,
        then=_thens.decode(kept.then),
        safe=_thens.decode(kept.safe),
        catch_up=kept.catch_up,
        priority=kept.priority,
        actuator=kept.actuator,
        state=_states[kept.state],
        ended_ms=kept.ended_ms,
        detail=kept.detail,
        shadow=kept.shadow,
        correlation=kept.correlation,
        simulated=kept.simulated,
    )


class RuleArchive(Protocol):
    """Reading back; all see what is committed. May raise StoreError."""

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
        """Newest first by their own time, in [from, to); `before`: older than the one of this id."""

    async def firing(self, firing_id: str) -> Firing | None:
        """One; None: there is none of this id (any more)."""

    async def activity(self, since_ms: int) -> dict[str, tuple[int, int]]:
        """Of each rule that has fired: when it did `then` last, and how often since."""

    async def pending_firings(self) -> list[Firing]:
        """Those without an outcome, oldest first."""

    async def timers(self, *, armed_only: bool = False, rule: str = "", limit: int = 500) -> list[Timer]:
        """By when they are due, the latest first; armed ones whatever the limit."""

    async def timer(self, timer_id: str) -> Timer | None:
        """One; None: there is none of this id (any more)."""

    async def remembered(self) -> list[RuleRemembered]:
        """What every rule goes on from."""

    async def tape(self, from_ms: int, to_ms: int) -> list[RuleTaped]:
        """What was taped before `to` by (time, place), from the newest memory (kind MEMORY_TAPED) at or before `from`
        on; from `from` on where there is none.
        """


class Columns(msgspec.Struct, frozen=True):
    """Readings of one device in order of (time, boot, seq): one entry each in every column."""

    times: array[int]
    """UTC ms; typecode q."""
    values: dict[str, array[float]]
    """By metric, typecode d; NaN: that reading does not have it."""
    bits: dict[str, array[int]]
    """Bits of `quality.Quality` by metric, typecode H; left out: none has any."""
    minutes_until_ms: int = 0
    """Before this only minutes were left: each is two readings, its minimum and its maximum."""


class SeriesHistory(Protocol):
    """Readings as arrays: 30 days at a time would be too much, a device's day is some 100 kB."""

    async def columns(
        self, device: str, metrics: Sequence[str], from_ms: int, to_ms: int, *, settled: bool = False
    ) -> Columns:
        """Of [from, to). `settled`: what was submitted before was waited for already in an earlier question."""
