"""Taking back what a sentence did: at once while nothing has happened yet, else the opposite after a yes."""

from __future__ import annotations

from ...core.errors import Conflict, NotFound
from ...core.language.intent import Intent
from ...core.rules.actions import OPPOSITE
from ...core.rules.rule import Mode
from .parts import ChatParts
from .proposals import proposed
from .said import Reply, Said
from .talks import Conversation, Deed

_NOTHING = "There is nothing to take back."


class Undo:
    """Of one conversation's own deeds only."""

    def __init__(self, parts: ChatParts) -> None:
        self._parts = parts

    async def of(self, said: Said, talk: Conversation, intent: Intent) -> Reply:
        """Raises NotFound, Conflict, StoreError."""
        if intent.parameter == "timers":
            return await self._timers(said, intent)
        if talk.proposal is not None:
            talk.proposal = None
            return _told(intent, "Dropped. Nothing was done.")
        if not talk.done:
            return _told(intent, _NOTHING)
        deed = talk.done.pop()
        if deed.rule:
            return await self._rule(said, intent, deed)
        if deed.intent.action == "mute_alerts" and self._parts.alerts is not None:
            await self._parts.alerts.mute(0, said.who)
            return _told(intent, "Alerts come again.")
        return await self._orders(said, talk, intent, deed)

    async def _rule(self, said: Said, intent: Intent, deed: Deed) -> Reply:
        if self._parts.rules is None:
            return _told(intent, _NOTHING)
        kept = await self._parts.rules.rules.enable(deed.rule, Mode.OFF, said.who)
        return _told(intent, f"{kept.rule.name} is off. It is kept; say delete the rule to be rid of it.")

    async def _timers(self, said: Said, intent: Intent) -> Reply:
        rules = self._parts.rules
        armed = [] if rules is None else [one for one in rules.timers.armed() if not one.rule and not one.shadow]
        if intent.place:
            ids = {one.id for one in armed for part in one.then if getattr(part, "device", "") == intent.place}
            armed = [one for one in armed if one.id in ids or one.actuator.startswith(f"{intent.place}/")]
        if rules is None or not armed:
            return _told(intent, "No such timer runs.")
        if len(armed) > 1:
            names = ", ".join(one.name for one in armed)
            return Reply(kind="question", text=f"Several run: {names}. Say which device's.", intent=intent)
        timer = await rules.timers.cancel(armed[0].id, said.who)
        return _told(intent, f"The timer {timer.name} is cancelled.")

    async def _orders(self, said: Said, talk: Conversation, intent: Intent, deed: Deed) -> Reply:
        """What was not sent yet is cancelled, what waits for its time too; else the opposite is offered."""
        cancelled = 0
        for one in deed.acted:
            if one.timer and self._parts.rules is not None:
                try:
                    await self._parts.rules.timers.cancel(one.timer, said.who)
                    cancelled += not one.command
                except (NotFound, Conflict):
                    pass  # it has ended by now
            if one.command:
                try:
                    await self._parts.house.commands.cancel(one.device, one.command, said.who)
                    cancelled += 1
                except (NotFound, Conflict):
                    continue  # it is on its way
        if cancelled == len(deed.acted):
            return _told(intent, "Taken back: it had not been done yet.")
        return self._opposite(said, intent, deed)

    def _opposite(self, said: Said, intent: Intent, deed: Deed) -> Reply:
        orders = []
        for one, before in zip((deed.intent, *deed.intent.also), deed.before, strict=False):
            back = _back(one, before)
            if back is None:
                return _told(intent, f"It is done already, and what was before is not known: {deed.text}")
            orders.append(back)
        if not orders:
            return _told(intent, "It is done already; that cannot be taken back.")
        what = " and ".join(_words(one, self._name(one.device)) for one in orders)
        first = Intent(
            kind="command",
            action=orders[0].action,
            device=orders[0].device,
            place=orders[0].place,
            value=orders[0].value,
            also=tuple(orders[1:]),
            confirm="It is done already.",
        )
        return proposed(said, first, f"It is done already. Shall I {what}?", self._parts.clock())

    def _name(self, device: str) -> str:
        registry = self._parts.house.registry
        return registry.device(device).name if registry.known(device) else device


def _back(order: Intent, before: float | None) -> Intent | None:
    if order.action in OPPOSITE:
        return Intent(kind="command", action=OPPOSITE[order.action], device=order.device, place=order.place)
    if order.action == "set_position" and before is not None:
        return Intent(
            kind="command", action=order.action, device=order.device, place=order.place, value=float(round(before))
        )
    return None


def _words(order: Intent, name: str) -> str:
    if order.action == "set_position" and isinstance(order.value, int | float):
        return f"set {name} to {order.value:.0f} % again"
    return f"{order.action.replace('_', ' ')} {name} again"


def _told(intent: Intent, text: str) -> Reply:
    return Reply(kind="command", text=text, intent=intent)
