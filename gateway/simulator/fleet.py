"""Many simulated nodes in one process, in one world."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from ..core.errors import ConfigError, Refused
from .backoff import Backoff
from .enrol import Api, Request, mac_address
from .faults import FaultySensors, SensorFault
from .furnish import Furnisher
from .identity import Identities
from .memory import NodeMemory
from .node import FIRMWARE, Node, Tools
from .registrar import Registrar
from .reluctance import Reluctance
from .site import Device, RoomAsset, Site
from .tls import pinned_context, shrink_tls_buffers
from .world.ailments import Ailment
from .world.room import Sound
from .world.world import World

MAX_SPEED = 3600.0
MAX_NODES = 5000


class FleetSettings(msgspec.Struct, frozen=True):
    """Which nodes, in which world."""

    site: Site
    state: Path
    """Folder for what the nodes remember: credentials, orders, configuration."""
    token: str | None = None
    nodes: int | None = None
    """None: as many as the site has."""
    seed: int = 1
    speed: float = 1.0
    interval_s: float | None = None
    """None: what each device of the site says."""
    faults: Mapping[str, tuple[SensorFault, ...]] = {}
    """What is wrong with the sensors of which device, in ms since the begin."""
    ailments: Callable[[int], tuple[Ailment, ...]] = lambda start_ms: ()
    """What falls ill in a world that begins then."""
    reluctance: Reluctance = Reluctance()
    api_token: str | None = None
    """With scope operate: the site's zones and assets are made in the gateway, and the devices put to them."""


class Stage:
    """A world on a faster clock: `speed` world seconds pass in one real second, from `start_ms` on.

    `sensors` are the devices whose sensors are not well; their faults follow the world's time.
    """

    def __init__(
        self, world: World, start_ms: int, speed: float, sensors: Mapping[str, FaultySensors] | None = None
    ) -> None:
        self._world = world
        self._start_ms = start_ms
        self._speed = speed
        self._sensors = sensors or {}

    def measure(self, device: Device, now_ms: int) -> dict[str, float]:
        """See Surroundings."""
        world_ms = self._world_ms(now_ms)
        values = self._world.measure(device, world_ms)
        sensors = self._sensors.get(device.id)
        return values if sensors is None else sensors.read(world_ms, values)

    def hear(self, device: Device, now_ms: int) -> Sound:
        """See Surroundings."""
        return self._world.hear(device.asset, self._world_ms(now_ms))

    def set_window(self, device: Device, now_ms: int, position_pct: float) -> None:
        """See Surroundings."""
        self._world.advance(self._world_ms(now_ms))
        self._world.set_window(device.asset, position_pct)

    def actuate(self, device: Device, now_ms: int, verb: str, args: Mapping[str, object]) -> None:
        """See Surroundings."""
        self._world.advance(self._world_ms(now_ms))
        self._world.actuate(device.asset, verb, args)

    def _world_ms(self, now_ms: int) -> int:
        return self._start_ms + round((now_ms - self._start_ms) * self._speed)


def devices_of(site: Site, count: int | None) -> list[Device]:
    """The first `count` devices; beyond those of the site, more climate sensors in its rooms. Raises ConfigError."""
    if count is None:
        return list(site.devices)
    if not 1 <= count <= MAX_NODES:
        raise ConfigError(f"the number of nodes must be 1 to {MAX_NODES}")
    rooms = [asset for asset in site.assets if isinstance(asset, RoomAsset)]
    missing = range(len(site.devices), count)
    if missing and not rooms:
        raise ConfigError("the site has no room to put more nodes in")
    extra = [_sensor(number + 1, rooms[number % len(rooms)]) for number in missing]
    return [*site.devices[:count], *extra]


def _sensor(number: int, room: RoomAsset) -> Device:
    name = f"{room.name} sensor {number}"
    return Device(f"sensor-{number:04d}", name, "climate", room.id, ("temperature", "humidity"))


class Fleet:
    """All nodes of a site. `report` is told (node, state, detail)."""

    def __init__(
        self,
        settings: FleetSettings,
        api: Api,
        clock: Callable[[], int],
        rng: random.Random,
        report: Callable[[str, str, str], None],
    ) -> None:
        if not 0 < settings.speed <= MAX_SPEED:
            raise ConfigError(f"the speed must be above 0 and at most {MAX_SPEED:.0f}")
        self._settings = settings
        self._api = api
        self._clock = clock
        self._rng = rng
        self._report = report
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._identities = Identities(settings.state)
        self.devices = devices_of(settings.site, settings.nodes)

    async def run(self) -> None:
        """Live until cancelled; ends by itself only when the gateway has refused every node."""
        settings = self._settings
        shrink_tls_buffers()
        start_ms = self._clock()
        sick = settings.ailments(start_ms)
        world = await asyncio.to_thread(World, settings.site, settings.seed, start_ms, settings.site.happenings, sick)
        sensors = {
            device: FaultySensors((fault.later(start_ms) for fault in faults), settings.seed)
            for device, faults in settings.faults.items()
        }
        stage = Stage(world, start_ms, settings.speed, sensors)
        tools = Tools(stage, self._clock, self._context, settings.reluctance)
        furnisher = self._furnisher(settings.api_token) if settings.api_token else None
        if furnisher is not None:
            tools = msgspec.structs.replace(tools, online=furnisher.online)
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(furnisher.run())] if furnisher is not None else []
            await asyncio.wait([group.create_task(self._node(device, tools).run()) for device in self.devices])
            for task in beside:
                task.cancel()

    def _furnisher(self, token: str) -> Furnisher:
        def report(state: str, detail: str) -> None:
            self._report("site", state, detail)

        return Furnisher(self._api, token, self._settings.site, Backoff(self._rng, 0.5, 30.0), report)

    def _node(self, device: Device, tools: Tools) -> Node:
        settings = self._settings
        if settings.interval_s is not None:
            device = msgspec.structs.replace(device, interval_s=settings.interval_s)

        def report(state: str, detail: str) -> None:
            self._report(device.id, state, detail)

        rng = random.Random(self._rng.getrandbits(64))
        request = self._request(device)
        registrar = Registrar(self._api, request, self._identities, Backoff(rng, 0.5, 30.0), report)
        memory = NodeMemory(settings.state, request.mac_address)
        return Node(device, registrar, tools, f"{rng.getrandbits(48):012x}", rng, report, memory)

    def _request(self, device: Device) -> Request:
        capabilities = {
            "simulated": True,
            "id": device.id,
            "name": device.name,
            "kind": device.kind,
            "metrics": device.units,
            "units": device.units,
        }
        mac = mac_address("simulated", self._settings.seed, device.id)
        return Request(mac, FIRMWARE, capabilities, self._settings.token)

    def _context(self, ca_pem: str) -> ssl.SSLContext:
        if ca_pem not in self._contexts:
            try:
                self._contexts[ca_pem] = pinned_context(ca_pem)
            except ValueError as error:
                raise Refused(f"the gateway's answer: {error}") from error
        return self._contexts[ca_pem]
