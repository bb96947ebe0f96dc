"""Both providers on loopback: they check the key as theirs do and answer in their wire format."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator

from aiohttp import web

KEY = "sk-test-0123456789abcdef1a2b"
NOTHING = {
    "kind": "none",
    "action": "",
    "device": "",
    "place": "",
    "parameter": "",
    "value": None,
    "condition": None,
    "schedule": None,
}


class Cloud:
    """`says` is what the model puts into the schema; `status` and `body` an answer of another kind."""

    def __init__(self) -> None:
        self.says: object = NOTHING
        self.status = 200
        self.body: bytes | None = None
        self.reason = ""
        """Why the model stopped, when not as usual."""
        self.cut = False
        self.asked: list[tuple[str, dict[str, str], dict[str, object]]] = []
        self.url = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Cloud]:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_post("/v1/messages", self._anthropic)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _openai(self, request: web.Request) -> web.Response:
        if (early := await self._begin(request, request.headers.get("Authorization") == f"Bearer {KEY}")) is not None:
            return early
        content = self.says if isinstance(self.says, str) else json.dumps(self.says)
        return web.json_response(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_800_000_000,
                "model": self.asked[-1][2]["model"],
                "choices": [
                    {
                        "index": 0,
                        "message": {
                            "role": "assistant",
                            "content": None if self.reason == "refusal" else content,
                            "refusal": "I cannot help with that." if self.reason == "refusal" else None,
                            "annotations": [],
                        },
                        "logprobs": None,
                        "finish_reason": {"": "stop", "refusal": "stop"}.get(self.reason, self.reason),
                    }
                ],
                "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
                "system_fingerprint": "fp_1",
            }
        )

    async def _anthropic(self, request: web.Request) -> web.Response:
        known = request.headers.get("Authorization") == f"Bearer {KEY}" and "anthropic-version" in request.headers
        if (early := await self._begin(request, known)) is not None:
            return early
        tool = {"type": "tool_use", "id": "toolu_1", "name": "intent", "input": self.says}
        return web.json_response(
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": self.asked[-1][2]["model"],
                "content": [] if self.reason == "refusal" else [tool],
                "stop_reason": {"": "tool_use", "length": "max_tokens"}.get(self.reason, self.reason),
                "stop_sequence": None,
                "usage": {"input_tokens": 900, "output_tokens": 60},
            }
        )

    async def _begin(self, request: web.Request, known: bool) -> web.Response | None:
        self.asked.append((request.path, dict(request.headers), await request.json()))
        if self.cut:
            assert request.transport is not None
            request.transport.abort()
        if not known:
            return web.json_response({"type": "error", "error": {"message": "Incorrect API key provided"}}, status=401)
        if self.body is not None:
            return web.Response(body=self.body, status=self.status, content_type="application/json")
        if self.status != 200:
            return web.json_response({"error": {"message": "Rate limit reached"}}, status=self.status)
        return None
