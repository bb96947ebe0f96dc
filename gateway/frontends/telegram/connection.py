"""One bot's token and how it is reached; the library behind it is loaded when it is first used."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...core.ports.channel import Shut
from ...core.ports.outside import Outside

if TYPE_CHECKING:
    from .api import BotApi


class Connection:
    """Costs nothing until somebody uses it."""

    def __init__(self, token: str, api_url: str, outside: Outside) -> None:
        self.token = token
        self._api_url = api_url
        self._outside = outside
        self._loading: asyncio.Task[BotApi] | None = None

    @property
    def bot(self) -> str:
        """The bot's number, which the token begins with."""
        return self.token.partition(":")[0]

    async def api(self) -> BotApi:
        """What the bot can be asked. Raises Shut (whole) when python-telegram-bot is not installed."""
        tried = self._loading
        if tried is None or (tried.done() and (tried.cancelled() or tried.exception() is not None)):
            tried = self._loading = asyncio.create_task(asyncio.to_thread(self._load))
        return await asyncio.shield(tried)

    def _load(self) -> BotApi:
        try:
            from .api import BotApi
        except ImportError as error:
            raise Shut(f"python-telegram-bot cannot be loaded: {error}", whole=True) from error
        return BotApi(self.token, self._api_url, self._outside)
