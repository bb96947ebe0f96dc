"""What people have ordered of devices that are no windows: it holds rules off for as long as a window's override does.

Of windows the overrides know; see `holding.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from ...core.commands import Command, CommandStatus
from ...core.messages import ClockSet, CommandMoved, DeviceChanged
from ...core.rules.actuators import POSITION, channels, wanted
from ...core.rules.ranks import RULE, Claim, Rank
from ..bus import Bus
from .lost_holds import withdrawn

_TIMERS = re.compile(r"t-[0-9a-f]{16}-\d+-\d+")
"""Ids of commands that a timer asks for: what it takes back is nobody's new will."""


class PersonHolds:
    """Listens to the bus by itself. `is_window` says whose position is left to the overrides."""

    def __init__(self, bus: Bus, clock: Callable[[], int], hold_s: int, is_window: Callable[[str], bool]) -> None:
        self._clock = clock
        self._hold_ms = hold_s * 1000
        self._is_window = is_window
        self._claims: dict[str, tuple[str, Claim]] = {}
        """By actuator: the id of the command, and what it claims."""
        bus.on(CommandMoved, self._moved)
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)

    def recall(self, commands: Iterable[Command]) -> None:
        """What was ordered in earlier runs and still holds."""
        for command in sorted(commands, key=lambda one: one.created_ms):
            if not any(map(withdrawn, command.steps)):
                self._begin(command)

    def standing(self) -> list[Claim]:
        """What people hold now."""
        now_ms = self._clock()
        self._claims = {key: known for key, known in self._claims.items() if known[1].stands(now_ms)}
        return [claim for _, claim in self._claims.values()]

    def release(self, actuator: str) -> None:
        """Nobody holds it any more."""
        self._claims.pop(actuator, None)

    def over(self, command: str, actuator: str) -> None:
        """What began with commands whose ids begin so was wanted until now only; what was ordered since stays."""
        known = self._claims.get(actuator)
        if known is not None and known[0].startswith(command):
            del self._claims[actuator]

    def _moved(self, event: CommandMoved) -> None:
        if event.step.status is CommandStatus.QUEUED:
            self._begin(event.command)
        elif withdrawn(event.step):
            ended = [actuator for actuator, (command, _) in self._claims.items() if command == event.command.id]
            for actuator in ended:
                del self._claims[actuator]

    def _begin(self, command: Command) -> None:
        if command.who.startswith(RULE) or _TIMERS.fullmatch(command.id):
            return
        until_ms = command.created_ms + self._hold_ms
        if until_ms <= self._clock():
            return
        for channel in channels(command.verb):
            if channel == POSITION and self._is_window(command.device):
                continue
            actuator, target = f"{command.device}/{channel}", wanted(command.verb, command.args, channel)
            claim = Claim(actuator, Rank.PERSON, 0, command.who, command.created_ms, until_ms, target)
            self._claims[actuator] = command.id, claim

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self._claims = {key: (command, re_dated(claim, event)) for key, (command, claim) in self._claims.items()}

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._claims = {key: known for key, known in self._claims.items() if key.split("/")[0] != event.device}


def re_dated(claim: Claim, event: ClockSet) -> Claim:
    """A claim after the clock was set: what began in this run moves, and its end with it."""
    shift_ms = event.moved(claim.time_ms) - claim.time_ms
    until_ms = claim.until_ms
    return replace(
        claim, time_ms=claim.time_ms + shift_ms, until_ms=until_ms if until_ms is None else until_ms + shift_ms
    )
