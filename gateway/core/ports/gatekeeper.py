"""Who the broker lets in; fulfilled by the registry."""

from __future__ import annotations

from typing import Protocol

from ..access import Principal
from ..messages import Audited


class Gatekeeper(Protocol):
    """Authenticates MQTT clients. Fast and synchronous: it runs in a storm of reconnections."""

    def authenticate(self, user: str, password: bytes) -> Principal | None:
        """The principal these credentials belong to; None when they are wrong or revoked."""

    def principal(self, user: str) -> Principal | None:
        """Who this MQTT user name is at this moment; None when unknown or revoked."""


class Auditor(Protocol):
    """Keeps a trail that a person can look up. Repeats of one refusal are folded, so that a flood cannot fill it."""

    def note(self, kind: str, who: str, detail: str = "") -> Audited | None:
        """Write it down; returns what was written, None when folded into an earlier entry."""
