"""From how a channel is set up to the channel."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parseaddr

from ...core.addresses import at_home, check_url
from ...core.channels import AppriseWay, DiscordWay, EmailWay, NtfyWay, TelegramWay, Way, WebhookWay
from ...core.errors import Refused
from ...core.ports.channel import Channel
from ...core.ports.outside import Outside
from .apprise import AppriseChannel
from .discord import DiscordChannel
from .email import EmailChannel
from .ntfy import NtfyChannel
from .webhook import WebhookChannel


class Making:
    """Makes channels of every kind. `telegram` makes that one: it is a frontend of its own."""

    def __init__(self, outside: Outside, telegram: Callable[[str, TelegramWay], Channel]) -> None:
        self._outside = outside
        self._telegram = telegram

    def make(self, name: str, way: Way) -> Channel:
        """A channel of this name; nothing is sent yet. Raises Refused for a way that cannot be right."""
        check(way)
        match way:
            case TelegramWay():
                return self._telegram(name, way)
            case DiscordWay():
                return DiscordChannel(name, way, self._outside)
            case NtfyWay():
                return NtfyChannel(name, way, self._outside)
            case WebhookWay():
                return WebhookChannel(name, way, self._outside)
            case EmailWay():
                return EmailChannel(name, way)
            case AppriseWay():
                return AppriseChannel(name, way)


def check(way: Way) -> None:
    """Raises Refused where a secret or what happens at home would go over the internet in the clear."""
    match way:
        case DiscordWay() | NtfyWay() | WebhookWay():
            check_url(way.url)
        case EmailWay():
            if way.security == "none" and not at_home(way.host):
                raise Refused("Without encryption only a mail server in the house may be used.")
            for address in (way.sender, *way.to):
                if "@" not in parseaddr(address)[1].strip("@"):
                    raise Refused(f"{address!r} is not an address, such as anna@example.org.")
        case _:
            return
