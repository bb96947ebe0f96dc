"""People and programs: there is one owner; programs have API tokens over HTTP and service accounts over MQTT."""

from __future__ import annotations

from collections.abc import Callable

from ..core.messages import ClockSet
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.secrets import Secrets
from .api_tokens import ApiTokens
from .bus import Bus
from .owner import Owner
from .services import Services


class Accounts:
    """Who may use the panel, the API and, besides devices, the broker."""

    def __init__(
        self,
        documents: Documents,
        secrets: Secrets,
        bus: Bus,
        trail: Auditor,
        clock: Callable[[], int],
        session_days: int = 30,
    ) -> None:
        self.owner = Owner(documents, secrets, trail, clock, session_days)
        self.api_tokens = ApiTokens(documents, secrets, bus, trail, clock)
        self.services = Services(documents, secrets, bus, trail, clock)
        bus.on(ClockSet, self.owner.clock_set)

    def load(self) -> None:
        """Read what the documents hold; an unreadable one is left out, loudly."""
        for part in (self.services, self.owner, self.api_tokens):
            part.load()
