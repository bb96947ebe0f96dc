"""Ways to tell people something, as people set them up. Pure; secrets are sealed before they are kept."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .rules.actions import Level

Url = Annotated[str, Meta(pattern="^https?://[!-~]{1,500}$", description="An address")]
SecretUrl = Annotated[
    str,
    Meta(
        pattern="^(https?://[!-~]{1,500}|…[!-~]{0,4})?$", description="An address that is a secret; as shown: as it was"
    ),
]
Secret = Annotated[str, Meta(max_length=500)]
ChannelName = Annotated[
    str, Meta(pattern="^[a-z][a-z0-9-]{0,23}$", description="What a channel is called", examples=["telegram"])
]
Header = Annotated[str, Meta(pattern="^[^\\r\\n]{1,200}(?!\\n)$")]


class _Way(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """How one channel reaches people."""


class TelegramWay(_Way, frozen=True, kw_only=True, tag="telegram"):
    """A bot; people are paired with it."""

    token: Annotated[
        str, Meta(pattern="^([0-9]{3,20}:[A-Za-z0-9_-]{20,80}|…[A-Za-z0-9_-]{0,4})?$", description="From @BotFather")
    ] = ""


class DiscordWay(_Way, frozen=True, kw_only=True, tag="discord"):
    """A webhook of a Discord channel."""

    url: SecretUrl = ""


class NtfyWay(_Way, frozen=True, kw_only=True, tag="ntfy"):
    """A topic of ntfy.sh or of a server of one's own."""

    url: Url = "https://ntfy.sh"
    topic: Annotated[str, Meta(pattern="^[-_A-Za-z0-9]{1,64}$")]
    token: Annotated[str, Meta(max_length=500)] = ""


class WebhookWay(_Way, frozen=True, kw_only=True, tag="webhook"):
    """An address that takes JSON; with a secret each message carries its HMAC-SHA256."""

    url: Url
    secret: Annotated[str, Meta(max_length=500)] = ""


class EmailWay(_Way, frozen=True, kw_only=True, tag="email"):
    """A mailbox, over an SMTP server."""

    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, Meta(max_length=200)] = ""
    password: Annotated[str, Meta(max_length=500)] = ""
    sender: Header
    to: Annotated[tuple[Header, ...], Meta(min_length=1, max_length=20)]


class AppriseWay(_Way, frozen=True, kw_only=True, tag="apprise"):
    """Whatever apprise knows, when it is installed."""

    url: Secret = ""


Way = TelegramWay | DiscordWay | NtfyWay | WebhookWay | EmailWay | AppriseWay
SECRETS = {
    "telegram": "token",
    "discord": "url",
    "ntfy": "token",
    "webhook": "secret",
    "email": "password",
    "apprise": "url",
}
"""The field of each kind that is never shown. Left out, or as it is shown (`…1a2b`), it stays as it was."""
NEEDED = ("telegram", "discord", "apprise")
"""Kinds that are nothing without their secret."""


class ChannelForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person sets. A secret that is left out or masked stays as it was."""

    way: Way
    levels: tuple[Level, ...] = ("info", "warning", "alarm")
    """What it is told."""
    escalation: bool = False
    """It is told only what nobody has acknowledged elsewhere."""
    enabled: bool = True
