"""How the flow speaks to nodes; the broker fulfils it."""

from __future__ import annotations

from typing import Protocol

from .store import Receipt


class Post(Protocol):
    """Sends messages."""

    def hand(self, device: str, topic: str, payload: bytes) -> bool:
        """To everyone who is connected and entitled now, at QoS 1 where they were granted it; kept for nobody.

        Whether the client of `device` itself was among them.
        """

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, retain: bool = False, receipt: Receipt | None = None
    ) -> None:
        """As the gateway itself; `receipt` is settled when it is durable."""
