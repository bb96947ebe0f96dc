"""A site for the page to show: the panel's house on the real clock, with devices that can be played."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gateway.core.decisions import Decision
from gateway.core.messages import ClientConnected, ClientDisconnected, Message
from gateway.core.ports.intake import Taken
from gateway.core.ports.store import ReadingTaken
from gateway.flow.registration import Credentials, Pending, Registration
from gateway.frontends.panel.server import Panel
from tests.fakes import FixedClock
from tests.frontends.panel.house import House, settings


class SystemClock(FixedClock):
    """The time it is: a browser has no other. `behind_ms`: what happens now was so long ago."""

    behind_ms = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 - self.behind_ms


class Site(House):
    """Starts and stops the panel, also on the same port again; plays the devices."""

    def __init__(self, data: Path, *, demo: bool = False) -> None:
        self.real = SystemClock()
        super().__init__(data, self.real)
        self._demo = demo
        self._loaded = False
        self.port = 0

    async def start(self) -> None:
        """Listen; after a stop on the same port as before."""
        if not self._loaded:
            await self.automation.load()
            self._loaded = True
        self.panel = Panel(self.parts(), settings(self.data, demo=self._demo, http_port=self.port))
        await self.panel.start()
        self.port = self.panel.http_port or 0
        assert self.port

    async def stop(self) -> None:
        """Nothing answers any more."""
        await self.panel.close()

    def link(self, fragment: str = "/") -> str:
        """A one-time sign-in link."""
        return f"{self.address()}/sign-in?code={self.accounts.owner.one_time_code()}#{fragment}"

    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def join(self, name: str, kind: str = "climate", *, simulated: bool = False) -> str:
        """A device enrols with a token and connects; its id."""
        capabilities: dict[str, object] = {"name": name, "kind": kind, "simulated": simulated}
        token = await self.enrolment.create()
        outcome = await self.registry.register(Registration(random_mac(), "1.4.0", token, capabilities))
        assert isinstance(outcome, Credentials)
        self.bus.publish(ClientConnected(outcome.device_id, outcome.device_id, "127.0.0.1"))
        return outcome.device_id

    async def window(self, name: str = "Living room window", *, simulated: bool = False) -> str:
        """A window that takes commands; its id."""
        device = await self.join(name, "window", simulated=simulated)
        self.post.there.add(device)
        return device

    def decide(self, window: str, temperature: float = 28.0, **values: float) -> Decision:
        """What the gateway decides when the window measures this."""
        self.tell(window, temperature=temperature, **values)
        decision = self.automation.decide.consider(window, "temperature rose 0.6 °C")
        assert decision is not None
        return decision

    def obey(self, decision: Decision, status: str = "done", detail: str = "") -> None:
        """The window says what came of a decision."""
        said = msgspec.json.encode({"id": decision.id, "status": status, "detail": detail})
        self.say(decision.device, "command/ack", said)

    async def knock(self, name: str, mac: str) -> str:
        """A device asks to join in an open pairing window; its id."""
        self.registry.pairing.open(5)
        outcome = await self.registry.register(Registration(mac, "0.9.1", None, {"name": name}))
        assert isinstance(outcome, Pending)
        return self.registry.pending()[-1]

    def leave(self, device: str) -> None:
        """The device says goodbye and disconnects."""
        self.say(device, "status", b"offline")
        self.bus.publish(ClientDisconnected(device, device, "gone"))

    def say(self, device: str, what: str, payload: bytes) -> None:
        """The device publishes below its own topic."""
        self.intake.committed(self.intake.take(Message(device, f"devices/{device}/{what}", payload, 1, False)))

    def wake(self, device: str) -> None:
        """The device connects and takes commands."""
        self.post.there.add(device)
        self.bus.publish(ClientConnected(device, device, "127.0.0.1"))

    def answer(self, device: str, command: str, status: str, detail: str = "") -> None:
        """The device says how far it is with a command."""
        said = msgspec.json.encode({"id": command, "status": status, "detail": detail})
        self._hear(self.home.commands.acked(device, said, self.clock()))

    def report(self, device: str, version: int, **state: object) -> None:
        """The device says how it is, having read this version of what it should be."""
        said = msgspec.json.encode({"version": version, "state": state})
        self._hear(self.home.shadows.reported(device, said, self.clock()))

    def _hear(self, taken: Taken) -> None:
        self.writer.submit(list(taken.changes))
        self.intake.committed(taken)

    def remember(
        self, device: str, values: Mapping[str, float], at_ms: int, quality: Mapping[str, int] | None = None
    ) -> None:
        """The store holds this reading from earlier."""
        self.writer.submit([ReadingTaken(device, "", None, at_ms, dict(values), quality=dict(quality or {}))])

    def tell(self, device: str, *, quality: dict[str, int] | None = None, **values: float) -> None:
        """A reading arrives now."""
        self.measure(device, self.clock(), quality=quality, **values)


def random_mac() -> str:
    """A locally administered address."""
    return "02:" + ":".join(f"{part:02x}" for part in secrets.token_bytes(5))
