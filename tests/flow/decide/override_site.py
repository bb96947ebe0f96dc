"""A window, people who want something of it, and a mind that learns near the hour it was taught in."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

from gateway.backends.store.store import Store
from gateway.core.commands import Command, Order
from gateway.core.decisions import Decision, Outcome, Override
from gateway.core.errors import ModelFailed
from gateway.core.home import Assignment
from gateway.core.messages import (
    Audited,
    ClientConnected,
    ClockSet,
    Decided,
    Happened,
    Overridden,
    Reading,
    ReadingStored,
)
from gateway.core.ports.models import Lesson
from gateway.core.window.moment import Moment
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.commands import Commands
from gateway.flow.decide.folding import Pupil as Learner
from gateway.flow.decide.lessons import since
from gateway.flow.decide.overrides import Overrides
from gateway.flow.decide.taking import OverrideSettings
from gateway.flow.trail import Trail
from tests.fakes import START_MS, FixedClock, MemoryDecisions, MemoryOrders, MemoryPost, MemoryWriter
from tests.flow.orders_site import Devices, Time

USUAL = 40.0


class Pupil:
    """40 %, and near an hour in which it was taught, what was wanted there; the last lesson counts most."""

    def __init__(self) -> None:
        self.lessons: dict[str, Sequence[Lesson]] = {}
        self.folds = 0
        self.dumb = False
        self.may_learn = asyncio.Event()
        self.may_learn.set()

    async def slow(self) -> None:
        """As long as a test wants."""
        await self.may_learn.wait()

    async def folded(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        await self.slow()
        return lambda: self.learnt(device, lessons)

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        self.lessons[device] = tuple(lessons)
        self.folds += 1

    async def previewed(self, device: str, moments: Sequence[Moment]) -> list[float]:
        if self.dumb:
            raise ModelFailed("no model is there")
        return [self.think(device, moment) for moment in moments]

    def think(self, device: str, moment: Moment) -> float:
        position = USUAL
        for lesson in self.lessons.get(device, ()):
            apart = abs(moment.hour - lesson.moment.hour)
            near = math.exp(-((min(apart, 24 - apart) / 2) ** 2))
            position += near * (lesson.wanted_pct - position)
        return position


class Places:
    """Where devices stood."""

    def __init__(self) -> None:
        self.spans: list[Assignment] = []

    def of_device(self, device: str) -> list[Assignment]:
        return [span for span in self.spans if span.device == device]


class OverrideSite:
    """One run of a gateway after the other, on the same disk."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store
        """The disk, where it is a real one."""
        self.clock = FixedClock()
        self.writer = MemoryWriter()
        self.devices = Devices()
        self.devices.add("w1", kind="window")
        self.devices.add("plain", kind="climate")
        self.places = Places()
        self.temperature: float | None = 26.4
        self.hour = 19.2
        self.timed = True
        self.seq = 0
        self._new_run()

    def _new_run(self) -> None:
        self.bus = Bus()
        self.told: list[Override] = []
        self.bus.on(Overridden, lambda event: self.told.append(event.override))
        self.pupil = Pupil()
        self.post = MemoryPost()
        writer = self.store or self.writer
        trail = Trail(writer, self.bus, self.clock)
        chronicle = Chronicle(writer, self.bus, self.clock, self.devices.simulated)
        parts = self.bus, trail, chronicle, self.clock
        self.commands = Commands(writer, self.store or MemoryOrders(self.writer), *parts, self.devices, Time())
        self.commands.attach(self.post)
        self.overrides = Overrides(
            writer,
            self.store or MemoryDecisions(self.writer),
            *parts,
            self.commands,
            self.devices,
            self.mind(),
            OverrideSettings(),
            is_window=lambda device: device.startswith(("w", "sim")),
            moment=self.moment,
            cuts=lambda device, position: ("rain 1.2 mm/h: at most 10 %",) if position > 10 else (),
            since=since(self.places),
            timed=lambda: self.timed,
            recalled=lambda: [one for device in self.devices.all for one in self.commands.of(device)],
        )

    def mind(self) -> Learner:
        """Who learns."""
        return self.pupil

    async def restart(self) -> None:
        self._new_run()
        await self.commands.load()
        await self.overrides.load()

    def moment(self, device: str) -> Moment | None:
        return Moment(time_ms=self.clock(), hour=self.hour, day=7, temperature_c=self.temperature)

    def connect(self, device: str = "w1") -> None:
        self.post.there.add(device)
        self.bus.publish(ClientConnected(device, device, "127.0.0.1"))

    async def command(self, position: object, who: str = "node-red", device: str = "w1") -> Command:
        """Asked, and learnt."""
        asked = await self.commands.ask(Order(device, "set_position", {"position": position}), who)
        await self.overrides.caught_up()
        return asked

    async def cancel(self, command: Command, who: str = "anna") -> None:
        """Taken back, and forgotten."""
        await self.commands.cancel(command.device, command.id, who)
        await self.overrides.caught_up()

    async def teach(self, position: float, hour: float, device: str = "w1") -> Override:
        self.hour = hour
        self.clock.advance(minutes=90)
        self.commands.look()
        made, _ = await self.overrides.set(device, position, "anna")
        return made

    def decided(self, position: int, outcome: Outcome = Outcome.SENT, decision_id: str = "00" * 8) -> None:
        moment = Moment(time_ms=self.clock(), hour=self.hour, day=7)
        self.bus.publish(
            Decided(
                Decision(
                    id=decision_id,
                    device="w1",
                    time_ms=self.clock(),
                    cause="first values",
                    moment=moment,
                    position=position,
                    raw_pct=float(position),
                    confidence=0.5,
                    model="teacher",
                    why="",
                    outcome=outcome,
                )
            )
        )

    def at(
        self, position: float, seconds: float = 60, device: str = "w1", quality: int = 0, late: bool = False
    ) -> None:
        """It says each ten seconds that it is there."""
        for _ in range(math.ceil(seconds / 10)):
            self.clock.advance(s=10)
            self.seq += 1
            bits = {"position": quality} if quality else {}
            reading = Reading(device, self.clock(), {"position": position}, False, "b1", self.seq, late, bits)
            self.bus.publish(ReadingStored(reading, self.clock()))

    def set_clock(self, shift_ms: int) -> None:
        before_ms = self.clock.now_ms
        self.clock.now_ms += shift_ms
        self.bus.publish(ClockSet(before_ms, self.clock.now_ms, START_MS, True, True, "a test"))

    def reasons(self, kind: str) -> list[str]:
        return [one.reason for one in self.writer.changes if isinstance(one, Happened) and one.kind == kind]

    def entries(self, kind: str) -> list[tuple[str, str]]:
        return [(one.who, one.detail) for one in self.writer.changes if isinstance(one, Audited) and one.kind == kind]

    def thoughts(self, device: str = "w1") -> list[float]:
        """What is thought of every hour of the day."""
        moments = [Moment(time_ms=0, hour=hour / 2, day=7, temperature_c=26.4) for hour in range(48)]
        return [self.pupil.think(device, moment) for moment in moments]
