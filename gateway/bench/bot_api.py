"""A Bot API on loopback, as much of it as a bot needs to be told things and to be spoken to by one person."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl

TOKEN = "123456:" + "b" * 35
_ANNA = {"id": 4711, "is_bot": False, "first_name": "Anna"}
_CHAT = {"id": 4711, "type": "private", "first_name": "Anna"}


class BotApi:
    """Runs in threads of this process while it is entered."""

    def __init__(self) -> None:
        self.sent: queue.Queue[tuple[float, str]] = queue.Queue()
        """Every message it was given: (moment by the monotonic clock, text)."""
        self.polled = threading.Event()
        """Somebody has asked for updates."""
        self._said: queue.Queue[str] = queue.Queue()
        self._numbers = iter(range(1, 1 << 31))
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """For `[telegram] api_url`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> BotApi:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def say(self, text: str) -> None:
        """Anna writes to the bot."""
        self._said.put(text)

    def told(self, within_s: float) -> tuple[float, str] | None:
        """The next message the bot has sent; None: none came."""
        try:
            return self.sent.get(timeout=within_s)
        except queue.Empty:
            return None

    def answer(self, method: str, asked: dict[str, str]) -> object:
        """What a call comes to."""
        match method.casefold():
            case "getme":
                return {"id": 123456, "is_bot": True, "first_name": "House", "username": "house_bench_bot"}
            case "getupdates":
                return self._updates(float(asked.get("timeout") or 0))
            case "sendmessage":
                self.sent.put((time.monotonic(), asked.get("text", "")))
                return self._message(asked.get("text", ""))
            case _:
                return True

    def _updates(self, timeout_s: float) -> list[object]:
        self.polled.set()
        try:
            text = self._said.get(timeout=min(timeout_s, 20.0) or 0.01)
        except queue.Empty:
            return []
        message = {**self._message(text), "from": _ANNA}
        return [{"update_id": self._next(), "message": message}]

    def _message(self, text: str) -> dict[str, object]:
        return {"message_id": self._next(), "date": int(time.time()), "chat": _CHAT, "text": text}

    def _next(self) -> int:
        with self._lock:
            return next(self._numbers)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            """One call."""

            def do_POST(self) -> None:
                """POST /bot<token>/<method>"""
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                is_json = "json" in (self.headers.get("Content-Type") or "")
                asked = json.loads(body or b"{}") if is_json else dict(parse_qsl(body.decode()))
                method = self.path.rpartition("/")[2]
                answer = json.dumps({"ok": True, "result": api.answer(method, asked)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                with contextlib.suppress(ConnectionError):  # a gateway that stops does not wait for updates
                    self.end_headers()
                    self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
                """Nothing is said of it."""

        return Handler
