"""Everything that waits to be told, by lane; each channel works its lanes off by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ...core.delivery import Delivery, Parcel
from ...core.ports.channel import Channel


class ChannelCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How one channel is getting on."""

    waiting: int = 0
    oldest_ms: int | None = None
    """When the oldest that waits was made; None: nothing waits."""
    delivered: int = 0
    failed: int = 0
    unsure: int = 0
    repeated: int = 0
    last_ms: int | None = None
    """When something arrived last."""
    complaint: str = ""


class Outbox:
    """Channels are opened and closed while it runs."""

    def put(self, parcels: Sequence[Parcel]) -> None:
        """Tell them; one whose id is known changes nothing. Never blocks."""
        raise NotImplementedError

    def open(self, channel: Channel) -> None:
        """It is there from now on; what waits for it goes out. One of the same name is replaced."""
        raise NotImplementedError

    def close(self, name: str, *, drop: bool = False) -> None:
        """It is not there any more. `drop`: what waits for it ends as DROPPED."""
        raise NotImplementedError

    async def test(self, name: str) -> str:
        """Send a line now; what the other side calls it. Raises NotFound, DeliveryFailed."""
        raise NotImplementedError

    def waiting(self, channel: str = "") -> list[Delivery]:
        """Those without an end, in their order."""
        raise NotImplementedError

    async def drop(self, delivery: str, who: str) -> Delivery:
        """Do not send it. Raises NotFound, Conflict (it is on its way), StoreError."""
        raise NotImplementedError

    def snapshot(self) -> Mapping[str, ChannelCounts]:
        """By channel, for metrics and the panel."""
        raise NotImplementedError
