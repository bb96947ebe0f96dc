"""A home whose alerts go to a channel; everything of it can be restarted on the same disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import msgspec
from msgspec.structs import replace

from gateway.core.alerts.alert import Alert, Plan
from gateway.core.delivery import Parcel
from gateway.core.health.condition import Health
from gateway.core.health.life import Life
from gateway.core.insight import Component, Episode, Nature
from gateway.core.messages import ClockSet
from gateway.core.ports.channel import Channel
from gateway.core.rules.actions import Level
from gateway.flow.alerts.book import AlertBook
from gateway.flow.alerts.conditions import START_MS, Conditions
from gateway.flow.alerts.routing import Routing
from gateway.flow.outbox.outbox import Outbox
from gateway.flow.trail import Trail
from tests.alert_fakes import FakeChannel, MemoryAlerts
from tests.fakes import MemoryWriter
from tests.flow.home_site import HomeSite

MIN = 60_000


class Well(msgspec.Struct, frozen=True):
    """How a part is."""

    ok: bool = True
    detail: str = ""


class Way(msgspec.Struct, frozen=True):
    """A channel as it is set up."""

    name: str
    levels: tuple[Level, ...] = ("info", "warning", "alarm")
    escalation: bool = False
    enabled: bool = True


class Wearing:
    """Parts of machines."""

    def __init__(self) -> None:
        self.lives: dict[tuple[str, str], Life] = {}

    def of(self, asset: str) -> Sequence[Component]:
        return [one for one in self.maintenance() if one.asset == asset]

    def maintenance(self) -> Sequence[Component]:
        return [
            Component(asset=asset, health=Health(part, None, life, None, ()), text=f"{part}: see to it.")
            for (asset, part), life in self.lives.items()
        ]


class Unusual:
    """Episodes."""

    def __init__(self) -> None:
        self.episodes: list[Episode] = []

    def open(self) -> list[Episode]:
        return list(self.episodes)


class AlertSite(HomeSite):
    """`said` is what the outbox was handed, in order."""

    def __init__(self, plan: Plan | None = None, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self.plan = plan or Plan(zone=UTC)
        self.ways: list[Way] = [Way("fake")]
        self.channels: dict[str, Channel] = {"fake": FakeChannel("fake")}
        self.parts: dict[str, Well] = {}
        self.wear = Wearing()
        self.unusual = Unusual()
        self.known = True
        self.up_base = 0
        super().__init__()

    def restart(self) -> None:
        super().restart()
        self.up_base = self.clock()
        self.archive = MemoryAlerts(self.writer)
        self.trail = Trail(self.writer, self.bus, self.clock)
        self.outbox = Outbox(
            self.writer, self.archive, self.bus, self.trail, self.chronicle, self.clock, self.plan.zone
        )
        self.routing = Routing(lambda: self.ways, self.channels.get)
        self.conditions = Conditions(
            self.bus,
            self.clock,
            self.up_ms,
            self.plan.zone,
            self.home,
            self.plants,
            self.watch,
            self.roll,
            self.unusual,
            self.wear,
            self.health,
            3.3,
            14,
        )
        sources = self.conditions.sources()
        self.book = AlertBook(
            self.writer,
            self.archive,
            self.bus,
            self.trail,
            self.clock,
            self.plan,
            lambda: self.known,
            sources,
            self.routing,
            self.outbox,
            lambda rule: f"Rule {rule}",
            enabled=self.enabled,
        )

    def up_ms(self) -> int:
        """Time is not set here unless a test says so, by `set_clock`."""
        return self.clock() - self.up_base

    def health(self) -> Mapping[str, Well]:
        return self.parts

    async def load(self) -> AlertSite:
        await self.outbox.load()
        await self.book.load()
        await self.routing.refresh()
        return self

    async def again(self) -> None:
        """The gateway was stopped, and is there again."""
        self.restart()
        await self.load()

    async def again_on(self, writer: MemoryWriter) -> None:
        """The same with another writer to the same disk."""
        writer.changes = self.writer.changes
        self.writer = writer
        await self.again()

    def look(self, *, minutes: float = 0, s: float = 0) -> None:
        """Look, let time pass, and look every few seconds of it."""
        left_ms = round(minutes * MIN + s * 1000)
        self.book.look()
        while left_ms > 0:
            step_ms = min(left_ms, 15_000)
            self.clock.advance(ms=step_ms)
            left_ms -= step_ms
            self.book.look()

    def begin(self) -> None:
        """The first half minute is over."""
        self.clock.advance(ms=START_MS)

    def set_clock(self, shift_ms: int, *, redates: bool = True, learnt: bool = False) -> None:
        """The gateway's clock was wrong."""
        before_ms = self.clock()
        self.clock.now_ms += shift_ms
        since_ms = self.up_base
        self.up_base += shift_ms
        self.bus.publish(ClockSet(before_ms, self.clock(), since_ms, redates, learnt, "told"))

    # What was handed over

    def parcels(self) -> list[Parcel]:
        return [one.parcel for one in self.outbox.waiting()]

    def said(self) -> list[tuple[str, str]]:
        """(part, first line) of everything that waits, by lane and in order."""
        return [(parcel.part, parcel.title) for parcel in self.parcels()]

    def alerts(self) -> list[Alert]:
        return self.book.open()


def episode(name: str = "e1", **more: Any) -> Episode:
    base = Episode(
        id=name,
        asset="",
        device="pump-1",
        metric="vibration",
        nature=Nature.MACHINE,
        opened_ms=0,
        seen_ms=0,
        score=0.9,
        need=0.8,
        reason="vibration is higher than it was",
    )
    return replace(base, **more)
