"""paho-mqtt as the system tests use it: a client with its own network thread whose answers can be waited for."""

from __future__ import annotations

import queue
import ssl
import threading
from collections.abc import Callable

from paho.mqtt.client import Client, MQTTMessage, mqtt_ms_resend_pubrel
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE_S = 10


class _Client(Client):
    """paho, but for one mistake: a second failed reconnection turned an owed PUBREL back into a PUBLISH."""

    def _messages_reconnect_reset_out(self) -> None:
        owed = [message for message in self._out_messages.values() if message.state == mqtt_ms_resend_pubrel]
        super()._messages_reconnect_reset_out()
        for message in owed:
            message.state = mqtt_ms_resend_pubrel


class _Closing(ssl.SSLSocket):
    """paho forgets to close a socket whose handshake fails, as when the broker dies just then."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


class Paho:
    """A connected client. It comes back by itself when its broker dies and sends again what was not acknowledged."""

    def __init__(
        self,
        port: int,
        client_id: str,
        clean: bool = True,
        *,
        user: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
        on_message: Callable[[MQTTMessage], None] | None = None,
    ) -> None:
        self.got: queue.Queue[MQTTMessage] = queue.Queue()
        self.connections: queue.Queue[bool] = queue.Queue()
        self.acknowledged: set[int] = set()
        """Message ids (`mid`) whose publishing is complete."""
        self._granted: queue.Queue[int] = queue.Queue()
        self._unfinished = 0
        self._finished = threading.Condition()
        self.client = _Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean)
        self.client.reconnect_delay_set(1, 1)
        # Declared as whole seconds; a test has no time for them.
        self.client._reconnect_min_delay = 0.05  # type: ignore[assignment]
        self.client._reconnect_max_delay = 0.2  # type: ignore[assignment]
        if user:
            self.client.username_pw_set(user, password)
        if tls is not None:
            tls.sslsocket_class = _Closing
            self.client.tls_set_context(tls)
        put = self.got.put if on_message is None else on_message
        self.client.on_message = lambda _client, _data, message: put(message)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda _client, _data, _mid, codes, _more: self._granted.put(codes[0].value)
        self.client.on_publish = lambda _client, _data, mid, _code, _more: self._on_publish(mid)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.present = self.connections.get(timeout=PATIENCE_S)

    def _on_connect(self, _client: object, _data: object, flags: object, code: object, _more: object) -> None:
        if not code.is_failure:  # type: ignore[attr-defined]
            self.connections.put(flags.session_present)  # type: ignore[attr-defined]

    def _on_publish(self, mid: int) -> None:
        with self._finished:
            self._unfinished -= 1
            self.acknowledged.add(mid)
            self._finished.notify_all()

    def want(self, topic_filter: str, qos: int) -> None:
        self.client.subscribe(topic_filter, qos)
        assert self._granted.get(timeout=PATIENCE_S) == qos

    def send(self, topic: str, payload: bytes | str, qos: int = 1, retain: bool = False) -> int:
        """Publish without waiting; its message id."""
        with self._finished:
            self._unfinished += 1
        # Outside: paho calls back with its own lock held.
        return self.client.publish(topic, payload, qos, retain).mid

    @property
    def unfinished(self) -> int:
        return self._unfinished

    def flushed(self, patience_s: float = PATIENCE_S, leave: int = 0) -> bool:
        """Whether all but `leave` messages sent so far are acknowledged in time."""
        with self._finished:
            return self._finished.wait_for(lambda: self._unfinished <= leave, patience_s)

    def put(self, topic: str, payload: bytes | str, qos: int = 1, retain: bool = False) -> None:
        self.send(topic, payload, qos, retain)
        assert self.flushed(), "not acknowledged"

    def take(self) -> MQTTMessage:
        return self.got.get(timeout=PATIENCE_S)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        self.client._reset_sockets()  # paho leaves its wake-up pair to the garbage collector
