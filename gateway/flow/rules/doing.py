"""Does what rules, timers and scenes say, one thing after another for each device, and says what became of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec.structs import replace

from ...core.commands import Command, CommandStatus, Order
from ...core.errors import Conflict, GatewayError, NotFound, StoreError
from ...core.ports.store import Change
from ...core.rules.actions import CancelThen, CommandThen, NotifyThen, ShadowThen, Then, WindowThen
from ...core.rules.actuators import actuators
from ...core.rules.firing import Act, Firing, Outcome, timer_command_id
from ...core.rules.news import Notice
from ...core.rules.ranks import RULE
from ...core.rules.rule import KeptRule
from ...core.scenes import Scene
from ...core.shadow import Shadow
from ...core.timers import Timer
from ..bus import Bus
from ..chronicle import Chronicle
from ..correlation import correlated, current
from .errands import errand_of, errand_of_person, errand_of_timer
from .house import WINDOW_VERB
from .planning import Errand, Plan, Planner

_log = logging.getLogger(__name__)
_PATIENCE_MS = 7 * 86_400_000
"""How long what takes something back waits for a node that is away: as long as a command may."""
SAFE_FIRST = 50
"""Commands of a timer's `safe` are numbered from here, so that both lists of a timer have ids of their own."""
_TEXT_CHARS = 200
_NOT_DONE = "what it was to take back was not done"
_MISTAKE = "a mistake in the gateway; the log says which"


class Asker(Protocol):
    """Who passes orders on; Commands fulfils it."""

    async def ask(self, order: Order, who: str) -> Command:
        """Durable when this returns. Raises NotFound, Conflict, Refused, StoreError."""

    async def cancel(self, device: str, command_id: str, who: str) -> Command:
        """Take back what was not sent yet. Raises NotFound, Conflict, StoreError."""

    async def get(self, device: str, command_id: str) -> Command:
        """However old. Raises NotFound, StoreError."""

    def of(self, device: str) -> list[Command]:
        """The newest of a device, newest first."""


class Wisher(Protocol):
    """Who keeps what is wanted of devices; Shadows fulfils it."""

    async def want(self, device: str, patch: Mapping[str, object], who: str, version: int | None = None) -> Shadow:
        """Durable when this returns. Raises NotFound, Conflict, Refused, StoreError."""


class Claims(Protocol):
    """How long a rule's position of a window holds; Overrides fulfils it."""

    def claim(self, command_id: str, until_ms: int | None) -> None:
        """Said before the command is asked for; None: it was not taken on."""


class Clocks(Protocol):
    """Who keeps timers; `Timers` fulfils it."""

    def begin(self, timers: Iterable[Timer]) -> list[Change]:
        """They run from now on; what is to be written for that."""

    def write(self, changes: Sequence[Change]) -> None:
        """Submit it; nobody waits."""

    def cancel_named(self, rule: str, name: str, detail: str) -> bool:
        """Whether there was one."""

    def drop(self, timer: str, detail: str) -> None:
        """It is not needed, if it runs."""


class Doing:
    """Made before `Timers`, which are handed to it. Raises nothing: each act ends in an outcome with words."""

    def __init__(
        self,
        planner: Planner,
        commands: Asker,
        shadows: Wisher,
        claims: Claims,
        bus: Bus,
        chronicle: Chronicle,
        clock: Callable[[], int],
        fresh_s: int = 120,
    ) -> None:
        self._planner = planner
        self._commands = commands
        self._shadows = shadows
        self._claims = claims
        self._bus = bus
        self._chronicle = chronicle
        self._clock = clock
        self._fresh_ms = fresh_s * 1000
        self._lines: dict[str, asyncio.Task[Act]] = {}
        """The last thing that is being done with each device."""

    def attach(self, timers: Clocks) -> None:
        """Who keeps what is to be done later."""
        self._timers = timers

    # Firings

    def plan(self, firing: Firing, kept: KeptRule, actions: tuple[Then, ...], *, lasting: bool) -> Plan:
        """What the firing comes to now, with what it moves claimed."""
        return self._planner.plan(errand_of(firing, kept, lasting=lasting), actions)

    async def do(self, firing: Firing, kept: KeptRule) -> Firing:
        """What is PENDING in it; called at once after it was planned, before anything else is."""
        acts = await self._all(errand_of(firing, kept), firing.acts)
        for act in acts:
            # What could not be asked for now is not tried again by a firing: its moment is over.
            if act.outcome is Outcome.PENDING and act.timer:
                self._timers.drop(act.timer, _NOT_DONE)
        return replace(firing, acts=tuple(_refused_if_pending(act) for act in acts))

    async def asked(self, act: Act) -> bool:
        """Whether the command of an act is on the disk. Raises StoreError."""
        return bool(act.command) and await self._known(act.action, act.command)

    def reclaim(self, firing: Firing, kept: KeptRule) -> Firing:
        """After a restart: what is PENDING in it claims what it moves again."""
        errand = errand_of(firing, kept)
        acts = [self._planner.claim(errand, act) if act.outcome is Outcome.PENDING else act for act in firing.acts]
        return replace(firing, acts=tuple(acts))

    def hold(self, firing: Firing, kept: KeptRule) -> None:
        """After a restart: its rule still holds, and claims what it moved."""
        errand = errand_of(firing, kept)
        for act in firing.acts:
            if act.outcome in (Outcome.DONE, Outcome.PENDING) and not act.timer:
                self._planner.hold(errand, act, firing.noted_ms)

    # Timers

    async def began(self, timer: Timer) -> str:
        """What of a timer was being done when the gateway was killed: `then`, `safe`, or nothing. Raises StoreError."""
        for first, actions, name in ((0, timer.then, "then"), (SAFE_FIRST, timer.safe, "safe")):
            # Claims nothing: what was begun is only looked for.
            plan = self._planner.plan(replace(errand_of_timer(timer), live=False), actions, first)
            for number, act in enumerate(plan.acts, first):
                if await self._known(act.action, timer_command_id(timer.id, number)):
                    return name
        return ""

    async def expire(
        self, timer: Timer, actions: tuple[Then, ...], first: int, before: tuple[Act, ...] = ()
    ) -> tuple[Act, ...]:
        """What a timer is for. An act still PENDING is to be tried again: `before` is what came of it last time."""
        errand = errand_of_timer(timer)
        plan = self._planner.again(errand, before, first) if before else self._planner.plan(errand, actions, first)
        changes = self._timers.begin(plan.timers)
        return await self._all(errand, plan.acts, first, changes)

    def release(self, timer: Timer) -> None:
        """What it has claimed until it was due is free."""
        if timer.actuator and not timer.shadow:
            self._planner.free(errand_of_timer(timer).who, timer.actuator)
            if not timer.rule:
                # Otherwise rules would be held off as by an order without an end.
                self._planner.over(timer.firing, timer.actuator)

    def stand(self, timer: Timer) -> None:
        """After a restart: what an armed timer claims until it is due, it claims again."""
        if timer.actuator and not timer.shadow:
            self._planner.stand(errand_of_timer(timer), timer)

    # Scenes

    async def run(self, scene: Scene, who: str) -> tuple[Act, ...]:
        """Do all of it now, as this person's will."""
        return await self.carry(scene.name, scene.then, who, secrets.token_hex(8), patient=True)

    async def carry(
        self, name: str, then: tuple[Then, ...], who: str, number: str, *, patient: bool
    ) -> tuple[Act, ...]:
        """Do this now, as this person's will. `number`: 16 hex digits, so that what is said again is done once.

        `patient`: a node that is away does it when it is back, up to a week later; otherwise only while it is fresh.
        What takes it back is always patient.
        """
        errand = errand_of_person(number, name, who, current(), patient=patient)
        plan = self._planner.plan(errand, then)
        acts = await self._all(errand, plan.acts, 0, self._timers.begin(plan.timers))
        for act in acts:
            if act.outcome is Outcome.PENDING and act.timer:
                self._timers.drop(act.timer, _NOT_DONE)
        return tuple(_refused_if_pending(act) for act in acts)

    # One after another

    async def _all(
        self, errand: Errand, acts: Sequence[Act], first: int = 0, changes: Sequence[Change] = ()
    ) -> tuple[Act, ...]:
        """Each in the line of its device: in the order in which they were decided, whoever waits for whom."""
        if changes:
            self._timers.write(changes)
        with correlated(errand.correlation):
            tasks = [self._line(errand, number, act) for number, act in enumerate(acts, first)]
        return tuple(await asyncio.gather(*tasks))

    def _line(self, errand: Errand, number: int, act: Act) -> asyncio.Future[Act]:
        loop = asyncio.get_running_loop()
        if act.outcome is not Outcome.PENDING:
            done: asyncio.Future[Act] = loop.create_future()
            done.set_result(act)
            return done
        device = getattr(act.action, "device", "")
        before = self._lines.get(device) if device else None
        task = loop.create_task(self._after(before, self._done(errand, number, act)))
        if device:
            self._lines[device] = task
            task.add_done_callback(lambda ended: self._ended(device, ended))
        return task

    async def _after(self, before: asyncio.Task[Act] | None, work: Coroutine[Any, Any, Act]) -> Act:
        if before is not None:
            await asyncio.wait([before])
        return await work

    def _ended(self, device: str, task: asyncio.Task[Act]) -> None:
        if self._lines.get(device) is task:
            del self._lines[device]

    async def _done(self, errand: Errand, number: int, act: Act) -> Act:
        try:
            return await self._do(errand, number, act)
        except (StoreError, Conflict) as error:
            # The disk may have room again, and the device fewer commands: who can wait tries again.
            self._planner.release(errand, act)
            return replace(act, detail=str(error))
        except GatewayError as error:
            self._forget(errand, act)
            return replace(act, outcome=Outcome.REFUSED, detail=str(error), timer="")
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - per-message isolation: one action's mistake must not stop the others
            _log.exception("an action of %s failed", errand.who)
            self._forget(errand, act)
            return replace(act, outcome=Outcome.REFUSED, detail=_MISTAKE, timer="")

    def _forget(self, errand: Errand, act: Act) -> None:
        """It was not done: nothing is claimed for it, and nothing needs to be taken back."""
        self._planner.release(errand, act)
        if act.timer:
            self._timers.drop(act.timer, _NOT_DONE)

    async def _do(self, errand: Errand, number: int, act: Act) -> Act:
        action = act.action
        if isinstance(action, CommandThen):
            order = Order(action.device, action.verb, action.args)
            return await self._ask(errand, act, order)
        if isinstance(action, WindowThen):
            order = Order(action.device, WINDOW_VERB, {"position": action.position})
            return await self._ask(errand, act, order)
        if isinstance(action, NotifyThen):
            self._notify(errand, action)
        elif isinstance(action, ShadowThen):
            await self._shadows.want(action.device, action.desired, errand.who)
        elif isinstance(action, CancelThen):
            found = self._timers.cancel_named(errand.rule, action.timer, f"cancelled by {errand.who}")
            return replace(act, outcome=Outcome.DONE, detail="" if found else f"{action.timer} did not run")
        return replace(act, outcome=Outcome.DONE)

    async def _ask(self, errand: Errand, act: Act, order: Order) -> Act:
        """The command is on the disk when this returns."""
        lives_ms = _PATIENCE_MS if errand.patient else self._fresh_ms
        order = replace(order, id=act.command, expires_ms=self._clock() + lives_ms)
        if errand.rule:
            await self._overtake(errand, order)
            if order.verb == WINDOW_VERB:
                until_ms = self._planner.until_ms(errand, order.device)
                # While a rule holds, nobody knows how long that is: as long as a window may be held at all.
                limit_ms = self._clock() + _PATIENCE_MS
                self._claims.claim(order.id, None if until_ms is None else min(until_ms, limit_ms))
        try:
            await self._commands.ask(order, errand.who)
        except GatewayError:
            if errand.rule and order.verb == WINDOW_VERB:
                self._claims.claim(order.id, None)
            raise
        return replace(act, outcome=Outcome.DONE)

    async def _overtake(self, errand: Errand, order: Order) -> None:
        """What rules wanted of the same actuator before, and its node has not heard yet, it need not hear any more."""
        moved = set(actuators(order.device, order.verb))
        for command in self._commands.of(order.device):
            older = command.id != order.id and command.status is CommandStatus.QUEUED and command.who.startswith(RULE)
            if older and moved & set(actuators(command.device, command.verb)):
                try:
                    await self._commands.cancel(command.device, command.id, errand.who)
                except (Conflict, NotFound):
                    continue  # it is on its way

    async def _known(self, action: Then, wanted: str) -> bool:
        if not isinstance(action, CommandThen | WindowThen) or not action.device:
            return False
        try:
            await self._commands.get(action.device, wanted)
        except NotFound:
            return False
        return True

    def _notify(self, errand: Errand, action: NotifyThen) -> None:
        value = f"{errand.value:g}" if isinstance(errand.value, float) else str(errand.value or "")
        text = action.text.replace("{value}", value).replace("{name}", errand.name)[:_TEXT_CHARS]
        told = errand.correlation, errand.simulated
        self._bus.publish(Notice(text, action.level, errand.rule, self._clock(), *told))
        self._chronicle.note("rule.notified", text, correlation=errand.correlation, simulated=errand.simulated)


def _refused_if_pending(act: Act) -> Act:
    return replace(act, outcome=Outcome.REFUSED, timer="") if act.outcome is Outcome.PENDING else act
