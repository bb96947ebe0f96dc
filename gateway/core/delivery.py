"""A message on its way to one person or place over one channel. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from .rules.actions import Level


class Parcel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be told, before it has its words of the moment."""

    id: str
    """`{alert}-{part}@{channel}/{target}`: said again it is the same one."""
    lane: str
    """`{channel}/{target}`: messages of a lane arrive in the order in which they were made."""
    alert: str
    part: str
    """`open`, `again-1`, `over`, `both`, `test`."""
    level: Level
    made_ms: int
    happened_ms: int
    title: str
    text: str
    """Without the line of late, simulated, repeated: that is known only when it is sent."""
    simulated: bool = False
    kind: str = ""
    """Of the alert; consecutive ones of `offline` may be joined."""
    buttons: tuple[tuple[str, str], ...] = ()
    """(words, what is sent back when it is pressed), at most 64 bytes each."""


class DeliveryState(StrEnum):
    """How far it is; after an end nothing follows."""

    QUEUED = "queued"
    SENDING = "sending"
    """It may be on its way; on the disk before the request leaves."""
    UNSURE = "unsure"
    """Whether it arrived is not known yet; nothing of its lane goes before that is settled."""
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


DELIVERY_STATES: dict[DeliveryState, int] = {state: number for number, state in enumerate(DeliveryState)}
"""As they are stored: only append to them."""
ENDS = (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.DROPPED)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel and what has become of it."""

    parcel: Parcel
    state: DeliveryState = DeliveryState.QUEUED
    tried: int = 0
    repeated: bool = False
    """It was sent once more although it may have arrived before."""
    ref: str = ""
    """What the other side calls it, such as a message's id."""
    detail: str = ""
    ended_ms: int | None = None
