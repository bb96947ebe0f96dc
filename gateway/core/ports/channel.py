"""A way to tell people something, and what may become of it."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from ..delivery import Parcel
from ..errors import GatewayError


class Rate(msgspec.Struct, frozen=True):
    """How much a channel takes."""

    each_s: float = 1.0
    """Between two messages to one target."""
    target_per_min: int = 20


class DeliveryFailed(GatewayError):
    """A message did not surely arrive; the text says why, without secrets."""


class NotSent(DeliveryFailed):
    """It surely did not arrive: no connection, or the other side said no for now. Try again."""


class Slower(DeliveryFailed):
    """The same, and not before so many seconds."""

    def __init__(self, reason: str, after_s: float) -> None:
        super().__init__(reason)
        self.after_s = after_s


class Perhaps(DeliveryFailed):
    """It may have arrived: the answer is missing."""


class Rejected(DeliveryFailed):
    """It never will arrive as it is: the other side does not take it."""


class Shut(DeliveryFailed):
    """Nothing will, to this target, until something changes: blocked, gone, wrong credentials."""

    def __init__(self, reason: str, again_s: float | None = None, *, whole: bool = False) -> None:
        super().__init__(reason)
        self.again_s = again_s
        """Look again after so long; None: only when its settings change."""
        self.whole = whole
        """The channel, not this target alone."""


class Found(msgspec.Struct, frozen=True):
    """A message of which nobody knew whether it arrived: it did."""

    ref: str


class Channel(Protocol):
    """One configured way. Its own connections are its own matter."""

    name: str
    """As people named it; lanes begin with it."""
    rate: Rate

    async def targets(self) -> tuple[str, ...]:
        """To whom alerts go."""

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        """Send it once; what the other side calls it. `repeat`: it may have arrived before.

        `bare`: without buttons and symbols, after it was rejected. Raises NotSent, Slower, Perhaps, Rejected, Shut.
        """

    async def find(self, parcel: Parcel, newest: str) -> Found | Literal["absent", "unknown"]:
        """Whether it arrived, of one that is UNSURE. `newest`: the ref of what arrived last in its lane; empty: none.

        `absent`: surely not. `unknown`: this channel cannot tell. Raises NotSent when it cannot be asked now.
        """
