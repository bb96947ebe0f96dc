"""Request bodies in, JSON out: limited, typed, and with errors that name the key."""

from __future__ import annotations

import asyncio
import re
from typing import TypeVar

import msgspec
from aiohttp import web

from ...core.misfits import misfit
from .problems import Problem, ProblemAt

SMALL = 64 * 1024
TELEMETRY = 256 * 1024
_TIMEOUT_S = 15.0
_WHOLE_WANTED = re.compile(r"`(\w+ [|] )*int( [|] \w+)*`, got `float`")
_T = TypeVar("_T")


async def read_body(request: web.Request, limit: int = SMALL) -> bytes:
    """The whole body. Raises Problem when it is over `limit` bytes or does not arrive in time."""
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                chunks.append(chunk)
    except TimeoutError as error:
        raise Problem(408, f"The body did not arrive within {_TIMEOUT_S:.0f} s.") from error
    return b"".join(chunks)


async def read_typed(
    request: web.Request, decoder: msgspec.json.Decoder[_T], limit: int = SMALL, *, empty: bool = False
) -> _T:
    """The body as the decoder's type. `empty`: none at all is as good as `{}`. Raises Problem naming the wrong key."""
    body = await read_body(request, limit)
    if empty and not body:
        body = b"{}"
    if not body:
        raise Problem(400, "A JSON body is needed.")
    try:
        return _decoded(body, decoder)
    except msgspec.ValidationError as error:
        raise _of_validation(error, decoder.type, body) from error
    except msgspec.DecodeError as error:
        raise Problem(400, f"The body is not JSON: {error}.") from error
    except RecursionError as error:
        raise Problem(422, "The body is nested too deep.") from error


def _decoded(body: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        if not _WHOLE_WANTED.search(str(error)):
            raise
        # To JSON, and to JSON schema, 10.0 is a whole number.
        kind: type[_T] = decoder.type
        return msgspec.convert(_whole(msgspec.json.decode(body)), kind)


def _whole(value: object) -> object:
    """JSON with whole numbers as int."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list) else value


def read_query(request: web.Request, kind: type[_T]) -> _T:
    """The query's parameters as `kind`. Raises Problem that names the wrong one, also one that is given twice."""
    found: dict[str, str] = {}
    for name, text in request.query.items():
        if name in found:
            raise Problem(422, f"{name[:40]}: is given twice.", key=name[:40])
        found[name] = text
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _of_validation(error, kind, msgspec.json.encode(found)) from error


def _of_validation(error: msgspec.ValidationError, kind: object, given: bytes) -> Problem:
    try:
        found = msgspec.json.decode(given)
    except (msgspec.DecodeError, RecursionError):
        found = None  # what is wrong came before what cannot be read
    key, reason = misfit(error, kind, found)
    if not key:
        return Problem(422, f"{reason[0].upper()}{reason[1:]}.")
    return Problem(422, f"{key}: {reason}.", key=key, problems=(ProblemAt(key, reason),))


def _too_large(limit: int) -> Problem:
    # The rest of the body is not read, so the connection cannot be used again.
    return Problem(413, f"The body is larger than {limit} bytes.", headers={"Connection": "close"})


def answer(value: object, status: int = 200) -> web.Response:
    """`value` as JSON; floats come back bit for bit."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def done() -> web.Response:
    """204: it is done and there is nothing to add."""
    return web.Response(status=204)
