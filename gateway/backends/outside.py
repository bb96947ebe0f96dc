"""The one way to what is not in the house: HTTP over aiohttp's client, fulfils core/ports/outside.

Decisions
- A connection is used once. One that was kept alive may be dead already when it is used again, and then nobody knows
  whether the request was read: exactly what a message that must arrive once cannot have.
- Failures are of two kinds by one moment: until the connection stands (name, address, TLS) nothing was sent; from then
  on anything may have been. That is a little too careful, never too bold.
- Names are looked up in two threads of this module's own. A name server that does not answer holds a thread for half
  a minute; in the pool of the loop, in which documents are written, a few of these would stop the gateway.
- No redirects, no cookies, no proxies from the environment, no compression: what is asked for is an interface, and at
  most 1 MB of its answer is read, whatever it says.
- Errors name the host alone: the token of a bot and the secret of a webhook are in the path.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from ..core.ports.outside import Answer, Unanswered, Unreached

_MOST_BYTES = 1_000_000
_CONNECT_S = 15.0
_LOOKUPS = 2
_CONNECTIONS = 32
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV

_Found = list[tuple[int, int, int, str, Any]]
Lookup = Callable[..., _Found]
"""As socket.getaddrinfo."""


class HttpOutside:
    """Costs nothing until something is asked for. Belongs to one loop."""

    def __init__(
        self, *, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context, lookup: Lookup | None = None
    ) -> None:
        """`tls` is called once, in a thread, at the first https request: reading the authorities takes a while."""
        self._make_tls = tls
        self._lookup: Lookup = lookup if lookup is not None else _addresses
        self._tls: asyncio.Task[ssl.SSLContext] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 20.0,
    ) -> Answer:
        """One request on a connection of its own. Raises Unreached, Unanswered."""
        if self._closed:
            raise Unreached("the gateway is closing")
        host, secure = _place(url)
        seen = SimpleNamespace(connected=False)
        try:
            async with asyncio.timeout(timeout_s):
                tls = await self._context() if secure else True
                async with self._opened().request(
                    method, url, headers=dict(headers or {}), data=body or None, ssl=tls, allow_redirects=False,
                    trace_request_ctx=seen,
                ) as response:  # fmt: skip
                    named = {name.lower(): value for name, value in response.headers.items()}
                    return Answer(response.status, named, await _whole(response, host))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raised = Unanswered if seen.connected else Unreached
            # Some of aiohttp's errors carry the whole address, which a traceback would then show.
            harmless = isinstance(error, OSError | TimeoutError)
            raise raised(f"{host}: {_why(error, timeout_s)}") from (error if harmless else None)

    async def close(self) -> None:
        """Whatever is under way ends, nothing is asked any more."""
        self._closed = True
        if self._tls is not None:
            self._tls.cancel()
            await asyncio.gather(self._tls, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _context(self) -> ssl.SSLContext:
        if self._tls is None or (self._tls.done() and (self._tls.cancelled() or self._tls.exception() is not None)):
            self._tls = asyncio.create_task(asyncio.to_thread(self._make_tls))
        return await asyncio.shield(self._tls)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Names(self._lookup), force_close=True, limit=_CONNECTIONS, ttl_dns_cache=300
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_S),
                headers={"User-Agent": "edge-gateway", "Accept-Encoding": "identity"},
                auto_decompress=False,
                trace_configs=[_watch()],
            )
        return self._session


def _watch() -> aiohttp.TraceConfig:
    watching = aiohttp.TraceConfig()

    async def connected(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceConnectionCreateEndParams
    ) -> None:
        context.trace_request_ctx.connected = True

    watching.on_connection_create_end.append(connected)
    return watching


async def _whole(response: aiohttp.ClientResponse, host: str) -> bytes:
    parts, left = [], _MOST_BYTES
    async for part in response.content.iter_any():
        left -= len(part)
        if left < 0:
            response.close()
            raise Unanswered(f"{host}: its answer is longer than {_MOST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _place(url: str) -> tuple[str, bool]:
    """The host for words, and whether it is https."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.hostname and parts.scheme in ("http", "https"):
            return parts.hostname, parts.scheme == "https"
    raise Unreached("that is no address of the web")


def _why(error: Exception, timeout_s: float) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its name is not found"
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLCertVerificationError():
            return "its certificate is not to be trusted"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return "no encrypted connection comes about"
        case aiohttp.ConnectionTimeoutError():
            return "no connection comes about"
        case TimeoutError():
            return f"no answer within {timeout_s:g} s"
        case aiohttp.ClientConnectorError():
            return _words(error.os_error, "no connection comes about")
        case aiohttp.ServerDisconnectedError():
            return "it closed the connection"
        case OSError():
            return _words(error, "the connection broke")
        case aiohttp.ClientPayloadError():
            return "its answer was cut off"
        case aiohttp.ClientResponseError():
            return "its answer is no HTTP"
        case _:
            return "it cannot be asked that way"


def _words(error: OSError, otherwise: str) -> str:
    return os.strerror(error.errno).lower() if error.errno and error.errno > 0 else otherwise


def _addresses(host: str, port: int, **more: Any) -> _Found:
    return [*socket.getaddrinfo(host, port, **more)]


class _Names(AbstractResolver):
    """Looks names up in threads that nothing waits for, not even the end of the program."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._free = asyncio.Semaphore(_LOOKUPS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises OSError."""
        async with self._free:
            found = await self._in_thread(host, port, family)
        return [
            ResolveResult(
                hostname=host, host=address[0], port=address[1], family=kind, proto=protocol, flags=int(_NUMERIC)
            )
            for kind, _, protocol, _, address in found
        ]

    async def _in_thread(self, host: str, port: int, family: int) -> _Found:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Found] = loop.create_future()

        def settle(result: _Found | OSError) -> None:
            if future.done():
                return
            if isinstance(result, OSError):
                future.set_exception(result)
            else:
                future.set_result(result)

        def look() -> None:
            try:
                result: _Found | OSError = self._lookup(host, port, type=socket.SOCK_STREAM, family=family)
            except OSError as error:
                result = error
            except UnicodeError:
                result = socket.gaierror(socket.EAI_NONAME, "that is no name")
            with contextlib.suppress(RuntimeError):  # the loop is gone
                loop.call_soon_threadsafe(settle, result)

        threading.Thread(target=look, name="look-up", daemon=True).start()
        return await future

    async def close(self) -> None:
        """Nothing to give back."""
