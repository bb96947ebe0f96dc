"""Every error the gateway raises on purpose.

GatewayError
├── ConfigError        the configuration says something impossible
├── Refused            a request or message is not acceptable, and why
│   ├── NotAllowed     the caller may not do this
│   ├── NotFound       there is no such thing
│   ├── Conflict       it contradicts what already is
│   └── Unreadable     a node's payload cannot be read; it is quarantined
├── ProtocolError      a peer broke MQTT; its connection closes
├── StoreError         something could not be made durable
│   └── StoreFull      there is no room; it recovers by itself when there is
├── DeliveryFailed     a message to people did not surely arrive; see ports/channel
├── Unreached          a request outside was surely not sent; see ports/outside
├── Unanswered         what became of a request outside is not known; see ports/outside
├── ModelFailed        a model gave no usable answer
└── AlreadyRunning     another process holds the data folder
"""


class GatewayError(Exception):
    """Root of all errors raised on purpose; its text is fit for a person to read."""


class ConfigError(GatewayError):
    """The configuration says something impossible."""


class Refused(GatewayError):
    """A request or message is not acceptable; the text says why."""


class NotAllowed(Refused):
    """The caller may not do this."""


class NotFound(Refused):
    """There is no such thing."""


class Conflict(Refused):
    """The request contradicts what already is."""


class Unreadable(Refused):
    """A node's payload cannot be read; `fault` is its class as one word, the text names the key and says why."""

    def __init__(self, fault: str, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault


class ProtocolError(GatewayError):
    """A peer broke MQTT 3.1.1; its connection closes."""


class StoreError(GatewayError):
    """Something could not be made durable."""


class StoreFull(StoreError):
    """There is no room on the disk; recovers by itself when there is."""


class ModelFailed(GatewayError):
    """A model gave no usable answer; the text says why."""


class AlreadyRunning(GatewayError):
    """Another process holds the data folder."""
