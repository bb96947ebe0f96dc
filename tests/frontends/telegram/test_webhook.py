"""Updates that Telegram pushes: its secret, one after the other, and 200 only when it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from aiohttp import web

from gateway.core.ports.alerts import MarkKept
from gateway.frontends.telegram.heard import Heard
from gateway.frontends.telegram.parts import TelegramSettings
from gateway.frontends.telegram.webhook import Webhook
from tests.frontends.telegram.kit import ANNA, Site, until
from tests.telegram_fake import TelegramFake
from tests.telegram_steps import Answered

HEADER = "x-telegram-bot-api-secret-token"


def read(body: bytes) -> Heard:
    return Heard(update=msgspec.json.decode(body, type=dict[str, int])["update_id"])


class Bell:
    """A webhook whose handling waits for `go`."""

    def __init__(self, within_s: float = 5.0) -> None:
        self.go = asyncio.Event()
        self.taken: list[int] = []
        self.webhook = Webhook("1:token", read, self._take, within_s)
        self.headers = {HEADER: self.webhook.secret}
        self.task = asyncio.create_task(self.webhook.run())

    async def _take(self, heard: Heard) -> None:
        await self.go.wait()
        self.taken.append(heard.update)

    async def ring(self, update: int) -> int:
        return await self.webhook.hook(self.headers, b'{"update_id":%d}' % update)


@pytest_asyncio.fixture
async def bell() -> AsyncIterator[Bell]:
    bell = Bell()
    yield bell
    bell.task.cancel()
    await asyncio.wait([bell.task])


async def test_only_who_knows_the_secret_is_let_in(bell: Bell) -> None:
    bell.go.set()
    for headers in ({}, {HEADER: ""}, {HEADER: "x" * 64}, {HEADER: "ü"}, {HEADER: "\udcff"}):
        assert await bell.webhook.hook(headers, b'{"update_id":1}') == 403
    assert await bell.ring(1) == 200
    assert bell.taken == [1]
    assert "token" not in bell.webhook.secret


@pytest.mark.parametrize("body", [b"", b"[]", b'{"message":{}}', b"\xff", b'{"update_id":1}' + b" " * 300_000])
async def test_what_is_no_update_is_refused(bell: Bell, body: bytes) -> None:
    assert await bell.webhook.hook(bell.headers, body) == 400


async def test_it_is_answered_when_it_was_handled_and_not_before(bell: Bell) -> None:
    ringing = asyncio.create_task(bell.ring(1))
    await asyncio.sleep(0.02)
    assert not ringing.done()
    bell.go.set()
    assert await ringing == 200


async def test_what_takes_too_long_comes_again_and_is_handled_once() -> None:
    bell = Bell(within_s=0.02)
    assert await bell.ring(1) == 503
    assert await bell.ring(1) == 503
    bell.go.set()
    assert await bell.ring(1) == 200
    assert bell.taken == [1]
    bell.task.cancel()
    await asyncio.wait([bell.task])


async def test_more_than_a_hundred_that_wait_are_sent_back() -> None:
    bell = Bell(within_s=0.01)
    statuses = await asyncio.gather(*(bell.ring(number) for number in range(150)))
    assert set(statuses) == {503}
    bell.go.set()
    await until(lambda: len(bell.taken) >= 100)
    await asyncio.sleep(0.02)
    assert len(bell.taken) <= 101
    bell.task.cancel()
    await asyncio.wait([bell.task])


async def test_a_whole_bot_is_called_by_telegram_and_answers() -> None:
    async with TelegramFake() as fake:
        settings = TelegramSettings(mode="webhook", webhook_url="https://home.example/hooks/telegram", api_url=fake.url)
        site = Site(fake, settings)

        async def hooks(request: web.Request) -> web.Response:
            headers = {name.lower(): value for name, value in request.headers.items()}
            return web.Response(status=await site.telegram.hook(headers, await request.read()))

        app = web.Application()
        app.router.add_post("/hooks/telegram", hooks)
        runner = web.AppRunner(app)
        await runner.setup()
        panel = web.TCPSite(runner, "127.0.0.1", 0)
        await panel.start()
        port = panel._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        assert await site.telegram.hook({}, b"{}") == 404
        await site.start()
        await until(lambda: bool(fake.webhook))
        assert fake.webhook["url"] == "https://home.example/hooks/telegram"
        # A proxy on the way, which is where the public address leads.
        fake.webhook["url"] = f"http://127.0.0.1:{port}/hooks/telegram"
        await site.pair()
        fake.write(ANNA, "how warm is it")
        await site.told("You said: how warm is it")
        await site.settled()
        assert set(fake.webhook_statuses) == {200}
        assert sum("updates" in one.name for one in site.writer.changes if isinstance(one, MarkKept)) == 2
        assert not any(method == "getUpdates" for method, _ in fake.calls)
        await site.close()
        await runner.cleanup()


async def test_an_address_telegram_cannot_reach_is_a_complaint_and_nothing_is_asked() -> None:
    async with TelegramFake() as fake:
        site = await Site(fake, TelegramSettings(mode="webhook", webhook_url="", api_url=fake.url)).start()
        await until(lambda: site.telegram._bot is not None and "webhook_url" in site.telegram._bot.state)
        await site.close()


async def test_setting_the_address_is_tried_until_it_works() -> None:
    async with TelegramFake() as fake:
        fake.script("setWebhook", Answered(429, "Too Many Requests", {"retry_after": 0}))
        settings = TelegramSettings(mode="webhook", webhook_url="https://home.example/hooks", api_url=fake.url)
        site = await Site(fake, settings).start()
        await until(lambda: bool(fake.webhook))
        await site.close()
