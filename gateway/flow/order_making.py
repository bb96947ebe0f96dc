"""An order becomes a command, when it makes sense and the device can do it."""

from __future__ import annotations

import secrets
from typing import Protocol

import msgspec

from ..core import capabilities
from ..core.commands import Command, CommandStatus, Order, Step, check_order
from ..core.errors import Conflict, Refused
from ..core.ports.orders import CommandKept
from .devices import Device
from .dispatch import CommandSettings


class Target(Protocol):
    """What must be known of devices; the registry fulfils it."""

    def device(self, device_id: str) -> Device:
        """One device. Raises NotFound."""

    def simulated(self, device_id: str) -> bool:
        """Whether everything about it must be marked SIMULATED."""


def made(
    order: Order, device: Device, who: str, now_ms: int, settings: CommandSettings, boot: str, correlation: str
) -> Command:
    """The command. Raises Refused when it makes no sense, Conflict when the device may not connect at all."""
    check_order(order)
    if device.revoked or device.approved_ms is None:
        state = "was revoked" if device.revoked else "waits for approval"
        raise Conflict(f"{device.id} {state}: it cannot connect.")
    capabilities.check_command(capabilities.read(device.capabilities), order.verb, order.args)
    return Command(
        order.id or secrets.token_hex(8),
        device.id,
        order.verb,
        order.args,
        now_ms,
        _expires_ms(order, now_ms, settings),
        who,
        correlation,
        boot,
        device.mac,
        (Step(CommandStatus.QUEUED, now_ms),),
    )


def kept(command: Command) -> CommandKept:
    """The change that makes a new command durable."""
    return CommandKept(
        command.id,
        command.device,
        command.verb,
        msgspec.json.encode(command.args),
        command.created_ms,
        command.expires_ms,
        command.who,
        command.correlation,
        command.boot,
        command.hardware,
    )


def check_same(command: Command, order: Order) -> None:
    """Raises Conflict unless the command is what is asked for: its id was given for that."""
    if (command.device, command.verb, command.args) != (order.device, order.verb, order.args):
        raise Conflict(f"{command.id} is the id of another command.")


def _expires_ms(order: Order, now_ms: int, settings: CommandSettings) -> int:
    if order.expires_ms is None:
        return now_ms + settings.expire_s * 1000
    if order.expires_ms <= now_ms:
        raise Refused("It would have expired already.")
    if order.expires_ms > now_ms + settings.most_expire_s * 1000:
        raise Refused(f"A command expires after {settings.most_expire_s} s at the latest.")
    return order.expires_ms
