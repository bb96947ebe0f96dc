"""A node's line to its broker: messages go in, and stay in until they are acknowledged.

States: idle -> connecting -> online -> waiting -> connecting …, and closed after `close()`. A connection that cannot
be made leads to waiting, too; a refusal (LinkRefused) ends `run()`, because trying again does not help.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from enum import StrEnum

import msgspec

from ..core.errors import GatewayError
from ..core.mqtt import packets
from ..core.mqtt.filters import check_filter, check_topic, matches
from .backoff import Backoff
from .connection import Address, Connection, Unreachable

_log = logging.getLogger(__name__)
Arrived = Callable[[str, bytes], None]


class LinkClosed(GatewayError):
    """The link ended before this message was acknowledged."""


class State(StrEnum):
    """Where a link is in its life."""

    IDLE = "idle"
    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"
    CLOSED = "closed"


class LinkSettings(msgspec.Struct, frozen=True):
    """Who connects where, and how patiently."""

    address: Address
    hello: packets.Connect
    window: int = 20
    """QoS 1 messages on their way at once; the next one waits."""
    timeout_s: float = 10.0
    first_wait_s: float = 0.25
    most_wait_s: float = 10.0
    give_up_after: int | None = None
    """Tries in a row that got nothing acknowledged before run() raises Unreachable; None: never."""


class _Pending(msgspec.Struct):
    topic: bytes
    payload: bytes
    retain: int
    done: asyncio.Future[None]


class Link:
    """An MQTT 3.1.1 client that comes back by itself. `run()` keeps it alive; everything else is called beside it."""

    def __init__(
        self,
        settings: LinkSettings,
        rng: random.Random,
        tls: ssl.SSLContext | None = None,
        on_state: Callable[[State, str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._tls = tls
        self._on_state = on_state
        self._backoff = Backoff(rng, settings.first_wait_s, settings.most_wait_s)
        self._slots = asyncio.Semaphore(settings.window)
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._handlers: dict[str, tuple[int, Arrived]] = {}
        self._connection: Connection | None = None
        self._closing = asyncio.Event()
        self._away = False
        self._abandoned: list[asyncio.Transport] = []
        self.state = State.IDLE
        self.resent = 0
        """Messages sent again after a reconnection."""

    async def run(self) -> None:
        """Connect, and connect again, until `close()`. Raises LinkRefused, or Unreachable when told to give up."""
        try:
            while not self._closing.is_set():
                reason = await self._one_connection()
                if not self._closing.is_set():
                    await self._wait(reason)
        finally:
            self._end()

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send at QoS 1; returns when acknowledged, however many connections that takes, or raises LinkClosed."""
        await (await self.offer(topic, payload, retain=retain))

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send at QoS 0; lost when the link is not online."""
        check_topic(topic)
        if self._connection is not None:
            self._connection.write(packets.encode_publish(packets.topic_field(topic), payload, flags=int(retain)))

    async def offer(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[None]:
        """Wait for room in the window, send at QoS 1; the future ends with the acknowledgement (see `publish`)."""
        check_topic(topic)
        await self._slots.acquire()
        if self._closing.is_set():
            self._slots.release()
            raise LinkClosed("the link is closed")
        pending = _Pending(packets.topic_field(topic), payload, int(retain), asyncio.get_running_loop().create_future())
        packet_id = self._free_id()
        self._pending[packet_id] = pending
        self._send(packet_id, pending, 0)
        return pending.done

    def subscribe(self, topic_filter: str, arrived: Arrived, qos: int = 1) -> None:
        """Hand every message on `topic_filter` (at most QoS 1) to `arrived`, now and after every reconnection."""
        check_filter(topic_filter)
        self._handlers[topic_filter] = (min(qos, 1), arrived)
        if self._connection is not None:
            self._ask_for([topic_filter])

    def close(self) -> None:
        """Disconnect properly and stop; what is not acknowledged yet fails with LinkClosed."""
        self._closing.set()
        if self._connection is not None:
            self._connection.close()

    def leave(self, *, silently: bool = False) -> None:
        """The network is gone: no connection until `come_back()`. `silently`: the broker is not told, either."""
        self._away = True
        if self._connection is None:
            return
        if not silently:
            self._connection.abort("the network went away")
            return
        transport = self._connection.abandon()
        if transport is not None:
            self._abandoned.append(transport)

    def come_back(self) -> None:
        """The network is there again; the next try connects."""
        self._away = False

    def drop(self) -> None:
        """The connection ends without a goodbye; the next try connects."""
        if self._connection is not None:
            self._connection.abort("the network went away")

    def repeat(self) -> None:
        """Send everything that is on its way once more, as an impatient client does."""
        for packet_id, pending in self._pending.items():
            self._send(packet_id, pending, packets.DUP)

    async def _one_connection(self) -> str:
        """Connect and stay until it is lost; why it ended."""
        if self._away:
            return "there is no network"
        self._enter(State.CONNECTING)
        settings = self._settings
        opening = asyncio.create_task(
            Connection.open(settings.address, self._tls, settings.hello, self, settings.timeout_s)
        )
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait((opening, closing), return_when=asyncio.FIRST_COMPLETED)
            if not opening.done():
                return "closed"
            self._connection = opening.result()
            if self._away:
                return "there is no network"
            self._come_online()
            return await self._connection.lost
        except Unreachable as error:
            return str(error)
        finally:
            opening.cancel()
            closing.cancel()
            await asyncio.gather(opening, closing, return_exceptions=True)
            if self._connection is not None:
                self._connection.abort()
                self._connection = None

    def _come_online(self) -> None:
        if self._handlers:
            self._ask_for(list(self._handlers))
        for packet_id, pending in self._pending.items():
            self.resent += 1
            self._send(packet_id, pending, packets.DUP)
        self._enter(State.ONLINE)

    async def _wait(self, reason: str) -> None:
        delay_s = self._backoff.next_s()
        give_up_after = self._settings.give_up_after
        if give_up_after is not None and self._backoff.failures >= give_up_after:
            raise Unreachable(f"gave up after {give_up_after} tries: {reason}")
        self._enter(State.WAITING, reason)
        try:
            async with asyncio.timeout(delay_s):
                await self._closing.wait()
        except TimeoutError:
            return

    def _end(self) -> None:
        self._closing.set()
        for transport in self._abandoned:
            transport.abort()
        self._abandoned.clear()
        for pending in self._pending.values():
            if not pending.done.done():
                pending.done.set_exception(LinkClosed("the link ended before the message was acknowledged"))
                pending.done.exception()  # looked at here, so that nobody has to wait for it
            self._slots.release()
        self._pending.clear()
        self._enter(State.CLOSED)

    def _enter(self, state: State, detail: str = "") -> None:
        self.state = state
        if self._on_state is not None:
            self._on_state(state, detail)

    def _send(self, packet_id: int, pending: _Pending, flags: int) -> None:
        if self._connection is not None:
            packet = packets.encode_publish(pending.topic, pending.payload, 1, packet_id, flags | pending.retain)
            self._connection.write(packet)

    def _ask_for(self, filters: list[str]) -> None:
        assert self._connection is not None
        wanted = [(name, self._handlers[name][0]) for name in filters]
        self._connection.write(packets.encode_subscribe(self._free_id(), wanted))

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id % 65535 + 1
            if self._last_id not in self._pending:
                return self._last_id

    def acknowledged(self, packet_id: int) -> None:
        """Connection: the broker has taken a message over."""
        pending = self._pending.pop(packet_id, None)
        if pending is None:
            return
        self._backoff.reset()
        self._slots.release()
        if not pending.done.done():
            pending.done.set_result(None)

    def arrived(self, topic: str, payload: bytes) -> None:
        """Connection: a message for one of our subscriptions."""
        for topic_filter, (_, handler) in self._handlers.items():
            if matches(topic_filter, topic):
                handler(topic, payload)

    def subscribed(self, codes: list[int]) -> None:
        """Connection: the broker's answer to a subscription."""
        if packets.SUBSCRIPTION_REFUSED in codes:
            _log.warning("%s: a subscription was refused", self._settings.hello.client_id)

    def answered(self) -> None:
        """Connection: the broker answered a ping."""
        self._backoff.reset()
