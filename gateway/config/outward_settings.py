"""The options of what speaks with people: sentences, alerts, Telegram, the optional assistant."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

TimeOrNever = Annotated[str, Meta(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9])?$")]


class Language(msgspec.Struct, frozen=True):
    """Plain sentences, understood on this machine."""

    enabled: Annotated[bool, Meta(description="Whether sentences are understood at all.")] = True
    act_at_once: Annotated[
        bool, Meta(description="A plain order is carried out at once; false: every order is asked about first.")
    ] = True
    night_from: Annotated[
        str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description='What "at night" means: from …')
    ] = "22:00"
    night_to: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="… to.")] = "06:00"


class Alerts(msgspec.Struct, frozen=True):
    """What people are told of by themselves. Where to is set on the panel or with `gateway channels`."""

    enabled: Annotated[bool, Meta(description="Whether there are alerts at all.")] = True
    settle_s: Annotated[
        int, Meta(ge=0, le=3600, description="Something must be over for so long before that is said.")
    ] = 120
    cooldown_minutes: Annotated[
        int, Meta(ge=0, le=1440, description="The same thing is not told again for so long after it was over.")
    ] = 15
    quiet_from: Annotated[
        TimeOrNever, Meta(description="From then only alarms come; the rest waits. Empty: no quiet hours.")
    ] = ""
    quiet_to: Annotated[TimeOrNever, Meta(description="Until then.")] = ""
    escalate_minutes: Annotated[
        int, Meta(ge=1, le=1440, description="An alarm that nobody has acknowledged is said again after so long …")
    ] = 30
    escalations: Annotated[int, Meta(ge=0, le=10, description="… so many times.")] = 2
    battery_v: Annotated[
        float, Meta(ge=0, le=60, description="A node's battery is low below this, unless the node says otherwise.")
    ] = 3.3
    risk_days: Annotated[
        int, Meta(ge=1, le=365, description="A machine's remaining life is told when it is shorter than this.")
    ] = 14
    kept: Annotated[int, Meta(ge=1_000, le=1_000_000, description="Alerts kept; the oldest that are over go.")] = 20_000


class Telegram(msgspec.Struct, frozen=True):
    """A bot of the house's own. Its token is a secret: the panel, `gateway channels set` or a credential."""

    mode: Annotated[
        Literal["polling", "webhook"],
        Meta(description="polling needs no way in; webhook: Telegram calls webhook_url, which must lead here."),
    ] = "polling"
    webhook_url: Annotated[
        str, Meta(max_length=300, description="The public https address that ends at /hooks/telegram here.")
    ] = ""
    api_url: Annotated[
        str, Meta(max_length=300, description="Of the Bot API; another one for a server of your own.")
    ] = "https://api.telegram.org"


class Assistant(msgspec.Struct, frozen=True):
    """A language model in a cloud, asked only when the gateway's own grammar knows no answer, and off by default."""

    timeout_s: Annotated[float, Meta(ge=1, le=120, description="How long an answer is waited for.")] = 20.0
    requests_per_day: Annotated[int, Meta(ge=1, le=10_000, description="At most, in a day of the site.")] = 50
