"""A registry on documents in memory, for the tests of what it is made of."""

from __future__ import annotations

from pathlib import Path

from gateway.backends.keys import ServerKey
from gateway.core.access import Kind, Principal
from gateway.core.messages import AccessRevoked, Audited, DeviceChanged, DeviceSwapped
from gateway.flow.bus import Bus
from gateway.flow.registration import Credentials, Pending, Registration
from gateway.flow.registry import Registry
from gateway.flow.trail import Trail
from tests.fakes import FixedClock, MemoryDocuments, MemoryWriter

MAC = "AA:BB:CC:01:02:03"


class Site:
    """A registry that can be restarted on the same documents, and what it announces."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock()
        self.documents = MemoryDocuments()
        self.secrets = ServerKey.load(folder, {})
        self.writer = MemoryWriter()
        self.events: list[object] = []
        self.restart()

    def restart(self) -> None:
        self.bus = Bus()
        self.bus.on(AccessRevoked, self.events.append)
        self.bus.on(DeviceChanged, self.events.append)
        self.bus.on(DeviceSwapped, self.events.append)
        trail = Trail(self.writer, self.bus, self.clock)
        self.registry = Registry(self.documents, self.secrets, self.bus, trail, self.clock)
        self.registry.load()

    async def enrolled(self, mac: str = MAC, **capabilities: object) -> Credentials:
        token = await self.registry.enrolment.create()
        outcome = await self.registry.register(Registration(mac, "1.0.0", token, capabilities))
        assert isinstance(outcome, Credentials)
        return outcome

    async def waiting(self, mac: str = MAC, **capabilities: object) -> str:
        self.registry.pairing.open(5)
        outcome = await self.registry.register(Registration(mac, "1.0.0", capabilities=capabilities))
        assert isinstance(outcome, Pending)
        return outcome.claim

    def let_in(self, credentials: Credentials) -> bool:
        principal = self.registry.authenticate(credentials.mqtt_username, credentials.mqtt_password.encode())
        assert principal in (None, Principal(Kind.DEVICE, credentials.device_id))
        assert principal is None or self.registry.principal(credentials.mqtt_username) == principal
        return principal is not None

    def details(self, kind: str) -> list[str]:
        return [change.detail for change in self.writer.changes if isinstance(change, Audited) and change.kind == kind]

    def kinds(self) -> list[str]:
        return [change.kind for change in self.writer.changes if isinstance(change, Audited)]
