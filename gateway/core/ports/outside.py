"""The one way to what is not in the house: HTTP with two kinds of failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from ..errors import GatewayError


class Unreached(GatewayError):
    """The request has surely not been sent: no name, no connection, no TLS."""


class Unanswered(GatewayError):
    """The request was sent, or part of it was; what became of it is not known."""


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """With small letters."""
    body: bytes
    """At most 1 MB."""


class Outside(Protocol):
    """Nothing is done before the first request: without one it costs nothing."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 20.0,
    ) -> Answer:
        """One request on a connection of its own; redirects are not followed. Raises Unreached, Unanswered."""

    async def close(self) -> None:
        """Nothing is asked any more."""
