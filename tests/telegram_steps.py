"""What a fake Bot API may do, and how it reads requests and writes answers."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from typing import Any, Literal

import msgspec
from aiohttp import web

TOKEN = "123456789:AAF-fake_token_for_tests_0123456789ab"
Json = dict[str, Any]


class Answered(msgspec.Struct, frozen=True):
    """An error, or whatever else, as the answer; what was asked for is done only when `taken`."""

    status: int
    description: str
    parameters: Json | None = None
    taken: bool = False


class Stall(msgspec.Struct, frozen=True):
    """Nothing is answered for so long; then as usual."""

    s: float
    taken: bool = False
    """Done before the silence, and not again after it."""


class Reset(msgspec.Struct, frozen=True):
    """The connection breaks after the request was read."""

    taken: bool = False


class Garbage(msgspec.Struct, frozen=True):
    """Something else than the Bot API answers, such as a hotel's sign-in page."""

    status: int = 200
    body: bytes = b"<html>Welcome to our hotel</html>"
    taken: bool = False


Step = Answered | Stall | Reset | Garbage | Literal["ok"]


def too_many(after_s: int) -> Answered:
    """429."""
    return Answered(429, f"Too Many Requests: retry after {after_s}", {"retry_after": after_s})


def away(status: int = 502, *, taken: bool = False) -> Answered:
    """A server error of theirs."""
    return Answered(status, "Bad Gateway", taken=taken)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the bot that people have seen."""

    chat: int
    id: int
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    """(words, what a press sends)."""
    photo: bytes = b""
    at: float = 0.0
    """Seconds of the loop's clock."""


class Wrong(Exception):
    """What the Bot API says no to."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def member_of(status: str, user: Json) -> Json:
    return {"status": status, "user": user, **({"until_date": 0} if status == "kicked" else {})}


def check_text(text: str, most: int) -> None:
    if not text:
        raise Wrong(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > most:
        raise Wrong(400, "Bad Request: message is too long")


def buttons_of(markup: Json | None) -> tuple[tuple[str, str], ...]:
    rows = (markup or {}).get("inline_keyboard", [])
    return tuple((str(one["text"]), str(one.get("callback_data", ""))) for row in rows for one in row)


def refusal(status: int, description: str, parameters: Json | None = None) -> web.Response:
    body: Json = {"ok": False, "error_code": status, "description": description}
    if parameters is not None:
        body["parameters"] = parameters
    return web.json_response(body, status=status)


def broken(request: web.Request) -> web.Response:
    transport = request.transport
    if transport is not None:
        with contextlib.suppress(OSError, AttributeError):
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return web.Response()


async def read_request(request: web.Request) -> tuple[Json, dict[str, bytes]]:
    """Parameters and files: by query, form, multipart or JSON, as the Bot API takes them."""
    found: Json = {name: parameter(name, text) for name, text in request.query.items()}
    files: dict[str, bytes] = {}
    kind = request.content_type
    if kind == "application/json":
        found.update(await request.json())
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.file.read()
            else:
                found[name] = parameter(name, value if isinstance(value, str) else bytes(value).decode())
    return found, files


def parameter(name: str, text: str) -> object:
    """Lists, objects and truth values come as JSON; anything else is text."""
    if name not in ("text", "caption") and (text[:1] in ("[", "{") or text in ("true", "false")):
        with contextlib.suppress(ValueError):
            return json.loads(text)
    return text
