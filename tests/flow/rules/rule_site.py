"""A home with everything that rules need, on documents and a disk in memory; it can be killed and started again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import msgspec

from gateway.config.settings import Settings
from gateway.core.capabilities import Capabilities, read
from gateway.core.commands import Command
from gateway.core.decisions import Override
from gateway.core.insight import Episode
from gateway.core.messages import ClientConnected, ClientSubscribed, ClockSet, NodeSaid, ReadingStored
from gateway.core.ports.rules import Columns
from gateway.core.ports.store import Change, ReadingTaken, Receipt
from gateway.core.rules.firing import Firing
from gateway.core.rules.news import Notice, RuleFired, TimerMoved
from gateway.core.rules.rule import KeptRule, Mode, Rule
from gateway.core.timers import Timer
from gateway.core.window.limits import Limited
from gateway.flow.commands import Commands
from gateway.flow.decide.arbiter import Arbiter
from gateway.flow.decide.person_holds import PersonHolds
from gateway.flow.shadows import Shadows
from gateway.flow.trail import Trail
from gateway.frontends.panel.parts import HomeParts
from gateway.ruling import RulePart
from tests.fakes import FixedClock, MemoryOrders, MemoryWriter
from tests.flow.home_site import HomeSite, Roll
from tests.rule_fakes import MemoryColumns, MemoryRules


class AbleRoll(Roll):
    """Devices with what they can do; `sent` are metrics that came without being declared."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, set[str]] = {}

    def abilities(self, device_id: str) -> Capabilities:
        return read(self.device(device_id).capabilities, self.sent.get(device_id, ()))


class Disk(MemoryWriter):
    """`left`: so many submissions still become durable; after that the power is gone and nobody is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.left: int | None = None
        self.submissions = 0

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        if not changes:
            return super().submit(changes, receipt)
        if self.left is not None:
            if self.left <= 0:
                return None
            self.left -= 1
        self.submissions += 1
        return super().submit(changes, receipt)


class MemoryStore(MemoryRules, MemoryOrders):
    """The store as rules see it."""

    def __init__(self, disk: Disk) -> None:
        MemoryRules.__init__(self, disk)
        MemoryOrders.__init__(self, disk)
        self.submit = disk.submit
        self._columns = MemoryColumns(disk)

    async def columns(
        self, device: str, metrics: Sequence[str], from_ms: int, to_ms: int, *, settled: bool = False
    ) -> Columns:
        return await self._columns.columns(device, metrics, from_ms, to_ms, settled=settled)


class Wills:
    """Overrides without what they teach."""

    def __init__(self) -> None:
        self.claimed: list[tuple[str, int | None]] = []
        self.freed: list[tuple[str, str]] = []
        self.person: dict[str, Override] = {}

    def claim(self, command_id: str, until_ms: int | None) -> None:
        self.claimed.append((command_id, until_ms))

    def held(self, device: str) -> Override | None:
        return self.person.get(device)

    def persons(self) -> list[Override]:
        return list(self.person.values())

    def held_by(self, who: str) -> list[str]:
        return [device for device, one in self.person.items() if one.who == who]

    def let_go(self, device: str, who: str) -> None:
        self.freed.append((device, who))

    def digest(self, device: str) -> str:
        return ""


class Nodes:
    """Obedient nodes: they do each command once, whatever becomes of the gateway."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.done: list[tuple[str, str]] = []
        """(device, verb with its position) in order."""
        self.ids: set[str] = set()
        self.ttl_ms: dict[str, int] = {}

    def hand(self, device: str, topic: str, payload: bytes) -> bool:
        if device not in self.there:
            return False
        said = json.loads(payload)
        if topic.endswith("/command") and said["id"] not in self.ids:
            self.ids.add(said["id"])
            self.ttl_ms[said["id"]] = said["ttl_ms"]
            position = said["args"].get("position")
            self.done.append((device, said["verb"] if position is None else f"{said['verb']} {position:g}"))
        return True

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, retain: bool = False, receipt: Receipt | None = None
    ) -> None:
        """Shadows are nobody's business here."""


class RuleSite(HomeSite):
    """A bathroom whose air is measured, with a fan in it."""

    def __init__(self, **options: Any) -> None:
        rules = options.pop("rules", {})
        place = {"timezone": "Europe/Berlin", "latitude": 52.5, "longitude": 13.4}
        self.settings = msgspec.convert({"rules": rules, "site": place}, Settings)
        self.time_known = True
        self.able = AbleRoll()
        self.nodes = Nodes()
        self.storage = Disk()
        self.open_episodes: list[Episode] = []
        self.since_ms = 0
        """When this run began, for a clock that is set."""
        super().__init__()

    def restart(self) -> None:
        """A new process on the same documents and the same disk; `start` comes next."""
        self.storage.left = None
        self.writer = self.storage
        self.roll = self.able
        super().restart()
        self.fired: list[Firing] = []
        self.moved: list[Timer] = []
        self.notices: list[Notice] = []
        self.bus.on(RuleFired, lambda event: self.fired.append(event.firing))
        self.bus.on(TimerMoved, lambda event: self.moved.append(event.timer))
        self.bus.on(Notice, self.notices.append)
        self.bus.on(ReadingStored, self._taken)
        self.store = MemoryStore(self.storage)
        trail = Trail(self.storage, self.bus, self.clock)
        told = self.bus, trail, self.chronicle, self.clock
        self.keeper = SimpleNamespace(known=self.time_known, boot="m1")
        self.commands = Commands(self.storage, self.store, *told, self.able, self.keeper)
        self.shadows = Shadows(self.storage, self.store, *told, self.able)
        self.commands.attach(self.nodes)
        self.shadows.attach(self.nodes, dict)
        home = HomeParts(self.commands, self.shadows, self.home, self.assignments, self.values, self.plants)
        self.wills = Wills()
        people = PersonHolds(self.bus, self.clock, 3600, lambda device: device == "window")
        self.people = people
        self.arbiter = Arbiter(self.bus, self.clock, self.wills, people, lambda device, position: Limited(position))
        self.part = RulePart(
            self.settings,
            self.documents,
            cast(Any, self.store),
            *told,
            cast(Any, self.keeper),
            cast(Any, self.able),
            home,
            self.watch,
            cast(Any, self.wills),
            self.arbiter,
            lambda: self.open_episodes,
        )
        parts = self.part.parts()
        self.book, self.scene_book, self.timers, self.live = parts.rules, parts.scenes, parts.timers, parts.live

    async def start(self) -> RuleSite:
        """Everything is recalled, and the nodes come back."""
        await self.commands.load()
        await self.shadows.load()
        self.arbiter.recall([])
        await self.part.load()
        for device in sorted(self.nodes.there):
            self._connected(device)
        await self.turn()
        return self

    async def furnish(self) -> RuleSite:
        """A bathroom with a sensor and a fan; both are there."""
        await self.room("bathroom", "Bathroom")
        self.able.add("climate", kind="climate")
        self.able.add("fan", kind="fan")
        for device in ("climate", "fan"):
            await self.assignments.assign(device, "bathroom", "anna")
            self.join(device)
        return await self.start()

    def join(self, device: str) -> None:
        """It is connected and listens."""
        self.nodes.there.add(device)
        self._connected(device)

    def _connected(self, device: str) -> None:
        self.bus.publish(ClientConnected(device, device, "127.0.0.1"))
        self.bus.publish(ClientSubscribed(device, device, (f"devices/{device}/#",)))

    def leave(self, device: str) -> None:
        """It is away."""
        self.nodes.there.discard(device)

    async def turn(self) -> None:
        """Let the clock strike, and everybody go on until nothing is left to do."""
        for _ in range(3):
            self.part.live.turn()
            self.timers.look()
            self.commands.look()
            await turns()

    async def later(self, **by: float) -> None:
        """Time passes."""
        self.clock.advance(**cast(Any, by))
        await self.turn()

    def _taken(self, event: ReadingStored) -> None:
        reading = event.reading
        told = reading.device, reading.boot, reading.seq, reading.time_ms, reading.values
        self.storage.changes.append(ReadingTaken(*told, quality=reading.quality))

    async def measure(self, humidity: float, **also: Any) -> None:
        """The bathroom's air."""
        self.say("climate", humidity=humidity, **also)
        await self.turn()

    async def kill(self, **by: float) -> None:
        """Power cut; and started again after that time."""
        old = asyncio.all_tasks() - {asyncio.current_task()}
        for task in old:
            task.cancel()
        await asyncio.gather(*cast(Any, old), return_exceptions=True)
        self.clock.advance(**cast(Any, by))
        self.restart()
        await self.start()

    async def stop(self) -> None:
        """In order."""
        await self.part.close()

    async def rule(self, rule: Mapping[str, Any], mode: Mode = Mode.LIVE, rule_id: str = "bath") -> KeptRule:
        """Kept and enabled."""
        await self.book.put(written(rule), "anna", rule_id, new=True)
        kept = await self.book.enable(rule_id, mode, "anna", despite=True)
        await self.turn()
        return kept

    def set_clock(self, shift_ms: int, *, redates: bool = True, learnt: bool = False) -> None:
        """As the time keeper does it."""
        before_ms = self.clock()
        since_ms = self.since_ms
        self.clock.advance(ms=shift_ms)
        self.keeper.known = self.time_known = self.time_known or learnt
        self.bus.publish(ClockSet(before_ms, self.clock(), since_ms, redates, learnt, "a test"))

    def ack(self, command: Command, status: str) -> None:
        """A node's word on a command."""
        payload = json.dumps({"id": command.id, "status": status}).encode()
        taken = self.commands.acked(command.device, payload, self.clock())
        self.storage.submit(taken.changes)
        for event in taken.events:
            self.bus.publish(event)

    def outcomes(self, rule: str = "") -> list[tuple[str, str]]:
        """(part, outcome) of every firing that is on the disk, oldest first."""
        firings = self.store._firings()
        return [(firing.part, str(firing.outcome)) for firing in firings if rule in ("", firing.rule)]

    def armed(self) -> list[Timer]:
        return self.timers.armed()


def written(rule: Mapping[str, Any]) -> Rule:
    """As a person posts it."""
    return msgspec.convert({"name": "Bathroom fan", **rule}, Rule)


async def turns() -> None:
    """Let everybody go on until they wait for time."""
    for _ in range(12):
        await asyncio.sleep(0)


DAMP = {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70}
FAN_ON = {"kind": "command", "device": "fan", "verb": "turn_on"}
FAN_20 = {**FAN_ON, "for_s": 1200}

__all__ = ["DAMP", "FAN_20", "FAN_ON", "FixedClock", "NodeSaid", "RuleSite", "turns", "written"]
