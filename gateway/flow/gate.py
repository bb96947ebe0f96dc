"""Every MQTT name the gateway knows, devices and programs alike."""

from __future__ import annotations

from ..core.access import Principal
from .accounts import Accounts
from .registry import Registry


class Gate:
    """The Gatekeeper of the broker: the registry's devices first, then the service accounts."""

    def __init__(self, registry: Registry, accounts: Accounts) -> None:
        self._registry = registry
        self._accounts = accounts

    def authenticate(self, user: str, password: bytes) -> Principal | None:
        """As Gatekeeper."""
        return self._registry.authenticate(user, password) or self._accounts.services.authenticate(user, password)

    def principal(self, user: str) -> Principal | None:
        """As Gatekeeper."""
        return self._registry.principal(user) or self._accounts.services.principal(user)
