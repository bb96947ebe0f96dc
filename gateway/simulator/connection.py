"""One MQTT 3.1.1 connection of a client: packets in and out, keep-alive, and how it ended."""

from __future__ import annotations

import asyncio
import ssl
from typing import Protocol

import msgspec

from ..core.errors import GatewayError, ProtocolError
from ..core.mqtt import packets
from ..core.mqtt.framing import Framer

_LARGEST_PACKET = 256 * 1024
_REASONS = {
    packets.BAD_PROTOCOL: "the broker does not speak MQTT 3.1.1",
    packets.BAD_CLIENT_ID: "the client id was refused",
    packets.UNAVAILABLE: "the broker is not available",
    packets.BAD_CREDENTIALS: "user name or password are wrong",
    packets.NOT_AUTHORISED: "not authorised",
}


class Unreachable(GatewayError):
    """No connection could be made; trying again may help."""


class LinkRefused(GatewayError):
    """The broker answered and said no, or is not the one that was pinned; trying again does not help."""


class Address(msgspec.Struct, frozen=True):
    """Where a broker listens."""

    host: str
    port: int


class Owner(Protocol):
    """Who is told what a connection hears."""

    def acknowledged(self, packet_id: int) -> None:
        """The broker has taken this QoS 1 message over."""

    def arrived(self, topic: str, payload: bytes) -> None:
        """A message for us; it is acknowledged when this returns."""

    def subscribed(self, codes: list[int]) -> None:
        """The broker's answer to one SUBSCRIBE."""

    def answered(self) -> None:
        """The broker answered a ping."""


class Connection(asyncio.Protocol):
    """Opened by `open`; afterwards only `write` and `close`, and `lost` tells the end in words."""

    def __init__(self, hello: packets.Connect, owner: Owner) -> None:
        self._hello = hello
        self._owner = owner
        self._framer = Framer(_LARGEST_PACKET)
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._tick: asyncio.TimerHandle | None = None
        self._heard = self._spoke = self._pinged = False
        self._reason = ""
        self._welcome: asyncio.Future[tuple[bool, int]] = self._loop.create_future()
        self.lost: asyncio.Future[str] = self._loop.create_future()
        self.session_present = False

    @classmethod
    async def open(
        cls, address: Address, tls: ssl.SSLContext | None, hello: packets.Connect, owner: Owner, timeout_s: float
    ) -> Connection:
        """A connection that was accepted. Raises LinkRefused or Unreachable."""
        connection = cls(hello, owner)
        try:
            async with asyncio.timeout(timeout_s):
                code = await connection._greet(address, tls)
        except ssl.SSLCertVerificationError as error:
            raise LinkRefused(f"the broker's certificate is not one of ours: {error.verify_message}") from error
        except TimeoutError as error:
            raise Unreachable(f"no answer within {timeout_s:.0f} s") from error
        except OSError as error:
            raise Unreachable(error.strerror or str(error)) from error
        if code != packets.ACCEPTED:
            connection.abort()
            reason = _REASONS.get(code, f"refused with code {code}")
            raise Unreachable(reason) if code == packets.UNAVAILABLE else LinkRefused(reason)
        return connection

    async def _greet(self, address: Address, tls: ssl.SSLContext | None) -> int:
        """Connect and introduce ourselves; the return code of CONNACK."""
        try:
            await self._loop.create_connection(
                lambda: self, address.host, address.port, ssl=tls, server_hostname=address.host if tls else None
            )
            self.session_present, code = await self._welcome
        except BaseException:
            self._welcome.cancel()
            self.abort()
            raise
        return code

    def write(self, packet: bytes) -> None:
        """Send one packet; silently nothing when the connection is already going down."""
        if self._transport is not None and not self._transport.is_closing():
            self._spoke = True
            self._transport.write(packet)

    def close(self) -> None:
        """Say goodbye, so that the will is not published, and end."""
        self.write(packets.DISCONNECT_BYTES)
        self._reason = self._reason or "closed"
        if self._transport is not None:
            self._transport.close()

    def abort(self, reason: str = "") -> None:
        """End at once, without a goodbye."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    def abandon(self) -> asyncio.Transport | None:
        """End for us alone, as when the network dies without a word: the socket stays open and is not read any more.

        Whoever calls this aborts the transport some day.
        """
        transport, self._transport = self._transport, None
        if self._tick is not None:
            self._tick.cancel()
        if transport is not None:
            transport.pause_reading()
        if not self.lost.done():
            self.lost.set_result("the network went away")
        return transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the socket (and TLS) is ready."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.write(packets.encode_connect(self._hello))
        self._schedule_tick()

    def data_received(self, data: bytes) -> None:
        """asyncio: some bytes."""
        if self.lost.done():
            return
        self._heard = True
        try:
            for header, body in self._framer.feed(data):
                self._handle(header, body)
        except ProtocolError as error:
            self.abort(f"the broker broke MQTT: {error}")

    def connection_lost(self, error: Exception | None) -> None:
        """asyncio: it is over."""
        if self._tick is not None:
            self._tick.cancel()
        self._transport = None
        reason = self._reason or (str(error) if error else "the broker closed the connection")
        if not self._welcome.done():
            self._welcome.set_exception(ConnectionResetError(0, reason))
        if not self.lost.done():
            self.lost.set_result(reason)

    def _handle(self, header: int, body: bytes) -> None:
        kind = header >> 4
        if kind == packets.PUBACK:
            self._owner.acknowledged(packets.decode_ack(header, body))
        elif kind == packets.PUBLISH:
            self._take(header, body)
        elif kind == packets.PINGRESP:
            self._pinged = False
            self._owner.answered()
        elif kind == packets.SUBACK:
            self._owner.subscribed(packets.decode_suback(body)[1])
        elif kind == packets.CONNACK and not self._welcome.done():
            self._welcome.set_result(packets.decode_connack(body))
        else:
            raise ProtocolError(f"packet type {kind} out of place")

    def _take(self, header: int, body: bytes) -> None:
        topic, packet_id, payload = packets.decode_publish(header, body)
        if header & 6 == 4:
            raise ProtocolError("QoS 2 was not asked for")
        self._owner.arrived(packets.decode_text(topic), payload)
        if packet_id:
            self.write(packets.encode_ack(packets.PUBACK_HEAD, packet_id))

    def _schedule_tick(self) -> None:
        if self._hello.keep_alive_s:
            self._tick = self._loop.call_later(self._hello.keep_alive_s / 2, self._keep_alive)

    def _keep_alive(self) -> None:
        if self._pinged and not self._heard:
            self.abort("the broker does not answer any more")
            return
        if not (self._heard and self._spoke):
            self._pinged = True
            self.write(packets.PINGREQ_BYTES)
        self._heard = self._spoke = False
        self._schedule_tick()
