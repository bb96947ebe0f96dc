"""Listening sockets that bound what strangers can open and keep open."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from ...core.errors import ConfigError
from ...flow.correlation import correlated, current, of_request
from .problems import Problem, problem_response

_log = logging.getLogger(__name__)
SOCKET_NAME = "gateway.sock"
_SPEAK_WITHIN_S = 15.0
_HANDSHAKE_S = 10.0
_MOST_SILENT = 1024
_PATH_BYTES = 107
_UNREADABLE = "This is not HTTP, or its first line or a header is longer than 8 KB."
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
Silent = set[asyncio.Protocol]
"""Connections on which no request has arrived yet."""


class _Closed(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class _Reader(web.RequestHandler):
    """Answers what cannot be read as HTTP like every other mistake, and without telling what reads it."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What aiohttp calls; strangers choose the bytes, so they are neither repeated nor logged as a failure."""
        if status != HTTPStatus.BAD_REQUEST or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        _log.debug("%s sent what is not HTTP: %s", request.remote, exc)
        with correlated(of_request(None)):
            response = problem_response(Problem(400, _UNREADABLE), "")
            response.headers.update({"Server": "gateway", "X-Correlation-ID": current()})
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.force_close()
        return response


class Gate:
    """Makes the connections of one server: not too many, and none that stays silent."""

    def __init__(self, server: web.Server, silent: Silent, most: int) -> None:
        self._server = server
        self._silent = silent
        self._most = most

    def __call__(self) -> asyncio.Protocol:
        """The protocol of a new connection."""
        if len(self._server.connections) >= self._most or len(self._silent) >= _MOST_SILENT:
            return _Closed()
        handler = self._server()
        handler.__class__ = _Reader  # aiohttp has no other place to say it
        self._silent.add(handler)
        asyncio.get_running_loop().call_later(_SPEAK_WITHIN_S, self._expire, handler)
        return handler

    def _expire(self, handler: web.RequestHandler) -> None:
        if handler in self._silent:
            self._silent.discard(handler)
            handler.force_close()


async def listen(
    gate: Gate,
    hosts: Sequence[str],
    port: int,
    option: str,
    tls: ssl.SSLContext | None,
    holder: Callable[[int], str],
) -> tuple[list[asyncio.Server], int]:
    """Listen on every host; the servers and the port. Port 0 is a free one, the same everywhere.

    Raises ConfigError that names `option` and the port's holder when the port cannot be had. A host this machine
    does not have is left out.
    """
    servers: list[asyncio.Server] = []
    for host in hosts:
        try:
            server = await _open(gate, host, port, tls)
        except OSError as error:
            if error.errno in _NO_SUCH_ADDRESS and len(hosts) > 1:
                _log.info("not listening on %s: %s", host, error.strerror)
                continue
            for opened in servers:
                opened.close()
            raise ConfigError(_why(error, host, port, option, holder)) from error
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
    if not servers:
        raise ConfigError(f"none of the addresses {', '.join(hosts)} is this machine's")
    return servers, port


async def _open(gate: Gate, host: str, port: int, tls: ssl.SSLContext | None) -> asyncio.Server:
    handshake_s = _HANDSHAKE_S if tls else None
    loop = asyncio.get_running_loop()
    return await loop.create_server(gate, host, port, ssl=tls, ssl_handshake_timeout=handshake_s)


def _why(error: OSError, host: str, port: int, option: str, holder: Callable[[int], str]) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken: {holder(port)} has it; stop that, or choose another with {option}"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for root; choose one above 1023 with {option}"
    return f"cannot listen on {host} port {port}: {error.strerror}"


def unix_socket(folder: Path) -> socket.socket:
    """A listening socket in `folder` that only this user can open; one left over from an earlier run is replaced."""
    path = folder / SOCKET_NAME
    path.unlink(missing_ok=True)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    directory = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    # Set before it exists, so that there is no moment in which others could connect.
    mask = os.umask(0o177)
    try:
        # An address has room for 107 bytes; a folder may be deeper than that.
        fits = len(os.fsencode(path)) <= _PATH_BYTES
        opened.bind(str(path) if fits else f"/proc/self/fd/{directory}/{SOCKET_NAME}")
    except OSError:
        opened.close()
        raise
    finally:
        os.umask(mask)
        os.close(directory)
    opened.setblocking(False)
    return opened
