"""Commands that are on the disk and whose override is not: the gateway was killed between the two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...core.commands import Command, CommandStatus, Step
from ...core.decisions import Override

_WITHDRAWN = "cancelled by "
"""How the detail of a command begins that was taken back."""


def named(command_id: str) -> str:
    """The override that a command is."""
    return f"o-{command_id}"


def withdrawn(step: Step) -> bool:
    """Whether a command was taken back with this."""
    return step.status is CommandStatus.FAILED and step.detail.startswith(_WITHDRAWN)


def lost(commands: Iterable[Command], last: Mapping[str, Override], now_ms: int, hold_ms: int) -> list[Command]:
    """Of each device the newest command for a position, where that would still hold and nothing is known of it.

    `last` is the last override of each device that was to hold, also one that has ended: what is older than that does
    not count.
    """
    newest: dict[str, Command] = {}
    for command in commands:
        if command.verb != "set_position" or any(map(withdrawn, command.steps)):
            continue
        known = newest.get(command.device)
        if known is None or known.created_ms < command.created_ms:
            newest[command.device] = command

    def is_lost(command: Command) -> bool:
        known = last.get(command.device)
        later = known is None or (known.time_ms < command.created_ms and known.id != named(command.id))
        return later and 0 <= now_ms - command.created_ms < hold_ms

    return [command for command in newest.values() if is_lost(command)]
