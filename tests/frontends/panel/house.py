"""A panel with everything real behind it; the disk too, when it is given a store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from gateway.backends.gate_file import GateFile
from gateway.backends.keys import ServerKey
from gateway.backends.machine.guard import MachineGuard, MachineSettings
from gateway.backends.ports import holder
from gateway.backends.store.store import Store
from gateway.core.access import Scope
from gateway.core.messages import Audited, DeviceChanged, Happened, Reading, ReadingStored
from gateway.core.ports.store import (
    Anchor,
    Bucket,
    Change,
    DeviceErased,
    History,
    QuarantineCleared,
    Quarantined,
    QuarantineEntry,
    ReadingTaken,
    Retained,
    Writer,
)
from gateway.flow.accounts import Accounts
from gateway.flow.assignments import Assignments
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.commands import Commands
from gateway.flow.enrolment import Enrolment
from gateway.flow.ghosts import Ghosts
from gateway.flow.home import Home
from gateway.flow.ingest import Ingest
from gateway.flow.judge import Judge
from gateway.flow.plants import Plants
from gateway.flow.registration import Credentials, Registration
from gateway.flow.registry import Registry
from gateway.flow.shadows import Shadows
from gateway.flow.thresholds import Thresholds
from gateway.flow.trail import Trail
from gateway.flow.values import Values
from gateway.flow.verdicts import Verdicts
from gateway.flow.watch import Watch
from gateway.frontends.panel.parts import Doubts, HomeParts, PanelSettings, PartHealth, Parts
from gateway.frontends.panel.server import Panel
from gateway.log.levels import Levels
from tests.fakes import START_MS, FixedClock, MemoryDocuments, MemoryOrders, MemoryPost, MemoryWriter

from .automation import HouseAutomation
from .outward import HouseOutward

MAC = "aa:bb:cc:dd:ee:01"
PASSWORD = "correct horse battery"


class MemoryHistory:
    """Reads back what a MemoryWriter was given."""

    def __init__(self, writer: MemoryWriter) -> None:
        self._writer = writer

    def _all(self, kind: type[Any]) -> list[Any]:
        return [change for change in self._writer.changes if isinstance(change, kind)]

    async def raw(
        self, device: str, metric: str, from_ms: int, to_ms: int, limit: int = 100_000
    ) -> list[tuple[int, float, int]]:
        taken = self._all(ReadingTaken)
        rows = [
            (row.at_ms, row.values[metric], row.quality.get(metric, 0))
            for row in taken
            if row.device == device and metric in row.values
        ]
        return sorted((row for row in rows if from_ms <= row[0] < to_ms), key=lambda row: row[0])[-limit:]

    async def buckets(self, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        steps: dict[int, list[float]] = {}
        quality: dict[int, int] = {}
        for time_ms, value, bits in await self.raw(device, metric, from_ms, to_ms):
            at = time_ms // step_ms * step_ms
            steps.setdefault(at, []).append(value)
            quality[at] = quality.get(at, 0) | bits
        return [Bucket(at, min(v), max(v), sum(v) / len(v), len(v), quality[at]) for at, v in sorted(steps.items())]

    async def latest(self) -> dict[str, Reading]:
        return {}

    async def anchors(self) -> list[Anchor]:
        return []

    async def quarantine(self, limit: int = 200, correlation: str = "") -> list[QuarantineEntry]:
        cleared = {change.id for change in self._all(QuarantineCleared)}
        entries = [QuarantineEntry(index, change) for index, change in enumerate(self._all(Quarantined), 1)]
        left = [entry for entry in reversed(entries) if entry.id not in cleared]
        return [entry for entry in left if correlation in ("", entry.message.correlation)][:limit]

    async def quarantined(self, entry_id: int) -> QuarantineEntry | None:
        left = await self.quarantine(len(self._writer.changes))
        return next((entry for entry in left if entry.id == entry_id), None)

    async def audit(self, limit: int = 200, kind: str = "", who: str = "", correlation: str = "") -> list[Audited]:
        entries = [entry for entry in self._all(Audited) if entry.kind.startswith(kind) and who in ("", entry.who)]
        return [entry for entry in entries[::-1] if correlation in ("", entry.correlation)][:limit]

    async def happened(
        self, limit: int = 200, kind: str = "", device: str = "", correlation: str = ""
    ) -> list[Happened]:
        events = [
            event for event in self._all(Happened) if event.kind.startswith(kind) and device in ("", event.device)
        ]
        return [event for event in events[::-1] if correlation in ("", event.correlation)][:limit]

    async def reading(self, device: str, boot: str, seq: int) -> Reading | None:
        for taken in self._all(ReadingTaken):
            if (taken.device, taken.boot, taken.seq) == (device, boot, seq):
                return Reading(device, taken.at_ms, taken.values, boot=boot, seq=seq, quality=taken.quality)
        return None


class Known:
    """The time of a gateway that knows it."""

    known = True
    boot = "boot"


class House:
    """The parts, the running panel and a browser-like client."""

    def __init__(self, data: Path, clock: FixedClock | None = None, store: Store | None = None) -> None:
        self.data = data
        self.clock = clock or FixedClock()
        self.bus = Bus()
        self.documents = MemoryDocuments()
        self.secrets = ServerKey(b"k" * 32)
        self.writer = MemoryWriter()
        self.disk: Writer = store or self.writer
        self.history: History = store or MemoryHistory(self.writer)
        self.trail = Trail(self.disk, self.bus, self.clock)
        self.enrolment = Enrolment(self.documents, self.secrets, self.trail, self.clock)
        self.registry = Registry(self.documents, self.secrets, self.bus, self.trail, self.clock, self.enrolment)
        self.accounts = Accounts(self.documents, self.secrets, self.bus, self.trail, self.clock)
        self.chronicle = Chronicle(self.disk, self.bus, self.clock, self.registry.simulated)
        self.watch = Watch(self.bus, self.clock, self.chronicle, series_quality=self._series_quality)
        self.suspect: dict[str, dict[str, int]] = {}
        """Quality bits of whole series, by device and metric."""
        self.doubts = self._new_doubts()
        self.intake = Ingest(self.bus, self.registry, self.clock, doubts=self.doubts.judge)
        self.post = MemoryPost()
        self.home = self._new_home(store)
        self.automation = HouseAutomation(self, store)
        self.outward = HouseOutward(self, store)
        self.bus.on(DeviceChanged, self._erase)
        self.health: dict[str, PartHealth] = {"store": PartHealth(True), "broker": PartHealth(True)}
        self.metrics: dict[str, tuple[str, str, list[tuple[dict[str, str], float]]]] = {}
        self.levels = Levels(lambda delay_s, call: asyncio.get_running_loop().call_later(delay_s, call), self.clock)
        self.guard = MachineGuard(data, MachineSettings(), self.clock, self.chronicle.note, lambda: None)
        self.panel: Panel
        self.http: aiohttp.ClientSession

    def _series_quality(self, device: str) -> dict[str, int]:
        return self.suspect.get(device) or self.doubts.verdicts.quality(device)

    def _new_doubts(self) -> Doubts:
        verdicts, thresholds = Verdicts(self.bus, self.clock, self.chronicle), Thresholds(self.documents)
        memory = GateFile(self.data / "series.state")
        judge = Judge(self.bus, verdicts, self.clock, thresholds, memory)
        self.retained: dict[str, Retained] = {}
        """What the broker keeps."""
        self.stored: dict[str, Reading] = {}
        """The newest reading of each device in the store."""
        ghosts = Ghosts(
            self.registry.known,
            lambda: list(self.retained),
            lambda topic: self.retained.pop(topic) and Retained(topic, b"", 0),
            self._latest,
            self.chronicle,
        )
        return Doubts(judge, verdicts, thresholds, ghosts)

    def _new_home(self, store: Store | None) -> HomeParts:
        archive = store or MemoryOrders(self.writer)
        told = self.bus, self.trail, self.chronicle, self.clock, self.registry
        home = Home(self.documents, self.bus, self.trail, self.clock, self.registry.devices)
        assignments = Assignments(self.documents, self.bus, self.trail, self.clock, home, self.chronicle)
        commands, shadows = Commands(self.disk, archive, *told, Known()), Shadows(self.disk, archive, *told)
        commands.attach(self.post)
        shadows.attach(self.post, dict)
        values = Values(home, assignments, self.registry, self.watch, self.clock)
        plants = Plants(home, assignments, self.bus, self.chronicle)
        return HomeParts(commands, shadows, home, assignments, values, plants)

    async def _latest(self) -> dict[str, Reading]:
        return self.stored

    def _erase(self, event: DeviceChanged) -> None:
        if event.status is None and not self.registry.former(event.device):
            self.disk.submit([DeviceErased(event.device)])

    def parts(self) -> Parts:
        return Parts(
            registry=self.registry,
            enrolment=self.enrolment,
            accounts=self.accounts,
            trail=self.trail,
            intake=self.intake,
            watch=self.watch,
            writer=self.disk,
            history=self.history,
            bus=self.bus,
            now_ms=self.clock,
            health=lambda: self.health,
            metrics=lambda: self.metrics,
            machine=self.guard.machine,
            levels=self.levels,
            doubts=self.doubts,
            home=self.home,
            automation=self.automation.parts(),
            outward=self.outward.parts(),
            holder=holder,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.panel.http_port}"

    async def device(self, mac: str = MAC, **capabilities: object) -> Credentials:
        """A registered device."""
        token = await self.enrolment.create()
        given = await self.registry.register(Registration(mac, "1.0.0", token, capabilities))
        assert isinstance(given, Credentials)
        return given

    async def token(self, scope: Scope) -> dict[str, str]:
        """Headers of a program with this scope."""
        _, secret = await self.accounts.api_tokens.create(scope, scope.value)
        return {"Authorization": f"Bearer {secret}"}

    async def sign_in(self) -> None:
        """Make the client a signed-in browser."""
        if self.accounts.owner.first_run:
            await self.accounts.owner.set_password(self.accounts.owner.first_run_code(), PASSWORD)
        async with self.http.post(
            self.url + "/api/session", json={"code": self.accounts.owner.one_time_code()}
        ) as answer:
            assert answer.status == 200, await answer.text()

    async def call(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, body: object = None
    ) -> tuple[int, Any]:
        """Status and decoded body."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.http.request(
            method, self.url + path, headers=headers, data=data, allow_redirects=False
        ) as answer:
            text = await answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(text) if text and is_json else text

    def measure(
        self,
        device: str,
        time_ms: int = START_MS,
        *,
        late: bool = False,
        boot: str = "",
        seq: int = 0,
        quality: dict[str, int] | None = None,
        **values: float,
    ) -> None:
        """A reading is stored."""
        number = seq if boot else None
        self.writer.submit([ReadingTaken(device, boot, number, time_ms, values, quality=quality or {})])
        self.announce(device, time_ms, late=late, boot=boot, seq=seq, quality=quality, **values)

    def announce(
        self,
        device: str,
        time_ms: int = START_MS,
        *,
        late: bool = False,
        boot: str = "",
        seq: int = 0,
        quality: dict[str, int] | None = None,
        **values: float,
    ) -> None:
        """The event alone."""
        simulated = self.registry.simulated(device)
        reading = Reading(device, time_ms, values, simulated, boot, seq, late, quality or {})
        self.bus.publish(ReadingStored(reading, time_ms))

    def changes(self, kind: type[Change]) -> list[Any]:
        return [change for change in self.writer.changes if isinstance(change, kind)]


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what another task is about to do."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for: it is looked at from outside
            await asyncio.sleep(0.01)


def settings(data: Path, **changes: Any) -> PanelSettings:
    """A panel on loopback."""
    usual = PanelSettings(data=data, version="1.2.3", hosts=("127.0.0.1",), https_port=None, http_port=0)
    return msgspec.structs.replace(usual, **changes)


@asynccontextmanager
async def living(
    data: Path, *, clock: FixedClock | None = None, store: Store | None = None, outward: bool = True, **changes: Any
) -> AsyncIterator[House]:
    """A house whose panel is running. `outward`: there is something that speaks with people."""
    house = House(data, clock, store)
    await house.automation.load()
    parts = house.parts() if outward else msgspec.structs.replace(house.parts(), outward=None)
    house.panel = Panel(parts, settings(data, **changes))
    await house.panel.start()
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as house.http:
            yield house
    finally:
        await house.panel.close()
        await house.automation.close()
