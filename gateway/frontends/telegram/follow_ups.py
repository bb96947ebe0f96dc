"""What became of an order is added to the answer to it, so that "I have sent it" and "it has done it" stay apart."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import msgspec

from ...flow.bus import Bus
from ...flow.chat.said import FollowUp
from .heard import Buttons
from .post import Post

_REMEMBERED = 200
_AGAIN_S = 10.0
_TRIES = 12


class _Told(msgspec.Struct):
    chat: int
    text: str = ""
    """Empty: the answer has not been sent yet."""
    message: int | None = None
    buttons: Buttons = ()
    lines: list[str] = msgspec.field(default_factory=list)
    tries: int = 0


class FollowUps:
    """Of one bot; `run` does the edits."""

    def __init__(self, post: Post, bus: Bus) -> None:
        self._post = post
        self._bus = bus
        self._told: OrderedDict[str, _Told] = OrderedDict()
        self._due: OrderedDict[str, None] = OrderedDict()
        self._news = asyncio.Event()
        bus.on(FollowUp, self._heard)

    def close(self) -> None:
        """Nothing is followed any more."""
        self._bus.off(FollowUp, self._heard)

    def begin(self, said: str, chat: int) -> None:
        """A sentence is being worked on: what becomes of it may be known before its answer was sent."""
        self._told[said] = _Told(chat)
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)

    def answered(self, said: str, text: str, message: int | None, buttons: Buttons) -> None:
        """Its answer was sent; None: it could not be."""
        told = self._told.get(said)
        if told is not None:
            told.text, told.message, told.buttons = text, message, buttons
            if told.lines:
                self._owe(said)

    def pressed(self, chat: int, message: int) -> None:
        """The buttons of a message are gone: it does not get them back."""
        for told in self._told.values():
            if (told.chat, told.message) == (chat, message):
                told.buttons = ()

    async def run(self) -> None:
        """For ever."""
        while True:
            if not self._due:
                self._news.clear()
                await self._news.wait()
            said, _ = self._due.popitem(last=False)
            if (told := self._told.get(said)) is not None and not await self._show(told):
                told.tries += 1
                if told.tries < _TRIES:
                    asyncio.get_running_loop().call_later(_AGAIN_S, self._owe, said)

    async def _show(self, told: _Told) -> bool:
        if told.message is not None:
            return await self._post.edit(told.chat, told.message, "\n".join((told.text, *told.lines)), told.buttons)
        lines = "\n".join(told.lines)
        told.message = await self._post.say(told.chat, lines)
        if told.message is not None:
            told.text, told.lines = lines, []
        return told.message is not None

    def _heard(self, event: FollowUp) -> None:
        told = self._told.get(event.said)
        if told is not None:
            told.lines.append(("✅ " if event.done else "⚠ ") + event.text)
            if told.text:
                self._owe(event.said)

    def _owe(self, said: str) -> None:
        self._due[said] = None
        self._news.set()
