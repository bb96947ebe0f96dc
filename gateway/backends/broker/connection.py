"""One client's connection: bytes in, packets handled in order, answers coalesced into one write per loop turn.

Nothing here awaits. When a packet cannot be handled yet (a check that takes time, a full disk queue, a slow
subscriber, a rate limit), the connection is blocked for that reason: acknowledgements and pings are still
handled, everything else is held in order, and past a bound the transport stops reading.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from ...core.errors import ProtocolError
from ...core.mqtt import packets
from ...core.mqtt.filters import check_topic
from ...core.mqtt.framing import Frame, Framer
from ...flow.correlation import correlated, of_message
from . import control
from .outlet import Outlet, Pipe
from .rights import NotYet

if TYPE_CHECKING:
    from .admission import Admission
    from .exchange import Exchange
    from .router import Route
    from .session import Session

_log = logging.getLogger(__name__)
_HELD_BYTES = 65_536
_MAX_CONNECT_BYTES = 70_000
_URGENT = frozenset({packets.PUBACK, packets.PUBREC, packets.PUBREL, packets.PUBCOMP, packets.PINGREQ})
_MAX_CACHED_TOPICS = 1_000


class Allowed(msgspec.Struct, gc=False):
    """A topic this client was checked for. Stale when its `epoch` is not the broker's."""

    epoch: object
    route: Route | None
    """None: publishing there is refused."""
    topic: str


class Connection(Outlet):
    """The broker's end of one MQTT connection."""

    __slots__ = (
        "_blocked",
        "_cache",
        "_checked",
        "_framer",
        "_held",
        "_held_bytes",
        "_paused",
        "address",
        "admission",
        "client",
        "clogged",
        "exchange",
        "heard",
        "keep_alive_s",
        "listener",
        "opened",
        "reason",
        "resent",
        "seen",
        "session",
        "stalled_since",
        "tokens",
        "tokens_at",
        "unsettled",
        "will",
    )

    def __init__(self, admission: Admission, pipe: Pipe, address: str, listener: str) -> None:
        self.exchange: Exchange = admission.exchange
        super().__init__(pipe, self.exchange.flusher)
        self.admission = admission
        now = self.exchange.now()
        limits = self.exchange.limits
        self.address = address
        self.listener = listener
        self.client = ""
        self.session: Session | None = None
        self.will: packets.Will | None = None
        self.keep_alive_s = 0.0
        self.opened = now
        self.heard = now
        self.resent = now
        self.seen: tuple[int, int] = (0, 0)
        self.stalled_since = 0.0
        self.tokens = float(limits.message_burst)
        self.tokens_at = now
        self.unsettled = 0
        self.clogged = False
        self.reason = ""
        self._checked = False
        self._framer = Framer(min(_MAX_CONNECT_BYTES, limits.max_packet_bytes))
        self._blocked: set[object] = set()
        self._held: list[Frame] = []
        self._held_bytes = 0
        self._paused = False
        self._cache: dict[bytes, Allowed] = {}

    # --- bytes in -----------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Handle what the transport has read."""
        if self.closed:
            return
        self.heard = self.exchange.now()
        try:
            frames = self._framer.feed(data)
            if self._blocked:
                self._hold(frames, 0)
            else:
                self._handle(frames)
        except ProtocolError as error:
            self._violated(error)
        except Exception:  # noqa: BLE001 - a mistake of ours costs one connection, never the broker
            _log.exception("handling a packet of %s failed", self.client or self.address)
            self.close("internal error")

    def _handle(self, frames: list[Frame]) -> None:
        session = self.session
        for index, (header, body) in enumerate(frames):
            if header == 0x40 and session is not None and len(body) == 2 and (packet_id := body[0] << 8 | body[1]):
                # A PUBACK, as often as a PUBLISH and never in anybody's way.
                if (change := session.acknowledged(packet_id, 1)) is not None:
                    self.exchange.save(change)
                continue
            try:
                if header & 0xF0 == 0x30:
                    self._publish(header, body)
                else:
                    self._control(header, body)
            except NotYet:
                self._hold(frames, index)
                return
            if self._blocked or self.closed:
                self._hold(frames, index + 1)
                return

    def _hold(self, frames: list[Frame], start: int) -> None:
        if self.closed:
            return
        for frame in frames[start:]:
            if frame[0] >> 4 in _URGENT and self.session is not None:
                self._control(*frame)
            else:
                self._held.append(frame)
                self._held_bytes += len(frame[1])
        if self._held_bytes > _HELD_BYTES or len(self._held) > 1000:
            self._pause()

    def _violated(self, error: ProtocolError) -> None:
        self.exchange.counters.malformed += 1
        if isinstance(error, packets.UnsupportedProtocol):
            self.write(packets.encode_connack(packets.BAD_PROTOCOL))
        self.exchange.note("mqtt.malformed", self.client or self.address, str(error))
        self.close(f"protocol error: {error}")

    # --- holding back -------------------------------------------------------------------------------------

    @property
    def paused(self) -> bool:
        """The transport does not read, so silence says nothing about the client."""
        return self._paused

    def block(self, reason: object) -> None:
        """Handle nothing but acknowledgements and pings until `unblock` with the same reason."""
        self._blocked.add(reason)

    def unblock(self, reason: object) -> None:
        """Go on if nothing else is in the way."""
        self._blocked.discard(reason)
        if self._blocked or self.closed:
            return
        frames, self._held, self._held_bytes = self._held, [], 0
        try:
            self._handle(frames)
        except ProtocolError as error:
            self._violated(error)
        except Exception:  # noqa: BLE001 - as in feed
            _log.exception("handling a packet of %s failed", self.client)
            self.close("internal error")
        if not self._blocked and not self.closed and self._paused:
            self._paused = False
            self.pipe.resume()

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.pipe.pause()

    # --- packets ------------------------------------------------------------------------------------------

    def _publish(self, header: int, body: bytes) -> None:
        if self.session is None:
            raise ProtocolError("the first packet was not CONNECT")
        topic, packet_id, payload = packets.decode_publish(header, body)
        known = self._cache.get(topic)
        exchange = self.exchange
        if known is None or known.epoch is not exchange.router.epoch:
            known = self._resolve(topic)
        route = known.route
        if route is None:
            with correlated(of_message()):
                exchange.denied(self, "publish", known.topic)
                self.close(f"not allowed to publish to {known.topic}")
            return
        if route.targets is None:
            exchange.fill(self, route)
        exchange.accept(self, route, payload, header, packet_id)

    def _resolve(self, raw: bytes) -> Allowed:
        """Check a topic this client has not used since rights or subscriptions changed."""
        topic = packets.decode_text(raw)
        check_topic(topic)
        exchange = self.exchange
        route = exchange.router.route(topic) if exchange.may_publish(self, topic) else None
        if len(self._cache) >= _MAX_CACHED_TOPICS:
            self._cache.clear()
        entry = self._cache[raw] = Allowed(exchange.router.epoch, route, topic)
        return entry

    def _control(self, header: int, body: bytes) -> None:
        session = self.session
        if session is None:
            self._first(header >> 4, header, body)
        else:
            control.handle(self, session, header, body)

    def _first(self, kind: int, header: int, body: bytes) -> None:
        if kind != packets.CONNECT or self._checked:
            raise ProtocolError("the first packet was not CONNECT")
        self._checked = True
        connect = packets.decode_connect(header, body)
        self._framer.limit = self.exchange.limits.max_packet_bytes
        self.admission.admit(self, connect)

    # --- bytes out ----------------------------------------------------------------------------------------

    def clog(self) -> None:
        """The transport's buffer is full: the client reads slowly."""
        self.clogged = True
        if self.session is not None:
            self.session.slow = True

    def unclog(self) -> None:
        """The transport took it all."""
        self.clogged = False
        if self.session is not None:
            self.session.pump()

    # --- the end ------------------------------------------------------------------------------------------

    def close(self, reason: str, *, at_once: bool = False) -> None:
        """End the connection; the will is sent unless the client said goodbye."""
        if self.closed:
            return
        self.reason = reason
        self._held.clear()
        self._blocked.clear()
        self.shut(at_once=at_once)
        self.admission.ended(self)

    def lost(self) -> None:
        """The transport ended by itself."""
        self.close("connection lost", at_once=True)
