"""The embedded broker: amqtt's configuration, listeners and plugins around an exchange of our own.

What stays amqtt's: `BrokerConfig`, the life of listeners, the plugin manager with authentication, topic and event
plugins, `BrokerContext`. What is replaced, because of defects a gateway must not have: everything from the first
byte of a connection on. This leans on amqtt's private methods, so its version is pinned.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import weakref
from collections.abc import Iterable
from functools import partial
from typing import Any

from amqtt.broker import Broker, RetainedApplicationMessage, Server
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.events import BrokerEvents
from websockets.asyncio.server import ServerConnection

from ...core.messages import AccessRevoked, ClientConnected, ClientDisconnected, DeviceChanged, DeviceSwapped
from ...core.ports.gatekeeper import Auditor, Gatekeeper
from ...core.ports.intake import Intake
from ...core.ports.store import Retained, SessionArchive, Writer
from ...flow.bus import Bus
from .admission import Admission
from .exchange import Exchange
from .rights import Identity, Rights
from .settings import BrokerSettings, Listener
from .transport import StreamPipe, WebSocketPipe, server_tls

_log = logging.getLogger(__name__)
_PLUGINS = "gateway.backends.broker.rights"
_SWEEP_S = 1.0
_BACKLOG = 1024
_HANDSHAKES = 100


class GatewayBroker(Broker):  # type: ignore[misc] # amqtt is untyped to us
    """One broker. Without a gatekeeper everybody may do everything: for conformance suites and benches only."""

    def __init__(
        self,
        limits: BrokerSettings,
        listeners: dict[str, Listener],
        bus: Bus,
        *,
        writer: Writer | None = None,
        archive: SessionArchive | None = None,
        intake: Intake | None = None,
        gatekeeper: Gatekeeper | None = None,
        auditor: Auditor | None = None,
        plugins: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(_config(listeners, gatekeeper, plugins or {}, external=limits.external_decisions))
        rights = Rights(self.plugins_manager._auth_plugins, self.plugins_manager._topic_plugins)  # noqa: SLF001
        self.exchange = Exchange(limits, rights, bus, writer, intake, auditor)
        self.admission = Admission(self.exchange, bus, gatekeeper)
        self._archive = archive
        self._tls: dict[str, tuple[ssl.SSLContext, ListenerConfig]] = {}
        self._pipes: weakref.WeakSet[StreamPipe] = weakref.WeakSet()
        self._sweeper: asyncio.Task[None] | None = None
        bus.on(ClientConnected, self._client_connected_event)
        bus.on(ClientDisconnected, self._client_disconnected_event)
        bus.on(AccessRevoked, self._access_revoked)
        bus.on(DeviceSwapped, self._device_swapped)
        bus.on(DeviceChanged, self._device_changed)

    # --- life ---------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Restore what is persistent, then listen. Raises amqtt's BrokerError when an address is taken."""
        if self._archive is not None:
            self.admission.restore(self._archive.sessions())
            self._restore_retained(self._archive.retained())
        await super().start()
        self._sweeper = asyncio.create_task(self._sweep())

    def _restore_retained(self, stored: Iterable[Retained]) -> None:
        for kept in stored:
            if self.exchange.takes(kept.topic):
                # Left by an older gateway: it would be done again at every subscription.
                self.exchange.save(Retained(kept.topic, b"", 0))
            else:
                self.exchange.router.retained[kept.topic] = kept

    async def shutdown(self) -> None:
        """Close every connection, wills included, and stop listening."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for server in self._servers.values():
            server.instance.close()
        self.admission.close_all("the gateway stops")
        await asyncio.sleep(0)
        await super().shutdown()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.admission.sweep()

    async def _session_monitor(self) -> None:
        """amqtt's cleaning of sessions; ours are cleaned as they end."""

    # --- listeners ----------------------------------------------------------------------------------------

    async def open_listener(self, name: str, listener: Listener) -> None:
        """Listen on one more address. Raises OSError when it is taken."""
        config = _listener(listener)
        address, port = self._split_bindaddr_port(listener.bind, 1883)
        tls: ssl.SSLContext | None = self._create_ssl_context(config) if config.ssl else None
        if tls is not None:
            self._tls[name] = tls, config
        self.listeners_config[name] = config
        instance = await self._create_server_instance(name, config.type, address, port, tls)
        self._servers[name] = Server(name, instance, listener.max_connections)

    async def close_listener(self, name: str) -> None:
        """Stop listening there; open connections stay."""
        server = self._servers.pop(name, None)
        self.listeners_config.pop(name, None)
        self._tls.pop(name, None)
        if server is not None:
            server.instance.close()

    def reload_certificate(self) -> None:
        """The certificate files were replaced: show them to connections to come."""
        for context, config in self._tls.values():
            context.load_cert_chain(config.certfile, config.keyfile)

    def port(self, name: str) -> int:
        """The port a listener really has (for `:0`)."""
        port: int = next(iter(self._servers[name].instance.sockets)).getsockname()[1]
        return port

    @staticmethod
    def _create_ssl_context(listener: ListenerConfig) -> Any:
        return server_tls(str(listener.certfile), str(listener.keyfile))

    async def _create_server_instance(
        self, listener_name: str, listener_type: ListenerType, address: str | None, port: int, ssl_context: Any
    ) -> Any:
        host = address.strip("[]") if address else None
        if listener_type == ListenerType.TCP:
            patience_s = self.exchange.limits.connect_timeout_s if ssl_context is not None else None
            return await self._loop.create_server(
                partial(self._accept, listener_name),
                host,
                port,
                reuse_address=True,
                ssl=ssl_context,
                ssl_handshake_timeout=patience_s,
                backlog=_BACKLOG,
            )
        return await super()._create_server_instance(listener_name, listener_type, host, port, ssl_context)

    def _accept(self, listener_name: str) -> StreamPipe:
        # Also those still shaking hands: nobody is admitted before that ends, and each one holds memory.
        if len(self._pipes) >= self.exchange.limits.max_connections + _HANDSHAKES:
            raise ConnectionRefusedError("too many connections are being opened")
        pipe = StreamPipe(self.admission, listener_name)
        self._pipes.add(pipe)
        return pipe

    async def ws_connected(self, websocket: ServerConnection, listener_name: str) -> None:
        """amqtt: a WebSocket client is there."""
        await WebSocketPipe(self.admission, websocket, listener_name).run()

    # --- what amqtt's plugins see -------------------------------------------------------------------------

    def _fire(self, event: BrokerEvents, **arguments: Any) -> None:
        if self.plugins_manager._event_plugin_callbacks.get(event):  # noqa: SLF001
            self._loop.create_task(self.plugins_manager.fire_event(event, **arguments))

    # A session is dropped with its credentials: what waits in it, and the QoS 2 ids it knows, are the old owner's.

    def _access_revoked(self, event: AccessRevoked) -> None:
        self.admission.expel(event.name, "its credentials were revoked", forget=True)

    def _device_swapped(self, event: DeviceSwapped) -> None:
        self.admission.expel(event.device, "other hardware has taken its place", forget=True)

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self.admission.expel(event.device, "the device was deleted", forget=True)

    def _client_connected_event(self, event: ClientConnected) -> None:
        session = self.admission.sessions.get(event.client)
        if session is not None:
            self._fire(BrokerEvents.CLIENT_CONNECTED, client_id=event.client, client_session=session.identity)

    def _client_disconnected_event(self, event: ClientDisconnected) -> None:
        session = self.admission.sessions.get(event.client)
        identity = session.identity if session is not None else Identity.of(event.client, event.name)
        self._fire(BrokerEvents.CLIENT_DISCONNECTED, client_id=event.client, client_session=identity)

    async def _broadcast_message(
        self, session: object, topic: str | None, data: bytes | bytearray | None, force_qos: int | None = None
    ) -> None:
        """amqtt's plugins publish through this."""
        if topic:
            self.exchange.publish(topic, bytes(data or b""), 0 if force_qos is None else force_qos)

    async def retain_message(
        self, source_session: object, topic_name: str | None, data: bytes | bytearray | None, qos: int | None = None
    ) -> None:
        """amqtt's plugins retain through this."""
        if topic_name:
            self.exchange.publish(topic_name, bytes(data or b""), qos or 0, retain=True)

    @property
    def sessions(self) -> dict[str, tuple[Any, None]]:
        """amqtt's view: client id -> (session, nothing)."""
        return {client: (session.identity, None) for client, session in self.admission.sessions.items()}

    @property
    def subscriptions(self) -> dict[str, list[tuple[Any, int]]]:
        """amqtt's view: filter -> [(session, QoS)]."""
        found = self.exchange.router.filters()
        return {name: [(session.identity, qos) for session, qos in entries] for name, entries in found.items()}

    @property
    def retained_messages(self) -> dict[str, RetainedApplicationMessage]:
        """amqtt's view: topic -> message."""
        kept = self.exchange.router.retained
        return {topic: RetainedApplicationMessage(None, topic, one.payload, one.qos) for topic, one in kept.items()}


def _listener(listener: Listener) -> ListenerConfig:
    return ListenerConfig(
        type=ListenerType(listener.kind),
        bind=listener.bind,
        max_connections=listener.max_connections,
        ssl=listener.certificate is not None,
        certfile=listener.certificate,
        keyfile=listener.key,
    )


def _config(
    listeners: dict[str, Listener],
    gatekeeper: Gatekeeper | None,
    plugins: dict[str, dict[str, Any]],
    *,
    external: bool,
) -> BrokerConfig:
    own: dict[str, dict[str, Any]] = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    if gatekeeper is not None:
        own = {
            f"{_PLUGINS}.RegistryAuth": {"gatekeeper": gatekeeper},
            f"{_PLUGINS}.RegistryAcl": {"gatekeeper": gatekeeper, "external": external},
        }
    # amqtt insists on a listener called "default", from which it fills gaps of the others; unbound, it opens nothing.
    configs = {"default": ListenerConfig(bind=None), **{name: _listener(one) for name, one in listeners.items()}}
    return BrokerConfig(listeners=configs, plugins={**own, **plugins})
