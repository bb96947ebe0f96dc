"""Telegram as one part of the gateway: the bot of the token that is set, its channel and what it hears."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping

from ...core.channels import TelegramWay
from ...core.errors import Conflict
from .bot import Memory, TelegramBot
from .channel import TelegramChannel
from .parts import TelegramParts, TelegramSettings

_PATIENCE_S = 600.0


class Telegram:
    """Costs nothing while there is no token. `run` is its leaf."""

    def __init__(self, settings: TelegramSettings, parts: TelegramParts) -> None:
        self._settings = settings
        self._parts = parts
        self._marks: Mapping[str, bytes] = {}
        self._bot: TelegramBot | None = None
        self._changed = asyncio.Event()
        self._memories: dict[str, Memory] = {}
        self._counts: Counter[str] = Counter()
        self._well_s: float | None = None

    def load(self, marks: Mapping[str, bytes]) -> None:
        """What the store has kept; before the first `make`."""
        self._marks = marks

    def make(self, name: str, way: TelegramWay) -> TelegramChannel:
        """The channel of this token; from now on its bot hears people, too. Raises Conflict: there is a bot already."""
        seated = self._bot
        if seated is not None and seated.name != name:
            raise Conflict(f"There is a bot already, of the channel {seated.name}: one is what a house needs.")
        if seated is not None and seated.token == way.token:
            return seated.channel
        number = way.token.partition(":")[0]
        if number not in self._memories:
            self._memories[number] = Memory(number, self._parts, self._marks, self._counts)
        bot = TelegramBot(name, way.token, self._settings, self._parts, self._memories[number])
        self._seat(bot)
        return bot.channel

    def unmake(self, name: str) -> None:
        """The channel is not there any more; one of another name is none of ours."""
        if self._bot is not None and self._bot.name == name:
            self._seat(None)

    async def run(self) -> None:
        """Hear people as long as there is a bot."""
        while True:
            self._changed.clear()
            work: list[Coroutine[object, object, object]] = [self._changed.wait()]
            if self._bot is not None:
                work.append(self._bot.run())
            tasks = [asyncio.create_task(one) for one in work]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def hook(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status to answer a call of Telegram with. `headers` with small letters."""
        return await self._bot.hook(headers, body) if self._bot is not None else 404

    def updates(self) -> Mapping[str, int]:
        """What was heard since the start, by what became of it."""
        return dict(self._counts)

    def complaints(self) -> dict[str, str]:
        """What is wrong with hearing people; not before it has been so for ten minutes, as networks come and go."""
        now_s = asyncio.get_running_loop().time()
        if self._bot is None or not self._bot.state:
            self._well_s = None
            return {}
        if self._well_s is None:
            self._well_s = now_s
        return {"telegram": self._bot.state} if now_s - self._well_s >= _PATIENCE_S else {}

    def _seat(self, bot: TelegramBot | None) -> None:
        if self._bot is not None:
            self._bot.close()
        self._bot = bot
        self._parts.people.username = ""
        self._changed.set()
