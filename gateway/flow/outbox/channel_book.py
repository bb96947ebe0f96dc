"""The channels people have set up, kept with their secrets sealed."""

from __future__ import annotations

import msgspec

from ...core.channels import ChannelForm, Way
from ...core.rules.actions import Level


class ChannelShown(msgspec.Struct, frozen=True, kw_only=True):
    """One channel without its secrets."""

    name: str
    way: Way
    """A secret is an ellipsis and its last four characters."""
    levels: tuple[Level, ...]
    escalation: bool
    enabled: bool
    complaint: str = ""
    """What is wrong with it now; empty: nothing."""


class ChannelBook:
    """One document a channel."""

    def channels(self) -> list[ChannelShown]:
        """By name."""
        raise NotImplementedError

    async def put(self, name: str, form: ChannelForm, who: str) -> ChannelShown:
        """Set one up anew or change it; it counts at once. Raises Refused, Conflict, StoreError."""
        raise NotImplementedError

    async def remove(self, name: str, who: str) -> None:
        """It is told nothing more, and what waits for it is dropped. Raises NotFound, StoreError."""
        raise NotImplementedError

    async def test(self, name: str) -> str:
        """Send a line now; what came of it, in words. Raises NotFound, DeliveryFailed."""
        raise NotImplementedError
