"""Commands and shadows on a disk that a test holds back, full or cut off, with nodes that keep their contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import msgspec

from gateway.core.commands import REMEMBERED, Command, CommandStatus, Order
from gateway.core.errors import NotFound, StoreError
from gateway.core.messages import (
    Audited,
    ClientConnected,
    ClientDisconnected,
    ClientSubscribed,
    ClockSet,
    CommandMoved,
    Message,
    NodeSaid,
    ShadowMoved,
)
from gateway.core.ports.intake import Taken
from gateway.core.ports.store import Receipt, Retained
from gateway.core.shadow import Shadow
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.commands import Commands
from gateway.flow.devices import Device
from gateway.flow.dispatch import CommandSettings
from gateway.flow.ingest import Ingest
from gateway.flow.shadows import Shadows
from gateway.flow.trail import Trail
from tests.fakes import START_MS, FixedClock

from .orders_disk import Archive, Disk


class Node:
    """A node with the contract of one: it writes an id down before it acts, and never acts on one twice.

    It knows of as many ids as it must, and says its last word on one until the gateway has acknowledged that.
    """

    def __init__(self) -> None:
        self.effects: list[str] = []
        self.notes: dict[str, str] = {}
        self.acks: list[tuple[str, str]] = []
        """Said, and not acknowledged by the gateway yet."""

    def hear(self, payload: bytes) -> None:
        order = json.loads(payload)
        command_id = order["id"]
        known = self.notes.get(command_id)
        if known is None and order["ttl_ms"] <= 0:
            self._note(command_id, "failed")
        elif known is None:
            self._note(command_id, "accepted")
        else:
            self._say(command_id)

    def act(self) -> None:
        """Finish whatever was begun."""
        for command_id in self._begun():
            self.effects.append(command_id)
            self._note(command_id, "done")

    def restart(self) -> None:
        """What was begun and not finished has failed; what is to be said is said from the notes."""
        self.acks.clear()
        for command_id in self._begun():
            self.notes[command_id] = "failed"
        for command_id in self.notes:
            self._say(command_id)

    def _begun(self) -> list[str]:
        return [command_id for command_id, state in self.notes.items() if state == "accepted"]

    def _note(self, command_id: str, state: str) -> None:
        self.notes[command_id] = state
        if len(self.notes) > REMEMBERED:
            del self.notes[next(iter(self.notes))]
        self._say(command_id)

    def _say(self, command_id: str) -> None:
        self.acks.append((command_id, self.notes[command_id]))


class Post:
    """A broker: hands over to nodes that are connected and listen, keeps what is retained."""

    def __init__(self) -> None:
        self.listening: set[str] = set()
        self.handed: list[tuple[str, dict[str, object]]] = []
        self.desired: list[tuple[str, bytes]] = []
        self.retained: dict[str, Retained] = {}
        self.nodes: dict[str, Node] = {}
        self.half_open: set[str] = set()
        """Connected as far as the gateway knows; nothing arrives any more."""

    def hand(self, device: str, topic: str, payload: bytes) -> bool:
        if device not in self.listening:
            return False
        if topic.endswith("/command"):
            self.handed.append((device, json.loads(payload)))
            if device in self.nodes and device not in self.half_open:
                self.nodes[device].hear(payload)
        else:
            self.desired.append((device, payload))
        return True

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, retain: bool = False, receipt: Receipt | None = None
    ) -> None:
        assert (qos, retain) == (1, True)
        if payload:
            self.retained[topic] = Retained(topic, payload, qos)
        else:
            self.retained.pop(topic, None)
        device = topic.split("/")[1]
        if device in self.listening:
            self.desired.append((device, payload))


class Devices:
    """Which devices there are."""

    def __init__(self) -> None:
        self.all: dict[str, Device] = {}

    def add(self, device_id: str, simulated: bool = False, **capabilities: object) -> None:
        mac = f"02:00:00:00:00:{len(self.all):02x}"
        self.all[device_id] = Device(
            device_id, device_id, mac, "1.0", dict(capabilities), simulated, START_MS, START_MS
        )

    def device(self, device_id: str) -> Device:
        if device_id not in self.all:
            raise NotFound(f"There is no device {device_id}.")
        return self.all[device_id]

    def simulated(self, device_id: str) -> bool:
        return device_id in self.all and self.all[device_id].simulated


class Time(msgspec.Struct):
    """The gateway's time."""

    known: bool = True
    boot: str = "m1"


class Site:
    """One run of a gateway after the other, on the same disk."""

    def __init__(self, settings: CommandSettings | None = None) -> None:
        self.clock = FixedClock()
        self.archive = Archive(self.clock)
        self.disk = Disk(self.archive)
        self.devices = Devices()
        self.devices.add("window-1", kind="window")
        self.devices.add("sim-1", simulated=True)
        self.time = Time()
        self.retained: dict[str, Retained] = {}
        self._settings = settings or CommandSettings()
        self._new_run()

    def _new_run(self) -> None:
        self.since_ms = self.clock.now_ms
        self.bus = Bus()
        self.moved: list[CommandMoved] = []
        self.shadows_moved: list[ShadowMoved] = []
        self.said: list[NodeSaid] = []
        self.announced: list[Audited] = []
        self.bus.on(CommandMoved, self.moved.append)
        self.bus.on(ShadowMoved, self.shadows_moved.append)
        self.bus.on(NodeSaid, self.said.append)
        self.bus.on(Audited, self.announced.append)
        self.post = Post()
        self.post.retained = self.retained
        trail = Trail(self.disk, self.bus, self.clock)
        chronicle = Chronicle(self.disk, self.bus, self.clock, self.devices.simulated)
        parts = self.disk, self.archive, self.bus, trail, chronicle, self.clock, self.devices
        self.commands = Commands(*parts, self.time, self._settings)
        self.shadows = Shadows(*parts)
        self.ingest = Ingest(
            self.bus,
            self.devices,
            self.clock,
            hearers={"command/ack": self.commands.acked, "shadow/reported": self.shadows.reported},
            orders=self.commands.asked_by_message,
        )
        self.commands.attach(self.post)
        self.shadows.attach(self.post, lambda: self.retained)

    async def restart(self, durable: int | None = None) -> None:
        """Killed and started again; of what was on its way to the disk, so many submissions are there."""
        self.disk.cut(len(self.disk.waiting) if durable is None else durable)
        self._new_run()
        await self.load()

    async def load(self) -> None:
        await self.commands.load()
        await self.shadows.load()
        self.shadows.reconcile()

    def connect(self, device: str = "window-1", *, listens: bool = True) -> None:
        """With an old session that `listens` already, or a new one that does not yet."""
        if listens:
            self.post.listening.add(device)
        self.bus.publish(ClientConnected(device, device, "127.0.0.1"))

    def subscribe(self, device: str = "window-1") -> None:
        self.post.listening.add(device)
        self.bus.publish(ClientSubscribed(device, device, (f"devices/{device}/#",)))

    def disconnect(self, device: str = "window-1") -> None:
        self.post.listening.discard(device)
        self.bus.publish(ClientDisconnected(device, device, "gone"))

    def hear(
        self,
        topic: str,
        payload: object,
        client: str = "window-1",
        packet_id: int = 0,
        dup: bool = False,
        then: Callable[[], object] = lambda: None,
    ) -> Taken:
        """A message that the broker has accepted: committed when its disk says so, then announced and acknowledged."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        message = Message(client, topic, raw, 1, False, packet_id, dup)
        taken = self.ingest.take(message)
        self.disk.submit(taken.changes, _Committed(self.ingest, taken, then))
        return taken

    def ack(self, command_id: str, status: str, detail: str = "", device: str = "window-1") -> Taken:
        said = {"id": command_id, "status": status, "detail": detail}
        return self.hear(f"devices/{device}/command/ack", said, device)

    def report(self, version: int, state: dict[str, object], device: str = "window-1") -> Taken:
        return self.hear(f"devices/{device}/shadow/reported", {"version": version, "state": state}, device)

    def set_clock(self, shift_ms: int, *, redates: bool = True, learnt: bool = False) -> None:
        """The clock is set, as the time keeper does it."""
        before_ms = self.clock.now_ms
        self.clock.now_ms += shift_ms
        if learnt:
            self.time.known = True
        if redates:
            self.ingest.boots.clock_set(self.since_ms, before_ms, shift_ms)
        self.bus.publish(ClockSet(before_ms, self.clock.now_ms, self.since_ms, redates, learnt, "a test"))
        self.since_ms += shift_ms

    def reasons(self, kind: str) -> list[str]:
        return [event.reason for event in self.archive.events if event.kind == kind]

    def entries(self, kind: str) -> list[tuple[str, str]]:
        return [(entry.who, entry.detail) for entry in self.archive.audit if entry.kind == kind]


class _Committed(msgspec.Struct):
    ingest: Ingest
    taken: Taken
    then: Callable[[], object]

    def settled(self, error: StoreError | None) -> None:
        if error is None:
            self.ingest.committed(self.taken)
            self.then()


OPEN_IT = Order("window-1", "set_position", {"position": 40})


async def ask(site: Site, order: Order = OPEN_IT, who: str = "anna") -> Command:
    """Asked for; when the disk is not held back, it is there."""
    return await site.commands.ask(order, who)


async def started(site: Site, order: Order = OPEN_IT) -> asyncio.Task[Command]:
    """Asked for, and on its way to the disk."""
    task = asyncio.create_task(ask(site, order))
    await turns()
    return task


async def turns() -> None:
    """Let everybody go on until they wait for the disk."""
    for _ in range(10):
        await asyncio.sleep(0)


async def until(true: Callable[[], bool]) -> None:
    """Wait for what comes by itself."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - there is nothing else to wait for
            await asyncio.sleep(0.01)


def status(site: Site, command: Command) -> CommandStatus:
    """Where it is in its life, as far as is remembered."""
    found = site.commands.find(command.id)
    assert found is not None
    return found.status


async def want(site: Site, device: str = "window-1", version: int | None = None, **patch: object) -> Shadow:
    """Wanted of it; when the disk is not held back, it is there."""
    return await site.shadows.want(device, patch, "anna", version)


async def wanting(site: Site, **patch: object) -> asyncio.Task[Shadow]:
    """On its way to the disk."""
    task = asyncio.create_task(want(site, **patch))
    await turns()
    return task


def told(site: Site) -> list[tuple[int, dict[str, object]]]:
    """What nodes were told, in its order."""
    said = [json.loads(payload) for _, payload in site.post.desired]
    return [(one["version"], one["state"]) for one in said]


def retained(site: Site, device: str = "window-1") -> object:
    """What the broker keeps for it."""
    kept = site.retained.get(f"devices/{device}/shadow/desired")
    return None if kept is None else json.loads(kept.payload)
