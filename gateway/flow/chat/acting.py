"""Orders by sentence: carried out as a person's will, by the same hands that do what rules say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from ...core.commands import Order
from ...core.errors import Refused
from ...core.language.intent import Intent
from ...core.language.running import ARGUMENT
from ...core.local_time import LocalTime
from ...core.messages import DeviceStatus
from ...core.rules.actions import OPPOSITE, CommandThen, Then, TimerThen, WindowThen
from ...core.rules.actuators import is_window
from ...core.rules.firing import Act, Outcome
from ...core.rules.terms import span
from ...core.rules.words import deed
from ..words import duration
from . import switch_state
from .parts import ChatParts
from .proposals import numbered
from .said import Acted, Said

_FRESH = "2 min"
_MOST_S = 604_800


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of orders."""

    text: str
    acted: tuple[Acted, ...] = ()
    before: tuple[float | None, ...] = ()
    """Positions before, one for each that was acted on."""
    simulated: bool = False


class Acting:
    """Does what intents of kind command say of devices, windows and scenes."""

    def __init__(self, parts: ChatParts) -> None:
        self._parts = parts

    async def do(self, said: Said, intent: Intent) -> Done:
        """All of its orders. Raises Refused, NotFound, Conflict, StoreError in words for people."""
        if intent.action == "resume":
            return await self._resume(said, intent)
        if intent.action == "run_scene":
            return await self._scene(said, str(intent.value or ""))
        orders = (intent, *intent.also)
        number = numbered(said.id)
        later_s = self._later_s(intent)
        before = tuple(self._position(one.device) for one in orders)
        simulated = any(self._parts.house.registry.simulated(one.device) for one in orders)
        if later_s is None:
            windows = [one for one in orders if self._is_held(one)]
            others = [one for one in orders if one not in windows]
            done = [await self._window(said, one) for one in windows]
            done += await self._carried(said, others, number) if others else []
        else:
            then = TimerThen(timer="said-later", after_s=later_s, then=tuple(self._then(one) for one in orders))
            done = await self._carry(said, (then,), number, orders)
        text = " ".join(dict.fromkeys(words for _, words in done))
        mark = " SIMULATED." if simulated else ""
        return Done(text=text + mark, acted=tuple(acted for acted, _ in done), before=before, simulated=simulated)

    # Windows now: a person's will that holds, and is learnt from

    def _is_held(self, intent: Intent) -> bool:
        if intent.action != "set_position" or self._parts.overrides is None:
            return False
        return is_window(self._parts.house.registry.abilities(intent.device))

    async def _window(self, said: Said, intent: Intent) -> tuple[Acted, str]:
        overrides = self._parts.overrides
        if overrides is None or not isinstance(intent.value, int | float):
            raise Refused("How far?")
        for_s = self._for_s(intent)
        until_ms = self._parts.clock() + for_s * 1000 if for_s else None
        warned = overrides.warnings(intent.device, intent.value)
        override, command = await overrides.set(intent.device, intent.value, said.who, until_ms)
        then = WindowThen(device=intent.device, position=intent.value, for_s=for_s)
        words = self._sent(then, intent.device)
        holds = duration(override.until_ms - self._parts.clock())
        words += f" It stays so for {holds}, then it decides by itself again."
        words += f" Mind: {'; '.join(warned)}." if warned else ""
        acted = Acted(command=command.id, device=intent.device, verb=intent.action, status=str(command.status))
        return acted, words

    async def _resume(self, said: Said, intent: Intent) -> Done:
        overrides = self._parts.overrides
        if overrides is None:
            raise Refused("Nothing decides about windows here.")
        ended = await overrides.resume(intent.device, said.who)
        name = self._name(intent.device)
        return Done(text=f"{name} decides by itself again." if ended else f"{name} decides by itself already.")

    # Everything else

    async def _carried(self, said: Said, orders: Sequence[Intent], number: str) -> list[tuple[Acted, str]]:
        if self._parts.rules is None:
            return [await self._asked(said, one, number, at) for at, one in enumerate(orders)]
        return await self._carry(said, tuple(self._then(one) for one in orders), number, orders)

    async def _carry(
        self, said: Said, thens: tuple[Then, ...], number: str, orders: Sequence[Intent]
    ) -> list[tuple[Acted, str]]:
        if self._parts.rules is None:
            raise Refused("Nothing can be done later: timers are switched off.")
        name = self._parts.rules.names.device(orders[0].device)
        acts = await self._parts.rules.doing.carry(name, thens, said.who, number, patient=False)
        refused = [act for act in acts if act.outcome not in (Outcome.DONE, Outcome.PENDING)]
        if refused and len(refused) == len(acts):
            raise Refused(refused[0].detail or "It could not be done.")
        return [self._told(act, orders) for act in acts]

    def _told(self, act: Act, orders: Sequence[Intent]) -> tuple[Acted, str]:
        action = act.action
        device = getattr(action, "device", "") or orders[0].device
        acted = Acted(
            command=act.command, device=device, verb=orders[0].action, status=str(act.outcome), timer=act.timer
        )
        if act.outcome not in (Outcome.DONE, Outcome.PENDING):
            return acted, f"{self._name(device)}: {act.detail or 'it could not be done'}."
        if isinstance(action, TimerThen):
            names = self._parts.rules.names if self._parts.rules is not None else None
            what = " and ".join(deed(one, names) for one in action.then) if names is not None else "it is done"
            wall = LocalTime(self._parts.zone).wall(self._parts.clock() + action.after_s * 1000)
            return acted, f"At {wall:%H:%M} (in {span(action.after_s)}): {what}."
        words = self._sent(action, device)
        over = act.over.removeprefix("rule:")
        return acted, words + (f" It goes before {over}." if act.over.startswith("rule:") else "")

    async def _asked(self, said: Said, intent: Intent, number: str, at: int) -> tuple[Acted, str]:
        """Without timers: an order that has no end."""
        if self._for_s(intent):
            raise Refused("Nothing can be taken back later: timers are switched off.")
        order = Order(intent.device, intent.action, _args(intent), id=f"r-{number}-{at}")
        order = replace(order, expires_ms=self._parts.clock() + 120_000)
        command = await self._parts.house.commands.ask(order, said.who)
        acted = Acted(command=command.id, device=intent.device, verb=intent.action, status=str(command.status))
        return acted, f"Sent to {self._name(intent.device)}.{self._away(intent.device)}"

    async def _scene(self, said: Said, scene: str) -> Done:
        if self._parts.rules is None:
            raise Refused("There are no scenes: rules are switched off.")
        name = self._parts.rules.scenes.get(scene).name
        acts = await self._parts.rules.scenes.run(scene, said.who)
        failed = [act.detail for act in acts if act.outcome is not Outcome.DONE]
        text = f"Scene {name}: {len(acts) - len(failed)} of {len(acts)} sent."
        return Done(text=text + (f" {'; '.join(failed)}." if failed else ""))

    # Parts of it

    def _then(self, intent: Intent) -> Then:
        for_s = self._for_s(intent)
        if intent.action == "set_position" and isinstance(intent.value, int | float):
            return WindowThen(device=intent.device, position=intent.value, for_s=for_s)
        if for_s and intent.action not in OPPOSITE:
            raise Refused("What should it be set to afterwards?")
        return CommandThen(device=intent.device, verb=intent.action, args=_args(intent), for_s=for_s)

    def _for_s(self, intent: Intent) -> int:
        """For how long, also when it was said until when."""
        schedule = intent.schedule
        if schedule is None:
            return 0
        if schedule.to and not schedule.for_s:
            self._timed()
            now_ms = self._parts.clock()
            return max(1, (LocalTime(self._parts.zone).next_moment(now_ms, _minute(schedule.to)) - now_ms) // 1000)
        return schedule.for_s

    def _later_s(self, intent: Intent) -> int | None:
        """After how many seconds; None: now. Raises Refused for a moment that has been."""
        schedule = intent.schedule
        if schedule is None or not (schedule.after_s or schedule.at):
            return None
        if schedule.after_s:
            return schedule.after_s
        self._timed()
        local, now_ms = LocalTime(self._parts.zone), self._parts.clock()
        due_ms = local.next_moment(now_ms, _minute(schedule.at))
        if schedule.in_days is not None:
            day = local.date_of(now_ms) + timedelta(days=schedule.in_days)
            due_ms = local.moment(day, _minute(schedule.at))
        if due_ms <= now_ms:
            raise Refused(f"It is past {schedule.at} already.")
        return min(max(1, round((due_ms - now_ms) / 1000)), _MOST_S)

    def _timed(self) -> None:
        if not self._parts.clock_known():
            raise Refused("I do not know what time it is yet. Say in how many minutes, please.")

    def _sent(self, action: Then, device: str) -> str:
        names = None if self._parts.rules is None else self._parts.rules.names
        what = "" if names is None else f": {deed(action, names)}"
        return f"Sent to {self._name(device)}{what}.{self._away(device)}"

    def _away(self, device: str) -> str:
        if self._parts.house.watch.status(device) in (DeviceStatus.ONLINE, DeviceStatus.ERROR):
            return ""
        return f" {self._name(device)} is away; it does it if it is back within {_FRESH}."

    def _position(self, device: str) -> float | None:
        found = switch_state.position(self._parts, device)
        return None if found is None else found[0]

    def _name(self, device: str) -> str:
        registry = self._parts.house.registry
        return registry.device(device).name if registry.known(device) else device


def _args(intent: Intent) -> dict[str, object]:
    name = ARGUMENT.get(intent.action)
    return {} if name is None or intent.value is None else {name: intent.value}


def _minute(at: str) -> int:
    return int(at[:2]) * 60 + int(at[3:5])
