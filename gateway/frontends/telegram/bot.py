"""One bot from its token to what it hears; a leaf."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from ...core.errors import GatewayError
from ...core.ports.alerts import MarkKept
from ...core.ports.channel import DeliveryFailed, Shut, Slower
from .channel import TelegramChannel
from .commands import MENU
from .connection import Connection
from .follow_ups import FollowUps
from .handled import Handled
from .heard import Elsewhere, Heard, Me
from .listening import Listening
from .message_ids import MessageIds
from .parts import TelegramParts, TelegramSettings
from .polling import Polling
from .post import Post
from .talking import Talking
from .webhook import Webhook

if TYPE_CHECKING:
    from .api import BotApi

_log = logging.getLogger(__name__)
_LONGEST_PAUSE_S = 300.0


class Memory:
    """What is known of one bot over every change of its settings. `marks`: of the store, as they were at the start."""

    def __init__(self, bot: str, parts: TelegramParts, marks: Mapping[str, bytes], counts: Counter[str]) -> None:
        self.ids = MessageIds(bot, parts.writer, parts.clock, marks)
        self.handled = Handled(bot, parts.writer, parts.clock, marks)
        self.counts = counts
        """What was heard, by what became of it."""
        self.commands_mark = f"telegram.commands/{bot}"
        self.commands = marks.get(self.commands_mark)
        """Which commands Telegram offers."""


class TelegramBot:
    """Everything of one token. Its channel works whether or not it hears anything. Closed when it is used no more."""

    def __init__(
        self,
        name: str,
        token: str,
        settings: TelegramSettings,
        parts: TelegramParts,
        memory: Memory,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self.token = token
        self.state = ""
        """What is wrong with hearing people, in words; empty: nothing."""
        self._settings = settings
        self._parts = parts
        self._memory = memory
        self._sleep = sleep
        self._connection = Connection(token, settings.api_url, parts.outside)
        self.channel = TelegramChannel(name, self._connection, parts.people, memory.ids)
        post = Post(self._connection, memory.ids, sleep)
        self._follow_ups = FollowUps(post, parts.bus)
        self._listening = Listening(
            people=parts.people,
            handled=memory.handled,
            ids=memory.ids,
            post=post,
            talking=Talking(
                bot=self._connection.bot,
                chat=parts.chat,
                alerts=parts.alerts,
                post=post,
                follow_ups=self._follow_ups,
                picture=parts.picture,
                moment=parts.moment,
                clock=parts.clock,
            ),
            trail=parts.trail,
            clock=parts.clock,
            known=parts.known,
            unblock=lambda target: parts.unblock(name, target),
            counts=memory.counts,
        )
        self._webhook: Webhook | None = None

    def close(self) -> None:
        """Follow-ups are heard no more."""
        self._follow_ups.close()

    async def run(self) -> None:
        """Hear people; ends only by being cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow_ups.run())
                group.create_task(self._hear())
        finally:
            self._webhook = None

    async def hook(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status to answer a call of Telegram with; 404: none is expected."""
        return await self._webhook.hook(headers, body) if self._webhook is not None else 404

    async def _hear(self) -> None:
        try:
            api = await self._connection.api()
            self._listening.me = me = await self._introduced(api)
            self._parts.people.username = me.username
            await self._offer_commands(api)
            if self._settings.mode == "webhook":
                await self._be_called(api)
            else:
                await self._ask(api)
        except Shut as shut:
            # Wrong credentials are not tried again: that would only make Telegram angry.
            self.state = str(shut)
            self._parts.chronicle.note("telegram.shut", str(shut))
            await asyncio.Event().wait()

    async def _introduced(self, api: BotApi) -> Me:
        me: list[Me] = []

        async def ask() -> None:
            me.append(await api.me())

        await self._until_done(ask)
        return me[0]

    async def _offer_commands(self, api: BotApi) -> None:
        """Once for each change of them; that it fails stops nothing."""
        value = hashlib.sha256(repr(MENU).encode()).digest()[:8]
        if self._memory.commands == value:
            return
        try:
            await api.set_commands(MENU)
        except GatewayError as error:
            _log.info("Telegram does not offer our commands: %s", error)
            return
        self._memory.commands = value
        self._parts.writer.submit([MarkKept(self._memory.commands_mark, value, self._parts.clock())])

    async def _ask(self, api: BotApi) -> None:
        try:
            # An address that was set once keeps us from asking; small servers of the Bot API know no such thing.
            await api.call_nowhere()
        except GatewayError as error:
            _log.info("whether Telegram calls an address is not known: %s", error)
        await Polling(api, self._listening.take, self._say, self._conflict, self._sleep).run()

    async def _be_called(self, api: BotApi) -> None:
        async def take(heard: Heard) -> None:
            await self._listening.take(heard, not self._parts.known())

        if not self._settings.webhook_url.startswith("https://"):
            raise Shut("[telegram] webhook_url must be an https address that Telegram can reach", whole=True)
        self._webhook = webhook = Webhook(self.token, api.read, take)
        working = asyncio.create_task(webhook.run())
        try:
            await self._until_done(lambda: api.call_here(self._settings.webhook_url, webhook.secret))
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _until_done(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Again and again, more and more rarely. Raises Shut (whole)."""
        pause_s = 0.0
        while True:
            try:
                await ask()
            except (DeliveryFailed, Elsewhere) as error:
                if isinstance(error, Shut) and error.whole:
                    raise
                pause_s = min(max(pause_s * 2, 1.0), _LONGEST_PAUSE_S)
                if isinstance(error, Slower):
                    pause_s = max(pause_s, error.after_s + 1.0)
                self._say(f"Telegram is not reached: {error}")
                await self._sleep(pause_s * (0.8 + 0.4 * random.random()))
            else:
                self._say("")
                return

    def _say(self, state: str) -> None:
        if state != self.state:
            _log.info("%s: %s", self.name, state or "Telegram hears and answers")
        self.state = state

    def _conflict(self, reason: str) -> None:
        self._parts.chronicle.note("telegram.conflict", reason)
