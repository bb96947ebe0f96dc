"""What whoever started the gateway is handed of it."""

from __future__ import annotations

import msgspec

from .backends.broker.attack import Verdict
from .flow.accounts import Accounts
from .flow.registry import Registry
from .frontends.panel.server import Panel


class Running(msgspec.Struct):
    """The gateway while it runs, for whoever started it."""

    accounts: Accounts
    registry: Registry
    panel: Panel
    local_port: int
    tls_port: int
    breaches: list[Verdict]
    """Attacks on itself that succeeded; not empty: the LAN cannot connect."""
    url: str
    """The panel's address for a person on this machine, without a slash at the end."""
    ca_fingerprint: str
    """SHA-256 of the CA certificate, as phones and browsers show it."""
    threads: tuple[int, ...]
    """Native ids of the threads that take turns: the event loop's and the store's."""
