"""Commands and shadows for tests of the store, and what must become of them by the rules of `core/commands`."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from gateway.core.commands import CODES, Command, CommandStatus, Step, with_step
from gateway.core.ports.orders import CommandKept, CommandStep, DesiredKept, ReportedKept
from gateway.core.ports.store import Change, DeviceErased
from gateway.core.shadow import Shadow

ASKED_MS = 1_790_000_000_000
HOUR_MS = 3_600_000


def kept(identity: str = "c1", device: str = "window-1", at_ms: int = ASKED_MS, **said: object) -> CommandKept:
    whole = CommandKept(
        identity, device, "set_position", b'{"position":40}', at_ms, at_ms + HOUR_MS, "anna", "req-1", "boot-1", "02:aa"
    )
    return replace(whole, **said)


def step(status: CommandStatus, identity: str = "c1", at_ms: int = ASKED_MS + 1, detail: str = "") -> CommandStep:
    return CommandStep(identity, CODES[status], at_ms, detail)


def command(change: CommandKept, *steps: CommandStep) -> Command:
    """What the flow has in memory after these."""
    made = Command(
        change.id,
        change.device,
        change.verb,
        msgspec.json.decode(change.args),
        change.created_ms,
        change.expires_ms,
        change.who,
        change.correlation,
        change.boot,
        change.hardware,
        (Step(CommandStatus.QUEUED, change.created_ms),),
    )
    statuses = list(CommandStatus)
    for one in steps:
        made = with_step(made, Step(statuses[one.status], one.time_ms, one.detail))
    return made


class Book:
    """What must be in the store after these changes, one after the other."""

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}
        self.shadows: dict[str, Shadow] = {}

    def take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case CommandKept():
                    self.commands.setdefault(change.id, command(change))
                case CommandStep():
                    if change.id in self.commands:
                        happened = Step(list(CommandStatus)[change.status], change.time_ms, change.detail)
                        self.commands[change.id] = with_step(self.commands[change.id], happened)
                case DesiredKept():
                    self._desire(change)
                case ReportedKept():
                    known = self.shadows.get(change.device, Shadow(change.device))
                    self.shadows[change.device] = replace(
                        known,
                        reported_version=change.version,
                        reported=msgspec.json.decode(change.state),
                        reported_ms=change.time_ms,
                        hardware=change.hardware,
                    )
                case DeviceErased():
                    self.shadows.pop(change.device, None)
                    self.commands = {key: one for key, one in self.commands.items() if one.device != change.device}

    def _desire(self, change: DesiredKept) -> None:
        known = self.shadows.get(change.device, Shadow(change.device))
        if change.version > known.desired_version:
            self.shadows[change.device] = replace(
                known,
                desired_version=change.version,
                desired=msgspec.json.decode(change.state),
                desired_ms=change.time_ms,
                desired_by=change.by,
            )
