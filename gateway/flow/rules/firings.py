"""From the moment the evaluator says that a rule fires to the outcome: noted, done, and told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec.structs import replace

from ...core.ports.rules import firing_kept
from ...core.ports.store import Change, Writer
from ...core.rules.actions import Then
from ...core.rules.firing import Act, Fired, Firing, Outcome, worst
from ...core.rules.news import RuleFired
from ...core.rules.rule import KeptRule, Mode, Rule
from ...core.rules.why_words import why_fired
from ...core.rules.words import Names
from ...core.timers import Timer
from ..bus import Bus
from ..chronicle import Chronicle
from .brake import Brake
from .planning import Plan

_REMEMBERED = 5_000
"""Ids of the newest firings: one that is found again after a restart is not done again."""
_STOPPED = "the gateway was stopped just then"
_TOLD = (Outcome.DONE, Outcome.HELD, Outcome.REFUSED)


class Doer(Protocol):
    """Who does what a firing comes to; `Doing` fulfils it."""

    def plan(self, firing: Firing, kept: KeptRule, actions: tuple[Then, ...], *, lasting: bool) -> Plan:
        """What the firing comes to now, with what it moves claimed."""

    async def do(self, firing: Firing, kept: KeptRule) -> Firing:
        """What is PENDING in it. Raises nothing."""

    async def asked(self, act: Act) -> bool:
        """Whether the command of an act is on the disk. Raises StoreError."""

    def reclaim(self, firing: Firing, kept: KeptRule) -> Firing:
        """After a restart: what is PENDING in it claims what it moves again."""


class Clocks(Protocol):
    """Who keeps timers; `Timers` fulfils it."""

    def begin(self, timers: Iterable[Timer]) -> list[Change]:
        """They run from now on; what is to be written for that."""

    def armed(self, rule: str = "") -> list[Timer]:
        """By when they are due, the next first."""

    def drop(self, timer: str, detail: str) -> None:
        """It is not needed, if it runs."""


class Firings:
    """Writes a firing with its timers before anything is asked of a node: no command is without what ends it."""

    def __init__(
        self,
        writer: Writer,
        bus: Bus,
        chronicle: Chronicle,
        clock: Callable[[], int],
        doing: Doer,
        timers: Clocks,
        names: Names,
        simulated: Callable[[str], bool],
        brake: Brake,
        fresh_s: int,
    ) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        """Of those that ended in this run."""
        self._writer = writer
        self._bus = bus
        self._chronicle = chronicle
        self._clock = clock
        self._doing = doing
        self._timers = timers
        self._names = names
        self._simulated = simulated
        self._brake = brake
        self._fresh_ms = fresh_s * 1000
        self._known: dict[str, int] = {}
        """Depth by id."""
        self._moved: set[str] = set()
        """Live rules that have moved something for as long as they hold."""
        self._tasks: set[asyncio.Task[None]] = set()

    # After a restart

    def recall(self, known: Iterable[Firing]) -> None:
        """What earlier runs have noted."""
        for firing in known:
            self._remember(firing.id, firing.depth)
            self.follow(firing)

    def follow(self, firing: Firing) -> None:
        """What its rule has moved with its newest firing, for as long as it holds."""
        done = (Outcome.PENDING, Outcome.DONE)
        moved = any(act.command and not act.timer and act.outcome in done for act in firing.acts)
        if firing.part == "then" and firing.mode is Mode.LIVE and moved:
            self._moved.add(firing.rule)
        else:
            self._moved.discard(firing.rule)

    async def resume(self, firing: Firing, kept: KeptRule | None) -> None:
        """The gateway was killed in the middle of it: gone on with while it is fresh. Raises StoreError."""
        asked = [act.outcome is Outcome.PENDING and await self._doing.asked(act) for act in firing.acts]
        acts = [replace(act, outcome=Outcome.DONE) if was else act for act, was in zip(firing.acts, asked, strict=True)]
        firing = replace(firing, acts=tuple(acts))
        fresh = self._clock() - firing.noted_ms <= self._fresh_ms
        if kept is None or kept.mode is not firing.mode or not fresh:
            self._end(replace(firing, acts=tuple(map(self._interrupted, firing.acts))), kept)
        else:
            self._begin(self._doing.reclaim(firing, kept), kept)

    # Noting

    def note(
        self, fired: Fired, kept: KeptRule, *, lasting: bool, missed: bool = False, changes: Sequence[Change] = ()
    ) -> Firing | None:
        """Note it and do it. `missed`: of a moment that came while the gateway was off: the rule says what then.
        `changes`: what is written with it. None: it was noted before.
        """
        known = fired.id in self._known
        if missed and kept.rule.catch_up == "safe":
            fired = replace(fired, part="safe")
        if known or fired.id in self._known:
            self._writer.submit(changes)
            return None
        firing = self._firing(fired, kept)
        plan = self._plan(firing, fired, kept, lasting=lasting, missed=missed)
        firing = self._named(replace(firing, acts=plan.acts, outcome=worst(plan.acts)))
        self._remember(firing.id, firing.depth)
        self.follow(firing)
        self._writer.submit([firing_kept(firing), *self._timers.begin(plan.timers), *changes])
        self._bus.publish(RuleFired(firing))
        if firing.outcome is Outcome.PENDING:
            self._begin(firing, kept)
        else:
            self._told(firing, kept)
        return firing

    def depth(self, command_id: str) -> int:
        """How many rules lie before what a command comes to; 0: it is no rule's."""
        kind, _, rest = command_id.partition("-")
        known = self._known.get(rest.partition("-")[0]) if kind in ("r", "t") else None
        return 0 if known is None else known + 1

    async def settled(self) -> None:
        """Returns when everything that was noted has an outcome."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """What has no outcome yet is gone on with after the next start."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # Parts of it

    def _interrupted(self, act: Act) -> Act:
        """It was not done: there is nothing to be taken back."""
        if act.outcome is not Outcome.PENDING:
            return act
        if act.timer:
            self._timers.drop(act.timer, _STOPPED)
        return replace(act, outcome=Outcome.INTERRUPTED, detail=_STOPPED, timer="")

    def _firing(self, fired: Fired, kept: KeptRule) -> Firing:
        return Firing(
            id=fired.id,
            rule=fired.rule,
            version=fired.version,
            part=fired.part,
            mode=kept.mode,
            time_ms=fired.time_ms,
            noted_ms=self._clock(),
            why=why_fired(kept.rule, fired, self._names),
            trace=fired.trace,
            depth=fired.depth,
            # What no reading has caused is called by the firing itself: its commands lead back to it.
            correlation=fired.correlation or f"r-{fired.id}",
            simulated=fired.simulated,
        )

    def _plan(self, firing: Firing, fired: Fired, kept: KeptRule, *, lasting: bool, missed: bool) -> Plan:
        actions = part_of(kept.rule, fired)
        tripped = self._brake.look(fired)
        ends = fired.part != "then" and kept.mode is Mode.LIVE
        claims = ends and self._claims(fired.rule, firing.noted_ms)
        # How it ends counts however late that is noticed, where it has moved something.
        late = not missed and not claims and firing.noted_ms - fired.time_ms > self._fresh_ms
        if tripped:
            outcome, detail = Outcome.TRIPPED, tripped
        elif missed and kept.rule.catch_up == "skip":
            outcome, detail = Outcome.SKIPPED, "it was missed"
        elif ends and fired.part == "safe" and not missed and not claims:
            outcome, detail = Outcome.SKIPPED, "it holds nothing that it has moved"
        elif late:
            outcome, detail = Outcome.LATE, "it is about a moment too long ago"
        else:
            return self._doing.plan(firing, kept, actions, lasting=lasting)
        return Plan(tuple(Act(action, outcome, detail) for action in actions), ())

    def _claims(self, rule: str, now_ms: int) -> bool:
        """Whether it has moved anything that nobody takes back by himself."""
        runs = any(one.actuator and not one.shadow and one.due_ms > now_ms for one in self._timers.armed(rule))
        return runs or rule in self._moved

    def _named(self, firing: Firing) -> Firing:
        """Marked SIMULATED when anything it rests on or moves is."""
        devices = {cause.device for cause in (firing.trace.trigger, *firing.trace.causes)}
        devices |= {getattr(act.action, "device", "") for act in firing.acts}
        return replace(firing, simulated=firing.simulated or any(map(self._simulated, devices - {""})))

    def _remember(self, firing_id: str, depth: int) -> None:
        self._known[firing_id] = depth
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]

    def _begin(self, firing: Firing, kept: KeptRule) -> None:
        task = asyncio.get_running_loop().create_task(self._finish(firing, kept))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, firing: Firing, kept: KeptRule) -> None:
        self._end(await self._doing.do(firing, kept), kept)

    def _end(self, firing: Firing, kept: KeptRule | None) -> None:
        firing = replace(firing, outcome=worst(firing.acts))
        self._writer.submit([firing_kept(firing)])
        self._bus.publish(RuleFired(firing))
        self._told(firing, kept)

    def _told(self, firing: Firing, kept: KeptRule | None) -> None:
        self.outcomes[firing.outcome] += 1
        if firing.mode is not Mode.LIVE or firing.outcome not in _TOLD:
            return
        name = firing.rule if kept is None else kept.rule.name
        said = "" if firing.outcome is Outcome.DONE else f" ({firing.outcome}: {_details(firing)})"
        device = next((one for act in firing.acts if (one := getattr(act.action, "device", ""))), "")
        text, correlation = f"{name}: {firing.why}{said}", firing.correlation
        self._chronicle.note("rule.fired", text, device, correlation=correlation, simulated=firing.simulated)


def part_of(rule: Rule, fired: Fired) -> tuple[Then, ...]:
    """What is to be done."""
    return {"then": rule.then, "else": rule.else_, "safe": rule.safe}[fired.part]


def _details(firing: Firing) -> str:
    found = [act.detail for act in firing.acts if act.outcome is firing.outcome and act.detail]
    return "; ".join(found) or str(firing.outcome)
