"""Alerts over the bot: each once, although Telegram's sendMessage does not know whether it has done it already.

A message whose fate is unknown is looked for by its buttons, which no other message has: giving a message just the
buttons it has already is answered with "message is not modified", and for any other message with something else.
"""

from __future__ import annotations

from typing import Literal, Protocol

from ...core.delivery import Parcel
from ...core.ports.channel import DeliveryFailed, Found, NotSent, Perhaps, Rate, Shut
from . import markup
from .connection import Connection
from .heard import Buttons, Elsewhere, Moved
from .message_ids import MessageIds

_EMPTY_IN_A_ROW = 12
_MOST_PROBES = 60
_RATE = Rate(each_s=1.0, target_per_min=20)
"""What Telegram asks of bots: a message a second to one chat, 20 a minute to a group."""


class Chats(Protocol):
    """Where alerts go."""

    def targets(self) -> tuple[str, ...]:
        """Names of places; they stay the same when a group gets another number."""

    def chat_of(self, target: str) -> int | None:
        """Its number now; None: it is not a place for alerts any more."""

    async def moved(self, target: str, chat: int) -> None:
        """It has another number from now on. Raises StoreError."""


class TelegramChannel:
    """Fulfils core/ports/channel.Channel for one bot."""

    def __init__(self, name: str, connection: Connection, chats: Chats, ids: MessageIds) -> None:
        self.name = name
        self.rate = _RATE
        self._connection = connection
        self._chats = chats
        self._ids = ids

    async def targets(self) -> tuple[str, ...]:
        """To whom alerts go."""
        return self._chats.targets()

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        """Send it once; its message id. Raises NotSent, Slower, Perhaps, Rejected, Shut."""
        target, chat = self._place(parcel)
        api = await self._connection.api()
        self._ids.begin(chat)
        try:
            message = await api.send(chat, text, markup.of_parcel(parcel, bare=bare))
        except Moved as moved:
            await self._chats.moved(target, moved.chat)
            raise NotSent(str(moved)) from moved
        except Elsewhere as error:
            raise Perhaps(str(error)) from error
        self._ids.seen(chat, message)
        return str(message)

    async def find(self, parcel: Parcel, newest: str) -> Found | Literal["absent", "unknown"]:
        """Whether it arrived. `newest`: id of what arrived last in its lane. Raises NotSent."""
        _, chat = self._place(parcel)
        buttons = markup.of_parcel(parcel, bare=False)
        message = self._ids.arrived(chat, buttons)
        if message is None:
            before = max(self._ids.before(chat), int(newest) if newest.isdecimal() else 0)
            found = await self._probe(chat, buttons, before) if before else "unknown"
            if not isinstance(found, int):
                return found
            message = found
        self._ids.seen(chat, message)
        return Found(str(message))

    async def _probe(self, chat: int, buttons: Buttons, before: int) -> int | Literal["absent", "unknown"]:
        """Ids after `before`, until so many in a row that nothing is known to have, or that are others', are empty."""
        api = await self._connection.api()
        empty, sure = 0, True
        for message in range(before + 1, before + 1 + _MOST_PROBES):
            if self._ids.is_other(chat, message):
                empty = 0
                continue
            try:
                said = await api.set_buttons(chat, message, buttons)
                if said == "changed":
                    # Another message of ours whose answer was lost. Its own buttons are gone: better none than these.
                    await api.set_buttons(chat, message, ())
            except DeliveryFailed as error:
                raise NotSent(f"it cannot be looked for: {error}") from error
            if said == "same":
                return message
            sure = sure and said in ("missing", "others")
            empty = empty + 1 if said == "missing" else 0
            if empty >= _EMPTY_IN_A_ROW:
                return "absent" if sure else "unknown"
        return "unknown"

    def _place(self, parcel: Parcel) -> tuple[str, int]:
        target = parcel.lane.partition("/")[2]
        chat = self._chats.chat_of(target)
        if chat is None:
            raise Shut("this place is told nothing any more")
        return target, chat
