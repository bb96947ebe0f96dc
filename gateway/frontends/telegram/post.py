"""Answers to people: sent at once or soon, not durable. Who gave an order asks again, and it does nothing twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ...core.errors import GatewayError
from ...core.ports.channel import NotSent, Slower
from .connection import Connection
from .heard import Buttons
from .message_ids import MessageIds

_log = logging.getLogger(__name__)
_MOST_UNITS = 4000
_CAPTION_UNITS = 1000
_PAUSES_S = (1.0, 4.0)
_LONGEST_WAIT_S = 30.0
_Result = TypeVar("_Result")


class Post:
    """What is said to people by one bot."""

    def __init__(
        self, connection: Connection, ids: MessageIds, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._connection = connection
        self._ids = ids
        self._sleep = sleep

    async def say(self, chat: int, text: str, buttons: Buttons = ()) -> int | None:
        """Send it; its id, None when it could not be sent."""
        api = await self._connection.api()
        return self._sent(chat, await self._tried(lambda: api.send(chat, cut(text, _MOST_UNITS), buttons)))

    async def picture(self, chat: int, png: bytes, caption: str) -> int | None:
        """Send it; its id, None when it could not be sent."""
        api = await self._connection.api()
        return self._sent(chat, await self._tried(lambda: api.photo(chat, png, cut(caption, _CAPTION_UNITS))))

    async def edit(self, chat: int, message: int, text: str, buttons: Buttons = ()) -> bool:
        """Change what was said; whether that was done."""
        api = await self._connection.api()

        async def edited() -> bool:
            await api.edit(chat, message, cut(text, _MOST_UNITS), buttons)
            return True

        return bool(await self._tried(edited))

    async def unbutton(self, chat: int, message: int) -> None:
        """Take the buttons of a message away."""
        api = await self._connection.api()
        await self._tried(lambda: api.set_buttons(chat, message, ()))

    async def answer(self, query: str, text: str = "") -> None:
        """End the waiting of a pressed button."""
        api = await self._connection.api()
        await api.answer(query, text)

    def _sent(self, chat: int, message: int | None) -> int | None:
        if message is not None:
            self._ids.seen(chat, message)
        return message

    async def _tried(self, ask: Callable[[], Awaitable[_Result]]) -> _Result | None:
        """Again only while it was surely not done."""
        for pause_s in (*_PAUSES_S, None):
            try:
                return await ask()
            except Slower as slower:
                wait_s = slower.after_s + 1.0
                if pause_s is None or wait_s > _LONGEST_WAIT_S:
                    _log.warning("an answer over Telegram was given up: %s", slower)
                    return None
                await self._sleep(wait_s)
            except NotSent as error:
                if pause_s is None:
                    _log.warning("an answer over Telegram was given up: %s", error)
                    return None
                await self._sleep(pause_s)
            except GatewayError as error:
                _log.warning("an answer over Telegram was not taken: %s", error)
                return None
        return None


def cut(text: str, most: int) -> str:
    """The text in at most so many UTF-16 units, as Telegram counts; white space at its ends is gone."""
    text = text.strip() or "…"
    units = text.encode("utf-16-le")
    if len(units) // 2 <= most:
        return text
    # Half of a pair of surrogates at the end is no letter.
    return units[: (most - 1) * 2].decode("utf-16-le", "ignore").rstrip() + "…"
