"""A home with windows and somebody with an opinion, on documents and a disk in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from gateway.core.capabilities import Capabilities, read
from gateway.core.decisions import Decision, Override, Shadowed
from gateway.core.errors import ModelFailed
from gateway.core.home import AssetKind
from gateway.core.messages import ClientConnected, ClientSubscribed, Decided, Happened, NodeSaid, Overridden
from gateway.core.ports.models import Lesson
from gateway.core.window.moment import Moment
from gateway.core.window.teacher import teach
from gateway.flow.decide.climate import Climate
from gateway.flow.decide.decide import Decide
from gateway.flow.decide.inputs import Inputs
from gateway.flow.decide.mind import DecideSettings, Opined
from gateway.flow.decide.surroundings import Surroundings
from tests.fakes import MemoryDecisions, MemoryPost
from tests.flow.home_site import HomeSite, Roll

ZONE = ZoneInfo("Europe/Berlin")


class FakeMind:
    """The teacher with an offset; `fixed` instead of it."""

    def __init__(self) -> None:
        self.offset_pp = 0.0
        self.fixed: float | None = None
        self.model = "window@3"
        self.confidence = 0.8123
        self.shadow: Shadowed | None = None
        self.lessons: dict[str, Sequence[Lesson]] = {}
        self.asked: list[tuple[str, Moment]] = []
        self.loads = 0
        self.failing = False
        self.broken = ""
        """The window that it makes a mistake of ours about."""

    def think(self, device: str, moment: Moment) -> Opined:
        if self.failing:
            raise ModelFailed("it cannot think")
        if device == self.broken:
            raise RuntimeError("a mistake")
        self.asked.append((device, moment))
        position = self.fixed if self.fixed is not None else min(100.0, max(0.0, teach(moment) + self.offset_pp))
        return Opined(position, self.confidence, self.model, 0.0, "fake 1", self.shadow)

    async def folded(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        def use() -> None:
            self.lessons[device] = lessons

        return use

    async def previewed(self, device: str, moments: Sequence[Moment]) -> list[float]:
        return [self.think(device, moment).position_pct for moment in moments]

    async def ready(self) -> None:
        self.loads += 1


class FakeHolds:
    """Whoever is in `overrides` holds."""

    def __init__(self) -> None:
        self.overrides: dict[str, Override] = {}

    def held(self, device: str) -> Override | None:
        return self.overrides.get(device)

    def holder(self, device: str) -> str:
        held = self.overrides.get(device)
        return "" if held is None else held.who

    def digest(self, device: str) -> str:
        return "0123456789abcdef" if device in self.overrides else ""


class AbleRoll(Roll):
    """Devices that can do what they declared."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}

    def abilities(self, device_id: str) -> Capabilities:
        return read(self.device(device_id).capabilities, self.sent.get(device_id, ()))


class Post(MemoryPost):
    """Remembers what was handed in order, also to nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[tuple[str, dict[str, object]]] = []

    def hand(self, device: str, topic: str, payload: bytes) -> bool:
        self.tried.append((topic, json.loads(payload)))
        return super().hand(device, topic, payload)

    def controls(self) -> list[dict[str, object]]:
        return [said for topic, said in self.tried if topic.endswith("/control")]

    def requests(self) -> list[dict[str, object]]:
        return [said for topic, said in self.tried if topic.startswith("ml/inference/request/")]


class WindowSite(HomeSite):
    """The living room with a window `w1`; more as tests want it."""

    def __init__(self, settings: DecideSettings | None = None) -> None:
        self.settings = settings or DecideSettings(zone=ZONE)
        self.mind = FakeMind()
        self.holds = FakeHolds()
        self.time_known = True
        self.node_limits = (0.0, 100.0)
        super().__init__()

    def restart(self) -> None:
        self.roll = getattr(self, "able", None) or AbleRoll()
        self.able = self.roll
        super().restart()
        self.post = Post()
        self.decided: list[Decision] = []
        self.bus.on(Decided, lambda event: self.decided.append(event.decision))
        self.climate = Climate(ZONE)
        self.surroundings = Surroundings(self.home, self.assignments, self.able, self.bus)
        self.inputs = Inputs(
            self.surroundings, self.watch.newest, self.climate, ZONE, self.bus, lambda: self.time_known
        )
        self.archive = MemoryDecisions(self.writer)
        self.decide = self.deciding()
        self.decide.attach(self.post)

    def deciding(self) -> Decide:
        """Who decides."""
        return Decide(
            self.writer,
            self.archive,
            self.bus,
            self.chronicle,
            self.clock,
            self.inputs,
            self.surroundings,
            self.mind,
            self.holds,
            self.able,
            self.settings,
            limits=lambda device: self.node_limits,
        )

    async def begin(self) -> None:
        """The living room has a window, which is connected, and the model is loaded."""
        await self.room("living", "Living room")
        self.able.add("w1", kind="window")
        await self.put_device("w1", "living")
        self.connect("w1")
        await self.decide._prepare()

    async def outdoors(self, device: str = "out") -> None:
        """A sensor outside."""
        await self.asset(AssetKind.OUTDOOR, "garden", "Garden")
        self.able.add(device, kind="outdoor")
        await self.put_device(device, "garden")

    def connect(self, device: str) -> None:
        self.post.there.add(device)
        self.bus.publish(ClientConnected(device, device, "127.0.0.1"))

    def subscribe(self, device: str) -> None:
        self.post.there.add(device)
        self.bus.publish(ClientSubscribed(device, device, (f"window/{device}/control",)))

    def ack(self, decision: str, status: str = "done", detail: str = "", device: str = "w1") -> None:
        payload = json.dumps({"id": decision, "status": status, "detail": detail}).encode()
        self.bus.publish(NodeSaid(device, "command/ack", payload, self.clock()))

    def override(self, position: float = 30, minutes: float = 60, device: str = "w1") -> Override:
        now_ms = self.clock()
        until_ms = now_ms + round(minutes * 60_000)
        override = Override(
            id="o1", device=device, time_ms=now_ms, until_ms=until_ms, position=position, who="anna", source="api"
        )
        self.holds.overrides[device] = override
        self.bus.publish(Overridden(override))
        return override

    def happened(self, kind: str = "window.") -> list[Happened]:
        return [event for event in self.events() if event.kind.startswith(kind)]
