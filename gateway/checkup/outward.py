"""Can people be told something: channels, what waits for them, Telegram. Asks the running gateway, nobody outside."""

from __future__ import annotations

import time

import msgspec

from ..core.errors import GatewayError
from .finding import Check, Finding, Patient, absent, bad, good, look

GROUP = "People"
_NO_CHANNEL = "alerts are on the panel only: `gateway channels set` or Settings on the panel tells more"


class _Way(msgspec.Struct):
    kind: str


class _Channel(msgspec.Struct):
    """What is needed of a channel."""

    name: str
    way: _Way
    enabled: bool
    complaint: str
    waiting: int
    oldest_ms: int | None
    last_ms: int | None


class _Channels(msgspec.Struct):
    """Answer to GET /api/channels."""

    channels: list[_Channel]


class _Person(msgspec.Struct):
    name: str


class _People(msgspec.Struct):
    """Answer to GET /api/telegram/people."""

    people: list[_Person]


def channels(patient: Patient) -> Finding:
    """Whether alerts get out of the house."""
    if not patient.settings.alerts.enabled:
        return absent("the configuration does not want alerts")
    known = _known(patient)
    if known is None:
        return absent("only a running gateway, asked by its own user, tells of its channels")
    used = [one for one in known if one.enabled]
    if not used:
        return absent("no channel is set up", _NO_CHANNEL)
    ill = [f"{one.name}: {one.complaint}" for one in used if one.complaint]
    if ill:
        return bad("; ".join(ill), "what waits is kept for a week and comes late; `gateway channels list` says more")
    return good("; ".join(map(_told, used)))


def telegram(patient: Patient) -> Finding:
    """Whether there is a bot and somebody it speaks with."""
    bots = [one for one in _known(patient) or () if one.way.kind == "telegram" and one.enabled]
    if not bots:
        return absent("no bot is set up")
    try:
        people = msgspec.json.decode(patient.ask("/api/telegram/people"), type=_People).people
    except (GatewayError, msgspec.MsgspecError):
        return absent("only a running gateway, asked by its own user, tells who is paired")
    if bots[0].complaint:
        return bad(bots[0].complaint, "a token that Telegram refuses is made anew with @BotFather")
    if not people:
        return look("nobody is paired with the bot", "`gateway telegram pair` makes a code; send it to the bot")
    names = "nobody else" if len(people) == 1 else f"{len(people) - 1} more"
    return good(f"paired with {people[0].name} and {names}, {patient.settings.telegram.mode}")


def _known(patient: Patient) -> list[_Channel] | None:
    try:
        return msgspec.json.decode(patient.ask("/api/channels"), type=_Channels).channels
    except (GatewayError, msgspec.MsgspecError):
        return None


def _told(channel: _Channel) -> str:
    last = "nothing was sent yet" if channel.last_ms is None else f"last sent {_ago(channel.last_ms)} ago"
    waiting = "" if channel.oldest_ms is None else f", {channel.waiting} wait since {_ago(channel.oldest_ms)}"
    return f"{channel.name}: {last}{waiting}"


def _ago(time_ms: int) -> str:
    hours = max(0.0, time.time() - time_ms / 1000) / 3600
    return f"{hours:.0f} h" if hours >= 2 else f"{hours * 60:.0f} min"


CHECKS = (
    Check(GROUP, "channels", channels),
    Check(GROUP, "telegram", telegram),
)
