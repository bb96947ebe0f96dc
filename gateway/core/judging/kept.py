"""What a series has taught, as it is kept over a restart."""

from __future__ import annotations

import msgspec


class KeptDevice(msgspec.Struct, frozen=True, array_like=True):
    """What all series of one device have taught."""

    rhythm: tuple[float, float]
    series: dict[str, KeptSeries]
    hardware: str = ""
    """The MAC address of the node that taught it; empty: it was not noted."""


class KeptSeries(msgspec.Struct, frozen=True, array_like=True):
    """The state of a `Series` without what only matters from one reading to the next."""

    times: tuple[int, int, int]
    """Its begin, its last, and how many values there were."""
    usual: tuple[float, float, float, float, float]
    """Last value, lowest, highest, largest step up and down."""
    rhythm: tuple[float, float]
    """Mean interval and longest pause in ms."""
    resolution: float
    longest: tuple[float, ...]
    seen: tuple[int, ...]
    means: tuple[float, ...]
    departure: tuple[float, float]
    """Usual and latest departure from the means of the day."""
    blocks: tuple[int, int]
    """Blocks learnt, and how many of them away."""
