"""One simulated node: it registers, connects, measures and obeys as a real one does, over the same contracts."""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from ..core import topics
from ..core.codec import encode_telemetry
from ..core.errors import Refused
from ..core.messages import Sample
from ..core.mqtt.packets import Connect, Will
from .backoff import Backoff
from .behaviour import Behaviour
from .connection import Address, LinkRefused, Unreachable
from .enrol import Registration
from .link import Link, LinkClosed, LinkSettings, State
from .memory import NodeMemory
from .outbox import Letter, Outbox
from .registrar import Registrar
from .reluctance import Reluctance
from .site import Device
from .sounds import Microphone, topic
from .world.room import Sound

FIRMWARE = "simulator-1"
_HEARTBEAT_S = 60.0
_GOODBYE_S = 2.0
_LISTEN_EVERY_S = 10.0
_TRIES_AT_FIRST = 3
"""An address kept from an earlier life may be wrong; one that has worked in this life is not doubted."""


class Surroundings(Protocol):
    """What the node's sensors and motor touch."""

    def measure(self, device: Device, now_ms: int) -> dict[str, float]:
        """What the sensors say now."""

    def hear(self, device: Device, now_ms: int) -> Sound:
        """What there is to hear where it is."""

    def set_window(self, device: Device, now_ms: int, position_pct: float) -> None:
        """The motor has moved the window."""

    def actuate(self, device: Device, now_ms: int, verb: str, args: Mapping[str, object]) -> None:
        """Do it to the machine the node sits on. Raises Refused."""


class Tools(msgspec.Struct, frozen=True):
    """What all nodes of a fleet share."""

    surroundings: Surroundings
    clock: Callable[[], int]
    tls: Callable[[str], ssl.SSLContext]
    """A context for a pinned CA; the same one for the same CA."""
    reluctance: Reluctance = Reluctance()
    online: Callable[[Device, str], None] = lambda device, device_id: None
    """Told when a node is connected, and as what."""


class Node:
    """A device of the site, alive. `report` is told (state, detail) when something about it changes."""

    def __init__(
        self,
        device: Device,
        registrar: Registrar,
        tools: Tools,
        boot: str,
        rng: random.Random,
        report: Callable[[str, str], None],
        memory: NodeMemory,
    ) -> None:
        self._device = device
        self._registrar = registrar
        self._tools = tools
        self._boot = boot
        self._rng = rng
        self._report = report
        self._seq = 0
        self._started_ms = tools.clock()
        self._backoff = Backoff(rng, 0.5, 30.0)
        self._outbox = Outbox()
        self._hurry = asyncio.Event()
        hands = _Hands(device, tools, self._restart, self._hurry.set)
        self._behaviour = Behaviour(
            self._outbox,
            tools.clock,
            device.kind,
            device.interval_s,
            hands,
            memory,
            tools.reluctance,
            microphone=device.microphone,
        )
        self._link: Link | None = None
        self._was_online = False

    async def run(self) -> None:
        """Live until cancelled, then say goodbye; ends by itself only when the gateway refuses the node."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._measure()), group.create_task(self._beat())]
            if self._behaviour.motor is not None:
                tasks.append(group.create_task(self._behaviour.motor.run()))
            if self._device.microphone:
                tasks.append(group.create_task(self._listen()))
            await self._stay_connected()
            for task in tasks:
                task.cancel()

    async def _stay_connected(self) -> None:
        try:
            registration = await self._registrar.known()
            while True:
                registration = await self._live_as(registration)
        except Refused as error:
            self._report("refused", str(error))

    async def _live_as(self, registration: Registration) -> Registration:
        """Stay connected under this registration; the next one when it no longer works. Raises Refused."""
        try:
            await self._connected(registration)
        except LinkRefused as error:
            self._report("turned away", str(error))
            await asyncio.sleep(self._backoff.next_s())
            if self._was_online:
                return await self._registrar.ask_back(registration)
            return await self._registrar.anew(registration)
        except Unreachable as error:
            self._report("waiting", str(error))
            await asyncio.sleep(self._backoff.next_s())
            return await self._registrar.moved(registration)
        return registration

    async def _connected(self, registration: Registration) -> None:
        """Be online until the link ends for good; raises what ended it."""
        self._behaviour.become(registration.device_id)
        link = self._new_link(registration)
        running = asyncio.create_task(link.run())
        delivering = asyncio.create_task(self._outbox.deliver(link))
        self._link = link
        try:
            await asyncio.wait((running,))
            running.result()
        finally:
            delivering.cancel()
            await self._say_goodbye(link)
            self._link = None
            link.close()
            await asyncio.gather(running, delivering, return_exceptions=True)

    def _new_link(self, registration: Registration) -> Link:
        device, mqtt = registration.device_id, registration.mqtt
        hello = Connect(
            device,
            clean=False,
            keep_alive_s=60,
            username=registration.mqtt_username,
            password=registration.mqtt_password.encode(),
            will=Will(topics.status(device), b"offline", 1, True),
        )
        tries = None if self._was_online else _TRIES_AT_FIRST
        settings = LinkSettings(Address(mqtt.host, mqtt.port), hello, give_up_after=tries)
        tls = self._tools.tls(registration.ca_pem) if mqtt.tls else None
        link = Link(settings, self._rng, tls, self._link_changed)
        link.subscribe(topics.command(device), self._behaviour.command)
        link.subscribe(topics.shadow_desired(device), self._behaviour.desired)
        if self._behaviour.motor is not None:
            link.subscribe(topics.window_control(device), self._behaviour.window)
        return link

    async def _say_goodbye(self, link: Link) -> None:
        if link.state is State.ONLINE:
            with contextlib.suppress(TimeoutError, LinkClosed):
                async with asyncio.timeout(_GOODBYE_S):
                    await link.publish(topics.status(self._behaviour.device), b"offline", retain=True)
            self._report("stopped", "")

    def _link_changed(self, state: State, detail: str) -> None:
        if state is State.ONLINE:
            self._was_online = True
            self._backoff.reset()
            self._outbox.put(Letter(topics.status(self._behaviour.device), b"online", retain=True), first=True)
            self._behaviour.report()
            self._send_heartbeat()
            self._tools.online(self._device, self._behaviour.device)
        if state in (State.ONLINE, State.WAITING):
            self._report(state.value, detail)

    async def _measure(self) -> None:
        """A reading every interval; the first at a moment of our own, so that a fleet does not speak in chorus."""
        await asyncio.sleep(self._rng.random() * min(2.0, self._behaviour.interval_s))
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            if self._behaviour.device:
                self._take_reading()
            due_s = max(due_s + self._behaviour.interval_s, loop.time())
            self._hurry.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due_s):
                    await self._hurry.wait()
                    due_s = loop.time()

    def _take_reading(self) -> None:
        now_ms = self._tools.clock()
        values = self._tools.surroundings.measure(self._device, now_ms)
        if not values:
            return
        self._seq += 1
        reading = encode_telemetry(Sample(values, now_ms, self._boot, self._seq))
        self._outbox.put(Letter(topics.telemetry(self._behaviour.device), reading))

    async def _listen(self) -> None:
        """Two seconds of sound now and then, while it is wanted; at QoS 0, as old sound is worth nothing."""
        microphone = Microphone(self._rng)
        while True:
            await asyncio.sleep(_LISTEN_EVERY_S)
            if self._behaviour.listens and self._link is not None and self._link.state is State.ONLINE:
                sound = self._tools.surroundings.hear(self._device, self._tools.clock())
                heard = await asyncio.to_thread(microphone.record, sound)
                if self._link is not None:
                    self._link.send(topic(self._behaviour.device), heard)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            self._send_heartbeat()

    def _send_heartbeat(self) -> None:
        """At QoS 0: a heartbeat that came late would be worth nothing."""
        beat = {
            "uptime_ms": self._tools.clock() - self._started_ms,
            "boot": self._boot,
            "free_heap": 180_000 - self._rng.randrange(8_000),
            "rssi": -52 - self._rng.randrange(12),
            "firmware": FIRMWARE,
        }
        if self._link is not None:
            self._link.send(topics.heartbeat(self._behaviour.device), msgspec.json.encode(beat))

    def _restart(self) -> None:
        """A new boot, which counts its readings from the beginning; what was to be said is not lost with it."""
        self._boot = f"{self._rng.getrandbits(48):012x}"
        self._seq = 0
        self._started_ms = self._tools.clock()
        if self._link is not None:
            self._link.drop()


class _Hands:
    """See Hands: of one node, in the surroundings it shares with others."""

    def __init__(self, device: Device, tools: Tools, restart: Callable[[], None], hurry: Callable[[], None]) -> None:
        self._device = device
        self._tools = tools
        self.restart = restart
        self.hurry = hurry

    def place(self, position_pct: float) -> None:
        self._tools.surroundings.set_window(self._device, self._tools.clock(), position_pct)

    def actuate(self, verb: str, args: Mapping[str, object]) -> None:
        self._tools.surroundings.actuate(self._device, self._tools.clock(), verb, args)
