"""What the event log says of a command, and why one ended."""

from __future__ import annotations

from ..core.commands import Command, CommandStatus, Step
from .words import duration

REPLACED = "the node was replaced before it answered"
GONE = "there is no such device any more"
OFF = "the gateway was off when its time ran out"
NOT_THERE = "the node was not there"


def too_many(most: int) -> str:
    """Why one more was not taken on."""
    return f"{most} of its commands are open already"


def why_expired(command: Command, sends: int, off: bool) -> str:
    """Why an open command came to nothing; `off`: the gateway could not send it in time."""
    if command.status is CommandStatus.ACCEPTED:
        return "the node never said how it ended"
    if off:
        return OFF
    if command.status is CommandStatus.QUEUED and not sends:
        return NOT_THERE
    return f"it was sent {'once' if sends < 2 else f'{sends} times'} without an answer"


def told(command: Command, step: Step) -> tuple[str, str] | None:
    """Kind and reason of the event that a step of `command` is; None: it is none."""
    verb = command.verb
    if command.late(step) and step.status is not CommandStatus.ACCEPTED:
        late = duration(step.time_ms - command.expires_ms)
        if step.status is CommandStatus.DONE:
            return "command.late", f"{verb} was done {late} after it had expired"
        return "command.late", f"{verb} failed {late} after it had expired: {step.detail or _SILENT}"
    if step.status is CommandStatus.FAILED:
        return "command.failed", f"{verb}: {step.detail or _SILENT}"
    if step.status is CommandStatus.EXPIRED:
        accepted = any(known.status is CommandStatus.ACCEPTED for known in command.steps)
        return "command.expired", f"{verb} was {'accepted' if accepted else 'never taken on'}: {step.detail}"
    return None


_SILENT = "the node did not say why"
