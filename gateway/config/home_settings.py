"""The options of the whole gateway, of what devices are told to do and of the HTTP API; and the two profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Profile = Literal["production", "development"]


class Gateway(msgspec.Struct, frozen=True):
    """The gateway as a whole."""

    profile: Annotated[
        Profile,
        Meta(
            description="What the other options are when nobody sets them. production: as they stand here; "
            "development: on this machine only, not announced, and the log says everything as text."
        ),
    ] = "production"


class Commands(msgspec.Struct, frozen=True):
    """What devices are told to do."""

    expire_s: Annotated[
        int,
        Meta(ge=1, le=604_800, description="A command that names no other time is not carried out after so long."),
    ] = 600
    kept: Annotated[
        int, Meta(ge=1_000, le=10_000_000, description="Commands with their history kept; the oldest ended go first.")
    ] = 20_000


class Api(msgspec.Struct, frozen=True):
    """How much one address may ask of the HTTP API. A token may have a smaller quota of its own."""

    requests_per_s: Annotated[
        float, Meta(ge=0.1, le=100_000, description="Requests in the long run; more are answered 429.")
    ] = 60.0
    burst: Annotated[int, Meta(ge=1, le=1_000_000, description="Requests at once, before that counts.")] = 600


_HERE = ["127.0.0.1"]
PROFILES: Mapping[str, Mapping[tuple[str, str], object]] = {
    "production": {},
    "development": {
        ("mqtt", "bind"): _HERE,
        ("panel", "bind"): _HERE,
        ("log", "level"): "debug",
        ("log", "format"): "text",
        ("announce", "mdns"): False,
    },
}
"""What a profile makes of options, as TOML would say it; the file and the environment go before it."""
