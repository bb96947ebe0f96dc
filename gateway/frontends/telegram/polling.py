"""Asking Telegram for what was said: handled, durable, and only then confirmed by the next question.

The library's own updater confirms before anybody has handled anything, so that a kill loses it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

from ...core.ports.channel import DeliveryFailed, Shut, Slower
from .heard import Elsewhere, Heard

_WAIT_S = 50
_MOST = 50
"""Updates in one answer."""
_GAP_S = 60.0
_LONGEST_PAUSE_S = 60.0
_CONFLICT_PAUSE_S = 10.0
_LONGEST_CONFLICT_S = 300.0
_SILENCE_S = 6 * 86_400.0
"""After a week without an update Telegram goes on with any number: then nothing is said of where to go on."""


class Asked(Protocol):
    """The part of the Bot API that is needed here."""

    async def updates(self, offset: int | None, timeout_s: int, limit: int = 50) -> list[Heard]:
        """What has been said since; all below `offset` is confirmed. Raises DeliveryFailed, Elsewhere."""


Take = Callable[[Heard, bool], Awaitable[None]]
"""Handle one update, and make durable that it was; True: it may be old, as nobody has asked for a while."""


class Polling:
    """Runs until Telegram says that the token is wrong: then it raises Shut."""

    def __init__(
        self,
        api: Asked,
        take: Take,
        state: Callable[[str], None],
        conflict: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        dice: Callable[[], float] = random.random,
    ) -> None:
        """`state` is told what is wrong, in words, or nothing; `conflict` that somebody else asks, once a time."""
        self._api = api
        self._take = take
        self._state = state
        self._conflict = conflict
        self._sleep = sleep
        self._dice = dice
        self._offset: int | None = None
        self._last_ask_s: float | None = None
        self._last_update_s = 0.0
        self._behind = False
        """More has piled up than fitted into the last answer."""

    async def run(self) -> None:
        """Ask, again and again. Raises Shut (whole) when the token is wrong."""
        pause_s, conflict_s = 0.0, 0.0
        while True:
            try:
                await self._ask()
            except Elsewhere as elsewhere:
                if not conflict_s:
                    self._conflict(str(elsewhere))
                conflict_s = min(max(conflict_s * 2, _CONFLICT_PAUSE_S), _LONGEST_CONFLICT_S)
                self._state(_conflict_words(elsewhere))
                await self._sleep(conflict_s)
            except Slower as slower:
                self._state(f"{slower}; it is asked again in {slower.after_s:.0f} s")
                await self._sleep(slower.after_s + 1.0)
            except DeliveryFailed as error:
                if isinstance(error, Shut) and error.whole:
                    raise
                pause_s = min(max(pause_s * 2, 1.0), _LONGEST_PAUSE_S)
                self._state(f"what people write is not heard: {error}")
                await self._sleep(pause_s * (0.8 + 0.4 * self._dice()))
            else:
                pause_s = conflict_s = 0.0
                self._state("")

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        if self._offset is not None and began_s - self._last_update_s > _SILENCE_S:
            self._offset = None
        # The first question after a while waits for nothing: it tells soon whether all is well.
        late = self._behind or self._last_ask_s is None or began_s - self._last_ask_s > _GAP_S
        updates = await self._api.updates(self._offset, 0 if late else _WAIT_S, _MOST)
        self._behind = late and len(updates) >= _MOST
        self._last_ask_s = loop.time()
        if updates:
            self._last_update_s = loop.time()
        for heard in updates:
            await self._take(heard, late)
            self._offset = heard.update + 1
        # Handling may have taken long, and is no time in which nobody asked.
        self._last_ask_s = loop.time()


def _conflict_words(elsewhere: Elsewhere) -> str:
    if elsewhere.webhook:
        return "Telegram calls an address that somebody else has set for this bot, so that nothing is heard here"
    return "another program asks for this bot's messages with the same token, so that some are not heard here"
