"""Alerts over the bot: each once, although Telegram's sendMessage does not know whether it has done it already.

A message whose fate is unknown is looked for by its buttons, which no other message has: giving a message just the
buttons it has already is answered with "message is not modified", and for any other message with something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from ...core.delivery import Parcel
from ...core.ports.channel import DeliveryFailed, Found, NotSent, Perhaps, Rate, Shut, Slower
from . import markup
from .connection import Connection
from .heard import Buttons, Elsewhere, Moved, Probe
from .message_ids import MessageIds

if TYPE_CHECKING:
    from .api import BotApi

_EMPTY_IN_A_ROW = 12
_MOST_PROBES = 200
_TEST = "test"
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


class _Search(msgspec.Struct):
    """Looking for one message."""

    parcel: str
    at: int
    empty: int = 0
    """So many ids before it are nobody's."""
    sure: bool = True


class TelegramChannel:
    """Fulfils core/ports/channel.Channel for one bot."""

    def __init__(self, name: str, connection: Connection, chats: Chats, ids: MessageIds) -> None:
        self.name = name
        self.rate = _RATE
        self._connection = connection
        self._chats = chats
        self._ids = ids
        self._search: _Search | None = None

    async def targets(self) -> tuple[str, ...]:
        """To whom alerts go."""
        return self._chats.targets()

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        """Send it once; its message id. Raises NotSent, Slower, Perhaps, Rejected, Shut."""
        target, chat = self._place(parcel)
        api = await self._connection.api()
        if parcel.part != _TEST:
            # A test goes beside the lane, in which another message may be looked for just now.
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
            found = await self._probe(parcel.id, chat, buttons, before) if before else "unknown"
            if not isinstance(found, int):
                return found
            message = found
        self._ids.seen(chat, message)
        return Found(str(message))

    async def _probe(self, parcel: str, chat: int, buttons: Buttons, before: int) -> int | Literal["absent", "unknown"]:
        """Ids after `before`, until so many in a row are empty. What is interrupted goes on where it was.

        Messages to others take ids of the same counter and are empty here: it is looked for behind all that are known.
        """
        api = await self._connection.api()
        if self._search is None or self._search.parcel != parcel:
            self._search = _Search(parcel, before + 1)
        search = self._search
        newest = self._ids.newest(chat)
        while search.empty < _EMPTY_IN_A_ROW and search.at <= before + _MOST_PROBES:
            if self._ids.is_other(chat, search.at):
                search.empty = 0
            else:
                try:
                    said = await self._set(api, chat, search.at, buttons)
                except Slower:
                    raise
                except (DeliveryFailed, Elsewhere, Moved) as error:
                    raise NotSent(f"it cannot be looked for: {error}") from error
                if said == "same":
                    self._search = None
                    return search.at
                if said == "others":
                    self._ids.seen(chat, search.at)
                search.sure = search.sure and said in ("missing", "others")
                search.empty = search.empty + 1 if said == "missing" and search.at > newest else 0
            search.at += 1
        self._search = None
        return "absent" if search.sure and search.empty >= _EMPTY_IN_A_ROW else "unknown"

    async def _set(self, api: BotApi, chat: int, message: int, buttons: Buttons) -> Probe:
        said = await api.set_buttons(chat, message, buttons)
        if said == "changed":
            # Another message of ours whose answer was lost. Its own buttons are gone: better none than these.
            await api.set_buttons(chat, message, ())
        return said

    def _place(self, parcel: Parcel) -> tuple[str, int]:
        target = parcel.lane.partition("/")[2]
        chat = self._chats.chat_of(target)
        if chat is None:
            raise Shut("this place is told nothing any more")
        return target, chat
