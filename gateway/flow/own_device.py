"""What this machine is as a device: what hangs at its pins, and what it has said in earlier runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from ..core import capabilities
from ..core.commands import Command, CommandStatus

_STOPPED = "the gateway was stopped before it was done"


class OwnSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine has at its pins. `server` is what makes it this one; it stays the same over restarts."""

    server: str
    firmware: str
    servo: bool = False
    relay: bool = False
    microphone: bool = False

    @property
    def anything(self) -> bool:
        """Whether there is anything to be a device for."""
        return self.servo or self.relay or self.microphone


def own_mac(server: str) -> str:
    """A locally administered address that is always the same for this machine."""
    return "02:67:77:" + hashlib.blake2b(server.encode(), digest_size=3).digest().hex(":")


def said_before(commands: Iterable[Command]) -> dict[str, tuple[str, str]]:
    """What was answered in earlier runs, by command; what was taken on and never ended has failed by now."""
    said: dict[str, tuple[str, str]] = {}
    for command in commands:
        for step in command.steps:
            if step.status is CommandStatus.ACCEPTED:
                said.setdefault(command.id, (CommandStatus.FAILED.value, _STOPPED))
            elif step.status in (CommandStatus.DONE, CommandStatus.FAILED):
                said[command.id] = step.status.value, step.detail
    return said


def own_capabilities(settings: OwnSettings) -> dict[str, object]:
    """What it declares of itself."""
    metrics = (["position"] if settings.servo else []) + (["sound_level"] if settings.microphone else [])
    kind = "window" if settings.servo else "climate" if settings.microphone else "relay"
    verbs: dict[str, object] = {}
    if settings.servo:
        verbs["set_position"] = msgspec.to_builtins(capabilities.TYPES["window"].verbs["set_position"])
    if settings.relay:
        verbs |= {"turn_on": {}, "turn_off": {}}
    return {"kind": kind, "name": "This gateway", "metrics": metrics, "verbs": verbs}
