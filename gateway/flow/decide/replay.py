"""A decision once more, from nothing but what was stored of it: whether it would come out the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from ...core.decisions import Decision
from ...core.errors import Conflict, ModelFailed, NotFound
from ...core.ports.models import Lesson, ModelLoader, Thinker, Thought, Unfit
from ...core.window.limits import Bounds, limited
from ...core.window.teacher import teach
from .conclude import confident
from .mind import TEACHER, TEACHER_CONFIDENCE

OTHER_MACHINE_PP = 0.5
"""Another onnxruntime or processor may differ by its last bits, and by no more than this."""
_WINDOW = "window"

Folded = Callable[[str, str, int], Sequence[Lesson] | None]
"""(device, digest, when) -> exactly the lessons of that digest; None: they are gone."""


class Replayed(msgspec.Struct, frozen=True):
    """What came of it. `was` and `now` are positions as published, whole percent."""

    identical: bool
    was: float
    now: float
    model: str
    why: str


class Replay:
    """Folds what was learnt then through the version that decided then.

    `bounds` are the limits as they are set now: they are not stored with a decision.
    """

    def __init__(self, loader: ModelLoader, folded: Folded, bounds: Callable[[str], Bounds]) -> None:
        self._loader = loader
        self._folded = folded
        self._bounds = bounds

    async def run(self, decision: Decision) -> Replayed:
        """Raises Conflict when its model or its lessons are gone, or when the gateway did not decide it."""
        if decision.model == TEACHER:
            return self._compared(decision, teach(decision.moment), TEACHER_CONFIDENCE, "")
        name, _, version = decision.model.partition("@")
        if name != _WINDOW or not version.isdigit():
            raise Conflict(f"It cannot be replayed: {decision.model} decided, not a model of this gateway.")
        lessons = self._folded(decision.device, decision.lessons, decision.time_ms)
        if lessons is None:
            raise Conflict(f"It cannot be replayed: lessons that counted then ({decision.lessons}) are gone.")
        thinker = await self._loaded(int(version))
        runtime = thinker.runtime
        try:
            # Many lessons take long to fold, and meanwhile windows are decided about; nobody else has this thinker.
            thought = await asyncio.to_thread(_once_more, thinker, decision, lessons)
        except ModelFailed as error:
            raise Conflict(f"It cannot be replayed: {error}") from error
        # Decisions of earlier versions of the gateway were as sure as the model was, whatever was missing.
        asked, unsure = thought.confidence, _unsure(decision)
        confidence = asked if confident(asked, unsure=unsure) == decision.confidence else thought.sure
        return self._compared(decision, thought.position_pct, confidence, runtime)

    async def _loaded(self, version: int) -> Thinker:
        """A head of its own: what owners have taught the active one stays as it is."""
        try:
            return await self._loader.window(version)
        except (NotFound, Unfit, ModelFailed) as error:
            raise Conflict(f"It cannot be replayed: {error}") from error

    def _compared(self, decision: Decision, raw_pct: float, confidence: float, runtime: str) -> Replayed:
        cut = limited(raw_pct, decision.moment, self._bounds(decision.device))
        position = round(cut.position_pct)
        unsure = _unsure(decision)
        apart = abs(raw_pct - decision.raw_pct)
        same = raw_pct == decision.raw_pct and confident(confidence, unsure=unsure) == decision.confidence
        if same and position == decision.position:
            identical, why = True, "the same, bit for bit"
        elif same:
            identical, why = False, "the model says the same; other limits hold now"
        elif runtime != decision.runtime and apart <= OTHER_MACHINE_PP:
            identical, why = False, f"by another runtime ({decision.runtime} then, {runtime} now): {apart:.3g} pp apart"
        else:
            identical, why = False, f"{apart:.3g} pp apart"
        return Replayed(identical, decision.position, position, decision.model, why)


def _unsure(decision: Decision) -> bool:
    return any(one.name == "time" for one in decision.missing)


def _once_more(thinker: Thinker, decision: Decision, lessons: Sequence[Lesson]) -> Thought:
    """What it thinks with these lessons; then it is let go of. Raises ModelFailed."""
    try:
        thinker.learnt(decision.device, lessons)
        return thinker.think(decision.device, decision.moment)
    finally:
        thinker.close()
