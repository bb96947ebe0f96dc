"""The versions of the window model that are thinking: the active one, its guard on probation, and a shadow.

All are told the same lessons. Who is what changes at once, between two decisions; what is written down follows.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..core.decisions import Shadowed
from ..core.errors import ModelFailed
from ..core.ports.models import Lesson, Thinker, Thought
from ..core.window.moment import Moment
from ..core.window.teacher import teach
from .decide.mind import TEACHER, TEACHER_CONFIDENCE, Opined
from .model_probation import Probation

_log = logging.getLogger(__name__)
_NOBODY = ""
"""A device that has no lessons: what the model says before it was taught."""
_FAILURES = 3


class Minds:
    """`fallen(reason)`: the guard has taken the active one's place. `failing(reason)`: the active one gave no answer,
    and there is no guard; `given_up` says that it did so several times in a row. `passed()`: its probation is over.
    """

    def __init__(
        self, fallen: Callable[[str], None], failing: Callable[[str], None], passed: Callable[[], None]
    ) -> None:
        self.active: Thinker | None = None
        self.guard: Thinker | None = None
        self.shadow: Thinker | None = None
        self.probation: Probation | None = None
        self.compared = 0
        self.given_up = False
        self._fallen = fallen
        self._failing = failing
        self._passed = passed
        self._failures = 0
        self._apart_pp = 0.0
        self._lessons: dict[str, tuple[Lesson, ...]] = {}
        """Empty where all was forgotten: whoever is brought up meanwhile has to forget it, too."""

    @property
    def mean_difference_pp(self) -> float:
        """Between the shadow and the active one."""
        return self._apart_pp / self.compared if self.compared else 0.0

    def think(self, device: str, moment: Moment) -> Opined:
        """As the port Mind says. Raises Refused without a temperature."""
        if moment.temperature_c is None:
            return Opined(teach(moment), 0.0, TEACHER)  # which is Refused, and no fault of a model
        answered = self._answer(device, moment)
        if answered is None:
            return Opined(teach(moment), TEACHER_CONFIDENCE, TEACHER, shadow=self._shadowed(device, moment, None))
        thinker, thought = answered
        return Opined(
            thought.position_pct,
            thought.sure,
            thinker.label,
            self._learnt_pp(thinker, device, moment, thought),
            thinker.runtime,
            self._shadowed(device, moment, thought),
        )

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        """To all of them; whoever comes later learns it, too. It takes its time; `folded` does not."""
        self._remember(device, lessons)
        for thinker in self._thinking():
            _teach(thinker, device, lessons)

    async def folded(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        """As `learnt`, beside the event loop; all of them know it when what comes back is called, at once."""
        uses: dict[Thinker, Callable[[], None]] = {}
        while missing := [thinker for thinker in self._thinking() if thinker not in uses]:
            uses |= await asyncio.to_thread(_folds, missing, device, lessons)

        def use() -> None:
            self._remember(device, lessons)
            for thinker in self._thinking():
                uses[thinker]()

        return use

    async def previewed(self, device: str, moments: Sequence[Moment]) -> list[float]:
        """Positions by the active one, else by the teacher; beside the event loop."""
        if self.active is not None:
            try:
                return await asyncio.to_thread(self.active.preview, device, moments)
            except ModelFailed as error:
                self._failing(str(error))
        return [teach(moment) for moment in moments]

    async def brought_up(self, thinker: Thinker) -> Thinker:
        """A version nobody asks yet, with all that was learnt; beside the event loop. Raises ModelFailed."""
        taught: dict[str, tuple[Lesson, ...]] = {}
        while (wanted := dict(self._lessons)) != taught:
            await asyncio.to_thread(_fold, thinker, wanted)
            taught = wanted
        return thinker

    def seat(self, active: Thinker | None, guard: Thinker | None, probation: Probation | None) -> None:
        """Who decides from now on, and who watches."""
        self._catch_up(active, guard)
        self.active, self.guard, self.probation = active, guard, probation
        self._failures, self.given_up = 0, False
        self._forget_comparison()

    def cast_shadow(self, shadow: Thinker | None) -> None:
        """Who is asked beside, without consequence."""
        self._catch_up(shadow)
        self.shadow = shadow
        self._forget_comparison()

    def close(self) -> None:
        """Let all of them go."""
        for thinker in self._thinking():
            thinker.close()
        self.active = self.guard = self.shadow = self.probation = None

    def _thinking(self) -> list[Thinker]:
        return [thinker for thinker in (self.active, self.guard, self.shadow) if thinker is not None]

    def _remember(self, device: str, lessons: Sequence[Lesson]) -> None:
        if lessons or device in self._lessons:
            self._lessons[device] = tuple(lessons)

    def _catch_up(self, *thinkers: Thinker | None) -> None:
        """Between `brought_up` and its seat it may have missed something: nearly always there is nothing to do."""
        for thinker in thinkers:
            if thinker is not None and thinker not in self._thinking():
                for device, lessons in self._lessons.items():
                    _teach(thinker, device, lessons)

    def _forget_comparison(self) -> None:
        self.compared, self._apart_pp = 0, 0.0

    def _answer(self, device: str, moment: Moment) -> tuple[Thinker, Thought] | None:
        active = self.active
        if active is None:
            return None
        thought, error = _asked(active, device, moment)
        if self.guard is not None and self.probation is not None:
            return self._guarded(active, self.guard, self.probation, thought, error, device, moment)
        if thought is not None:
            self._failures = 0
            return active, thought
        self._failures += 1
        self.given_up = self._failures >= _FAILURES
        self._failing(error)
        return None

    def _guarded(
        self,
        active: Thinker,
        guard: Thinker,
        probation: Probation,
        thought: Thought | None,
        error: str,
        device: str,
        moment: Moment,
    ) -> tuple[Thinker, Thought] | None:
        old, _ = _asked(guard, device, moment)
        if thought is None and old is None:
            self._failing(error)  # neither has an answer to this moment: that is no reason for one against the other
            return None
        reason = probation.judge(thought, old) if thought is not None else error
        if not reason:
            if probation.left <= 0:
                self.guard = self.probation = None
                self._passed()
            return (active, thought) if thought is not None else None
        # The one before answers this very decision: nobody has to wait for anything to be written down.
        self.seat(guard, None, None)
        self._fallen(reason)
        return (guard, old) if old is not None else None

    def _learnt_pp(self, thinker: Thinker, device: str, moment: Moment, thought: Thought) -> float:
        if not self._lessons.get(device):
            return 0.0
        untaught, _ = _asked(thinker, _NOBODY, moment)
        return abs(thought.position_pct - untaught.position_pct) if untaught is not None else 0.0

    def _shadowed(self, device: str, moment: Moment, decided: Thought | None) -> Shadowed | None:
        if self.shadow is None:
            return None
        thought, error = _asked(self.shadow, device, moment)
        if thought is None:
            return Shadowed(self.shadow.label, 0.0, 0.0, error)
        if decided is not None:
            self.compared += 1
            self._apart_pp += abs(thought.position_pct - decided.position_pct)
        return Shadowed(self.shadow.label, thought.position_pct, thought.sure)


def _asked(thinker: Thinker, device: str, moment: Moment) -> tuple[Thought | None, str]:
    """Its answer, or why there is none."""
    try:
        thought = thinker.think(device, moment)
    except ModelFailed as error:
        return None, str(error)
    if not math.isfinite(thought.position_pct) or not 0.0 <= thought.position_pct <= 100.0:
        return None, f"{thinker.label} said {thought.position_pct:g}, which is no position"
    return thought, ""


def _teach(thinker: Thinker, device: str, lessons: Sequence[Lesson]) -> None:
    """A version that cannot learn goes on untaught; the log says so, and thinking will show it."""
    try:
        thinker.learnt(device, lessons)
    except ModelFailed as error:
        _log.error("%s does not learn what %s was taught: %s", thinker.label, device, error)


def _folds(thinkers: Iterable[Thinker], device: str, lessons: Sequence[Lesson]) -> dict[Thinker, Callable[[], None]]:
    """What makes each of them know it."""
    found: dict[Thinker, Callable[[], None]] = {}
    for thinker in thinkers:
        try:
            found[thinker] = thinker.fold(device, lessons)
        except ModelFailed as error:
            _log.error("%s does not learn what %s was taught: %s", thinker.label, device, error)
            found[thinker] = _unfolded(thinker, device)
    return found


def _unfolded(thinker: Thinker, device: str) -> Callable[[], None]:
    """It goes on untaught, as `_teach` leaves it."""
    return lambda: thinker.learnt(device, ())


def _fold(thinker: Thinker, lessons: Mapping[str, Sequence[Lesson]]) -> None:
    for device, taught in lessons.items():
        thinker.learnt(device, taught)
