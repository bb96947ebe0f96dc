"""Updates that Telegram pushes to an address that leads here; the panel's server takes them in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from .heard import Heard

_log = logging.getLogger(__name__)
_HEADER = "x-telegram-bot-api-secret-token"
_MOST_BYTES = 256 * 1024
_WAITING = 100
_ANSWER_WITHIN_S = 5.0
_OK, _BAD, _DENIED, _LATER = 200, 400, 403, 503


class Webhook:
    """Of one bot. Answers 200 only when an update was handled and that is durable: else Telegram comes again."""

    def __init__(
        self,
        token: str,
        read: Callable[[bytes], Heard],
        take: Callable[[Heard], Awaitable[None]],
        within_s: float = _ANSWER_WITHIN_S,
    ) -> None:
        self.secret = hashlib.sha256(f"webhook of {token}".encode()).hexdigest()
        """What Telegram says in each call; the same over every start, and nothing to keep."""
        self._read = read
        self._take = take
        self._within_s = within_s
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._queue: asyncio.Queue[Heard] = asyncio.Queue(_WAITING)

    async def hook(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status to answer. `headers` with small letters."""
        if not hmac.compare_digest(headers.get(_HEADER, "").encode("utf-8", "replace"), self.secret.encode()):
            return _DENIED
        if len(body) > _MOST_BYTES:
            return _BAD
        try:
            heard = self._read(body)
        except (msgspec.DecodeError, KeyError):
            return _BAD
        done = self._waiting.get(heard.update)
        if done is None:
            if self._queue.full():
                return _LATER
            done = self._waiting[heard.update] = asyncio.get_running_loop().create_future()
            self._queue.put_nowait(heard)
        try:
            await asyncio.wait_for(asyncio.shield(done), self._within_s)
        except TimeoutError:
            # It goes on; when Telegram comes again it is known.
            return _LATER
        return _OK

    async def run(self) -> None:
        """Handle them one after the other, for ever."""
        while True:
            heard = await self._queue.get()
            await self._take(heard)
            self._waiting.pop(heard.update).set_result(None)
