"""Orders to devices: asked for, followed to their end, taken back while they wait."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from ...core.commands import OPEN, Command, CommandStatus, Order, Step
from .names import CommandId, Verb
from .parts import Parts
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op

_PAGE = 500
_LONGEST_S = 7 * 86_400


class CommandBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/devices/{id}/commands.

    Without `expires_s` it expires after the gateway's usual time. With `id` it may be said again when the answer was
    lost: the same command is not given twice.
    """

    verb: Verb
    args: dict[str, Any] = {}
    expires_s: Annotated[float, msgspec.Meta(gt=0, le=_LONGEST_S)] | None = None
    id: CommandId | UnsetType = UNSET


class StepShown(msgspec.Struct, frozen=True):
    """One thing that happened to a command."""

    status: CommandStatus
    time: str
    time_ms: int
    detail: str
    late: bool
    """The node said it after the command had expired."""


class CommandShown(msgspec.Struct, frozen=True):
    """A command with everything that became of it."""

    id: str
    device: str
    verb: str
    args: dict[str, Any]
    status: CommandStatus
    detail: str
    """Of its last step."""
    who: str
    correlation: str
    created_at: str
    created_ms: int
    expires_at: str
    expires_ms: int
    sends: int
    """How often it was handed to the node since the gateway started."""
    simulated: bool
    history: list[StepShown]
    """Oldest first."""


class CommandList(msgspec.Struct, frozen=True):
    """Answer to GET /api/devices/{id}/commands, newest first."""

    commands: list[CommandShown]
    more: bool
    """There are older ones: ask for those `before` the last one here."""


class CommandsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which commands; without anything the newest 50."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    before: CommandId = ""
    """Only those older than the command with this id."""
    status: CommandStatus | UnsetType = UNSET


def command_shown(command: Command, simulated: bool, sends: int) -> CommandShown:
    """A command as it is shown."""
    return CommandShown(
        command.id,
        command.device,
        command.verb,
        command.args,
        command.status,
        command.steps[-1].detail if command.steps else "",
        command.who,
        command.correlation,
        to_text(command.created_ms),
        command.created_ms,
        to_text(command.expires_ms),
        command.expires_ms,
        sends,
        simulated,
        [_step_shown(command, step) for step in command.steps],
    )


def _step_shown(command: Command, step: Step) -> StepShown:
    return StepShown(step.status, to_text(step.time_ms), step.time_ms, step.detail, command.late(step))


class Commands:
    """The commands resource."""

    def __init__(self, parts: Parts) -> None:
        self._commands = parts.home.commands
        self._registry = parts.registry
        self._now_ms = parts.now_ms

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/devices/{id}/commands"
        return [
            op("POST", path, Who.OPERATE, self._ask, "Give a device an order", status=202),
            op("GET", path, Who.READ, self._list, "The orders of a device and what became of them", own=True),
            op("GET", path + "/{command}", Who.READ, self._get, "One order", own=True),
            op("DELETE", path + "/{command}", Who.OPERATE, self._cancel, "Take an order back that was not sent yet"),
        ]

    async def _ask(self, asked: Asked[NoQuery, CommandBody]) -> CommandShown:
        """202: it is on the disk, and goes to the device until that has done it, has failed or it expires; never twice.
        An expired one is not sent again; what the device says of it afterwards is the truth and marked `late`.
        """
        body, device = asked.body, asked.path["id"]
        expires_ms = None if body.expires_s is None else self._now_ms() + round(body.expires_s * 1000)
        order = Order(device, body.verb, body.args, expires_ms, "" if body.id is UNSET else body.id)
        command = await self._commands.ask(order, asked.caller.name)
        asked.header("Location", f"/api/devices/{device}/commands/{command.id}")
        return self._shown(command)

    async def _list(self, asked: Asked[CommandsQuery, NoBody]) -> CommandList:
        device, query = self._registry.device(asked.path["id"]).id, asked.query
        if query.status is UNSET:
            found = await self._commands.history(device, query.limit + 1, query.before)
        else:
            found = await self._of_status(device, query.status, query.limit + 1, query.before)
        return CommandList([self._shown(command) for command in found[: query.limit]], len(found) > query.limit)

    async def _of_status(self, device: str, status: CommandStatus, most: int, before: str) -> list[Command]:
        """Memory has every open one, so that only ends are looked for on the disk."""
        if status in OPEN:
            known = self._commands.of(device)
            place = next((index + 1 for index, command in enumerate(known) if command.id == before), 0)
            return [command for command in known[place:] if command.status is status][:most]
        found: list[Command] = []
        while len(found) < most:
            page = await self._commands.history(device, _PAGE, before)
            found += [command for command in page if command.status is status]
            if len(page) < _PAGE:
                break
            before = page[-1].id
        return found[:most]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> CommandShown:
        device = self._registry.device(asked.path["id"]).id
        return self._shown(await self._commands.get(device, asked.path["command"]))

    async def _cancel(self, asked: Asked[NoQuery, NoBody]) -> CommandShown:
        """Once it was sent nobody can tell whether the device has begun: 409."""
        return self._shown(await self._commands.cancel(asked.path["id"], asked.path["command"], asked.caller.name))

    def _shown(self, command: Command) -> CommandShown:
        return command_shown(command, self._registry.simulated(command.device), self._commands.sends(command.id))
