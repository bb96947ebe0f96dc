"""A webhook of a Discord channel."""

from __future__ import annotations

import msgspec

from ...core.channels import DiscordWay
from ...core.delivery import Parcel
from ...core.ports.channel import Rate
from ...core.ports.outside import Outside
from .answers import Blind, identity, posted, shortened

_MOST = 1900
_NO_PREVIEWS = 4
"""Message flag SUPPRESS_EMBEDS."""


class DiscordChannel(Blind):
    """One target: the channel of the webhook. Discord's own id of the message is what comes back (`wait=true`)."""

    def __init__(self, name: str, way: DiscordWay, outside: Outside) -> None:
        self.name = name
        self.rate = Rate(each_s=0.5, target_per_min=30)  # 5 in 2 s and 30 a minute are its limits of a webhook
        self._url = f"{way.url}{'&' if '?' in way.url else '?'}wait=true"
        self._outside = outside

    async def targets(self) -> tuple[str, ...]:
        """Channel: the one there is."""
        return ("webhook",)

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        """Channel: names in the text mention nobody. Nothing at Discord knows a repetition; the text says it."""
        content = {
            "content": shortened(text, _MOST),
            "allowed_mentions": {"parse": []},
            **({} if bare else {"flags": _NO_PREVIEWS}),
        }
        answer = await posted(self._outside, self._url, msgspec.json.encode(content), {})
        return identity(answer.body)
