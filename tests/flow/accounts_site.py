"""Accounts on documents in memory, for the tests of what they are made of."""

from __future__ import annotations

from pathlib import Path

from gateway.backends.keys import ServerKey
from gateway.core.messages import AccessRevoked, Audited
from gateway.flow.accounts import Accounts
from gateway.flow.bus import Bus
from gateway.flow.trail import Trail
from tests.fakes import FixedClock, MemoryDocuments, MemoryWriter

PASSWORD = "correct horse"


class Site:
    """Accounts that can be restarted on the same documents."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock()
        self.documents = MemoryDocuments()
        self.secrets = ServerKey.load(folder, {})
        self.writer = MemoryWriter()
        self.revoked: list[str] = []
        self.restart()

    def restart(self) -> None:
        bus = Bus()
        bus.on(AccessRevoked, lambda event: self.revoked.append(event.name))
        trail = Trail(self.writer, bus, self.clock)
        self.accounts = Accounts(self.documents, self.secrets, bus, trail, self.clock)
        self.accounts.load()

    def kinds(self) -> list[str]:
        return [change.kind for change in self.writer.changes if isinstance(change, Audited)]
