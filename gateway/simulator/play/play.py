"""Plays a scenario against a gateway and asks it, as an outsider, what it made of it."""

from __future__ import annotations

import asyncio
import random
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from ...core.errors import ConfigError, Refused
from ..backoff import Backoff
from ..enrol import Api, Registration, Request, mac_address
from ..faults import FaultySensors
from ..fleet import devices_of
from ..identity import Identities
from ..node import FIRMWARE
from ..registrar import Registrar
from ..site import Device, Site
from ..tls import pinned_context, shrink_tls_buffers
from ..world.world import World
from .actor import Actor
from .checks import Check, Status
from .clock import PlayClock
from .evidence import Evidence, NoEvidence
from .judge import Judge, Witness
from .machine import Machine
from .prompter import Cue, Prompter, dice, in_order, readings
from .script import WORLD_START_MS, Script, ailments, concerns, lived_in, sensor_faults
from .verdict import Verdict

_REGISTER_AT_ONCE = 4
_PATIENCE_S = 60.0
_LOOK_S = 0.25
_YIELD_EVERY = 50


class Stage(msgspec.Struct, frozen=True):
    """Against which gateway, and who is told what. `token` needs one use for each node."""

    api: Api
    token: str | None
    utc_ms: Callable[[], int]
    told: Callable[[str], None]
    """Sentences for people: what is being done, and examples of what did not hold."""
    progress: Callable[[float], None] = lambda part: None
    """How much of the scenario has passed, 0 to 1."""


class Play:
    """One scenario, played once. Its nodes are new ones: nothing an earlier play left counts."""

    def __init__(self, script: Script, site: Site, seed: int, stage: Stage, nodes: int | None = None) -> None:
        self._script = script
        self._site = site
        self._seed = seed
        self._stage = stage
        self._nonce = f"{random.SystemRandom().getrandbits(40):010x}"
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.devices = _cast(script, site, nodes)

    async def run(self) -> Verdict:
        """Play it and judge. Raises Refused when the gateway does not let the nodes in."""
        shrink_tls_buffers()
        sick = ailments(self._script, self._site, WORLD_START_MS)
        site = lived_in(self._script, self._site)
        world = await asyncio.to_thread(World, site, self._seed, WORLD_START_MS, site.happenings, sick)
        self._stage.told(f"{len(self.devices)} nodes register")
        registrations = await self._register()
        clock = PlayClock(self._stage.utc_ms, self._script.duration_s, self._script.speed)
        actors = {
            device.id: self._actor(device, registration, clock)
            for device, registration in zip(self.devices, registrations, strict=True)
        }
        witnesses = [
            Witness(device, actor.machine.ledger, Evidence(self._stage.api, actor.registration), clock.begin_ms)
            for device, actor in ((device, actors[device.id]) for device in self.devices)
        ]
        living = [asyncio.create_task(actor.run()) for actor in actors.values()]
        watching = [asyncio.create_task(_watch(check, witnesses, clock)) for _, check in self._script.checks]
        try:
            await self._perform(self._cues(actors, world), clock)
            await self._settle(list(actors.values()))
            seen = await asyncio.gather(*watching)
            return await asyncio.to_thread(self._judge, witnesses, seen)
        finally:
            for task in (*living, *watching):
                task.cancel()
            await asyncio.gather(*living, *watching, return_exceptions=True)

    async def _perform(self, cues: Iterator[Cue], clock: PlayClock) -> None:
        duration_ms = self._script.duration_s * 1000
        for number, (at_ms, _, act) in enumerate(cues):
            await clock.until(at_ms)
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
                self._stage.progress(min(1.0, at_ms / duration_ms))
            act()
        await clock.until(duration_ms)
        self._stage.progress(1.0)

    def _cues(self, actors: dict[str, Actor], world: World) -> Iterator[Cue]:
        parts: list[Iterator[Cue]] = []
        for device in self.devices:
            actor = actors[device.id]
            events = [event for event in self._script.events if concerns(device.id, event.device)]
            parts.append(iter(Prompter(actor, device.id, self._seed).cues(events)))
            measure = _measuring(actor, device, world)
            parts.append(readings(device.id, device.interval_s, self._script.duration_s, self._seed, measure))
        return in_order(parts)

    async def _settle(self, actors: list[Actor]) -> None:
        """Wait until everything is delivered, or nothing has moved for long."""
        for actor in actors:
            actor.take(actor.machine.release())
            actor.come_back()
        loop = asyncio.get_running_loop()
        missing, moved_s = -1, loop.time()
        while not all(actor.is_done or actor.refused for actor in actors):
            now_missing = sum(actor.machine.ledger.missing for actor in actors)
            if now_missing != missing:
                missing, moved_s = now_missing, loop.time()
            elif loop.time() - moved_s > _PATIENCE_S:
                self._stage.told(f"{missing} readings are not acknowledged, and nothing moves any more")
                return
            await asyncio.sleep(0.05)

    def _judge(self, witnesses: list[Witness], seen: list[bool]) -> Verdict:
        judge = Judge(witnesses, self._stage.told)
        checks = zip(self._script.checks, seen, strict=True)
        findings = tuple(judge.finding(kind, check, was_seen) for (kind, check), was_seen in checks)
        count = sum(len(witness.ledger.entries) for witness in witnesses)
        passed = all(finding.passed for finding in findings)
        return Verdict(self._script.name, self._seed, len(witnesses), count, findings, passed)

    def _actor(self, device: Device, registration: Registration, clock: PlayClock) -> Actor:
        crew = self._script.fleet
        faults = (fault.later(WORLD_START_MS) for fault in sensor_faults(self._script, device))
        sensors = FaultySensors(faults, self._seed)
        rng = dice(self._seed, device.id)
        machine = Machine(sensors, clock.begin_ms, crew.clock == "own", self._nonce, rng)
        tls = self._context(registration.ca_pem) if registration.mqtt.tls else None
        return Actor(machine, crew, registration, tls, clock.elapsed_ms, rng)

    async def _register(self) -> list[Registration]:
        room = asyncio.Semaphore(_REGISTER_AT_ONCE)
        with tempfile.TemporaryDirectory() as folder:
            identities = Identities(Path(folder))

            async def one(device: Device) -> Registration:
                async with room:
                    return await self._registrar(device, identities).anew()

            tasks = [asyncio.create_task(one(device)) for device in self.devices]
            try:
                return await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _registrar(self, device: Device, identities: Identities) -> Registrar:
        capabilities = {"simulated": True, "name": device.name, "kind": device.kind, "units": device.units}
        mac = mac_address("scenario", self._nonce, device.id)
        request = Request(mac, FIRMWARE, {**capabilities, "id": device.id}, self._stage.token)
        backoff = Backoff(random.Random(self._seed), 0.5, 10.0)
        return Registrar(self._stage.api, request, identities, backoff, lambda state, detail: None)

    def _context(self, ca_pem: str) -> ssl.SSLContext:
        if ca_pem not in self._contexts:
            try:
                self._contexts[ca_pem] = pinned_context(ca_pem)
            except ValueError as error:
                raise Refused(f"the gateway's answer: {error}") from error
        return self._contexts[ca_pem]


def _cast(script: Script, site: Site, nodes: int | None) -> list[Device]:
    """The devices that take part. Raises ConfigError."""
    crew = script.fleet
    devices = devices_of(site, nodes or crew.nodes)
    known = {device.id for device in devices}
    named = {event.device for event in script.events} | {check.device for _, check in script.checks}
    named |= {device for device, _ in script.sensors} | {event.device for _, event in script.machines}
    if crew.devices and not nodes:
        devices = [device for device in devices if device.id in crew.devices]
    for device_id in sorted({*crew.devices, *named} - {"*"}):
        if device_id not in known:
            raise ConfigError(
                f"{script.name}: there is no device {device_id!r} on this site; there are {sorted(known)}"
            )
    for device_id in sorted(named - {"*"} - {device.id for device in devices}):
        raise ConfigError(f"{script.name}: {device_id!r} does not take part; see fleet.devices")
    if crew.interval_s is None:
        return devices
    return [msgspec.structs.replace(device, interval_s=crew.interval_s) for device in devices]


def _measuring(actor: Actor, device: Device, world: World) -> Callable[[float], None]:
    def measure(elapsed_ms: float) -> None:
        world_ms = WORLD_START_MS + round(elapsed_ms)
        actor.take(actor.machine.measure(elapsed_ms, world_ms, world.measure(device, world_ms)))

    return measure


async def _watch(check: Check, witnesses: list[Witness], clock: PlayClock) -> bool:
    """Whether each device asked about showed the status within its time; other checks need no watching."""
    if not isinstance(check, Status):
        return True
    about = [one for one in witnesses if concerns(one.device.id, check.device)]
    return all(await asyncio.gather(*(_shows(check, one.evidence, clock) for one in about)))


async def _shows(check: Status, evidence: Evidence, clock: PlayClock) -> bool:
    await clock.until(check.after_s * 1000)
    ends_ms = (check.after_s + check.within_s) * 1000
    while True:
        is_last = clock.elapsed_ms() >= ends_ms
        try:
            if await asyncio.to_thread(evidence.status) == check.status:
                return True
        except NoEvidence:
            pass
        if is_last:
            return False
        await asyncio.sleep(_LOOK_S)
