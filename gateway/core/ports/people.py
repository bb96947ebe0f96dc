"""People who may speak with the house over Telegram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from ..access import Scope


class Pairing(msgspec.Struct, frozen=True):
    """A code that makes one person known, once."""

    code: str
    until_ms: int
    link: str = ""
    """`https://t.me/<bot>?start=<code>`; empty: the bot's name is not known."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was paired."""

    id: int
    """Telegram's number of the person."""
    name: str
    scope: Scope
    chat: int
    """Where alerts go."""
    alerts: bool = True
    paired_ms: int = 0
    by: str = ""
    """Who made the code."""


class TelegramPeople(Protocol):
    """Who they are and how one becomes one."""

    def pair(self, minutes: int, scope: Scope, who: str) -> Pairing:
        """A new code; an older one counts no more."""

    def people(self) -> Sequence[Person]:
        """All of them, by name."""

    async def forget(self, person: int, who: str) -> None:
        """Heard no more, told nothing more. Raises NotFound, StoreError."""
