"""A broker with a registry, and clients of it, for tests."""

import threading
from collections.abc import Callable
from contextlib import asynccontextmanager

import paho.mqtt.client as paho

from gateway.backends.broker.broker import GatewayBroker
from gateway.backends.broker.settings import BrokerSettings, Listener
from gateway.core.access import Kind, Principal, Scope
from gateway.core.messages import Audited, Message
from gateway.core.ports.intake import NOTHING
from gateway.flow.bus import Bus


class Registry:
    """Two devices and two programs, each with its name as password."""

    def __init__(self) -> None:
        self.known = {
            "node-a": Principal(Kind.DEVICE, "node-a"),
            "node-b": Principal(Kind.DEVICE, "node-b"),
            "script": Principal(Kind.SERVICE, "script", Scope.READ),
            "helm": Principal(Kind.SERVICE, "helm", Scope.OPERATE),
        }

    def authenticate(self, user, password):
        return self.known.get(user) if password == user.encode() else None

    def principal(self, user):
        return self.known.get(user)


class Trail:
    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []

    def note(self, kind, who, detail=""):
        self.notes.append((kind, who))
        return Audited(0, kind, who, detail)


@asynccontextmanager
async def running(**options):
    bus = options.pop("bus", None) or Bus()
    limits = options.pop("limits", BrokerSettings())
    broker = GatewayBroker(limits, {"tcp": Listener("127.0.0.1:0")}, bus, **options)
    await broker.start()
    try:
        yield broker, broker.port("tcp")
    finally:
        await broker.shutdown()


class Client:
    """A paho client whose network loop runs in a thread."""

    def __init__(
        self,
        port: int,
        name: str,
        user: str | None = None,
        password: str | None = None,
        will=None,
        clean=True,
        transport="tcp",
        acknowledges=True,
    ) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.seen: list[paho.MQTTMessage] = []
        self.codes: list[int] = []
        self.connected, self.gone, self.subscribed = threading.Event(), threading.Event(), threading.Event()
        self.granted: list[int] = []
        self.paho = paho.Client(
            paho.CallbackAPIVersion.VERSION2,
            name,
            clean_session=clean,
            reconnect_on_failure=False,
            transport=transport,
            manual_ack=not acknowledges,
        )
        if user is not None:
            self.paho.username_pw_set(user, password)
        if will is not None:
            self.paho.will_set(*will)
        self.paho.on_connect = lambda c, u, f, code, p: (self.codes.append(code.value), self.connected.set())
        self.paho.on_disconnect = lambda c, u, f, code, p: self.gone.set()
        self.paho.on_message = lambda c, u, m: (self.seen.append(m), self.messages.append((m.topic, m.payload)))
        self.paho.on_subscribe = lambda c, u, mid, codes, p: (
            self.granted.extend(code.value for code in codes),
            self.subscribed.set(),
        )
        self.paho.connect("127.0.0.1", port)
        self.paho.loop_start()
        assert self.connected.wait(5)

    def subscribe(self, topic: str) -> int:
        self.subscribed.clear()
        self.paho.subscribe(topic, 1)
        assert self.subscribed.wait(5)
        return self.granted[-1]

    def publish(self, topic: str, payload: bytes = b"x") -> bool:
        """Whether it was acknowledged."""
        info = self.paho.publish(topic, payload, 1)
        try:
            info.wait_for_publish(1.0)
        except RuntimeError:
            return False
        return info.is_published()

    def received(self, count: int) -> list[tuple[str, bytes]]:
        self.until(lambda: len(self.messages) >= count)
        return self.messages

    @staticmethod
    def until(true: Callable[[], bool]) -> bool:
        """Wait for something to become true, up to half a minute."""
        for _ in range(1500):
            if true():
                return True
            threading.Event().wait(0.02)
        return False

    def vanish(self) -> None:
        """Go without a goodbye."""
        self.paho._sock_close()
        self.paho.loop_stop()

    def close(self) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()


class Reader:
    """An intake that remembers what it was given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def take(self, message):
        self.messages.append(message)
        return NOTHING

    def committed(self, taken):
        pass
