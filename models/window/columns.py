"""Many moments at once, a column for each input."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.core.window.moment import Character, Moment

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
CHARACTERS = (None, *Character)
"""What the numbers of the column `character` mean."""


@dataclass(frozen=True)
class Columns:
    """Fields as `Moment` has them, each [n]; not a number: not known."""

    hour: Array
    day: Array
    temperature_c: Array
    humidity_pct: Array
    sound_db: Array
    character: Array
    """Index into `CHARACTERS`."""
    co2_ppm: Array
    outdoor_temperature_c: Array
    outdoor_humidity_pct: Array
    outdoor_mean_c: Array
    rain_mm_h: Array
    wind_m_s: Array
    shut_h: Array

    def __len__(self) -> int:
        return len(self.hour)

    def take(self, index: NDArray[Any] | slice) -> Columns:
        """Those rows."""
        return Columns(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def moment(self, row: int) -> Moment:
        """One row as the gateway sees it."""
        known = {
            field.name: float(value)
            for field in fields(self)
            if not np.isnan(value := getattr(self, field.name)[row])
            if field.name not in {"hour", "day", "character"}
        }
        character = CHARACTERS[int(self.character[row])]
        return Moment(time_ms=0, hour=float(self.hour[row]), day=int(self.day[row]), character=character, **known)


def joined(parts: list[Columns]) -> Columns:
    """One after the other."""
    return Columns(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Columns)}
    )


def of_moments(moments: list[Moment]) -> Columns:
    """The other way round."""
    columns = {
        field.name: np.array([_number(getattr(moment, field.name)) for moment in moments])
        for field in fields(Columns)
        if field.name != "character"
    }
    return Columns(**columns, character=np.array([float(CHARACTERS.index(moment.character)) for moment in moments]))


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
