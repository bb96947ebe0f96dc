"""What became of an order, for the conversation that gave it: taken by the gateway is not done by the node."""

from __future__ import annotations

from collections import OrderedDict

from ...core.commands import Command, CommandStatus
from ...core.messages import CommandMoved
from ...core.rules.terms import quantity, spoken
from .parts import ChatParts
from .said import Acted, FollowUp, Said

_MOST = 500
_METRICS = {"set_position": "position", "set_temperature": "temperature", "set_speed": "speed"}


class Following:
    """Listens to the bus by itself."""

    def __init__(self, parts: ChatParts) -> None:
        self._parts = parts
        self._asked: OrderedDict[str, tuple[str, str]] = OrderedDict()
        """(talk, sentence) by the command's id."""
        parts.bus.on(CommandMoved, self._moved)

    def watch(self, said: Said, acted: tuple[Acted, ...]) -> None:
        """Tell this conversation when they end; also when they have by now."""
        for one in acted:
            if not one.command:
                continue
            self._asked[one.command] = said.talk, said.id
            command = self._parts.house.commands.find(one.command)
            if command is not None:
                self._tell(command)
        while len(self._asked) > _MOST:
            self._asked.popitem(last=False)

    def _moved(self, event: CommandMoved) -> None:
        if event.command.id in self._asked:
            self._tell(event.command)

    def _tell(self, command: Command) -> None:
        status = command.status
        if status not in (CommandStatus.DONE, CommandStatus.FAILED, CommandStatus.EXPIRED):
            return
        talk, said = self._asked.pop(command.id)
        registry = self._parts.house.registry
        known = registry.known(command.device)
        name = registry.device(command.device).name if known else command.device
        detail = next((step.detail for step in reversed(command.steps) if step.detail), "")
        text = {
            CommandStatus.DONE: f"{name} {_done(command)}.",
            CommandStatus.FAILED: f"{name} could not: {detail or 'it does not say why'}.",
        }.get(status, f"{name} was away, and has not done it.")
        mark = " SIMULATED." if known and registry.simulated(command.device) else ""
        self._parts.bus.publish(FollowUp(talk=talk, said=said, text=text + mark, done=status is CommandStatus.DONE))


def _done(command: Command) -> str:
    """`is at 40 %`, `is on`."""
    if command.verb in ("turn_on", "turn_off"):
        return f"is {command.verb.removeprefix('turn_')}"
    metric = _METRICS.get(command.verb, "")
    value = command.args.get(metric)
    if isinstance(value, int | float):
        return f"is set to {quantity(metric, value)}" if metric != "position" else f"is at {quantity(metric, value)}"
    return f"has done {spoken(command.verb)}"
