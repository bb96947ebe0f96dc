"""What happens in a room again and again, so that there is something to decide about. A pure function of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

_MINUTE_MS = 60_000
_PER_DAY_MIN = 1440.0
NOTHING: Mapping[str, Extra] = {}


class What(StrEnum):
    """A kind of happening; the unit of its `amount`."""

    WARM = "warm"
    """Somebody lights a stove; W."""
    DAMP = "damp"
    """Pots boil, the washing dries; g/s of vapour."""
    LOUD = "loud"
    """A machine runs in the room; dB."""
    STUFFY = "stuffy"
    """Guests come; people."""


class Happening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every `every_min` minutes of the world's time (UTC): from `at_min` on, for `for_min`, in this room."""

    asset: str
    kind: What
    amount: Annotated[float, msgspec.Meta(gt=0)]
    every_min: Annotated[float, msgspec.Meta(gt=0, le=_PER_DAY_MIN)] = 60.0
    at_min: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    for_min: Annotated[float, msgspec.Meta(gt=0)] = 5.0

    def on(self, time_ms: int) -> bool:
        """Whether it happens at this moment."""
        within_min = time_ms / _MINUTE_MS % self.every_min
        return self.at_min <= within_min < self.at_min + self.for_min


class Extra(msgspec.Struct, frozen=True, gc=False):
    """What all happenings add to one room at one moment."""

    heat_w: float = 0.0
    vapour_g_s: float = 0.0
    sound_db: float | None = None
    """Of the loudest machine; None: none runs."""
    people: int = 0


NONE = Extra()


def extras(happenings: Iterable[Happening], time_ms: int) -> Mapping[str, Extra]:
    """What is added now, by room; rooms in which nothing happens are left out."""
    added: dict[str, Extra] = {}
    for happening in happenings:
        if happening.on(time_ms):
            before = added.get(happening.asset, NONE)
            added[happening.asset] = _with(before, happening.kind, happening.amount)
    return added or NOTHING


def _with(before: Extra, kind: What, amount: float) -> Extra:
    match kind:
        case What.WARM:
            return msgspec.structs.replace(before, heat_w=before.heat_w + amount)
        case What.DAMP:
            return msgspec.structs.replace(before, vapour_g_s=before.vapour_g_s + amount)
        case What.LOUD:
            return msgspec.structs.replace(before, sound_db=max(before.sound_db or 0.0, amount))
        case What.STUFFY:
            return msgspec.structs.replace(before, people=before.people + round(amount))
