"""Who is connected: CONNECT, take-over, the end of a connection, wills, keep-alive and stalls.

Nothing about a session is touched before its client has proved who it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from amqtt.contexts import Action

from ...core.access import Kind, Principal
from ...core.messages import ClientConnected, ClientDisconnected
from ...core.mqtt import packets
from ...core.ports.gatekeeper import Gatekeeper
from ...core.ports.store import SessionDropped, SessionOpened, StoredSession
from ...flow.bus import Bus
from .connection import Connection
from .exchange import Exchange
from .rights import PASSWORD, REFUSAL, Identity, NotYet
from .session import Session, restore_all


class Admission:
    """The table of sessions and connections. `gatekeeper` None: everybody is a program (a bare broker)."""

    def __init__(self, exchange: Exchange, bus: Bus, gatekeeper: Gatekeeper | None = None) -> None:
        self.exchange = exchange
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self._bus = bus
        self._gatekeeper = gatekeeper

    def restore(self, stored: Iterable[StoredSession]) -> None:
        """Take up the persistent sessions of before."""
        self.sessions = restore_all(stored, self.exchange.limits, self.exchange.counters)
        for session in self.sessions.values():
            subscriptions, session.subscriptions = session.subscriptions, {}
            for topic_filter, qos in subscriptions.items():
                self.exchange.router.subscribe(session, topic_filter, qos)

    # --- coming in ----------------------------------------------------------------------------------------

    def opened(self, connection: Connection) -> bool:
        """A transport is up; False when there is no room for another."""
        if len(self.connections) >= self.exchange.limits.max_connections:
            self.exchange.counters.refused += 1
            self.exchange.note("mqtt.refused.full", connection.address, "too many connections")
            return False
        self.connections.add(connection)
        return True

    def admit(self, connection: Connection, connect: packets.Connect) -> None:
        """Judge a CONNECT; it may take a while."""
        client = connect.client_id
        if not client:
            if not connect.clean:
                self._refuse(connection, packets.BAD_CLIENT_ID, "an empty client id needs a clean session")
                return
            client = f"auto-{secrets.token_hex(8)}"
        connection.client = client
        identity = _identity(connection, client, connect)

        def decided(allowed: bool) -> None:
            identity.password = None
            identity.attributes.pop(PASSWORD, None)
            if allowed:
                self._enter(connection, connect, client, identity)
            else:
                code = packets.NOT_AUTHORISED if connect.username is None else packets.BAD_CREDENTIALS
                reason = identity.attributes.get(REFUSAL) or _wrong(connect.username)
                self._refuse(connection, code, reason)

        self.exchange.rights.authenticate(connection, identity, decided)

    def _refuse(self, connection: Connection, code: int, reason: str) -> None:
        self.exchange.counters.refused += 1
        self.exchange.note("mqtt.refused", connection.client or connection.address, f"{reason} ({connection.address})")
        connection.write(packets.encode_connack(code))
        connection.close(f"refused: {reason}")

    def _enter(self, connection: Connection, connect: packets.Connect, client: str, identity: Identity) -> None:
        who = self._principal(connect.username)
        if who is None:
            self._refuse(connection, packets.NOT_AUTHORISED, f"{connect.username} is unknown")
            return
        if connect.will is not None and not self._may_leave(connection, identity, connect.will):
            self._refuse(connection, packets.NOT_AUTHORISED, f"its will on {connect.will.topic} is not allowed")
            return
        if client not in self.sessions and len(self.sessions) >= self.exchange.limits.max_sessions:
            self._refuse(connection, packets.UNAVAILABLE, "too many sessions")
            return
        previous = self.sessions.get(client)
        if previous is not None and isinstance(previous.wire, Connection):
            self.exchange.counters.taken_over += 1
            previous.wire.close("taken over by a newer connection of the same client id")
        session, present = self._session(client, connect, who)
        session.identity = identity
        session.service = who.kind is not Kind.DEVICE
        session.window = self.exchange.limits.service_window if session.service else self.exchange.limits.window
        self._attach(connection, connect, session, present)

    def _principal(self, username: str | None) -> Principal | None:
        if self._gatekeeper is None:
            return Principal(Kind.SERVICE, username or "")
        return self._gatekeeper.principal(username or "")

    def _may_leave(self, connection: Connection, identity: Identity, will: packets.Will) -> bool:
        try:
            allowed = self.exchange.rights.allowed(connection, identity, will.topic, Action.PUBLISH)
        except NotYet:
            allowed = False
        if not allowed:
            self.exchange.denied(connection, "will", will.topic)
        return allowed

    def _session(self, client: str, connect: packets.Connect, who: Principal) -> tuple[Session, bool]:
        """The session to go on with and whether it is an old one (3.1.2.4)."""
        exchange = self.exchange
        old = self.sessions.get(client)
        if old is not None and not connect.clean and old.persistent and old.user == who.name:
            return old, True
        if old is not None:
            self._drop(old)
        session = Session(client, who.name, not connect.clean, exchange.limits, exchange.counters)
        if session.persistent:
            exchange.save(SessionOpened(client, who.name))
        self.sessions[client] = session
        return session, False

    def _drop(self, session: Session) -> None:
        self.exchange.router.remove(session)
        session.persistent, was = False, session.persistent
        session.detach()
        self.exchange.counters.messages_out += session.serial + session.sent
        if self.sessions.get(session.client) is session:
            del self.sessions[session.client]
        if was:
            self.exchange.save(SessionDropped(session.client))

    def _attach(self, connection: Connection, connect: packets.Connect, session: Session, present: bool) -> None:
        exchange = self.exchange
        exchange.counters.accepted += 1
        connection.session = session
        connection.will = connect.will
        connection.keep_alive_s = float(connect.keep_alive_s)
        session.identity.connected(True)
        session.attach(connection)
        connection.write(packets.encode_connack(packets.ACCEPTED, present))
        session.resend()
        session.pump()
        self._bus.publish(ClientConnected(session.client, session.user, connection.address))

    # --- going away ---------------------------------------------------------------------------------------

    def ended(self, connection: Connection) -> None:
        """A connection is over, for whatever reason."""
        self.connections.discard(connection)
        session = connection.session
        if session is None:
            return
        if session.wire is connection:
            session.detach()
            session.identity.connected(False)
        will, connection.will = connection.will, None
        if will is not None:
            self.exchange.bequeath(session.client, will)
        self._bus.publish(ClientDisconnected(session.client, session.user, connection.reason))
        if not session.persistent and session.wire is None:
            self._drop(session)

    def expel(self, name: str, reason: str, *, forget: bool = False) -> None:
        """End every connection under these credentials at once; `forget` also drops their sessions."""
        exchange = self.exchange
        exchange.rights.forget()
        exchange.router.forget()
        for connection in [one for one in self.connections if one.session is not None and one.session.user == name]:
            connection.close(reason)
        if forget:
            for session in [one for one in self.sessions.values() if one.user == name]:
                self._drop(session)

    def close_all(self, reason: str) -> None:
        """The broker stops."""
        for connection in list(self.connections):
            connection.close(reason)

    # --- watching -----------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Once a second: CONNECTs that never came, clients fallen silent, clients that take nothing."""
        now = self.exchange.now()
        for connection in list(self.connections):
            if connection.closed:
                continue
            if connection.session is None:
                self._await_connect(connection, now)
            elif not self._silent(connection, now):
                self._watch_progress(connection, connection.session, now)

    def _await_connect(self, connection: Connection, now: float) -> None:
        if now - connection.opened > self.exchange.limits.connect_timeout_s:
            self.exchange.counters.timed_out += 1
            connection.close("no CONNECT in time", at_once=True)

    def _silent(self, connection: Connection, now: float) -> bool:
        # While the transport is not read, silence is ours and not the client's.
        limit = connection.keep_alive_s * 1.5
        if not limit or connection.paused or now - connection.heard <= limit:
            return False
        self.exchange.counters.timed_out += 1
        connection.close("keep-alive ran out", at_once=True)
        return True

    def _watch_progress(self, connection: Connection, session: Session, now: float) -> None:
        limits = self.exchange.limits
        seen = (session.progress, connection.pipe.backlog())
        idle = not session.inflight and not connection.clogged
        if idle or seen != connection.seen:
            connection.seen = seen
            connection.stalled_since = connection.resent = now
            return
        waited_for = bool(session.waiting) or session.slow
        if waited_for and now - connection.stalled_since > limits.stall_s:
            self.exchange.counters.stalled += 1
            self.exchange.note("mqtt.stalled", session.client, f"took nothing for {limits.stall_s:.0f} s")
            connection.close("stalled: took nothing while others waited", at_once=True)
        elif now - connection.resent > limits.retry_s and not connection.clogged:
            connection.resent = now
            session.resend()


def _identity(connection: Connection, client: str, connect: packets.Connect) -> Identity:
    identity = Identity.of(client, connect.username or "")
    identity.clean_session = connect.clean
    identity.keep_alive = connect.keep_alive_s
    identity.remote_address = connection.address
    if connect.password is not None:
        identity.password = connect.password.decode("utf-8", "surrogateescape")
        identity.attributes[PASSWORD] = connect.password
    if connect.will is not None:
        identity.will_flag = True
        identity.will_topic = connect.will.topic
        identity.will_message = connect.will.payload
        identity.will_qos = connect.will.qos
        identity.will_retain = connect.will.retain
    return identity


def _wrong(username: str | None) -> str:
    return "it sent no credentials" if username is None else f"wrong credentials for {username}"
