"""Which numbers messages have, so that one whose fate is unknown can be looked for.

A bot's private chats and basic groups share one counter of message ids, a supergroup has its own. That is observed,
not promised: the worst that comes of it is a message that says it may be a repetition.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from ...core.ports.alerts import MarkKept
from ...core.ports.store import Writer

_NEWEST = "telegram.newest/"
_BEFORE = "telegram.before/"
_SUPERGROUPS_BELOW = -1_000_000_000_000
_REMEMBERED = 500
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class MessageIds:
    """Of one bot. `marks` are those of the store as they were at the start."""

    def __init__(self, bot: str, writer: Writer, clock: Callable[[], int], marks: Mapping[str, bytes]) -> None:
        self._bot = bot
        self._writer = writer
        self._clock = clock
        self._newest = _numbers(marks, f"{_NEWEST}{bot}/")
        """By counter. Moves with every message: no use for one that was under way when the gateway was killed."""
        self._before = {int(chat): number for chat, number in _numbers(marks, f"{_BEFORE}{bot}/").items()}
        """By chat: what was the newest when the last durable message to it began to be sent. Moves with these alone."""
        self._others: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._pressed: OrderedDict[tuple[int, str], int] = OrderedDict()

    def seen(self, chat: int, message: int, *, keep: bool = True) -> None:
        """A message with this id is there, and is not one whose fate is unknown. Strangers' are not worth keeping."""
        counter = _counter(chat)
        _remember(self._others, (counter, message), None)
        if message > self._newest.get(counter, 0):
            self._newest[counter] = message
            if keep:
                self._keep(f"{_NEWEST}{self._bot}/{counter}", message)

    def pressed(self, chat: int, message: int, data: str) -> None:
        """A button was pressed: the message that has it arrived."""
        _remember(self._pressed, (chat, data), message)

    def begin(self, chat: int) -> None:
        """A durable message is about to be sent there; the one before it is settled."""
        newest = self.newest(chat)
        if newest != self._before.get(chat, 0):
            self._before[chat] = newest
            self._keep(f"{_BEFORE}{self._bot}/{chat}", newest)

    def before(self, chat: int) -> int:
        """The id after which the last durable message is to be looked for; 0: nobody knows."""
        return self._before.get(chat, 0)

    def newest(self, chat: int) -> int:
        """The highest id that is known to be anybody's; 0: none is."""
        return self._newest.get(_counter(chat), 0)

    def is_other(self, chat: int, message: int) -> bool:
        """Whether it is known whose this id is."""
        return (_counter(chat), message) in self._others

    def arrived(self, chat: int, buttons: tuple[tuple[str, str], ...]) -> int | None:
        """The id of the message with these buttons, when one of them was pressed."""
        found = (self._pressed.get((chat, data)) for _, data in buttons)
        return next((message for message in found if message is not None), None)

    def _keep(self, name: str, number: int) -> None:
        # Nobody waits: without it one looks from farther back.
        self._writer.submit([MarkKept(name, msgspec.msgpack.encode(number), self._clock())])


def _numbers(marks: Mapping[str, bytes], prefix: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): msgspec.msgpack.decode(value, type=int)
        for name, value in marks.items()
        if name.startswith(prefix)
    }


def _counter(chat: int) -> str:
    return str(chat) if chat < _SUPERGROUPS_BELOW else "shared"


def _remember(known: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    known[key] = value
    if len(known) > _REMEMBERED:
        known.popitem(last=False)
