"""The versions of a model of rows that are asked: the active one, its guard on probation, and a shadow.

Who is what changes between two answers, as with windows (`model_minds`); there is nothing that they are taught.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

from ..core.errors import ModelFailed
from ..core.ports.models import RowModel, Thought
from .model_probation import Probation

_FAILURES = 3
Answer = tuple[float, ...]


class RowSeat:
    """`fallen(reason)`: the guard has taken the active one's place. `failing(reason)`: the active one gave no answer,
    and there is no guard; `given_up` says that it did so several times in a row. `passed()`: its probation is over.
    """

    def __init__(
        self, fallen: Callable[[str], None], failing: Callable[[str], None], passed: Callable[[], None]
    ) -> None:
        self.active: RowModel | None = None
        self.guard: RowModel | None = None
        self.shadow: RowModel | None = None
        self.probation: Probation | None = None
        self.compared = 0
        self.given_up = False
        self._fallen = fallen
        self._failing = failing
        self._passed = passed
        self._failures = 0
        self._apart = 0.0

    @property
    def mean_difference_pp(self) -> float:
        """Between the first number of the shadow and that of the active one, in hundredths."""
        return 100.0 * self._apart / self.compared if self.compared else 0.0

    def ask(self, row: Sequence[float]) -> Answer | None:
        """The active version's answer; None: there is none, and whoever asks does without."""
        answer = self._answer(row)
        if self.shadow is not None:
            beside, _, _ = _asked(self.shadow, row)
            if answer is not None and beside is not None:
                self.compared += 1
                self._apart += abs(beside[0] - answer[0])
        return answer

    def seat(self, active: RowModel | None, guard: RowModel | None, probation: Probation | None) -> None:
        """Who answers from now on, and who watches."""
        self.active, self.guard, self.probation = active, guard, probation
        self._failures, self.given_up = 0, False
        self._forget_comparison()

    def cast_shadow(self, shadow: RowModel | None) -> None:
        """Who is asked beside, without consequence."""
        self.shadow = shadow
        self._forget_comparison()

    def close(self) -> None:
        """Let all of them go."""
        for model in (self.active, self.guard, self.shadow):
            if model is not None:
                model.close()
        self.active = self.guard = self.shadow = self.probation = None

    def _forget_comparison(self) -> None:
        self.compared, self._apart = 0, 0.0

    def _answer(self, row: Sequence[float]) -> Answer | None:
        active = self.active
        if active is None:
            return None
        answer, error, took_s = _asked(active, row)
        if self.guard is not None and self.probation is not None:
            return self._guarded(self.guard, self.probation, answer, error, took_s, row)
        if answer is not None:
            self._failures = 0
            return answer
        self._failures += 1
        self.given_up = self._failures >= _FAILURES
        self._failing(error)
        return None

    def _guarded(
        self,
        guard: RowModel,
        probation: Probation,
        answer: Answer | None,
        error: str,
        took_s: float,
        row: Sequence[float],
    ) -> Answer | None:
        old, _, old_s = _asked(guard, row)
        if answer is None and old is None:
            self._failing(error)  # neither has an answer to this row: no reason for one against the other
            return None
        known = None if old is None else _thought(old, old_s)
        reason = error if answer is None else probation.judge(_thought(answer, took_s), known)
        if not reason:
            if probation.left <= 0:
                self.guard = self.probation = None
                self._passed()
            return answer
        self.seat(guard, None, None)
        self._fallen(reason)
        return old


def _asked(model: RowModel, row: Sequence[float]) -> tuple[Answer | None, str, float]:
    """Its answer, or why there is none, and how long it took."""
    began_s = perf_counter()
    try:
        answer = model.ask(row)
    except ModelFailed as error:
        return None, str(error), 0.0
    return answer, "", perf_counter() - began_s


def _thought(answer: Answer, took_s: float) -> Thought:
    """As `Probation` compares it: the first number in hundredths."""
    return Thought(100.0 * answer[0], 1.0, 0.0, took_s, 0.0)
