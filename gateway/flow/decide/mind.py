"""What deciding needs of others: somebody with an opinion, and who holds a window by will."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Literal, Protocol

import msgspec

from ...core.decisions import Override, Shadowed
from ...core.ports.models import Lesson
from ...core.window.change import Thresholds
from ...core.window.limits import Bounds
from ...core.window.moment import Moment

TEACHER = "teacher"
"""The label of what decides when no model can."""
TEACHER_CONFIDENCE = 0.5


class DecideSettings(msgspec.Struct, frozen=True, kw_only=True):
    """When a window is thought about, and who answers."""

    mode: Literal["local", "external"] = "local"
    enabled: bool = True
    min_interval_s: float = 5.0
    ask_every_s: float = 900.0
    deadband_pct: float = 5.0
    answer_s: float = 5.0
    """external: how long an answer is waited for."""
    fallback: bool = True
    """external: whether the gateway decides itself after that."""
    thresholds: Thresholds = Thresholds()
    bounds: Bounds = Bounds()
    """Without the node's own limits."""
    zone: tzinfo = UTC
    """The site's: what hour of which day it is."""


class Opined(msgspec.Struct, frozen=True):
    """An opinion of where a window should be, before the limits."""

    position_pct: float
    confidence: float
    """0 to 1."""
    model: str
    """`window@3` or `teacher`."""
    learnt_pp: float = 0.0
    """How far lessons have moved the position."""
    runtime: str = ""
    shadow: Shadowed | None = None


class Mind(Protocol):
    """Somebody with an opinion: the active model, with its guard and its shadow."""

    def think(self, device: str, moment: Moment) -> Opined:
        """The active model's answer, else the teacher's with `TEACHER` and `TEACHER_CONFIDENCE`.

        Raises nothing but Refused without a temperature.
        """

    async def folded(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        """Learn the device's active lessons, oldest first, beside the event loop; also before `ready`.

        It thinks as before until what comes back is called, which is to be done at once.
        """

    async def previewed(self, device: str, moments: Sequence[Moment]) -> list[float]:
        """Positions, for words about a lesson; worked out beside the event loop."""

    async def ready(self) -> None:
        """Load what is active, if it is not; called when the first window appears."""


class Holds(Protocol):
    """Whose will holds."""

    def held(self, device: str) -> Override | None:
        """The will that holds automatic decisions off now."""

    def holder(self, device: str) -> str:
        """The same in words; empty: nobody."""

    def digest(self, device: str) -> str:
        """What the device's active lessons are called, together."""
