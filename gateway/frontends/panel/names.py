"""The names and numbers that paths, queries and bodies share: one type each, so that every route refuses the same."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from ...core.channels import ChannelName as ChannelName
from ...core.spelling import CommandId as CommandId
from ...core.spelling import DeviceId as DeviceId
from ...core.spelling import GivenName as GivenName
from ...core.spelling import MetricName as MetricName
from ...core.spelling import PlaceId as PlaceId
from ...core.spelling import Verb as Verb

_SNAKE = "^[a-z][a-z0-9_]{0,39}$"
_DAY = "[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_HOUR = "([01][0-9]|2[0-3]):[0-5][0-9]"
MacAddress = Annotated[
    str,
    Meta(
        pattern="^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$|^[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){5}$|^[0-9A-Fa-f]{12}$",
        description="One device's hardware address",
    ),
]
INSTANT = f"^(-?[0-9]{{1,13}}|{_DAY}([Tt ]{_HOUR}(:[0-5][0-9]([.][0-9]{{1,6}})?)?([Zz]|[+ -]{_HOUR})?)?)$"
Instant = Annotated[
    str,
    Meta(
        pattern=INSTANT,
        description="Such as 2026-01-07T12:00:00Z (UTC when it names no zone), or UTC milliseconds",
    ),
]
DecisionId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$", description="The id of a decision")]
EpisodeId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$", description="The id of an episode")]
FiringId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$", description="The id of a firing of a rule")]
TimerId = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,63}$", description="The id of a timer")]
AlertId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$", description="The id of an alert")]
LessonId = Annotated[
    str, Meta(pattern="^[A-Za-z0-9_-]{1,64}(~[0-9]{1,4})?$", description="The id of what somebody wanted of a window")
]
ModelName = Annotated[str, Meta(pattern=_SNAKE, description="What a model is for, such as window")]
SignerName = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,39}$", description="Whose signature counts")]
RecordingId = Annotated[
    str, Meta(pattern="^[a-z0-9-]{3,40}[.][0-9]{1,15}([.]sim)?$", description="The id of a recording")
]
Limit1000 = Annotated[int, Meta(ge=1, le=1000, description="So many at most")]
Prefix = Annotated[str, Meta(pattern="^[a-z0-9_.-]{0,80}$", description="How it begins")]
Correlation = Annotated[str, Meta(max_length=200, description="Everything that one request or message caused")]
Text = Annotated[str, Meta(max_length=200)]

TokenKind = Literal["enrol", "api", "mqtt"]
TokenId = Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,80}$", description="The id of a token, or an account's name")]

PATH: dict[str, Any] = {
    "id": DeviceId,
    "device": DeviceId,
    "metric": MetricName,
    "command": CommandId,
    "zone": PlaceId,
    "asset": PlaceId,
    "plant": PlaceId,
    "claim": Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,100}$", description="What a registration was answered")],
    "entry": Annotated[str, Meta(pattern="^[0-9]{1,18}$", description="The id of a quarantined message")],
    "kind": TokenKind,
    "token": TokenId,
    "decision": DecisionId,
    "episode": EpisodeId,
    "model": ModelName,
    "signer": SignerName,
    "recording": RecordingId,
    "rule": PlaceId,
    "firing": FiringId,
    "timer": TimerId,
    "scene": PlaceId,
    "alert": AlertId,
    "channel": ChannelName,
    "delivery": Annotated[str, Meta(min_length=1, max_length=200, description="The id of a message")],
    "person": Annotated[str, Meta(pattern="^-?[0-9]{1,16}$", description="Telegram's number of a person or a group")],
    "correlation": Annotated[str, Meta(min_length=1, max_length=200, description="A correlation id")],
}
"""Every path parameter there may be. The one named `id` is always a device: a device may reach its own."""

SAMPLE: dict[str, str] = {
    "id": "window-a1b2c3",
    "device": "gone-1",
    "metric": "temperature",
    "command": "c-1",
    "zone": "zone-b",
    "asset": "living-room",
    "plant": "fern",
    "claim": "none",
    "entry": "1",
    "kind": "api",
    "token": "none",
    "decision": "0123456789abcdef",
    "episode": "0123456789abcdef",
    "model": "window",
    "signer": "none",
    "recording": "node-1.1767787200000",
    "rule": "bathroom-fan",
    "firing": "0123456789abcdef",
    "timer": "0123456789abcdef-0",
    "scene": "good-night",
    "alert": "0123456789abcdef",
    "channel": "ntfy",
    "delivery": "0123456789abcdef-open@ntfy/home",
    "person": "42",
    "correlation": "none",
}
"""One of each, for tests and examples."""


def readable(text: str) -> str:
    """A GivenName as one line: blanks fold, and what cannot be printed becomes one."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
