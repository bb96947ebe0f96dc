"""Why something moved, why a rule does or does not hold, and what the window's model would advise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import msgspec

from ...core.errors import GatewayError, NotFound
from ...core.language.house import House
from ...core.language.intent import Intent
from ...core.local_time import LocalTime
from ...core.rules.ranks import RULE
from ...core.rules.terms import number, quantity, spoken
from ...core.rules.why_words import why_not
from ..values import Found
from ..words import duration
from .parts import ChatParts
from .said import Reply

_MOST = 12
_METRICS = {"set_position": "position", "set_temperature": "temperature", "set_speed": "speed"}


class _Cause(msgspec.Struct, frozen=True):
    """Something that moved a device."""

    time_ms: int
    text: str


class Explaining:
    """Asks who moved what last; changes nothing."""

    def __init__(self, parts: ChatParts, house: Callable[[], House]) -> None:
        self._parts = parts
        self._house = house

    async def of(self, intent: Intent) -> Reply:
        """Raises StoreError."""
        if intent.missing or (intent.candidates and not intent.device):
            return self._reply(intent, intent.reply or "Which one?")
        if intent.parameter == "alerts":
            return self._alerted(intent)
        rule = self._rule(intent)
        if rule:
            return self._reply(intent, self._of_rule(rule))
        if intent.action == "advise":
            return self._reply(intent, await self._advice(intent))
        if intent.device:
            return self._reply(intent, await self._moved(intent), self._simulated(intent.device))
        if intent.parameter:
            return self._measured(intent)
        if intent.place:
            return self._alerted(intent)
        return self._reply(intent, intent.reply or "I do not know what that is about.")

    # What moved it

    async def _moved(self, intent: Intent) -> str:
        device = intent.device
        causes = [cause async for cause in self._causes(device)]
        name = self._name(device)
        mark = ", SIMULATED" if self._simulated(device) else ""
        if not causes:
            return f"Nothing that I know of has moved {name}{mark}."
        newest = max(causes, key=lambda one: one.time_ms)
        ago = duration(self._parts.clock() - newest.time_ms)
        said = f"{newest.text}, at {self._clock(newest.time_ms)} ({ago} ago){mark}."
        return f"{said}{self._now(device)}"

    async def _causes(self, device: str) -> AsyncIterator[_Cause]:
        parts = self._parts
        name = self._name(device)
        if parts.decisions is not None:
            for decision in await parts.decisions.decisions(device, 5):
                if decision.outcome in ("sent", "done"):
                    words = f"{decision.model} set {name} to {decision.position} %: {decision.why}"
                    yield _Cause(decision.time_ms, words)
                    break
        for command in parts.house.commands.of(device):
            if command.verb in ("identify", "restart"):
                continue
            yield _Cause(command.created_ms, await self._commanded(command.who, command.verb, command.args, name))
            break
        held = parts.overrides.held(device) if parts.overrides is not None else None
        if held is not None and held.source == "hand":
            yield _Cause(held.time_ms, f"{held.who or 'somebody'} moved {name} to {held.position:.0f} % by hand")

    async def _commanded(self, who: str, verb: str, args: dict[str, object], name: str) -> str:
        did = f"{_did(verb, args)} {name}" if not _METRICS.get(verb) else f"set {name} to {_value(verb, args)}"
        if not who.startswith(RULE) or self._parts.rules is None:
            return f"{who} {did}" if who != "timer" else f"A timer {did}"
        rule = who.removeprefix(RULE)
        firings = await self._parts.rules.archive.firings(rule=rule, limit=1)
        kept = self._parts.rules.rules.kept.get(rule)
        called = rule if kept is None else kept.rule.name
        why = f": {firings[0].why}" if firings else ""
        return f"The rule {called} {did}{why}"

    def _now(self, device: str) -> str:
        held = self._parts.overrides.held(device) if self._parts.overrides is not None else None
        if held is None:
            return ""
        return f" {held.who} holds it for {duration(held.until_ms - self._parts.clock())} more."

    # Rules

    def _rule(self, intent: Intent) -> str:
        rules = self._parts.rules
        if rules is None:
            return ""
        named = next((one.id for one in intent.candidates if one.what == "rule"), "")
        value = intent.value if isinstance(intent.value, str) else ""
        return next((key for key in (named, value) if key in rules.rules.kept), "")

    def _of_rule(self, rule: str) -> str:
        rules = self._parts.rules
        if rules is None:
            return "Rules are switched off here."
        kept = rules.rules.get(rule)
        try:
            why = rules.live.why(rule)
        except (NotFound, GatewayError) as error:
            return str(error)
        against = why_not(kept.rule, why, rules.names, self._parts.clock())
        if not against:
            return f"{kept.rule.name} holds now ({kept.mode})."
        return f"{kept.rule.name} ({kept.mode}) does not hold: {against}."

    # Alerts

    def _alerted(self, intent: Intent) -> Reply:
        """What the alerts that are open are about: of one place or device, or all."""
        about = {one for one in (intent.place, intent.device) if one}
        book = self._parts.alerts
        found = [one for one in ([] if book is None else book.open()) if not about or about & {one.asset, one.device}]
        said = [f"{one.title}: {one.human or one.text}, since {self._clock(one.opened_ms)}" for one in found[-_MOST:]]
        breaches = self._parts.house.plants.episodes(intent.place) if intent.place else []
        said += [] if said else [f"{self._called(intent.place)}: {one.text}" for one in breaches]
        if said:
            return self._reply(intent, "\n".join(f"{one}." for one in said), any(one.simulated for one in found))
        where = f" about {self._called(intent.place or intent.device)}" if about else ""
        return self._reply(intent, f"No alert is open{where}, and nothing is out of its limits that I know of.")

    def _called(self, place: str) -> str:
        return next((thing.name for thing in self._house().things if thing.id == place), place)

    # Advice, and what is measured

    async def _advice(self, intent: Intent) -> str:
        parts = self._parts
        name = self._name(intent.device) if intent.device else "it"
        if intent.device and parts.decisions is not None:
            for decision in await parts.decisions.decisions(intent.device, 1):
                ago = duration(parts.clock() - decision.time_ms)
                return f"{decision.model} would have {name} at {decision.position} %, {ago} ago: {decision.why}."
        return f"I leave that to you. Say what {name} should do, and I do it."

    def _measured(self, intent: Intent) -> Reply:
        found = self._parts.house.values.find(intent.place, intent.parameter) if intent.place else None
        if not isinstance(found, Found):
            return self._reply(intent, intent.reply or "I do not know why.")
        said = f"{spoken(intent.parameter).capitalize()}: {found.text}. What causes it I cannot tell."
        episodes = [] if self._parts.episodes is None else self._parts.episodes.open()
        odd = [one.reason for one in episodes if one.asset == intent.place and one.metric == intent.parameter]
        said += f" It is unusual: {odd[0]}." if odd else ""
        return Reply(kind=intent.kind, text=said, intent=intent, simulated=found.simulated)

    # Parts of it

    def _clock(self, time_ms: int) -> str:
        return f"{LocalTime(self._parts.zone).wall(time_ms):%H:%M}"

    def _simulated(self, device: str) -> bool:
        return self._parts.house.registry.simulated(device)

    def _name(self, device: str) -> str:
        registry = self._parts.house.registry
        return registry.device(device).name if registry.known(device) else device

    def _reply(self, intent: Intent, text: str, simulated: bool = False) -> Reply:
        return Reply(kind=intent.kind, text=text, intent=intent, simulated=simulated)


def _did(verb: str, args: dict[str, object]) -> str:
    if verb in ("turn_on", "turn_off"):
        return f"turned {verb.removeprefix('turn_')}"
    if verb == "run_for" and isinstance(seconds := args.get("seconds"), int | float):
        return f"ran for {number(seconds)} s"
    return f"asked {spoken(verb)} of"


def _value(verb: str, args: dict[str, object]) -> str:
    metric = _METRICS[verb]
    value = args.get(metric)
    return quantity(metric, value) if isinstance(value, int | float) else "something"
