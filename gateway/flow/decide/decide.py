"""From a reading that is on the disk to a window's position, in the same turn of the event loop.

The order is the contract: what is around the window, the request, the opinion, the hard limits, whose will holds,
whether it is near enough, the control, the record.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from time import perf_counter

from ...core import topics
from ...core.decisions import Answer, Decision, Outcome, new_decision_id, request_message
from ...core.errors import NotFound, StoreError
from ...core.messages import NodeSaid, ReadingStored
from ...core.metrics import Histogram
from ...core.ports.decisions import DecisionArchive
from ...core.ports.post import Post
from ...core.ports.store import Writer
from ...core.quality import Quality
from ...core.timeline import write_timestamp
from ...core.window.change import Change
from ..bus import Bus
from ..chronicle import Chronicle
from ..correlation import correlated, current
from ..order_making import Target
from .awaited import Awaited
from .conclude import Conclusions
from .inputs import Around, Inputs
from .lookup import Lookup
from .mind import DecideSettings, Holds, Mind
from .notes import Notes
from .record import Records
from .scene import Asked, Scene
from .scenes import Scenes
from .surroundings import Surroundings

_DOUBTED = ~int(Quality.TIME)
_log = logging.getLogger(__name__)


async def _nothing() -> None:
    """There is nothing to recall."""


class Decide(Lookup):
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
        records = Records(writer, archive, target.simulated)
        super().__init__(clock, inputs, surroundings, records, settings, limits)
        self.seconds = Histogram()
        """How long thinking took, request and control included."""
        self._windows_of = surroundings.windows_of
        self._mind = mind
        self._target = target
        self._recall = recall
        self._notes = Notes(chronicle, clock, inputs.local_day)
        self._conclusions = Conclusions(bus, records, holds, self._notes, self.bounds)
        self.totals: Counter[tuple[Outcome, str]] = self._conclusions.totals
        """Decisions of this run by outcome and model; `external`: whatever services from outside call themselves."""
        self._awaited = Awaited(bus, clock, mind, records, self._conclusions, settings)
        self._scenes = Scenes(bus, clock, inputs, records, self._notes, self._awaited, settings)
        self._post: Post | None = None
        if settings.enabled:
            bus.on(ReadingStored, self._stored, wants=lambda device: bool(self._windows_of(device)))
            bus.on(NodeSaid, self._said)
            self._scenes.hear()

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
            if not self._scenes.ready and self._settings.enabled and self._surroundings.windows():
                await self._prepare()
            self.look()
            self._scenes.wake.clear()
            try:
                await asyncio.wait_for(self._scenes.wake.wait(), self._scenes.pause_s())
            except TimeoutError:
                continue

    def look(self) -> None:
        """Think about what is due; end what nobody has answered. Raises nothing."""
        now_ms = self._clock()
        for window, scene in self._scenes.all():
            if not self._surroundings.is_window(window):
                self._scenes.drop(window, "it is no window any more")
                continue
            with self._scenes.alone(window):
                self._look_at(window, scene, now_ms)

    def _look_at(self, window: str, scene: Scene, now_ms: int) -> None:
        if self._post is not None:
            self._awaited.look(self._post, scene, now_ms)
        due = self._scenes.due(scene, now_ms)
        if due is not None:
            with correlated(scene.correlation):
                self.consider(window, due.cause, urgent=due.urgent)

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
        scene, post = self._scenes.of(device), self._post
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
        decision = self._awaited.answered(self._post, self._scenes.find(device), device, answer, who)
        # What has changed meanwhile has waited for this.
        self._scenes.wake.set()
        return decision

    # What happens

    def _stored(self, event: ReadingStored) -> None:
        reading = event.reading
        windows = self._windows_of(reading.device)
        if windows and not reading.late:
            self._inputs.weather(reading)
            for window in windows:
                with self._scenes.alone(window):
                    self._look(window, event)

    def _look(self, window: str, event: ReadingStored) -> None:
        reading, scene = event.reading, self._scenes.of(window)
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
        due = self._scenes.due(scene, now_ms)
        if due is None:
            self._scenes.wake.set()
        else:
            self._timed(window, due, now_ms, around)

    def _said(self, event: NodeSaid) -> None:
        if event.what == "command/ack":
            self._conclusions.acked(event, self._scenes.find(event.device))

    async def _prepare(self) -> None:
        """What takes its time, once, when the first window is there."""
        try:
            await self._recall()
        except StoreError as error:
            _log.warning("what the weather was in the last days could not be read: %s", error)
        await self._mind.ready()
        self._scenes.ready = True
