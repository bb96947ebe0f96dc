"""What Telegram tells the bot, as plain values. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...core.errors import GatewayError

Buttons = tuple[tuple[str, str], ...]
"""(words, what a press sends back); one below the other."""
Place = Literal["private", "group", "other"]
Probe = Literal["same", "changed", "missing", "others", "unknown"]
"""What setting a message's buttons came to: it had just these; it has them now; there is no such message; it is not
the bot's; it cannot be said."""


class Elsewhere(GatewayError):
    """Somebody else asks for this bot's updates, or Telegram calls an address instead: 409."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.webhook = "webhook" in reason.casefold()
        """An address is set, so that asking is not allowed."""


class Moved(GatewayError):
    """The group has become a supergroup with another number."""

    def __init__(self, chat: int) -> None:
        super().__init__("the group has become a supergroup")
        self.chat = chat


class Me(msgspec.Struct, frozen=True):
    """Who the bot is."""

    id: int
    username: str


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One update."""

    update: int
    kind: Literal["text", "press", "blocked", "unblocked", "other"] = "other"
    """`other`: nothing the bot makes anything of, such as a photo or a change of a group's members."""
    person: int = 0
    """Who it comes from; 0: nobody, such as a channel."""
    name: str = ""
    chat: int = 0
    place: Place = "other"
    title: str = ""
    """Of a group."""
    message: int = 0
    """The message's id; of a press: of the message with the button."""
    text: str = ""
    sent_s: int = 0
    """When it was written, UTC s; of a press: when the message with the button was. 0: not known."""
    query: str = ""
    """Of a press: what is to be answered."""
    data: str = ""
    borrowed: bool = False
    """Forwarded, or an answer to somebody else's message: perhaps not the person's own words."""
    by_bot: bool = False
    """Written by way of a bot, or by one."""
    answers: int = 0
    """Whose message this answers: a user's number; 0: nobody's."""
