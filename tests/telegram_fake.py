"""A Bot API server as Telegram's behaves towards one bot, over aiohttp on loopback.

It keeps what was really taken in `ledger`, whatever was answered. What it does out of the ordinary is scripted per
method, one step a call: `fake.script("sendMessage", Stall(5, taken=True), TooMany(3), "ok")`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping

import aiohttp
from aiohttp import web

from tests.telegram_steps import (
    TOKEN,
    Answered,
    Garbage,
    Json,
    Reset,
    Stall,
    Step,
    Taken,
    Wrong,
    broken,
    check_text,
    read_request,
    refusal,
)
from tests.telegram_world import TelegramWorld


class TelegramFake(TelegramWorld):
    """One bot's Telegram. Start and stop it as often as you like: it keeps its port, and what it knows."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "home_test_bot",
        slow_s: tuple[float, float] = (0.0, 0.0),
        seed: int = 1,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Every call takes a random time in `slow_s`, half of it before and half after it is done."""
        super().__init__(token=token, seed=seed, now_s=now_s)
        self.username, self.slow_s = username, slow_s
        self.url = ""
        """For `api_url`, without a slash at its end; known once it has been started."""
        self.calls: list[tuple[str, Json]] = []
        """Every request that was read: (method, parameters)."""
        self.answers: list[tuple[str, str]] = []
        """Callback queries that were answered: (id, text)."""
        self.commands: list[Json] = []
        self.webhook: Json = {}
        self.webhook_statuses: list[int] = []
        """What the gateway answered to what was pushed."""
        self.repeat_updates = 0
        """So many of the updates that were confirmed already are given again, before the new ones."""
        self.port = 0
        self._scripts: dict[str, deque[Step]] = defaultdict(deque)
        self._always: dict[str, Step] = {}
        self._polling: asyncio.Future[None] | None = None
        self._runner: web.AppRunner | None = None
        self._pusher: asyncio.Task[None] | None = None
        self._serving: set[asyncio.Task[object]] = set()

    # --- it being there or not

    async def start(self) -> TelegramFake:
        """Listen; on the same port as before."""
        app = web.Application(client_max_size=20_000_000)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        sockets = site._server.sockets  # type: ignore[union-attr]
        self.port = sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._pusher = asyncio.create_task(self._push())
        return self

    async def stop(self) -> None:
        """Connections are refused from now on, open ones break."""
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
        for serving in self._serving:
            serving.cancel()
        await asyncio.sleep(0)
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = self._pusher = None

    async def __aenter__(self) -> TelegramFake:
        return await self.start()

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    # --- what happens out of the ordinary

    def script(self, method: str, *steps: Step) -> None:
        """What the next calls of a method meet; after these all is well again."""
        self._scripts[method].extend(steps)

    def always(self, method: str, step: Step) -> None:
        """What every call of a method meets, until it is `ok` again."""
        self._always[method] = step

    # --- the API

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        try:
            parameters, files = await read_request(request)
            token, method = request.match_info["token"], request.match_info["method"]
            return await self.handle(token, method, parameters, files) or broken(request)
        finally:
            self._serving.discard(serving)

    async def handle(
        self, token: str, method: str, parameters: Json, files: Mapping[str, bytes]
    ) -> web.Response | None:
        """One request as it was read; None: the connection breaks."""
        self.calls.append((method, parameters))
        if token != self.token:
            return refusal(401, "Unauthorized")
        step = self._scripts[method].popleft() if self._scripts[method] else self._always.get(method, "ok")
        await asyncio.sleep(self._random.uniform(*self.slow_s) / 2)
        answer = await self._meet(step, method, parameters, files)
        await asyncio.sleep(self._random.uniform(*self.slow_s) / 2)
        return answer

    async def _meet(self, step: Step, method: str, parameters: Json, files: Mapping[str, bytes]) -> web.Response | None:
        if isinstance(step, str):
            return await self._done(method, parameters, files)
        done = await self._done(method, parameters, files) if step.taken else None
        match step:
            case Answered(status, description, more):
                return refusal(status, description, more)
            case Garbage(status, body):
                return web.Response(status=status, body=body, content_type="text/html")
            case Stall(s):
                await asyncio.sleep(s)
                return done or await self._done(method, parameters, files)
            case Reset():
                return None

    async def _done(self, method: str, parameters: Json, files: Mapping[str, bytes]) -> web.Response:
        doing = getattr(self, f"_api_{method.lower()}", None)
        if doing is None:
            return refusal(404, "Not Found")
        try:
            result = await doing(parameters, files)
        except Wrong as wrong:
            return refusal(wrong.status, wrong.description, wrong.parameters)
        return web.json_response({"ok": True, "result": result})

    async def _api_getme(self, asked: Json, files: Mapping[str, bytes]) -> Json:
        return {
            "id": int(self.token.split(":")[0]),
            "is_bot": True,
            "first_name": "Home",
            "username": self.username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _api_setmycommands(self, asked: Json, files: Mapping[str, bytes]) -> bool:
        self.commands = asked["commands"]
        return True

    async def _api_sendchataction(self, asked: Json, files: Mapping[str, bytes]) -> bool:
        self._may_write(asked)
        return True

    async def _api_sendmessage(self, asked: Json, files: Mapping[str, bytes]) -> Json:
        chat = self._may_write(asked)
        text = str(asked.get("text", "")).strip()
        check_text(text, 4096)
        return self._sent(chat, {"text": text}, asked, Taken(chat=chat, id=0, text=text))

    async def _api_sendphoto(self, asked: Json, files: Mapping[str, bytes]) -> Json:
        chat = self._may_write(asked)
        name = str(asked.get("photo", "")).removeprefix("attach://")
        photo = files.get(name) or files.get("photo", b"")
        if not photo:
            raise Wrong(400, "Bad Request: there is no photo in the request")
        caption = str(asked.get("caption", "")).strip()
        if len(caption.encode("utf-16-le")) // 2 > 1024:
            raise Wrong(400, "Bad Request: message caption is too long")
        sizes = [{"file_id": "f", "file_unique_id": "u", "width": 900, "height": 450, "file_size": len(photo)}]
        return self._sent(
            chat, {"photo": sizes, "caption": caption}, asked, Taken(chat=chat, id=0, text=caption, photo=photo)
        )

    async def _api_editmessagetext(self, asked: Json, files: Mapping[str, bytes]) -> Json:
        message = self._own(asked)
        text = str(asked.get("text", "")).strip()
        check_text(text, 4096)
        return self._edited(message, asked, text)

    async def _api_editmessagereplymarkup(self, asked: Json, files: Mapping[str, bytes]) -> Json:
        return self._edited(self._own(asked), asked, None)

    async def _api_answercallbackquery(self, asked: Json, files: Mapping[str, bytes]) -> bool:
        self.answers.append((str(asked["callback_query_id"]), str(asked.get("text", ""))))
        return True

    async def _api_getupdates(self, asked: Json, files: Mapping[str, bytes]) -> list[Json]:
        if self.webhook:
            raise Wrong(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        if self._polling is not None and not self._polling.done():
            self._polling.set_result(None)
        ended = self._polling = asyncio.get_running_loop().create_future()
        offset, limit = int(asked.get("offset") or 0), int(asked.get("limit") or 100)
        if offset < 0:
            self._confirm(self._updates[:offset])
        elif offset:
            self._confirm([update for update in self._updates if update["update_id"] < offset])
        deadline = asyncio.get_running_loop().time() + float(asked.get("timeout") or 0)
        again = list(self._confirmed)[-self.repeat_updates :] if self.repeat_updates and self._updates else []
        while not self._updates and (left := deadline - asyncio.get_running_loop().time()) > 0 and not ended.done():
            self._news.clear()
            waits = asyncio.create_task(self._news.wait())
            try:
                await asyncio.wait((waits, ended), timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waits.cancel()
        if ended.done():
            raise Wrong(
                409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            )
        return [*again, *self._updates[:limit]]

    async def _api_setwebhook(self, asked: Json, files: Mapping[str, bytes]) -> bool:
        self.webhook = asked if asked.get("url") else {}
        self._news.set()
        return True

    async def _api_deletewebhook(self, asked: Json, files: Mapping[str, bytes]) -> bool:
        self.webhook = {}
        if asked.get("drop_pending_updates"):
            self._updates.clear()
        return True

    async def _api_getwebhookinfo(self, asked: Json, files: Mapping[str, bytes]) -> Json:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }

    async def _push(self) -> None:
        """To the webhook, one after the other, each until it is taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                if not self.webhook or not self._updates:
                    await asyncio.sleep(0.01)
                    continue
                update, hook = self._updates[0], dict(self.webhook)
                headers = {"X-Telegram-Bot-Api-Secret-Token": str(hook.get("secret_token", ""))}
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.post(hook["url"], json=update, headers=headers) as answer:
                        self.webhook_statuses.append(answer.status)
                        if answer.status < 300:
                            self._confirm([update])
                            continue
                await asyncio.sleep(0.05)
