"""What every part of the world has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import msgspec

from .ailments import HEALTHY, Ills
from .happenings import NOTHING, Extra
from .weather import Sky


class Moment(msgspec.Struct, frozen=True, gc=False):
    """What is the same everywhere in one step of the world."""

    time_ms: int
    hour: float
    """By the sun, 0 to 24."""
    sky: Sky
    street_db: float
    shower: bool
    tap_l_min: float
    extra: Mapping[str, Extra] = NOTHING
    """What happens in which room beside everyday life."""
    ills: Mapping[str, Ills] = HEALTHY
    """Which machines are ill."""


class Model(Protocol):
    """One thing that changes with time."""

    def step(self, moment: Moment, step_s: float) -> None:
        """Let `step_s` pass; `moment` holds throughout."""

    def values(self) -> dict[str, float]:
        """What is true now, by metric and in its unit, before any sensor looks at it."""


@runtime_checkable
class Machine(Protocol):
    """A model that does what it is told."""

    def actuate(self, verb: str, args: Mapping[str, object], time_ms: int) -> None:
        """Felt from the next step on. Raises Refused when it cannot do that."""
