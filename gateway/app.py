"""The composition root: the one file that knows every part. Starts them in dependency order, stops in reverse."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from . import __version__, machine_time, portions
from .automation import Automation
from .backends.broker.attack import Decoys, QuietAuditor
from .backends.broker.broker import GatewayBroker
from .backends.certificates import Certificates
from .backends.clock import LinuxClock, TimeFile
from .backends.documents import TinyDocuments
from .backends.folder import DataFolder
from .backends.gate_file import GateFile
from .backends.keys import ServerKey
from .backends.machine.guard import MachineGuard
from .backends.ports import holder
from .backends.store.store import Store
from .backends.supervisor import DisabledSupervisor, Supervisor
from .config.settings import Settings
from .core.messages import ClockSet, DeviceChanged
from .core.ports.clock import MachineClock
from .core.ports.post import Post
from .core.ports.store import DeviceErased
from .flow.accounts import Accounts
from .flow.bus import Bus
from .flow.chronicle import Chronicle
from .flow.gate import Gate
from .flow.ghosts import Ghosts
from .flow.ingest import Ingest
from .flow.judge import Judge
from .flow.life import Life
from .flow.registry import Registry
from .flow.supervise import Leaf
from .flow.tally import Tally
from .flow.thresholds import Thresholds
from .flow.timekeeper import TimeKeeper
from .flow.trail import Trail
from .flow.verdicts import Verdicts
from .flow.watch import Watch
from .frontends.panel.parts import Doubts, Parts
from .frontends.panel.server import Panel
from .household import Household
from .lan import Listeners, Renewal, names
from .log.levels import Levels
from .metrics.lag import LoopLag
from .metrics.process import Process
from .metrics.table import Sources, table
from .outward import Outward
from .own_machine import OwnMachine
from .running import Running
from .sentry import Reporting, configured
from .wellbeing import Wellbeing, look_over

_EVENTS_RECALLED = 2000
_UNWATCHED = DisabledSupervisor()


@asynccontextmanager
async def gateway(
    settings: Settings,
    data: Path,
    *,
    demo: bool = False,
    supervisor: Supervisor = _UNWATCHED,
    clock: MachineClock | None = None,
) -> AsyncIterator[Running]:
    """The whole gateway on the folder `data`, for as long as the context is open. `supervisor` hears how it is.

    `clock` stands in for this machine's.

    Raises ConfigError (an address is taken, the folder cannot be used), AlreadyRunning, StoreError.
    """
    async with AsyncExitStack() as stack:
        parts = _Assembly(settings, data, demo, stack)
        await parts.keep()
        await parts.tell_time(clock or LinuxClock(settings.time.trust))
        parts.admit_people()
        await parts.note_what_happens()
        await parts.know_the_home()
        await parts.judge_readings()
        await parts.take_messages()
        await parts.serve_people()
        async with asyncio.TaskGroup() as essential:
            tasks = parts.run(essential)
            tasks.append(essential.create_task(supervisor.watch(parts.store.flush, parts.wellbeing.status)))
            # What exists by now stays: the collector need not look at it again on every pass.
            gc.collect()
            gc.freeze()
            # Readings on their way are many and hardly ever in cycles: looking at them every 700 costs a tenth of all.
            gc.set_threshold(20_000, 20, 20)
            supervisor.ready(parts.wellbeing.status())
            try:
                yield parts.running()
            finally:
                supervisor.stopping()
                for task in tasks:
                    task.cancel()


class _Assembly:
    """The parts, made one stage after the other; what a stage opens is closed by `stack`, in reverse."""

    def __init__(self, settings: Settings, data: Path, demo: bool, stack: AsyncExitStack) -> None:
        self.settings = settings
        self.data = data
        self.demo = demo
        self.stack = stack
        self.bus = Bus()
        self.now_ms: Callable[[], int] = machine_time.wall_ms

    async def keep(self) -> None:
        """The folder, its key, its documents and the store, with what they remember."""
        folder = DataFolder(self.data)
        self.stack.callback(folder.close)
        if dsn := configured(self.settings.sentry.dsn, os.environ):
            self.stack.push_async_callback(Reporting(dsn, __version__).close)
        self.secrets = ServerKey.load(self.data, os.environ)
        self.documents = TinyDocuments(self.data / "documents")
        self.store = Store(self.data / "gateway.db", portions.for_store(self.settings), self._time_ms)
        self.store.open()
        self.stack.push_async_callback(self.store.close)
        self.store.start(asyncio.get_running_loop())
        self.latest = await self.store.latest()
        self.anchors = await self.store.anchors()

    async def tell_time(self, clock: MachineClock) -> None:
        """What time it is, as far as anybody knows; certificates hang on it."""
        remembered = TimeFile(self.data / "clock.json")
        read_ms = max((reading.time_ms for reading in self.latest.values()), default=0)
        noted_ms = await _newest_note_ms(self.store)
        self.keeper = TimeKeeper(clock, remembered, self.store, self.bus, self.anchors, noted_ms, read_ms)
        self.stack.push_async_callback(self.keeper.close)
        self.now_ms = self.keeper.now_ms
        self.certificates = Certificates(self.data / "keys", self.now_ms)
        self.certificate = self.certificates.ensure(*names(self.settings))

    def admit_people(self) -> None:
        """Who may do what, and the trail of who did."""
        self.trail = Trail(self.store, self.bus, self.now_ms)
        self.stack.callback(self.trail.flush)
        people = self.documents, self.secrets, self.bus, self.trail, self.now_ms
        self.registry = Registry(*people)
        self.registry.load()
        self.accounts = Accounts(*people, session_days=self.settings.panel.session_days)
        self.accounts.load()
        self.bus.on(DeviceChanged, self._erase)

    async def note_what_happens(self) -> None:
        """The event log, the gateway's own life in it, and the watch over the machine."""
        self.chronicle = Chronicle(self.store, self.bus, self.now_ms, self.registry.simulated)
        self.stack.callback(self.chronicle.flush)
        life = Life(self.chronicle, self.now_ms, machine_time.boot())
        self.stack.push(lambda kind, error, trace: life.stopped(error))
        life.started(await self.store.happened(1, "gateway."))
        if self.store.recovered:
            self.chronicle.note("store.repaired", self.store.recovered)
        watched = portions.for_machine(self.settings)
        self.guard = MachineGuard(self.data, watched, self.now_ms, self.chronicle.note, lambda: self.store.failure)
        self.store.watch(self.guard.store_changed)
        self.stack.push_async_callback(self.guard.close)

    async def know_the_home(self) -> None:
        """What stands where, what is asked of devices and how they should be."""
        told = self.bus, self.trail, self.chronicle, self.now_ms
        asked = portions.for_commands(self.settings.commands)
        self.household = Household(self.documents, self.store, *told, self.keeper, self.registry, asked)
        await self.household.load(self.latest)
        self.stack.push_async_callback(self.household.close)

    async def judge_readings(self) -> None:
        """From a message to a reading that is dated and judged; who is alive."""
        self.verdicts = Verdicts(self.bus, self.now_ms, self.chronicle)
        self.thresholds = Thresholds(self.documents)
        self.thresholds.load()
        self.judge = Judge(
            self.bus,
            self.verdicts,
            machine_time.up_ms,
            self.thresholds,
            GateFile(self.data / "series.state"),
            lambda: self.keeper.known,
            lambda: self.store.healthy,
            self.registry.hardware,
        )
        self.judge.load()
        self.stack.push_async_callback(self.judge.close)
        self.watch = Watch(self.bus, self.now_ms, self.chronicle, self.registry.known, self.verdicts.quality)
        self.watch.prime(self.latest, await self.store.happened(_EVENTS_RECALLED, "device."))
        self.tally = Tally(self.bus)
        self.home = self.household.parts(self.watch)
        told = self.bus, self.trail, self.chronicle, self.now_ms, self.keeper, self.registry
        documents, store = self.documents, self.store
        self.automation = Automation(self.settings, self.data, documents, store, *told, self.home, self.watch)
        await self.automation.load()
        self.intake = Ingest(
            self.bus,
            self.registry,
            self.now_ms,
            self.anchors,
            self.latest,
            self.keeper,
            self.chronicle.note,
            self.judge,
            self.store.retained(),
            self.household.hearers,
            self.household.commands.asked_by_message,
            self.automation.answers,
        )
        self.automation.hear(self.intake)
        self.stack.push_async_callback(self.automation.close)
        self.keeper.attach(self.intake.boots, self.chronicle.note)
        self.wellbeing = Wellbeing(self.store, self.guard, lambda: self.keeper.known, self.registry, self.watch)
        made, health = self.automation.parts(), self.wellbeing.health
        doing = self.automation.rules.doing
        self.outward = Outward(
            self.settings, documents, self.secrets, store, *told, self.watch, self.home, made, doing, health, os.environ
        )
        await self.outward.load()
        self.stack.push_async_callback(self.outward.close)

    async def take_messages(self) -> None:
        """The broker: on loopback at once, on the LAN when the gateway has attacked itself in vain."""
        decoys = Decoys(Gate(self.registry, self.accounts))
        self.broker = GatewayBroker(
            portions.for_broker(self.settings),
            {},
            self.bus,
            writer=self.store,
            archive=self.store,
            intake=self.intake,
            gatekeeper=decoys,
            auditor=QuietAuditor(self.trail, decoys),
        )
        exchange = self.broker.exchange
        exchange.clock = self.now_ms
        self.store.watch(lambda healthy: exchange.stored_again() if healthy else None)
        post = await self._own_machine()
        self.household.attach(post, lambda: exchange.router.retained)
        self.automation.attach(exchange, post)
        await self.broker.start()
        self.household.shadows.reconcile()
        self.own.begin()
        self.stack.push_async_callback(self.broker.shutdown)
        self.stack.callback(self.watch.close)
        listeners = Listeners(self.broker, self.settings.mqtt, self.certificate, self.certificates.ca_pem)
        await listeners.open_local()
        self.wellbeing.breaches = self.breaches = await listeners.attack_self(decoys)
        if not self.breaches:
            await listeners.open_lan()

    async def _own_machine(self) -> Post:
        """What hangs at this machine itself; the way to every node, that one among them."""
        parts = self.registry, self.intake, self.store, self.bus, self.trail, self.chronicle, self.now_ms
        server = portions.fingerprint(self.certificates.ca_pem)
        home = self.household.assignments, self.watch
        known = self.wellbeing.troubled, self.household.commands.of
        self.own = OwnMachine(self.settings, self.data, server, *parts, *home, *known)
        self.stack.callback(self.own.close)
        parts_of = self.automation, self.own, self.outward
        self.wellbeing.others = lambda: {name: said for part in parts_of for name, said in part.complaints().items()}
        await self.own.enrol()
        return self.own.post(self.broker.exchange)

    async def serve_people(self) -> None:
        """The panel and the API, and the leaves that nothing waits for."""
        self.renewal = Renewal(self.certificates, self.settings, self.certificate, self._renewed)
        self.bus.on(ClockSet, lambda event: self.renewal.look_soon())
        self.wellbeing.certificate = lambda: self.renewal.complaint(self.now_ms())
        router = self.broker.exchange.router
        self.ghosts = Ghosts(
            self.registry.known,
            lambda: list(router.retained),
            lambda topic: router.retain(topic, b"", 0),
            self.store.latest,
            self.chronicle,
            self.registry.former,
        )
        self.lag = LoopLag()
        settings, ca_pem = self.settings, self.certificates.ca_pem
        shown = portions.for_panel(settings, self.data, self.certificate, ca_pem, self.broker, self.demo)
        self.panel = Panel(self._handed_to_panel(self._measured()), shown)
        self.panel.traffic_watched = self.broker.exchange.watch_traffic
        await self.panel.start()
        self.stack.push_async_callback(self.panel.close)
        announced = portions.announcement(settings, self.broker, self.panel, self.demo)
        leaves = {
            "announcement": announced.run,
            "machine": self.guard.run,
            "certificate": self.renewal.run,
            "lag": self.lag.run,
            "ghosts": self.ghosts.run,
            **self.automation.leaves,
            **self.outward.leaves,
            **self.own.leaves,
        }
        self.leaves = self.wellbeing.leaves = [Leaf(name, run) for name, run in leaves.items()]

    def run(self, essential: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Everything that goes on by itself; an unexpected end of an essential part ends the gateway."""
        work = [self.watch.run(), self.judge.run(), self.keeper.run(), look_over(self.store, self.chronicle)]
        work += [*self.household.tasks(), *self.automation.tasks()]
        return [essential.create_task(one) for one in [*work, *(leaf.supervise() for leaf in self.leaves)]]

    def running(self) -> Running:
        """For whoever started it."""
        return Running(
            accounts=self.accounts,
            registry=self.registry,
            panel=self.panel,
            local_port=self.broker.port("local"),
            tls_port=0 if self.breaches else self.broker.port("lan-0"),
            breaches=self.breaches,
            url=portions.url(self.settings, self.panel),
            ca_fingerprint=portions.fingerprint(self.certificates.ca_pem),
            threads=(threading.get_native_id(), self.store.thread),
        )

    def _measured(self) -> Sources:
        return Sources(
            store=self.store,
            broker=self.broker,
            registry=self.registry,
            watch=self.watch,
            tally=self.tally,
            bus=self.bus,
            lag=self.lag,
            process=Process(__version__),
            machine=self.guard.machine,
            health=self.wellbeing.health,
            certificate_not_after_ms=lambda: self.renewal.shown.not_after_ms,
            clock_known=lambda: self.keeper.known,
            missing=self.intake.boots.missing,
            automation=self.automation.parts(),
            outward=self.outward.parts(),
        )

    def _handed_to_panel(self, sources: Sources) -> Parts:
        levels = Levels(asyncio.get_running_loop().call_later, self.now_ms)
        self.stack.callback(levels.close)
        return Parts(
            registry=self.registry,
            enrolment=self.registry.enrolment,
            accounts=self.accounts,
            trail=self.trail,
            intake=self.intake,
            watch=self.watch,
            writer=self.store,
            history=self.store,
            bus=self.bus,
            now_ms=self.now_ms,
            health=sources.health,
            metrics=lambda: table(sources),
            machine=self.guard.machine,
            clock_known=sources.clock_known,
            doubts=Doubts(self.judge, self.verdicts, self.thresholds, self.ghosts),
            home=self.home,
            automation=sources.automation,
            outward=sources.outward,
            levels=levels,
            holder=holder,
            missing=self.intake.boots.missing,
        )

    def _time_ms(self) -> int:
        """The gateway's time; the machine's until the time keeper is there."""
        return self.now_ms()

    def _erase(self, event: DeviceChanged) -> None:
        """A deleted device's readings go with it; not those that another device's history goes on from."""
        if event.status is None and not self.registry.former(event.device):
            self.store.submit((DeviceErased(event.device),))

    def _renewed(self) -> None:
        self.broker.reload_certificate()
        self.panel.renew_certificate()


async def _newest_note_ms(store: Store) -> int:
    """The newest time that the gateway itself wrote down."""
    events, entries = await store.happened(1), await store.audit(1)
    return max([event.time_ms for event in events] + [entry.time_ms for entry in entries], default=0)
