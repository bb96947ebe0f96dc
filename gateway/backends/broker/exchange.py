"""A PUBLISH on its way: accepted, delivered to whom it concerns, acknowledged once what it changes is on the disk."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence

from amqtt.contexts import Action

from ...core.messages import ClientSubscribed, Message, TrafficSeen
from ...core.metrics import Histogram
from ...core.mqtt import packets
from ...core.ports.gatekeeper import Auditor
from ...core.ports.intake import NOTHING, Intake, Taken
from ...core.ports.store import Change, Receipt, Received, Writer
from ...flow.bus import Bus
from .backpressure import Backpressure
from .connection import Connection
from .exactly_once import ExactlyOnce
from .outlet import Flusher
from .receipts import Acknowledgement, Bequest
from .rights import NotYet, Rights
from .router import Route, Router
from .session import Session
from .settings import BrokerSettings, Counters
from .subscriptions import Subscriptions

_PREVIEW_BYTES = 200
_RETRY_S = 0.05
_TAKEN = re.compile(r"devices/[^/]+/command|window/[^/]+/control")


def _utc_ms() -> int:
    return time.time_ns() // 1_000_000


class Exchange:
    """The heart of the broker. `writer` None: nothing is kept on the disk (a bare broker)."""

    def __init__(
        self,
        limits: BrokerSettings,
        rights: Rights,
        bus: Bus,
        writer: Writer | None = None,
        intake: Intake | None = None,
        auditor: Auditor | None = None,
    ) -> None:
        self.limits = limits
        self.counters = Counters()
        self.durable_s = Histogram()
        """From a message's arrival until it is on the disk."""
        self.router = Router(limits.max_retained)
        self.rights = rights
        self.watched = False
        """Somebody looks at the traffic."""
        self.clock: Callable[[], int] = _utc_ms
        self._bus = bus
        self._writer = writer
        self._intake = intake
        self._auditor = auditor
        self._loop = asyncio.get_running_loop()
        self._owing: set[Connection] = set()
        self._rate = limits.messages_per_s
        self.now = self._loop.time
        self.flusher = Flusher(self._loop)
        self.exactly_once = ExactlyOnce(writer)
        self.subscriptions = Subscriptions(limits, self.router, rights, writer, self.denied, self._subscribed)
        self._backpressure = Backpressure(limits, self.counters, self.note, self._loop)

    def watch_traffic(self, watched: bool) -> None:
        """Show every message on the bus while somebody looks."""
        self.watched = watched

    # --- publishing ---------------------------------------------------------------------------------------

    def may_publish(self, connection: Connection, topic: str) -> bool:
        """Raises NotYet when a plugin has to wait."""
        session = connection.session
        return session is not None and self.rights.allowed(connection, session.identity, topic, Action.PUBLISH)

    def fill(self, connection: Connection | None, route: Route) -> None:
        """Work out who gets messages on a topic. Raises NotYet when a plugin has to wait."""
        route.targets = () if self.takes(route.topic) else self._entitled(connection, route.topic)

    def takes(self, topic: str) -> bool:
        """Whether the intake takes messages on this topic for itself: nobody is sent them, none is retained.

        A command reaches its node only by `hand`, once it is in the gateway's book; so does what a service has decided
        about a window, once the gateway has judged it.
        """
        return self._intake is not None and _TAKEN.fullmatch(topic) is not None

    def _entitled(self, connection: Connection | None, topic: str) -> tuple[tuple[Session, int], ...]:
        allowed = self.rights.allowed
        return tuple(
            (session, qos)
            for session, qos in self.router.subscribers(topic).items()
            if allowed(connection, session.identity, topic, Action.RECEIVE)
        )

    def accept(self, connection: Connection, route: Route, payload: bytes, header: int, packet_id: int) -> None:
        """Deliver one message of a client and acknowledge it when what it changes is on the disk."""
        session = connection.session
        assert session is not None
        qos = header >> 1 & 3
        self.counters.messages_in += 1
        if qos == 2:
            if packet_id in session.received:
                # Sent again because its PUBREC is not through yet: the empty receipt queues behind the first.
                self._acknowledge(connection, packets.encode_ack(packets.PUBREC_HEAD, packet_id), [], NOTHING)
                return
            session.received.add(packet_id)
        changes: Sequence[Change] = ()
        if route.targets or header & 1:
            changes = self.deliver(route, payload, qos, header & 1, connection)
        taken = NOTHING
        if self._intake is not None:
            taken = self._intake.take(
                Message(connection.client, route.topic, payload, qos, bool(header & 1), packet_id, bool(header & 8))
            )
            if taken.changes:
                changes = [*changes, *taken.changes] if changes else taken.changes
        if self.watched:
            self._show(connection.client, route.topic, payload, qos, header & 1)
        packet = b""
        if qos == 1:
            packet = packets.encode_ack(packets.PUBACK_HEAD, packet_id)
        elif qos == 2:
            packet = packets.encode_ack(packets.PUBREC_HEAD, packet_id)
            if session.persistent:
                changes = [*changes, Received(session.client, packet_id)]
        self._acknowledge(connection, packet, changes, taken)
        if self._rate:
            self._backpressure.meter(connection)

    def _acknowledge(self, connection: Connection, packet: bytes, changes: Sequence[Change], taken: Taken) -> None:
        writer = self._writer
        # A message without changes still waits behind earlier ones: acknowledgements keep their order (4.6).
        if writer is not None and (changes or connection.unsettled):
            connection.unsettled += 1
            writer.submit(changes, Acknowledgement(connection, packet, taken, time.perf_counter()))
            if writer.congested:
                connection.block(writer)
                writer.when_relieved(lambda: connection.unblock(writer))
            return
        if taken.events:
            self.committed(taken)
        if packet:
            connection.write(packet)

    def deliver(
        self, route: Route, payload: bytes, qos: int, retain: int, publisher: Connection | None = None
    ) -> list[Change]:
        """Hand a message to everyone who wants it and is entitled to it; returns what must be committed."""
        changes: list[Change] = []
        if retain and not self.takes(route.topic):
            kept = self.router.retain(route.topic, payload, qos)
            if kept is not None:
                changes.append(kept)
        for session, granted in route.targets or ():
            change = session.offer(route.topic, route.field, payload, qos if qos < granted else granted)
            if change is not None:
                changes.append(change)
            if session.slow:
                self._backpressure.slow_down(publisher, session)
        return changes if self._writer is not None else []

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, retain: bool = False, receipt: Receipt | None = None
    ) -> None:
        """Publish as the gateway itself; `receipt` is settled when it is durable."""
        route = self.router.route(topic)
        if route.targets is None:
            try:
                self.fill(None, route)
            except NotYet:
                self._loop.call_later(_RETRY_S, self.publish, topic, payload, qos, retain, receipt)
                return
        changes = self.deliver(route, payload, qos, int(retain))
        if self.watched:
            self._show("gateway", topic, payload, qos, int(retain))
        if self._writer is not None and (changes or receipt is not None):
            self._writer.submit(changes, receipt)
        elif receipt is not None:
            receipt.settled(None)

    def hand(self, device: str, topic: str, payload: bytes) -> bool:
        """To everyone who is connected and entitled now, at QoS 1 where they were granted it; kept for nobody.

        Whether the client of `device` itself was among them; not while a plugin has to be waited for.
        """
        try:
            targets = self._entitled(None, topic)
        except NotYet:
            return False
        field = packets.topic_field(topic)
        there = False
        for session, granted in targets:
            if session.hand(field, payload, granted) and session.user == device:
                there = True
        if self.watched:
            self._show("gateway", topic, payload, 1, 0)
        return there

    def bequeath(self, client: str, will: packets.Will) -> None:
        """Publish a last will: for everybody who subscribed, and for the gateway itself, as of its sender."""
        self.publish(will.topic, will.payload, will.qos, will.retain)
        if self._intake is None:
            return
        taken = self._intake.take(Message(client, will.topic, will.payload, will.qos, will.retain))
        if taken.changes and self._writer is not None:
            self._writer.submit(taken.changes, Bequest(self, taken))
        else:
            self.committed(taken)

    def _show(self, client: str, topic: str, payload: bytes, qos: int, retain: int) -> None:
        preview = payload[:_PREVIEW_BYTES].decode("utf-8", "replace")
        self._bus.publish(TrafficSeen(self.clock(), client, topic, len(payload), qos, bool(retain), preview))

    def _subscribed(self, session: Session, filters: tuple[str, ...]) -> None:
        self._bus.publish(ClientSubscribed(session.client, session.user, filters))

    # --- acknowledgements ---------------------------------------------------------------------------------

    def save(self, change: Change | None) -> None:
        """Commit something nobody waits for."""
        if change is not None and self._writer is not None:
            self._writer.submit((change,))

    def committed(self, taken: Taken) -> None:
        """Announce what a message meant, now that it is durable."""
        if self._intake is not None:
            self._intake.committed(taken)

    # --- refusals and failures ----------------------------------------------------------------------------

    def denied(self, connection: Connection, what: str, topic: str) -> None:
        """Count and write down what a client tried."""
        self.counters.denied += 1
        self.note(f"mqtt.denied.{what}", connection.client, topic)

    def note(self, kind: str, who: str, detail: str) -> None:
        """Write something into the audit trail."""
        if self._auditor is not None:
            self._auditor.note(kind, who, detail)

    def unstored(self, connection: Connection, packet: bytes = b"") -> None:
        """A message could not be kept: `packet`, its acknowledgement, is not sent, and the client sends it again."""
        self.counters.unstored += 1
        if packet[:2] == packets.PUBREC_HEAD and connection.session is not None:
            connection.session.received.discard(int.from_bytes(packet[2:], "big"))
        self._owing.add(connection)

    def stored_again(self) -> None:
        """There is room on the disk: clients with unacknowledged messages reconnect and deliver them."""
        owing, self._owing = self._owing, set()
        for connection in owing:
            connection.close("there is room on the disk again: send what was not acknowledged")
