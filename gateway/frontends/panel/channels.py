"""Channels: over which ways people are told, without the secrets of these, and what waits to be told."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ...core.channels import ChannelForm, Way
from ...core.errors import NotFound
from ...core.ports.channel import DeliveryFailed
from ...core.rules.actions import Level
from ...flow.outbox.channel_book import ChannelShown
from ...flow.outbox.outbox import ChannelCounts
from .alert_shown import DeliveryShown, delivery_shown
from .parts import OutwardParts, Parts
from .routes import Route, Who
from .times import maybe_text
from .typed import Asked, NoBody, NoQuery, op

_NONE = ChannelCounts()


class ChannelStateShown(msgspec.Struct, frozen=True, kw_only=True):
    """A channel and how it is getting on."""

    name: str
    way: Way
    """A secret is an ellipsis and its last four characters."""
    levels: tuple[Level, ...]
    escalation: bool
    enabled: bool
    complaint: str
    """What is wrong with it now; empty: nothing."""
    waiting: int
    oldest: str | None
    oldest_ms: int | None
    """When the oldest message that waits was made."""
    delivered: int
    """Since the gateway started; so are `failed` and `repeated`."""
    failed: int
    repeated: int
    unsure: int
    """Of those that wait: whether it arrived is being found out."""
    last: str | None
    last_ms: int | None
    """When something arrived last."""


class ChannelList(msgspec.Struct, frozen=True):
    """Answer to GET /api/channels, by name."""

    channels: list[ChannelStateShown]


class ChannelTested(msgspec.Struct, frozen=True):
    """What came of sending a line."""

    ok: bool
    detail: str


class OutboxQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many at most, the oldest first."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class OutboxShown(msgspec.Struct, frozen=True):
    """Answer to GET /api/channels/{channel}/outbox: what waits, in its order."""

    deliveries: list[DeliveryShown]
    waiting: int
    """All in all."""


class Channels:
    """The channels resource."""

    def __init__(self, parts: Parts, outward: OutwardParts) -> None:
        self._trail = parts.trail
        self._book = outward.channels
        self._outbox = outward.outbox

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/channels/{channel}"
        return [
            op("GET", "/channels", Who.READ, self._list, "Every channel and how it is getting on"),
            op("PUT", path, Who.ADMIN, self._put, "Set a channel up, or change it"),
            op("DELETE", path, Who.ADMIN, self._remove, "Take a channel away; what waits for it is dropped"),
            op("POST", path + "/test", Who.ADMIN, self._test, "Send a line now"),
            op("GET", path + "/outbox", Who.READ, self._waiting, "What waits to be told over a channel"),
            op("DELETE", path + "/outbox/{delivery:.+}", Who.ADMIN, self._drop, "Do not send a message"),
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> ChannelList:
        counts = self._outbox.snapshot()
        return ChannelList([_shown(one, counts.get(one.name, _NONE)) for one in self._book.channels()])

    async def _put(self, asked: Asked[NoQuery, ChannelForm]) -> ChannelStateShown:
        """A secret that is left out, or as it was shown, stays as it was. 409: there is none yet."""
        kept = await self._book.put(asked.path["channel"], asked.body, asked.caller.name)
        return _shown(kept, self._outbox.snapshot().get(kept.name, _NONE))

    async def _remove(self, asked: Asked[NoQuery, NoBody]) -> None:
        await self._book.remove(asked.path["channel"], asked.caller.name)

    async def _test(self, asked: Asked[NoQuery, NoBody]) -> ChannelTested:
        """Past everything that waits. That it did not arrive is an answer, too: `ok` is false then."""
        channel = asked.path["channel"]
        try:
            tested = ChannelTested(True, await self._book.test(channel))
        except DeliveryFailed as error:
            tested = ChannelTested(False, str(error))
        self._trail.note("channel.tested", asked.caller.name, f"{channel}: {'sent' if tested.ok else 'not sent'}")
        return tested

    async def _waiting(self, asked: Asked[OutboxQuery, NoBody]) -> OutboxShown:
        found = self._outbox.waiting(self._known(asked.path["channel"]))
        return OutboxShown([delivery_shown(one) for one in found[: asked.query.limit]], len(found))

    async def _drop(self, asked: Asked[NoQuery, NoBody]) -> DeliveryShown:
        """409: it is on its way."""
        delivery = asked.path["delivery"]
        if not any(one.parcel.id == delivery for one in self._outbox.waiting(self._known(asked.path["channel"]))):
            raise NotFound(f"No message {delivery} waits there.")
        return delivery_shown(await self._outbox.drop(delivery, asked.caller.name))

    def _known(self, channel: str) -> str:
        if not any(one.name == channel for one in self._book.channels()):
            raise NotFound(f"There is no channel {channel}.")
        return channel


def _shown(channel: ChannelShown, counts: ChannelCounts) -> ChannelStateShown:
    return ChannelStateShown(
        name=channel.name,
        way=channel.way,
        levels=channel.levels,
        escalation=channel.escalation,
        enabled=channel.enabled,
        complaint=channel.complaint or counts.complaint,
        waiting=counts.waiting,
        oldest=maybe_text(counts.oldest_ms),
        oldest_ms=counts.oldest_ms,
        delivered=counts.delivered,
        failed=counts.failed,
        repeated=counts.repeated,
        unsure=counts.unsure,
        last=maybe_text(counts.last_ms),
        last_ms=counts.last_ms,
    )
