"""From a reading that is on the disk to a window's position, in the same turn of the event loop.

The order is the contract: what is around the window, the request, the opinion, the hard limits, whose will holds,
whether it is near enough, the control, the record.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from msgspec.structs import replace

from ...core import topics
from ...core.decisions import Answer, Decision, Outcome, new_decision_id, request_message
from ...core.errors import NotFound, StoreError
from ...core.messages import (
    ClientConnected,
    ClientSubscribed,
    ClockSet,
    DeviceChanged,
    DeviceSwapped,
    NodeSaid,
    Overridden,
    ReadingStored,
)
from ...core.metrics import Histogram
from ...core.ports.decisions import DecisionArchive
from ...core.ports.post import Post
from ...core.ports.store import Writer
from ...core.quality import Quality
from ...core.timeline import write_timestamp
from ...core.window.change import Change
from ...core.window.limits import Bounds
from ...core.window.moment import Moment
from ...core.window.teacher import comfort_c
from ..bus import Bus
from ..chronicle import Chronicle
from ..correlation import correlated, current
from ..order_making import Target
from .awaited import Awaited
from .conclude import Conclusions
from .inputs import Around, Input, Inputs
from .mind import DecideSettings, Holds, Mind
from .notes import Notes
from .record import Records
from .scene import Asked, Scene
from .surroundings import Surroundings

_LONGEST_S = 1.0
_SHORTEST_S = 0.02
_JUST_NOW_MS = 60_000
_DOUBTED = ~int(Quality.TIME)
_log = logging.getLogger(__name__)


async def _nothing() -> None:
    """There is nothing to recall."""


class Decide:
    """Every decision about every window.

    `limits` gives the least and most that a window's node allows, in percent; `recall` reads what the inputs need of
    the past, when the first window is there.
    """

    def __init__(
        self,
        writer: Writer,
        archive: DecisionArchive,
        bus: Bus,
        chronicle: Chronicle,
        clock: Callable[[], int],
        inputs: Inputs,
        surroundings: Surroundings,
        mind: Mind,
        holds: Holds,
        target: Target,
        settings: DecideSettings,
        *,
        limits: Callable[[str], tuple[float, float]] = lambda device: (0.0, 100.0),
        recall: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self.seconds = Histogram()
        """How long thinking took, request and control included."""
        self._bus = bus
        self._clock = clock
        self._inputs = inputs
        self._surroundings = surroundings
        self._windows_of = surroundings.windows_of
        self._mind = mind
        self._target = target
        self._settings = settings
        self._limits = limits
        self._recall = recall
        self._records = Records(writer, archive, target.simulated)
        self._notes = Notes(chronicle, clock, inputs.local_day)
        self._conclusions = Conclusions(bus, self._records, holds, self._notes, self.bounds)
        self.totals: Counter[tuple[Outcome, str]] = self._conclusions.totals
        """Decisions of this run by outcome and model; `external`: whatever services from outside call themselves."""
        self._awaited = Awaited(bus, clock, mind, self._records, self._conclusions, settings)
        self._scenes: dict[str, Scene] = {}
        self._post: Post | None = None
        self._ready = False
        self._wake = asyncio.Event()
        if settings.enabled:
            self._hear()

    def _hear(self) -> None:
        bus = self._bus
        bus.on(ReadingStored, self._stored)
        bus.on(NodeSaid, self._said)
        bus.on(Overridden, self._overridden)
        bus.on(ClientSubscribed, lambda event: self._back(event.name))
        bus.on(ClientConnected, lambda event: self._back(event.name))
        bus.on(DeviceChanged, self._device_changed)
        bus.on(DeviceSwapped, self._swapped)
        bus.on(ClockSet, self._clock_set)

    # Its life

    async def load(self) -> None:
        """What was decided in earlier runs. Raises StoreError."""
        await self._records.load()

    def attach(self, post: Post) -> None:
        """How nodes are spoken to; before anybody can connect."""
        self._post = post

    async def run(self) -> None:
        """Think about what had to wait and what nobody asked for in a while, until cancelled."""
        while True:
            if not self._ready and self._settings.enabled and self._surroundings.windows():
                await self._prepare()
            self.look()
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), self._pause_s())
            except TimeoutError:
                continue

    def look(self) -> None:
        """Think about what is due; end what nobody has answered. Raises nothing."""
        now_ms = self._clock()
        for window, scene in list(self._scenes.items()):
            if not self._surroundings.is_window(window):
                del self._scenes[window]
                with self._alone(window):
                    self._awaited.drop(scene, "it is no window any more")
                continue
            with self._alone(window):
                self._look_at(window, scene, now_ms)

    def _look_at(self, window: str, scene: Scene, now_ms: int) -> None:
        if self._post is not None:
            self._awaited.look(self._post, scene, now_ms)
        due = self._due(scene, now_ms)
        if due is not None:
            with correlated(scene.correlation):
                self.consider(window, due.cause, urgent=due.urgent)

    @contextmanager
    def _alone(self, window: str) -> Iterator[None]:
        """What goes wrong with one window keeps nobody from deciding about the others."""
        try:
            yield
        except Exception:  # noqa: BLE001 - per-window isolation: one that cannot be thought about must not end the rest
            _log.exception("window %s could not be thought about", window)
            # Not again at once: it would go wrong in every turn of the loop.
            if window in self._scenes:
                self._scenes[window].pacing.asked(self._clock())

    # Deciding

    def consider(self, device: str, cause: str, *, urgent: bool = False) -> Decision | None:
        """Decide now. None: there is no temperature, and nothing is decided."""
        now_ms = self._clock()
        return self._timed(device, Change(cause, urgent), now_ms, self._inputs.around(device, now_ms))

    def _timed(self, device: str, change: Change, now_ms: int, around: Around) -> Decision | None:
        began_s = perf_counter()
        decision = self._considered(device, change, now_ms, around)
        self.seconds.observe(perf_counter() - began_s)
        return decision

    def _considered(self, device: str, change: Change, now_ms: int, around: Around) -> Decision | None:
        scene, post = self._scene(device), self._post
        moment, missing = self._inputs.moment(device, now_ms, scene.aggregate.value("sound"), around)
        scene.begin(now_ms, missing)
        if post is None or moment.temperature_c is None:
            self._notes.blind(device, missing, current())
            return None
        self._notes.sees(device)
        self._notes.guesses(device, missing)
        simulated = self._target.simulated(device)
        decision_id = new_decision_id(os.urandom(8))
        cause, urgent = change.cause, change.urgent
        asked = Asked(decision_id, device, now_ms, cause, urgent, moment, missing, current(), simulated)
        request = request_message(decision_id, cause, write_timestamp(now_ms), moment, missing, simulated)
        post.hand(device, topics.inference_request(device), request)
        if self._settings.mode == "external":
            return self._awaited.wait(scene, asked)
        return self._conclusions.conclude(post, scene, asked, self._mind.think(device, moment))

    def answered(self, device: str, answer: Answer, who: str) -> Decision:
        """A service has answered a request. Raises Refused: it was none of ours, is over, or was answered already."""
        if self._post is None:
            raise NotFound("Nothing was asked yet.")
        decision = self._awaited.answered(self._post, self._scenes.get(device), device, answer, who)
        # What has changed meanwhile has waited for this.
        self._wake.set()
        return decision

    # Looking up

    @property
    def mode(self) -> str:
        """`local`, `external` or `off`."""
        return self._settings.mode if self._settings.enabled else "off"

    def newest(self, device: str) -> Decision | None:
        """The last one about a window."""
        known = self._records.of(device)
        return known[0] if known else None

    def find(self, decision_id: str) -> Decision | None:
        """One of the last of its window."""
        return self._records.find(decision_id)

    async def get(self, decision_id: str) -> Decision:
        """One, however old. Raises NotFound, StoreError."""
        return await self._records.get(decision_id)

    async def history(self, device: str = "", limit: int = 50, before: str = "") -> list[Decision]:
        """Newest first, below the decision `before`. Raises StoreError."""
        return await self._records.history(device, limit, before)

    async def caused(self, correlation: str) -> list[Decision]:
        """What a reading or request led to, newest first. Raises StoreError."""
        return await self._records.history(limit=500, correlation=correlation)

    def is_window(self, device: str) -> bool:
        """Whether the gateway decides about it."""
        return self._surroundings.is_window(device)

    def moment(self, device: str) -> Moment | None:
        """What would be decided on now; None: there is no temperature."""
        scene = self._scenes.get(device)
        sound_db = None if scene is None else scene.aggregate.value("sound")
        moment, _ = self._inputs.moment(device, self._clock(), sound_db)
        return None if moment.temperature_c is None else moment

    def inputs(self, device: str) -> list[Input]:
        """What is measured around a window, used or not."""
        return self._inputs.shown(device, self._clock())

    def comfort(self, device: str) -> float | None:
        """What is comfortable now, in °C; None: there is no temperature to compare it with."""
        moment = self.moment(device)
        return None if moment is None else comfort_c(moment.outdoor_mean_c)

    def bounds(self, device: str) -> Bounds:
        """The hard limits of a window, its node's own among them."""
        low, high = self._limits(device)
        return replace(self._settings.bounds, node_min_pct=low, node_max_pct=high)

    def next_s(self, device: str) -> float | None:
        """When it is thought about if nothing changes; None: it never was."""
        scene = self._scenes.get(device)
        next_ms = None if scene is None else scene.pacing.next_ms()
        return None if next_ms is None else max(0, next_ms - self._clock()) / 1000

    # What happens

    def _stored(self, event: ReadingStored) -> None:
        reading = event.reading
        windows = self._windows_of(reading.device)
        if windows and not reading.late:
            self._inputs.weather(reading)
            for window in windows:
                with self._alone(window):
                    self._look(window, event)

    def _look(self, window: str, event: ReadingStored) -> None:
        reading, scene = event.reading, self._scene(window)
        position = reading.values.get("position") if reading.device == window else None
        if position is not None and not reading.quality.get("position", 0) & _DOUBTED:
            self._inputs.positioned(window, position, reading.time_ms)
        now_ms = self._clock()
        around = self._inputs.around(window, now_ms)
        scene.see(around[0])
        change = scene.aggregate.changed(self._settings.thresholds)
        if change is None:
            return
        scene.pacing.want(change)
        scene.correlation = reading.correlation
        due = self._due(scene, now_ms)
        if due is None:
            self._wake.set()
        else:
            self._timed(window, due, now_ms, around)

    def _said(self, event: NodeSaid) -> None:
        if event.what == "command/ack":
            self._conclusions.acked(event, self._scenes.get(event.device))

    def _overridden(self, event: Overridden) -> None:
        """Somebody else moves the window; or leaves it to the gateway again; or wants something forgotten."""
        override, now_ms = event.override, self._clock()
        scene = self._scene(override.device)
        if override.holds(now_ms):
            scene.pacing.lost()
            return
        end_ms = override.until_ms if override.ended_ms is None else override.ended_ms
        over = 0 <= now_ms - end_ms < _JUST_NOW_MS and override.revoked_ms is None
        self._want(override.device, Change("the hold is over" if over else "what was learnt has changed", urgent=over))

    def _back(self, name: str) -> None:
        newest = self.newest(name)
        if newest is not None and newest.outcome is Outcome.AWAY:
            self._want(name, Change("the window is back", urgent=True))

    def _want(self, window: str, change: Change) -> None:
        scene = self._scene(window)
        scene.pacing.want(change)
        scene.correlation = current()
        self._wake.set()

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._renew(event.device)
            self._records.forget(event.device)
            self._notes.forget(event.device)

    def _swapped(self, event: DeviceSwapped) -> None:
        scene = self._scenes.get(event.device)
        if scene is not None:
            self._awaited.drop(scene, "it has other hardware now")
        self._renew(event.device)

    def _renew(self, device: str) -> None:
        """Nothing that is remembered of its hardware holds any more."""
        self._scenes.pop(device, None)
        self._inputs.forget(device)

    def _clock_set(self, event: ClockSet) -> None:
        for scene in self._scenes.values():
            scene.shift(event)
        self._records.re_date(event)

    # Around it

    def _due(self, scene: Scene, now_ms: int) -> Change | None:
        """What to think about now: nothing before the model is there, nor while an answer is awaited."""
        due = scene.pacing.due(now_ms) if self._ready else None
        return due if due is not None and self._awaited.admits(scene, urgent=due.urgent) else None

    def _scene(self, window: str) -> Scene:
        scene = self._scenes.get(window)
        if scene is None:
            scene = self._scenes[window] = Scene(self._settings)
        return scene

    async def _prepare(self) -> None:
        """What takes its time, once, when the first window is there."""
        try:
            await self._recall()
        except StoreError as error:
            _log.warning("what the weather was in the last days could not be read: %s", error)
        await self._mind.ready()
        self._ready = True

    def _pause_s(self) -> float:
        """Until something is due."""
        moments = [moment for one in self._scenes.values() for moment in self._next_ms(one) if moment]
        next_s = (min(moments) - self._clock()) / 1000 if moments and self._ready else _LONGEST_S
        return min(max(next_s, _SHORTEST_S), _LONGEST_S)

    def _next_ms(self, scene: Scene) -> tuple[int | None, int | None]:
        """When it is thought about, if an answer that is awaited does not come before it; when that is out of time."""
        admitted = self._awaited.admits(scene, urgent=scene.pacing.urgent)
        return scene.pacing.next_ms() if admitted else None, self._awaited.next_ms(scene)
