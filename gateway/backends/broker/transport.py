"""What carries a connection's bytes: TCP and TLS as an asyncio protocol, WebSocket through amqtt's listener."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import sslproto
from typing import TYPE_CHECKING, cast

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from .connection import Connection

if TYPE_CHECKING:
    from .admission import Admission

_HIGH_WATER = 512 * 1024
_TLS_READ_BYTES = 16 * 1024
_READ_BYTES = 64 * 1024
_CLOSE_S = 2.0


def server_tls(certificate: str, key: str) -> ssl.SSLContext:
    """TLS 1.2 and up with the gateway's certificate; clients prove themselves by password."""
    # asyncio reserves 256 KiB for every TLS connection; a node's packets fit 16 KiB reads (200 nodes: 47 MB less).
    sslproto.SSLProtocol.max_size = _TLS_READ_BYTES
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def client_tls(ca_pem: str) -> ssl.SSLContext:
    """For a client of this gateway: its CA and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca_pem)
    return context


class StreamPipe(asyncio.Protocol):
    """TCP or TLS, without asyncio's streams in between."""

    def __init__(self, admission: Admission, listener: str) -> None:
        self._admission = admission
        self._listener = listener
        self._connection: Connection | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the transport is up."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        connection = Connection(self._admission, self, _address(peer), self._listener)
        if not self._admission.opened(connection):
            self._transport.abort()
            return
        self._transport.set_write_buffer_limits(_HIGH_WATER)
        if hasattr(self._transport, "max_size"):
            # asyncio reserves 256 KiB for every read, however small; that alone costs a third of a short message.
            self._transport.max_size = _READ_BYTES
        self._connection = connection

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes."""
        if self._connection is not None:
            self._connection.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the transport is gone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.lost()

    def pause_writing(self) -> None:
        """asyncio: the buffer is full."""
        if self._connection is not None:
            self._connection.clog()

    def resume_writing(self) -> None:
        """asyncio: the buffer has drained."""
        if self._connection is not None:
            self._connection.unclog()

    def write(self, data: bytes) -> None:
        """As Pipe."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def pause(self) -> None:
        """As Pipe."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """As Pipe."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def backlog(self) -> int:
        """As Pipe."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def close(self) -> None:
        """As Pipe; a client that does not take the rest is not waited for."""
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.close()
        asyncio.get_running_loop().call_later(_CLOSE_S, self._transport.abort)

    def abort(self) -> None:
        """As Pipe."""
        if self._transport is not None:
            self._transport.abort()


class WebSocketPipe:
    """MQTT in binary WebSocket messages, whose borders mean nothing (6.0)."""

    def __init__(self, admission: Admission, websocket: ServerConnection, listener: str) -> None:
        self._websocket = websocket
        self._out: list[bytes] = []
        self._size = 0
        self._due = asyncio.Event()
        self._readable = asyncio.Event()
        self._readable.set()
        self._closing = False
        self._connection = Connection(admission, self, _address(websocket.remote_address), listener)
        self._admission = admission

    async def run(self) -> None:
        """Carry bytes until either side ends."""
        if not self._admission.opened(self._connection):
            await self._websocket.close(1013, "too many connections")
            return
        writer = asyncio.create_task(self._write())
        try:
            while not self._closing:
                await self._readable.wait()
                message = await self._websocket.recv()
                if isinstance(message, str):
                    self._connection.close("a text message on a binary WebSocket", at_once=True)
                    break
                self._connection.feed(message)
        except ConnectionClosed:
            pass
        finally:
            self._connection.lost()
            self._due.set()
            await asyncio.wait([writer], timeout=_CLOSE_S)
            writer.cancel()
            await self._websocket.close()

    async def _write(self) -> None:
        try:
            while self._out or not self._closing:
                await self._due.wait()
                self._due.clear()
                out, self._out = b"".join(self._out), []
                if out:
                    await self._websocket.send(out)
                    self._size -= len(out)
                    if self._connection.clogged:
                        self._connection.unclog()
        except ConnectionClosed:
            pass
        finally:
            if self._closing:
                await self._websocket.close()

    def write(self, data: bytes) -> None:
        """As Pipe."""
        self._out.append(data)
        self._size += len(data)
        self._due.set()
        if self._size > _HIGH_WATER:
            self._connection.clog()

    def pause(self) -> None:
        """As Pipe."""
        self._readable.clear()

    def resume(self) -> None:
        """As Pipe."""
        self._readable.set()

    def backlog(self) -> int:
        """As Pipe."""
        return self._size

    def close(self) -> None:
        """As Pipe."""
        self._closing = True
        self._readable.set()
        self._due.set()

    def abort(self) -> None:
        """As Pipe."""
        self._out.clear()
        self.close()


def _address(peer: object) -> str:
    return f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) and len(peer) > 1 else "local"
