"""The fake Bot API without a network, so that a loop whose time costs nothing can speak with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from gateway.core.ports.outside import Answer, Unanswered, Unreached
from gateway.frontends.telegram.api import BotApi
from gateway.frontends.telegram.connection import Connection
from tests.telegram_fake import TelegramFake
from tests.telegram_steps import TOKEN, parameter


class MemoryOutside:
    """Fulfils the port Outside. What was sent is done even when nobody waits for the answer any more."""

    def __init__(self, fake: TelegramFake) -> None:
        self.refused = False
        """Nothing can be reached."""
        self._fake = fake
        self._under_way: set[asyncio.Task[object]] = set()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 20.0,
    ) -> Answer:
        """One call of the Bot API. Raises Unreached, Unanswered."""
        await asyncio.sleep(0.002)
        if self.refused:
            raise Unreached("nothing is there")
        token, name = urlsplit(url).path.removeprefix("/bot").split("/")
        asked = {key: parameter(key, value) for key, value in parse_qsl(body.decode(), keep_blank_values=True)}
        working = asyncio.create_task(self._fake.handle(token, name, asked, {}))
        self._under_way.add(working)
        working.add_done_callback(self._under_way.discard)
        try:
            async with asyncio.timeout(timeout_s):
                answer = await asyncio.shield(working)
        except TimeoutError:
            raise Unanswered(f"no answer within {timeout_s:g} s") from None
        if answer is None:
            raise Unanswered("the connection broke")
        assert isinstance(answer.body, bytes)
        return Answer(answer.status, {}, answer.body)

    async def close(self) -> None:
        """Nothing to close."""


def connected(fake: TelegramFake, outside: MemoryOutside) -> Connection:
    """A connection whose library is loaded: no thread."""
    connection = Connection(TOKEN, "http://memory", outside)
    connection._loading = asyncio.get_running_loop().create_future()  # type: ignore[assignment]
    connection._loading.set_result(BotApi(TOKEN, "http://memory", outside))  # type: ignore[union-attr]
    return connection
