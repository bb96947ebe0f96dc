"""What the bot works with, and its settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from ...core.ports.gatekeeper import Auditor
from ...core.ports.outside import Outside
from ...core.ports.store import Writer
from ...flow.bus import Bus
from ...flow.chronicle import Chronicle
from .commands import AlertDesk
from .people import People
from .talking import Chat


class TelegramSettings(msgspec.Struct, frozen=True, kw_only=True):
    """As people set it; the token is handed in with the channel."""

    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: str = ""
    api_url: str = "https://api.telegram.org"


class TelegramParts(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the gateway that the bot speaks with."""

    outside: Outside
    people: People
    chat: Chat
    alerts: AlertDesk
    picture: Callable[[str, str], Awaitable[tuple[bytes, str] | None]]
    """`Pictures.day`."""
    moment: Callable[[int], str]
    """A time, UTC ms, as a clock on the wall says it."""
    writer: Writer
    bus: Bus
    trail: Auditor
    chronicle: Chronicle
    clock: Callable[[], int]
    known: Callable[[], bool]
    """Whether the gateway knows the time."""
    unblock: Callable[[str, str], None] = lambda channel, target: None
    """Somebody who may have blocked the bot speaks with it: (channel, target)."""
