"""Commands and shadows in the store: the changes that keep them, and how they are read back.

The changes are keyed and may come again in their order: whatever is applied twice ends as if it had come once.
"""

from __future__ import annotations

from typing import Annotated, Protocol

import msgspec

from ..commands import Command
from ..shadow import Shadow

_Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]


class CommandKept(msgspec.Struct, frozen=True, array_like=True, tag=20):
    """A command was taken on, and with it its first step. Said again it changes nothing. `args` is JSON."""

    id: str
    device: str
    verb: str
    args: bytes
    created_ms: _Int64
    expires_ms: _Int64
    who: str
    correlation: str = ""
    boot: str = ""
    hardware: str = ""


class CommandStep(msgspec.Struct, frozen=True, array_like=True, tag=21):
    """A command reached a status (`commands.CODES`) for the first time; later ones of the same status are ignored."""

    id: str
    status: int
    time_ms: _Int64
    detail: str = ""


class DesiredKept(msgspec.Struct, frozen=True, array_like=True, tag=22):
    """What a device should be; ignored unless `version` is above the one that is there. `state` is JSON."""

    device: str
    version: int
    state: bytes
    time_ms: _Int64
    by: str = ""


class ReportedKept(msgspec.Struct, frozen=True, array_like=True, tag=23):
    """What a device says it is; the last one counts. `state` is JSON; empty `hardware`: nobody's, after a swap."""

    device: str
    version: int
    state: bytes
    time_ms: _Int64
    hardware: str = ""


class OrderArchive(Protocol):
    """Reading back. All run off the event loop and see what is committed."""

    async def open_commands(self) -> list[Command]:
        """Every command without an end, and those that expired within a day; oldest first."""

    async def commands(
        self, device: str = "", limit: int = 50, before: str = "", correlation: str = ""
    ) -> list[Command]:
        """Newest first; `before`: only those older than the command of this id."""

    async def command(self, command_id: str) -> Command | None:
        """None: there is none of this id."""

    async def shadows(self) -> list[Shadow]:
        """Of every device that has one."""
