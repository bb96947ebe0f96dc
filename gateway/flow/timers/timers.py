"""Timers: armed, waited for, done, and made good after an outage.

A timer is an absolute moment in the store and carries all it needs. It ends on the disk only after what it asks for is
there; its commands are named after it, so that whatever is done again after a power cut is done once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

import msgspec
from msgspec.structs import replace

from ...core.errors import Conflict, NotFound, StoreError
from ...core.messages import ClockSet, DeviceChanged
from ...core.ports.rules import RuleArchive, timer_kept
from ...core.ports.store import Change, Writer
from ...core.rules.actions import Then
from ...core.rules.firing import Act, Outcome, worst
from ...core.rules.news import TimerMoved
from ...core.timers import Due, Timer, TimerState, at_start, moved
from ..bus import Bus
from ..chronicle import Chronicle
from ..correlation import correlated
from ..promise import Promise
from ..trail import Trail

_LONGEST_S = 1.0
_AGAIN_MS = 5_000
"""When it is tried again to do what the disk or the device could not take on."""
_GIVE_UP_MS = 600_000
SAFE_FIRST = 50
"""Commands of `safe` are numbered from here, so that both lists of a timer have ids of their own."""


class Doer(Protocol):
    """Who does what timers are for; `Doing` fulfils it."""

    async def began(self, timer: Timer) -> str:
        """What of it was being done when the gateway was killed: `then`, `safe`, or nothing. Raises StoreError."""

    async def expire(
        self, timer: Timer, actions: tuple[Then, ...], first: int, before: tuple[Act, ...] = ()
    ) -> tuple[Act, ...]:
        """What a timer is for; an act still PENDING is to be tried again. `before`: what came of it last time."""

    def release(self, timer: Timer) -> None:
        """What it has claimed is free."""

    def stand(self, timer: Timer) -> None:
        """After a restart: it claims again what it did."""


class _Try(msgspec.Struct, frozen=True):
    """What was due could not be done."""

    how: Due
    """As it was when it was due: that it waits since then does not make it missed."""
    since_ms: int
    next_ms: int
    acts: tuple[Act, ...] = ()
    """What is done of it is not done again."""


class Timers:
    """Every armed timer. Durable; the due loop sleeps until the next one."""

    def __init__(
        self,
        writer: Writer,
        archive: RuleArchive,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        doer: Doer,
    ) -> None:
        self.ended: Counter[TimerState] = Counter()
        """How many came to which end in this run."""
        self._writer = writer
        self._archive = archive
        self._bus = bus
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._doer = doer
        self._armed: dict[str, Timer] = {}
        self._recalled: set[str] = set()
        """Of an earlier run: something of them may have been done already."""
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._tries: dict[str, _Try] = {}
        """Of those that could not be done."""
        self._wake = asyncio.Event()
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)

    async def load(self) -> None:
        """What is armed, with what it claims; after commands. Raises StoreError."""
        for timer in await self._archive.timers(armed_only=True):
            self._armed[timer.id] = timer
            self._recalled.add(timer.id)
            self._doer.stand(timer)

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        while True:
            now_ms = self._clock()
            self.look()
            self._wake.clear()
            next_ms = min(map(self._due_ms, self._waiting()), default=now_ms + round(_LONGEST_S * 1000))
            pause_s = min(max(next_ms - self._clock(), 1) / 1000, _LONGEST_S)
            try:
                await asyncio.wait_for(self._wake.wait(), pause_s)
            except TimeoutError:
                continue

    def look(self) -> None:
        """Begin what is due by now."""
        now_ms = self._clock()
        for timer in [timer for timer in self._waiting() if self._due_ms(timer) <= now_ms]:
            task = asyncio.get_running_loop().create_task(self._expire(timer, now_ms))
            self._busy[timer.id] = task
            task.add_done_callback(partial(self._rested, timer.id))

    async def settled(self) -> None:
        """Returns when what is being done is done."""
        while self._busy:
            await asyncio.wait(self._busy.values())

    async def close(self) -> None:
        """What is being done comes to its end, or is gone on with after the next start."""
        for task in self._busy.values():
            task.cancel()
        if self._busy:
            await asyncio.wait(self._busy.values())

    # Asking

    def armed(self, rule: str = "") -> list[Timer]:
        """By when they are due, the next first."""
        return sorted((one for one in self._armed.values() if rule in ("", one.rule)), key=lambda one: one.due_ms)

    # Changing

    def arm(self, timer: Timer) -> None:
        """Submit and wait for it; one of the same rule and name that is armed is replaced."""
        self.write(self.begin([timer]))

    def begin(self, timers: Iterable[Timer]) -> list[Change]:
        """They run from now on, in place of those of the same rule and name; what is to be written for that."""
        changes: list[Change] = []
        for timer in timers:
            before = [one for one in self._waiting() if one.id != timer.id and _same(one, timer)]
            changes += [self._ended(one, TimerState.REPLACED, "it was armed anew") for one in before]
            self._armed[timer.id] = timer
            changes.append(timer_kept(timer))
            self._bus.publish(TimerMoved(timer))
        self._wake.set()
        return changes

    def write(self, changes: Sequence[Change]) -> None:
        """Submit it; nobody waits."""
        if changes:
            self._writer.submit(changes)

    async def cancel(self, timer: str, who: str) -> Timer:
        """Durable when this returns. Raises NotFound, Conflict when it has ended, StoreError."""
        found = self._armed.get(timer)
        if found is None:
            ended = await self._archive.timer(timer)
            if ended is None:
                raise NotFound(f"There is no timer {timer}.")
            raise Conflict(f"{ended.name} has ended: {ended.state}.")
        if timer in self._busy:
            raise Conflict(f"{found.name} is being done just now.")
        change = self._ended(found, TimerState.CANCELLED, f"cancelled by {who}")
        promise = Promise(lambda error: None)
        self._writer.submit([change], promise)
        try:
            await promise.kept()
        except StoreError:
            # It runs on: what it is to take back must not be forgotten.
            self.ended[TimerState.CANCELLED] -= 1
            self._armed[timer] = found
            self._bus.publish(TimerMoved(found))
            self._wake.set()
            raise
        self._doer.release(found)
        self._trail.note("timer.cancelled", who, f"{found.name} of {found.rule or 'no rule'}, {timer}")
        return replace(found, state=TimerState.CANCELLED, ended_ms=self._clock(), detail=f"cancelled by {who}")

    def cancel_named(self, rule: str, name: str, detail: str) -> bool:
        """A rule forgets its own timer; whether it ran."""
        found = [timer for timer in self._waiting() if (timer.rule, timer.name) == (rule, name)]
        self.write([self._ended(timer, TimerState.CANCELLED, detail) for timer in found])
        return bool(found)

    def drop(self, timer: str, detail: str) -> None:
        """It is not needed, if it runs."""
        found = self._armed.get(timer)
        if found is not None and timer not in self._busy:
            self.write([self._ended(found, TimerState.CANCELLED, detail)])

    def end_shadow(self, rule: str) -> None:
        """The rule is no longer in shadow: what it only pretended to wait for is over."""
        found = [timer for timer in self._waiting() if timer.rule == rule and timer.shadow]
        self.write([self._ended(timer, TimerState.REPLACED, "the rule is not in shadow any more") for timer in found])

    # What becomes of them

    def _waiting(self) -> list[Timer]:
        return [timer for timer in self._armed.values() if timer.id not in self._busy]

    def _due_ms(self, timer: Timer) -> int:
        tried = self._tries.get(timer.id)
        return timer.due_ms if tried is None else tried.next_ms

    async def _expire(self, timer: Timer, now_ms: int) -> None:
        tried = self._tries.get(timer.id)
        how = at_start(timer, now_ms) if tried is None else tried.how
        with correlated(timer.correlation):
            try:
                acts = await self._acts(timer, how)
            except StoreError as error:
                self._again(timer, how, now_ms, str(error), () if tried is None else tried.acts)
                return
            pending = [act.detail for act in acts if act.outcome is Outcome.PENDING]
            if pending and self._again(timer, how, now_ms, pending[0], acts):
                return
            # A `for_s` of a window asks nothing of it: its model decides again.
            self._doer.release(timer)
            missed = how in ("late", "skip", "safe")
            state = TimerState.SKIPPED if how == "skip" and not acts else TimerState.DONE
            detail = _said(how, acts, timer)
            self.write([self._ended(timer, state, detail)])
            if not timer.shadow:
                kind = "timer.missed" if missed else "timer.done"
                device = timer.actuator.partition("/")[0]
                self._chronicle.note(kind, f"{timer.name}: {detail}", device, simulated=timer.simulated)

    async def _acts(self, timer: Timer, how: Due) -> tuple[Act, ...]:
        if timer.shadow:
            return await self._doer.expire(timer, timer.then, 0)
        # What was begun before a power cut is gone on with, whatever is due by now.
        began = await self._doer.began(timer) if timer.id in self._recalled else ""
        tried = self._tries.get(timer.id)
        before = () if tried is None else tried.acts
        if began == "safe" or (how == "safe" and not began):
            return await self._doer.expire(timer, timer.safe, SAFE_FIRST, before)
        if how == "skip" and not began:
            return ()
        return await self._doer.expire(timer, timer.then, 0, before)

    def _again(self, timer: Timer, how: Due, now_ms: int, detail: str, acts: tuple[Act, ...]) -> bool:
        """It waits for the next try. Whether it should be tried again; after a while it should not."""
        self._recalled.add(timer.id)
        tried = self._tries.get(timer.id)
        since_ms = now_ms if tried is None else tried.since_ms
        if tried is None:
            self._chronicle.note("timer.waits", f"{timer.name}: {detail}", timer.actuator.partition("/")[0])
        self._tries[timer.id] = _Try(how, since_ms, now_ms + _AGAIN_MS, acts)
        return now_ms - since_ms <= _GIVE_UP_MS

    def _ended(self, timer: Timer, state: TimerState, detail: str) -> Change:
        over = replace(timer, state=state, ended_ms=self._clock(), detail=detail)
        del self._armed[timer.id]
        self._recalled.discard(timer.id)
        self._tries.pop(timer.id, None)
        self.ended[state] += 1
        self._bus.publish(TimerMoved(over))
        return timer_kept(over)

    def _rested(self, key: str, task: asyncio.Task[None]) -> None:
        self._busy.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._armed.pop(key, None)
            asyncio.get_running_loop().call_exception_handler({"message": f"timer {key} failed", "exception": error})

    # What happens around them

    def _clock_set(self, event: ClockSet) -> None:
        """The store moves what is written down by itself."""
        self._armed = {key: moved(timer, event) for key, timer in self._armed.items()}
        self._tries.clear()
        self._wake.set()

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            gone = [one for one in self._waiting() if one.actuator.partition("/")[0] == event.device]
            self.write([self._ended(one, TimerState.CANCELLED, f"{event.device} was deleted") for one in gone])


def _same(one: Timer, other: Timer) -> bool:
    """Whether one takes the other's place. What a rule in shadow arms never does so with what it armed while live."""
    return bool(one.rule) and (one.rule, one.name, one.shadow) == (other.rule, other.name, other.shadow)


def _said(how: Due, acts: Sequence[Act], timer: Timer) -> str:
    """What became of it, in words."""
    outcome = worst(tuple(acts))
    if timer.shadow:
        return "in shadow: nothing was done"
    if how == "skip" and not acts:
        return "left out: it was missed"
    said = {"late": "done late: it was missed", "safe": "missed: what is safe was done instead"}.get(how, "done")
    if outcome is Outcome.DONE:
        return said
    reasons = "; ".join(act.detail for act in acts if act.outcome is outcome and act.detail)
    return f"{outcome}: {reasons}" if reasons else str(outcome)
