"""Noticing that something is not as usual: readings in, episodes out. Nothing is judged in the turn of a reading."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from time import perf_counter

from ...core.commands import CommandStatus
from ...core.errors import StoreError
from ...core.insight import Signal
from ...core.local_time import LocalTime
from ...core.messages import (
    AssignmentChanged,
    ClockSet,
    CommandMoved,
    DeviceChanged,
    DeviceSwapped,
    PlacesChanged,
    Reading,
)
from ...core.ports.insight import AnomalyMemory, InsightArchive
from ...core.ports.store import History, Writer
from ..bus import Bus
from ..chronicle import Chronicle
from ..trail import Trail
from ..words import duration
from .book import MOST_OF_A_DEVICE, Book
from .catchup import Catchup
from .episode_book import EpisodeBook
from .episodes import Episodes
from .flags import Flag, Flags, is_consequence
from .folds import Place
from .gather import Gather
from .incident import Heard
from .judges import Fusing, MachineRows
from .keeping import Keeping
from .places import AnomalySettings, Places
from .snapshot import AnomalySnapshot

_log = logging.getLogger(__name__)

TURN_S = 1.0
FIRST_SAVE_S = 600.0
"""So that the start after a kill knows which series there are."""
SLICE_S = 0.005
"""So long it works before others have their turn."""
BEHIND_MS = 15 * 60_000
"""Being behind for longer is said in health."""
OWN_ACT_MS = 30 * 60_000
"""What follows an order to a machine is no wonder for so long, by the readings' time."""
WINDOW_MS, WINDOW_PCT = 15 * 60_000, 20.0
_AGAIN_MS = 10 * 60_000
_RETRY_S = 60.0
_ACTS = frozenset({"turn_on", "turn_off", "set_temperature", "set_speed"})


class Anomalies:
    """All of it. Listens to the bus by itself, unless it is switched off."""

    def __init__(
        self,
        bus: Bus,
        writer: Writer,
        archive: InsightArchive,
        history: History,
        memory: AnomalyMemory,
        chronicle: Chronicle,
        trail: Trail,
        clock: Callable[[], int],
        places: Places,
        machines: MachineRows,
        fusion: Fusing,
        settings: AnomalySettings,
        known: Callable[[], bool] = lambda: True,
    ) -> None:
        self._interval_ms = settings.interval_s * 1000
        self._clock = clock
        self._places = places
        self._machines = machines
        self._known = known
        self._chronicle = chronicle
        self._written = EpisodeBook(writer, bus, chronicle, clock)
        heard = bus if settings.enabled else Bus()
        self._flags = Flags(heard)
        self._gather = Gather(heard, self._flags)
        self.episodes = Episodes(
            self._written,
            archive,
            trail,
            clock,
            places,
            settings.interval_s,
            raised=self._flags.bits,
            series_at=self._series_at,
            watched=machines.follows,
        )
        needs, local = self.episodes.needs, LocalTime(settings.zone)
        self._book = Book(places, local, settings, needs, self._row, fusion, self._unwatched)
        self._catchup = Catchup(history, self._book, places, settings.interval_s, clock)
        self._keeping = Keeping(memory, self._book, places, clock)
        self._positions: dict[str, float] = {}
        self._told: dict[tuple[str, str], int] = {}
        self._behind_since_ms: int | None = None
        self._unread = ""
        heard.on(ClockSet, self._clock_set)
        heard.on(DeviceChanged, self._device_changed)
        heard.on(DeviceSwapped, lambda event: self._leave(event.device, "other hardware has its place"))
        heard.on(AssignmentChanged, self._assignment_changed)
        heard.on(PlacesChanged, self._places_changed)
        heard.on(CommandMoved, self._command_moved)

    # Its life

    async def load(self) -> None:
        """What is known from earlier runs. Raises StoreError."""
        self._machines.restore(self._keeping.load())
        for device in self._book.devices():
            next_ms = self._book.next_ms(device)
            if next_ms is not None:
                self._gather.behind[device] = next_ms
        await self.episodes.load()

    async def run(self) -> None:
        """Judge what comes, catch up what was missed, keep what was learnt; until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._judge())
            both.create_task(self._catch_up())

    async def close(self) -> None:
        """Keep what was learnt."""
        await self._keeping.save(self._machines.kept())

    # What is known

    def complaint(self) -> str:
        """What is wrong, in words; empty: nothing."""
        if self._keeping.failure or self._unread:
            return self._keeping.failure or self._unread
        since_ms, behind = self._behind_since_ms, len(self._gather.behind)
        if since_ms is not None and behind and self._clock() - since_ms >= BEHIND_MS:
            whose = "1 device is behind: its" if behind == 1 else f"{behind} devices are behind: their"
            return f"{whose} readings have been caught up for {duration(self._clock() - since_ms)}"
        return ""

    def snapshot(self) -> AnomalySnapshot:
        """How it goes."""
        return AnomalySnapshot(
            series=self._book.count,
            ready=self._book.ready,
            behind=len(self._gather.behind),
            inbox=len(self._gather.inbox),
            dropped=self._gather.dropped,
            steps=self._book.steps,
            step_s=self._book.took.snapshot(),
            state_bytes=self._keeping.bytes,
            opened=dict(self._written.opened),
        )

    # Without a loop

    def take(self, reading: Reading) -> None:
        """What a stored reading does: it waits for the next turn."""
        self._gather.take(reading)

    def turn(self, now_ms: int) -> None:
        """Judge all that waits."""
        for _ in self._work(now_ms):
            pass

    # How it is done

    async def _judge(self) -> None:
        loop = asyncio.get_running_loop()
        saved_s = loop.time() + FIRST_SAVE_S - self._keeping.every_s
        while True:
            await asyncio.sleep(TURN_S)
            for _ in self._work(self._clock()):
                await asyncio.sleep(0)
            if loop.time() >= saved_s + self._keeping.every_s:
                saved_s = loop.time()
                await self.close()

    def _work(self, now_ms: int) -> Iterator[None]:
        """Yields when others should have their turn."""
        until_s = perf_counter() + SLICE_S
        inbox = self._gather.inbox
        while inbox:
            self._one(inbox.popleft(), now_ms)
            if perf_counter() > until_s:
                yield
                until_s = perf_counter() + SLICE_S
        for flag in self._flags.overdue(now_ms, self._newest):
            self._flag(flag)
        for found in self._book.turn(now_ms):
            for heard in found:
                self.episodes.hear(heard)
            if perf_counter() > until_s:
                yield
                until_s = perf_counter() + SLICE_S
        for asset, signal in self._machines.turn(now_ms):
            self.episodes.hear(self._of_machine(asset, signal))
        self._flagged_still()
        self.episodes.turn(self._newest)

    def _one(self, item: Reading | Flag, now_ms: int) -> None:
        if isinstance(item, Flag):
            self._flag(item)
        elif self._known():
            if "position" in item.values:
                self._window(item)
            for heard in self._book.take(item, now_ms):
                self.episodes.hear(heard)
            if self.episodes.any_open:
                self.episodes.alive(self._asset(item.device), item.device)

    def _flag(self, flag: Flag) -> None:
        asset = self._asset(flag.device)
        # As long as it held it kept its episode open.
        self.episodes.passed(asset, flag.device, flag.time_ms)
        self._flags.take(flag)
        if flag.bits:
            self._hear_flag(asset, flag, flag.time_ms)

    def _flagged_still(self) -> None:
        """What is flagged has its episode, also after a silence that closed it."""
        for key, flag in self._flags.raised.items():
            asset, newest_ms = self._asset(flag.device), self._newest(flag.device) or 0
            if newest_ms - self._told.get(key, 0) >= _AGAIN_MS and not self.episodes.covers(asset, *key):
                self._hear_flag(asset, flag, newest_ms)

    def _hear_flag(self, asset: str, flag: Flag, time_ms: int) -> None:
        self._told[flag.device, flag.metric] = time_ms
        simulated = self._places.simulated(flag.device)
        self.episodes.hear(
            Heard(
                asset=asset,
                signal=flag.signal(time_ms),
                correlation=flag.correlation,
                simulated=simulated,
                consequence=is_consequence(flag.bits),
            )
        )

    def _window(self, reading: Reading) -> None:
        """A room that is aired is no wonder."""
        now = reading.values["position"]
        before = self._positions.get(reading.device, now)
        self._positions[reading.device] = now
        if abs(now - before) > WINDOW_PCT:
            self.episodes.unsettle(self._asset(reading.device), reading.device, reading.time_ms + WINDOW_MS)

    def _row(self, device: str, begin_ms: int, means: Mapping[str, float]) -> list[Heard]:
        return [self._of_machine(*said) for said in self._machines.take(device, begin_ms, means)]

    def _of_machine(self, asset: str, signal: Signal) -> Heard:
        devices = [signal.device] if signal.device else self._places.devices_at(asset)
        simulated = any(self._places.simulated(device) for device in devices)
        return Heard(asset=asset, signal=signal, simulated=simulated, baseline=True)

    def _asset(self, device: str) -> str:
        return self._places.place(device) or ""

    def _series_at(self, place: Place) -> int:
        devices = self._places.devices_at(place[0]) if place[0] else [place[1]]
        return sum(self._book.judged(device) for device in devices)

    def _newest(self, device: str) -> int | None:
        return self._book.newest_ms(device)

    def _unwatched(self, device: str) -> None:
        text = f"some of its metrics are not watched: at most {MOST_OF_A_DEVICE} of a device are"
        self._chronicle.note("anomaly.unwatched", text, device)

    # What was missed

    async def _catch_up(self) -> None:
        pause_s = TURN_S
        while True:
            await asyncio.sleep(pause_s)
            pause_s = TURN_S
            if not self._gather.behind or not self._known():
                self._behind_since_ms = None
                continue
            if self._behind_since_ms is None:
                self._behind_since_ms = self._clock()
            if self._gather.inbox:
                continue
            try:
                await self._catch_up_with(self._next_behind())
                self._unread, pause_s = "", SLICE_S
            except StoreError as error:
                self._unread = f"what was missed could not be read: {error}"
                _log.warning("%s", self._unread)
                pause_s = _RETRY_S

    def _next_behind(self) -> list[str]:
        """Devices of one place, so that a machine's rows are whole."""
        first = next(iter(self._gather.behind))
        asset = self._asset(first)
        if not asset:
            return [first]
        return [device for device in self._gather.behind if self._asset(device) == asset]

    async def _catch_up_with(self, devices: list[str]) -> None:
        gather = self._gather
        came = {one: gather.newest_ms(one) for one in devices}
        from_ms = {one: min(gather.behind[one], self._book.next_ms(one) or gather.behind[one]) for one in devices}
        to_ms = max(self._clock(), *(time_ms for time_ms in came.values() if time_ms is not None), 0)
        await self._read(devices, from_ms, to_ms)
        for device in devices:
            if device in gather.behind:
                await self._close_up(device, came[device], to_ms)

    async def _close_up(self, device: str, came_ms: int | None, read_ms: int) -> None:
        """Read what came of it meanwhile, while what comes now waits beside: else one that always sends never ends."""
        gather = self._gather
        gather.hold(device)
        try:
            newest_ms = gather.newest_ms(device)
            if newest_ms is not None and newest_ms != came_ms:
                from_ms = read_ms if came_ms is None else min(came_ms, read_ms)
                await self._read([device], {device: from_ms - from_ms % self._interval_ms}, newest_ms)
            gather.caught_up(device, read_ms if newest_ms is None else newest_ms)
        finally:
            gather.let_go(device)

    async def _read(self, devices: list[str], from_ms: Mapping[str, int], to_ms: int) -> None:
        for device in devices:
            self._book.begin_anew(device)
        async for heard in self._catchup.of(devices, from_ms, to_ms):
            self.episodes.hear(heard)

    # What happens

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self._book.re_date(event.after_ms)
            self.episodes.move(event.moved)
            self._told.clear()

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self.episodes.erase(event.device, "the device was deleted")
            self._leave(event.device, "the device was deleted")
            self._gather.forget(event.device)
            self._positions.pop(event.device, None)

    def _assignment_changed(self, event: AssignmentChanged) -> None:
        self._leave(event.device, "its sensor was taken away" if event.before else "its sensor stands for more now")

    def _places_changed(self, event: PlacesChanged) -> None:
        if event.what == "asset" and event.gone:
            self.episodes.leave("what it was about was deleted", asset=event.id)

    def _leave(self, device: str, text: str) -> None:
        """What was known of its series says nothing of what comes."""
        self._book.forget(device)
        self._flags.forget(device)
        self._gather.behind.pop(device, None)
        self.episodes.leave(text, device=device)

    def _command_moved(self, event: CommandMoved) -> None:
        command = event.command
        if event.step.status is not CommandStatus.DONE or command.verb not in _ACTS:
            return
        asset = self._asset(command.device)
        now_ms = self._newest(command.device) or event.step.time_ms
        self.episodes.mute(asset, command.device, now_ms + OWN_ACT_MS)
        if asset:
            self._machines.restart(asset)
