"""What the broker may be told; sizes in bytes, times in seconds."""

from __future__ import annotations

import msgspec


class BrokerSettings(msgspec.Struct, frozen=True):
    """Limits of the embedded broker. 0 turns a rate limit off."""

    max_packet_bytes: int = 262_144 + 512
    """The largest packet body: 256 KiB of payload and its topic."""
    max_connections: int = 500
    max_sessions: int = 2_000
    connect_timeout_s: float = 10.0
    messages_per_s: float = 0.0
    message_burst: int = 2_000
    window: int = 100
    """QoS 1 and 2 messages in flight to one device."""
    service_window: int = 4_000
    """The same for a program, which has more memory and more to read."""
    queue_messages: int = 10_000
    """Waiting for one client beyond the window; what comes on top is dropped and counted, or the client is cut."""
    queue_bytes: int = 16 << 20
    high_water: int = 5_000
    """Waiting messages from which on publishers are slowed for a live client."""
    stall_s: float = 10.0
    """A live client that takes nothing for so long while publishers wait for it is cut."""
    retry_s: float = 20.0
    """An unacknowledged message is sent again after so long on a connection that is otherwise idle."""
    max_subscriptions: int = 1_000
    max_retained: int = 20_000
    external_decisions: bool = False
    """Services decide about windows: those that may operate may publish on `window/+/control`."""


class Listener(msgspec.Struct, frozen=True):
    """One address to listen on. `bind` is amqtt's form: `host:port`, `[v6]:port` or `:port` for every address."""

    bind: str
    kind: str = "tcp"
    certificate: str | None = None
    key: str | None = None
    max_connections: int = 0


class Counters:
    """What the broker has done since its start; read for health and metrics."""

    __slots__ = (
        "accepted",
        "denied",
        "dropped",
        "malformed",
        "messages_in",
        "messages_out",
        "refused",
        "stalled",
        "taken_over",
        "timed_out",
        "unstored",
    )

    def __init__(self) -> None:
        self.accepted = 0
        self.refused = 0
        self.messages_in = 0
        self.messages_out = 0
        self.denied = 0
        self.malformed = 0
        self.dropped = 0
        self.stalled = 0
        self.timed_out = 0
        self.taken_over = 0
        self.unstored = 0

    def snapshot(self) -> dict[str, int]:
        """Counter by name."""
        return {name: getattr(self, name) for name in self.__slots__}
