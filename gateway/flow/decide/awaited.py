"""Requests that a service is to answer (`inference.mode = "external"`): waited for, answered, or out of time."""

from __future__ import annotations

from collections.abc import Callable

from ...core.decisions import Answer, Decision, Outcome
from ...core.errors import Conflict, NotFound
from ...core.messages import Decided
from ...core.ports.post import Post
from ..bus import Bus
from ..correlation import correlated
from ..words import line
from .conclude import Conclusions
from .mind import DecideSettings, Mind, Opined
from .record import Records
from .scene import Asked, Scene

_MODEL_CHARS = 60


class Awaited:
    """At most one request of a window waits. What changes meanwhile is asked when it is over: a window in whose room
    something changes faster than anybody answers would never move.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Callable[[], int],
        mind: Mind,
        records: Records,
        conclusions: Conclusions,
        settings: DecideSettings,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._mind = mind
        self._records = records
        self._conclusions = conclusions
        self._settings = settings

    def admits(self, scene: Scene, *, urgent: bool) -> bool:
        """Whether something may be asked now: nothing waits, or what waits is in no hurry and this is."""
        return scene.waits is None or (urgent and not scene.waits.urgent)

    def wait(self, scene: Scene, asked: Asked) -> Decision:
        """The request is out; the one before it, if nobody has answered, is over."""
        if scene.waits is not None:
            self._conclusions.unanswered(scene.waits, "it was asked anew before anybody answered")
        scene.waits, scene.waits_ms = asked, asked.time_ms
        waiting = self._conclusions.pending(asked, Outcome.WAITING)
        self._records.show(waiting)
        self._bus.publish(Decided(waiting))
        return waiting

    def answered(self, post: Post, scene: Scene | None, device: str, answer: Answer, who: str) -> Decision:
        """Raises NotFound: that was never asked; Conflict: it is decided already, or too late."""
        asked = None if scene is None else scene.waits
        if scene is None or asked is None or answer.decision not in ("", asked.id):
            known = self._records.find(answer.decision)
            if known is None or known.device != device:
                raise NotFound(f"Nothing was asked about {device} under {line(answer.decision, 40) or 'any id'}.")
            raise Conflict(f"{known.id} is decided already: {known.outcome}.")
        if self._clock() - scene.waits_ms > self._longest_ms:
            raise Conflict(f"{asked.id} was to be answered within {self._settings.answer_s:g} s.")
        scene.waits = None
        model = f"external:{line(answer.model or who, _MODEL_CHARS)}"
        return self._conclusions.conclude(post, scene, asked, Opined(answer.position, answer.confidence, model))

    def look(self, post: Post, scene: Scene, now_ms: int) -> None:
        """Nobody has answered in time: the gateway decides itself, or the window stays where it is."""
        asked = scene.waits
        if asked is None or now_ms - scene.waits_ms < self._longest_ms:
            return
        scene.waits = None
        detail = f"nobody answered within {self._settings.answer_s:g} s"
        with correlated(asked.correlation):
            if self._settings.fallback:
                opined = self._mind.think(asked.device, asked.moment)
                self._conclusions.conclude(post, scene, asked, opined, detail)
            else:
                self._conclusions.unanswered(asked, detail)

    def next_ms(self, scene: Scene) -> int | None:
        """When its request is out of time; None: none waits."""
        return None if scene.waits is None else scene.waits_ms + self._longest_ms

    def drop(self, scene: Scene, detail: str) -> None:
        """What was asked of it does not matter any more."""
        asked, scene.waits = scene.waits, None
        if asked is not None:
            with correlated(asked.correlation):
                self._conclusions.unanswered(asked, detail)

    @property
    def _longest_ms(self) -> int:
        return round(self._settings.answer_s * 1000)
