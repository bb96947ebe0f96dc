"""A machine that falls ill on purpose, beside the wear it has anyway. A pure function of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

from .weather import HOUR_MS

HEALTHY: Mapping[str, Ills] = {}


class Ill(StrEnum):
    """In which way a machine is ill."""

    CAVITATION = "cavitation"
    """A pump's strainer closes until the inlet boils."""
    SCALING = "scaling"
    """Limescale keeps the heat in a heater's element."""
    BEARING = "bearing"
    """The bearing of a pump or a fan is damaged; at 1 it has seized."""


class Ailment(msgspec.Struct, frozen=True):
    """One illness of one asset, which grows evenly for `over_h` hours (0: it is there at once) and then stays."""

    kind: Ill
    asset: str
    start_ms: int
    end_ms: int | None = None
    """Somebody has repaired it; None: nobody does."""
    over_h: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    size: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.8
    """How bad it gets: 1 is as bad as it can be."""

    def severity(self, time_ms: int) -> float:
        """How bad it is at this time, 0 to `size`."""
        if time_ms < self.start_ms or (self.end_ms is not None and time_ms >= self.end_ms):
            return 0.0
        grown = (time_ms - self.start_ms) / (self.over_h * HOUR_MS) if self.over_h else 1.0
        return self.size * min(1.0, grown)


class Ills(msgspec.Struct, frozen=True, gc=False):
    """How ill one asset is, each 0 (not at all) to 1."""

    cavitation: float = 0.0
    scaling: float = 0.0
    bearing: float = 0.0


NONE = Ills()


def ills(ailments: Iterable[Ailment], time_ms: int) -> Mapping[str, Ills]:
    """How ill every asset is now; those that are well are left out. Of two of a kind the worse counts."""
    found: dict[str, Ills] = {}
    for ailment in ailments:
        severity = ailment.severity(time_ms)
        if severity > 0.0:
            before = found.get(ailment.asset, NONE)
            worse = max(severity, getattr(before, ailment.kind.value))
            found[ailment.asset] = msgspec.structs.replace(before, **{ailment.kind.value: worse})
    return found or HEALTHY
